//! The contract's dimensions and their usual values in words; a value of a pack's own stands as
//! the pack writes it.

use crate::Language;
use crate::words::Phrase;

/// A dimension in words.
#[must_use]
pub fn dim(dim: &str, lang: Language) -> &str {
    let phrase = match dim {
        "person" => Phrase::new("人员类别", "person"),
        "group" => Phrase::new("居民人群", "group"),
        "poverty" => Phrase::new("困难身份", "poverty class"),
        "status" => Phrase::new("待遇状态", "standing"),
        "card" => Phrase::new("社保卡", "card"),
        "enrolled" => Phrase::new("参保", "enrolment"),
        "supplement" => Phrase::new("补充保险", "supplement"),
        "red_list" => Phrase::new("红名单", "red list"),
        "care" => Phrase::new("就诊类别", "kind of care"),
        "level" => Phrase::new("医院等级", "level"),
        "category" => Phrase::new("异地类别", "off-site category"),
        "direct" => Phrase::new("直接结算", "direct settlement"),
        "network" => Phrase::new("网络", "network"),
        "designated" => Phrase::new("定点", "designated"),
        "emergency" => Phrase::new("急诊", "emergency"),
        "referral" => Phrase::new("转诊", "referral"),
        "approved_list" => Phrase::new("审批名单", "approved list"),
        "place" => Phrase::new("就医地", "place"),
        "purpose" => Phrase::new("就医目的", "purpose"),
        "disease" => Phrase::new("病种", "disease"),
        "card_present" => Phrase::new("持卡", "card at hand"),
        _ => return dim,
    };
    phrase.text(lang)
}

/// A value of a dimension in words.
#[must_use]
pub fn value<'a>(dim: &str, value: &'a str, lang: Language) -> &'a str {
    let phrase = of_member(dim, value).or_else(|| of_care(dim, value));
    phrase.map_or(value, |phrase| phrase.text(lang))
}

/// What a verdict says in words, as far as it is a usual name.
#[must_use]
pub fn result_name(name: &str, lang: Language) -> &str {
    let phrase = match name {
        "account" => Phrase::new("账户", "account"),
        "allowed" => Phrase::new("是否允许", "allowed"),
        "answer_workdays" => Phrase::new("答复期限（工作日）", "answer within (working days)"),
        "card" => Phrase::new("社保卡", "card"),
        "decision_hours" => Phrase::new("决定期限（小时）", "decision within (hours)"),
        "dedicated" => Phrase::new("专款专用", "dedicated"),
        "enter_later" => Phrase::new("事后补录", "enter later"),
        "government_least" => {
            Phrase::new("政府补助不低于（元）", "government pays at least (yuan)")
        }
        "inpatients" => Phrase::new("在院病人", "inpatients"),
        "institutions" => Phrase::new("可选机构数", "institutions to choose"),
        "led_by" => Phrase::new("由谁负责", "led by"),
        "levy" => Phrase::new("应缴项目", "levy"),
        "liable" => Phrase::new("是否追责", "liable"),
        "man" => Phrase::new("男性", "man"),
        "needs_top_up" => Phrase::new("是否需要补缴", "needs a top-up"),
        "notice_days" => Phrase::new("提前通知（天）", "notice (days)"),
        "person" => Phrase::new("个人缴费（元）", "person pays (yuan)"),
        "plan_activated" => Phrase::new("是否启动预案", "plan activated"),
        "recover" => Phrase::new("是否追回", "recover"),
        "report" => Phrase::new("是否报告", "report"),
        "required" => Phrase::new("是否必需", "required"),
        "review" => Phrase::new("审核", "review"),
        "separate_books" => Phrase::new("单独核算", "separate books"),
        "settle" => Phrase::new("结算方式", "settle"),
        "within" => Phrase::new("期限", "within"),
        "woman" => Phrase::new("女性", "woman"),
        "years" => Phrase::new("年限", "years"),
        "yuan" => Phrase::new("金额（元）", "amount (yuan)"),
        _ => return name,
    };
    phrase.text(lang)
}

/// A result of a verdict in words, as far as it is a usual one.
#[must_use]
pub fn result(result: &str, lang: Language) -> &str {
    let phrase = match result {
        "any" => Phrase::new("不限", "any"),
        "cash" => Phrase::new("现金", "cash"),
        "command" => Phrase::new("指挥部", "command centre"),
        "continue" => Phrase::new("继续治疗", "continue"),
        "done" => Phrase::new("已审核", "done"),
        "free" => Phrase::new("不再缴费", "free"),
        "frozen" => Phrase::new("冻结", "frozen"),
        "hospital" => Phrase::new("医院", "hospital"),
        "locked" => Phrase::new("锁卡", "locked"),
        "no" => Phrase::new("否", "no"),
        "none" => Phrase::new("无", "none"),
        "normal" => Phrase::new("正常", "normal"),
        "online" => Phrase::new("联网", "online"),
        "operator" => Phrase::new("经办人员", "operator"),
        "released" => Phrase::new("解冻", "released"),
        "required" => Phrase::new("须审核", "required"),
        "system" => Phrase::new("系统", "system"),
        "top_up" => Phrase::new("补缴", "top-up"),
        "top_up_women" => Phrase::new("补缴（女）", "top-up (women)"),
        "working_group" => Phrase::new("工作组", "working group"),
        "yes" => Phrase::new("是", "yes"),
        _ => return result,
    };
    phrase.text(lang)
}

fn of_member(dim: &str, value: &str) -> Option<Phrase> {
    let phrase = match (dim, value) {
        ("person", "active") => Phrase::new("在职", "active"),
        ("person", "retired") => Phrase::new("退休", "retired"),
        ("group", "elderly") => Phrase::new("老年居民", "elderly"),
        ("group", "working_age") => Phrase::new("劳动年龄内居民", "of working age"),
        ("group", "student") => Phrase::new("学生儿童", "student"),
        ("group", "newborn") => Phrase::new("新生儿", "newborn"),
        ("poverty", "none") => Phrase::new("非困难人员", "none"),
        ("poverty", "low_income") => Phrase::new("低收入", "low income"),
        ("poverty", "dibao") => Phrase::new("低保", "dibao"),
        ("poverty", "tekun") => Phrase::new("特困", "tekun"),
        ("status", "normal") => Phrase::new("正常", "normal"),
        ("status", "arrears") => Phrase::new("欠费", "in arrears"),
        ("status", "not_designated") => Phrase::new("非本人定点", "not their institution"),
        ("status", "supervised") => Phrase::new("重点监督", "supervised"),
        ("status", "changed_way") => Phrase::new("变更结算方式", "other way of settling"),
        ("status", "suspended") => Phrase::new("暂停待遇", "suspended"),
        ("card", "normal") => Phrase::new("正常", "normal"),
        ("card", "frozen") => Phrase::new("冻结", "frozen"),
        ("card", "locked") => Phrase::new("锁定", "locked"),
        ("enrolled", "yes") => Phrase::new("享受待遇", "entitled"),
        ("enrolled", "no") => Phrase::new("不享受待遇", "not entitled"),
        ("enrolled", "waiting") => Phrase::new("等待期", "waiting"),
        _ => return None,
    };
    Some(phrase)
}

fn of_care(dim: &str, value: &str) -> Option<Phrase> {
    let phrase = match (dim, value) {
        ("care", "outpatient") => Phrase::new("门诊", "outpatient"),
        ("care", "inpatient") => Phrase::new("住院", "inpatient"),
        ("care", "special_outpatient") => Phrase::new("门诊特殊病", "special outpatient"),
        ("care", "observation") => Phrase::new("留观", "observation"),
        ("care", "pharmacy") => Phrase::new("药店", "pharmacy"),
        ("level", "tier1") => Phrase::new("一级", "tier 1"),
        ("level", "tier2") => Phrase::new("二级", "tier 2"),
        ("level", "tier3") => Phrase::new("三级", "tier 3"),
        ("level", "district_tier3") => Phrase::new("区属三级", "district tier 3"),
        ("level", "community") => Phrase::new("社区", "community"),
        ("category", "local") => Phrase::new("本地", "local"),
        ("category", "resident_offsite") => Phrase::new("长期异地", "living elsewhere"),
        ("category", "resident_not_direct") => {
            Phrase::new("长期异地未直接结算", "living elsewhere, not direct")
        }
        ("category", "temp_emergency") => Phrase::new("临时外出急诊", "emergency elsewhere"),
        ("category", "referred") => Phrase::new("转诊转院", "referred"),
        ("category", "alliance") => Phrase::new("联盟就医", "alliance"),
        ("category", "unreferred_23") => {
            Phrase::new("未办手续（二、三级）", "not referred, tier 2 or 3")
        }
        ("category", "unreferred_other") => {
            Phrase::new("未办手续（其他机构）", "not referred, elsewhere")
        }
        ("network", "online") => Phrase::new("联网", "online"),
        ("network", "offline") => Phrase::new("断网", "offline"),
        ("referral", "valid") => Phrase::new("有效", "valid"),
        ("referral", "none") => Phrase::new("无", "none"),
        ("referral", "not_needed") => Phrase::new("无需", "not needed"),
        ("place", "local") => Phrase::new("本地", "local"),
        ("place", "offsite") => Phrase::new("异地", "elsewhere"),
        ("purpose", "treatment") => Phrase::new("治疗", "treatment"),
        ("purpose", "follow_up") => Phrase::new("复查", "follow-up"),
        ("purpose", "maternity") => Phrase::new("生育", "maternity"),
        ("disease", "ordinary") => Phrase::new("普通", "ordinary"),
        ("disease", "psychiatric") => Phrase::new("精神病", "psychiatric"),
        (_, "yes") => Phrase::new("是", "yes"),
        (_, "no") => Phrase::new("否", "no"),
        _ => return None,
    };
    Some(phrase)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it finds a fault")]
mod tests {
    use tongchou_wire::request::{EncounterFacts, MemberFacts};

    use crate::Language;

    #[test]
    fn every_usual_value_of_the_contract_has_a_word() {
        for (dim, values) in MemberFacts::DIMS.iter().chain(EncounterFacts::DIMS) {
            assert_ne!(super::dim(dim, Language::Zh), *dim);
            for value in *values {
                assert_ne!(super::value(dim, value, Language::Zh), *value, "{dim}");
            }
        }
    }
    #[test]
    fn every_verdict_of_a_shipped_pack_has_words() {
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        for source in tongchou_packs::ALL {
            let checked = crate::packs::load(source.text, source.id, Language::En).unwrap();
            let rows = checked.pack.rules.verdicts.iter().flat_map(|verdict| &verdict.rows);
            for (name, result) in rows.flat_map(|row| &row.value) {
                assert_ne!(super::result_name(name, Language::Zh), name, "{}", source.id);
                let said = super::result(result, Language::Zh);
                assert!(!is_word(said), "{}: {said}", source.id);
            }
        }
    }
}
