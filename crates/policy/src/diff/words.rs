//! What rows and settings say, in the field's own terms, in Chinese and English.

use tongchou_core::calendar::Day;
use tongchou_core::money::Fen;
use tongchou_core::pack::{
    AdjustStep, Bands, Cap, Cut, CutOf, Later, Limit, LimitPer, LimitUpto, Personal, Scope,
    Standing, Text,
};

use super::named::{Kind, Named, NamedDim, NamedParam, RowKey, Setting, Value, When};
use crate::report::Lang;
use crate::units::percent_text;

/// A phrase in Chinese and in English.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrase(pub &'static str, pub &'static str);

impl Phrase {
    pub(super) const fn say(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.0,
            Lang::En => self.1,
        }
    }
}

/// A text said in each language.
pub(super) fn both(say: impl Fn(Lang) -> String) -> Text {
    Text { zh: say(Lang::Zh), en: say(Lang::En) }
}

pub(super) fn pick(text: &Text, lang: Lang) -> &str {
    match lang {
        Lang::Zh => &text.zh,
        Lang::En => &text.en,
    }
}

/// Yuan with thousands set apart.
pub(super) fn yuan(fen: i128) -> String {
    let (sign, size) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    let whole = (size / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{:02}", size % 100)
}

/// A difference in yuan, with its sign.
pub(super) fn signed(fen: i128) -> String {
    if fen > 0 { format!("+{}", yuan(fen)) } else { yuan(fen) }
}

pub(super) fn date(day: Day) -> String {
    let (year, month, day) = day.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

fn money(Fen(fen): Fen) -> String {
    yuan(i128::from(fen))
}

fn percent(ppm: u32) -> String {
    percent_text(i64::from(ppm), 0)
}

pub(super) fn and(lang: Lang) -> &'static str {
    Phrase("、", ", ").say(lang)
}

/// The name of a table.
pub(super) const fn title(kind: Kind) -> Phrase {
    match kind {
        Kind::Prepay => Phrase("先行自付", "pre-pay share"),
        Kind::Limit => Phrase("限价", "limit"),
        Kind::Fixed => Phrase("定额支付", "fixed amount"),
        Kind::Standing => Phrase("待遇状态", "standing"),
        Kind::Upfront => Phrase("先行自负", "upfront share"),
        Kind::Deductible => Phrase("起付线", "deductible"),
        Kind::Band => Phrase("支付比例", "rates"),
        Kind::Adjust => Phrase("比例调整", "adjustment"),
        Kind::Cap => Phrase("封顶线", "cap"),
        Kind::Eligible => Phrase("封顶（按进入额）", "cap on what enters"),
        Kind::Group => Phrase("合并封顶", "cap of a group"),
        Kind::Personal => Phrase("个人账户支付范围", "the account pays"),
    }
}

/// What a row says.
pub(super) fn value(value: &Value, named: &Named, lang: Lang) -> String {
    match value {
        Value::Prepay(prepay) => {
            let strict = Phrase("（优先于明细自带比例）", " (outranks the line's own)").say(lang);
            format!("{}{}", percent(prepay.share.0), if prepay.strict { strict } else { "" })
        }
        Value::Limit(each) => limit(each, lang),
        Value::Fixed(fixed) => match fixed.pays {
            Some(amount) => {
                let fund = Phrase("基金", "fund").say(lang);
                format!("{} ({fund} {})", money(amount), fixed.fund)
            }
            None => Phrase("按普通项目", "an ordinary line").say(lang).to_owned(),
        },
        Value::Standing(each) => standing(each, lang),
        Value::Share(share) => percent(share.0),
        Value::Amount(amount) => money(*amount),
        Value::OfFact(fact, rate) => {
            let name = named.facts.get(fact).map_or(fact.as_str(), |f| pick(&f.name, lang));
            format!("{name} × {}", percent(rate.0))
        }
        Value::Bands(each) => bands(each, lang),
        Value::Step(each) => step(*each, lang),
        Value::Cap(each) => cap(*each, lang),
        Value::Personal(each) => personal(*each, lang),
    }
}

fn limit(limit: &Limit, lang: Lang) -> String {
    let per = match limit.per {
        LimitPer::Unit => Phrase("单价", "unit price"),
        LimitPer::Line => Phrase("每条明细", "line"),
        LimitPer::Session => Phrase("每次", "session"),
        LimitPer::Day => Phrase("每日", "day"),
    };
    let upto = match limit.upto {
        LimitUpto::None => Phrase("不设限价", "no limit").say(lang).to_owned(),
        LimitUpto::OfLine => Phrase("按明细自带限价", "the line's own limit").say(lang).to_owned(),
        LimitUpto::Amount(amount) => money(amount),
    };
    match lang {
        Lang::Zh => format!("{} {upto}", per.say(lang)),
        Lang::En => format!("{upto} per {}", per.say(lang)),
    }
}

fn standing(standing: &Standing, lang: Lang) -> String {
    let fund = match standing.fund {
        true => Phrase("基金支付", "the fund pays"),
        false => Phrase("基金不支付", "the fund pays nothing"),
    };
    let account = match standing.account {
        true => Phrase("可用个人账户", "the account may be used"),
        false => Phrase("不用个人账户", "the account may not be used"),
    };
    let mut parts = vec![fund.say(lang), account.say(lang)];
    match standing.later {
        Later::None => {}
        Later::Manual => parts.push(Phrase("事后手工报销", "claimed by hand later").say(lang)),
        Later::Recovery => {
            parts.push(Phrase("系统恢复后补记", "claimed when the system is back").say(lang));
        }
    }
    if standing.hospital {
        parts.push(Phrase("费用由医院负担", "the hospital bears the bill").say(lang));
    }
    parts.join(and(lang))
}

fn bands(bands: &Bands, lang: Lang) -> String {
    let mut parts = Vec::new();
    for (index, rate) in bands.pays.iter().enumerate() {
        let rate = percent(rate.0);
        parts.push(match (bands.upto.get(index), lang) {
            (None, _) if bands.upto.is_empty() => rate,
            (Some(upto), Lang::Zh) => format!("{} 以内 {rate}", money(*upto)),
            (Some(upto), Lang::En) => format!("{rate} to {}", money(*upto)),
            (None, Lang::Zh) => format!("以上 {rate}"),
            (None, Lang::En) => format!("{rate} above"),
        });
    }
    parts.join(and(lang))
}

fn step(step: AdjustStep, lang: Lang) -> String {
    let share = Phrase("个人负担", "the person's share").say(lang);
    match step {
        AdjustStep::Times(factor) => format!("{share} × {}", percent(factor)),
        AdjustStep::Add(points) => {
            let sign = if points < 0 { "-" } else { "+" };
            let unit = Phrase(" 个百分点", " percentage points").say(lang);
            let size = percent(points.unsigned_abs());
            format!("{share} {sign}{}{unit}", size.trim_end_matches('%'))
        }
        AdjustStep::Set(rate) => format!("{share} = {}", percent(rate.0)),
    }
}

pub(super) const fn per(scope: Scope) -> Phrase {
    match scope {
        Scope::Bill => Phrase("每次结算", "bill"),
        Scope::Stay => Phrase("每次住院", "stay"),
        Scope::Year => Phrase("年度", "year"),
    }
}

fn cap(cap: Cap, lang: Lang) -> String {
    let per = per(cap.per).say(lang);
    match (cap.amount, lang) {
        (None, _) => Phrase("不设封顶", "none").say(lang).to_owned(),
        (Some(amount), Lang::Zh) => format!("{per} {}", money(amount)),
        (Some(amount), Lang::En) => format!("{} a {per}", money(amount)),
    }
}

fn personal(personal: Personal, lang: Lang) -> String {
    let parts = [
        (personal.in_scope, Phrase("政策范围内", "in scope")),
        (personal.prepay, Phrase("先行自付", "pre-pay share")),
        (personal.over_limit, Phrase("超限价", "over limit")),
        (personal.full_self, Phrase("全自费", "wholly self-paid")),
    ];
    let named = parts.iter().filter(|(on, _)| *on).map(|(_, part)| part.say(lang));
    let named: Vec<&str> = named.collect();
    if named.is_empty() {
        return Phrase("无", "nothing").say(lang).to_owned();
    }
    named.join(and(lang))
}

/// When a row applies, in brackets; empty where it always does.
pub(super) fn conditions(key: &RowKey, sides: [&Named; 2], lang: Lang) -> String {
    let mut parts = when(&key.when, sides, lang);
    parts.extend(params(&key.params, lang));
    if key.priority != 0 {
        let priority = Phrase("优先级", "priority").say(lang);
        parts.push(format!("{priority} {}", key.priority));
    }
    if key.seq != 0 {
        parts.push(format!("{} {}", Phrase("步骤", "step").say(lang), key.seq));
    }
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(and(lang))) }
}

/// Conditions on dimensions, one text each.
pub(super) fn when(when: &When, sides: [&Named; 2], lang: Lang) -> Vec<String> {
    let each = when.iter().map(|(dim, values)| {
        let known = sides.iter().rev().find_map(|side| side.dims.get(dim));
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        accepted(dim, &values, known, lang)
    });
    each.collect()
}

/// Conditions on parameters, one text each.
pub(super) fn params(params: &When, lang: Lang) -> Vec<String> {
    let word = Phrase("参数 ", "param ").say(lang);
    let each = params.iter().map(|(param, values)| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        format!("{word}{param}={}", values.join("/"))
    });
    each.collect()
}

fn accepted(name: &str, values: &[&str], dim: Option<&NamedDim>, lang: Lang) -> String {
    if dim.is_some_and(|dim| dim.number.is_some()) {
        return format!("{name}={}", values.join("/"));
    }
    if let Some((cut, dim)) = dim.and_then(|dim| Some((dim.cut.as_ref()?, dim))) {
        let at = |value: &&str| dim.values.iter().position(|other| other == value);
        let mut classes: Vec<usize> = values.iter().filter_map(at).collect();
        classes.sort_unstable();
        let said: Vec<String> =
            classes.into_iter().map(|class| cut_class(cut, class, lang)).collect();
        return said.join(Phrase(" / ", " or ").say(lang));
    }
    let said: Vec<String> = values.iter().map(|value| given(name, value, lang)).collect();
    match lang {
        Lang::Zh => said.join("/"),
        Lang::En => format!("{name}={}", values.join("/")),
    }
}

/// A value of a dimension that is given, alone.
pub(super) fn given(name: &str, value: &str, lang: Lang) -> String {
    match (lang, chinese(name, value)) {
        (Lang::Zh, Some(word)) => word.to_owned(),
        _ => format!("{name}={value}"),
    }
}

/// A class of a number, by its bounds.
fn cut_class(cut: &Cut, class: usize, lang: Lang) -> String {
    let first = class.checked_sub(1).and_then(|before| cut.starts.get(before)).copied();
    let next = cut.starts.get(class).copied();
    let amount = |fen: i64| yuan(i128::from(fen));
    let what = match cut.of {
        CutOf::AgeOnBill => Phrase("年龄", "age"),
        CutOf::AgeOnYearStart => Phrase("年初年龄", "age at the start of the year"),
        CutOf::Admission => Phrase("住院次数", "admission"),
        CutOf::Days => Phrase("住院天数", "days"),
        CutOf::InScope => Phrase("政策范围内", "in scope"),
        CutOf::Total => Phrase("总费用", "total"),
        CutOf::Number(_) => Phrase("数值", "number"),
    };
    let what = what.say(lang);
    if cut.of.is_amount() {
        return match (first, next) {
            (None, None) => what.to_owned(),
            (Some(first), None) => format!("{what} ≥ {}", amount(first)),
            (None, Some(next)) => format!("{what} < {}", amount(next)),
            (Some(first), Some(next)) => format!("{what} {} … < {}", amount(first), amount(next)),
        };
    }
    if cut.of == CutOf::Admission {
        return match (first.unwrap_or(1), next) {
            (1, Some(2)) => Phrase("首次", "first admission").say(lang).to_owned(),
            (first, None) if lang == Lang::Zh => format!("第 {first} 次起"),
            (first, Some(next)) if lang == Lang::Zh && first + 1 == next => {
                format!("第 {first} 次")
            }
            (first, Some(next)) if lang == Lang::Zh => format!("第 {first}–{} 次", next - 1),
            (first, None) => format!("admission {first} and later"),
            (first, Some(next)) if first + 1 == next => format!("admission {first}"),
            (first, Some(next)) => format!("admissions {first}–{}", next - 1),
        };
    }
    match (first, next) {
        (None, None) => what.to_owned(),
        (Some(first), None) => format!("{what} ≥ {first}"),
        (None, Some(next)) => format!("{what} < {next}"),
        (Some(first), Some(next)) => format!("{what} {first}–{}", next - 1),
    }
}

/// A parameter: its values, its default, whether that is assumed.
pub(super) fn param(param: &NamedParam, lang: Lang) -> String {
    let values: Vec<&str> = param.values.iter().map(String::as_str).collect();
    let assumed = Phrase("（假定）", " (assumed)").say(lang);
    let assumed = if param.assumed { assumed } else { "" };
    format!("{}{assumed} [{}]", param.default, values.join(" | "))
}

/// A dimension: its values and its default, or how it is cut.
pub(super) fn dim(dim: &NamedDim, lang: Lang) -> String {
    if let Some(cut) = &dim.cut {
        let class =
            |(class, name): (usize, &String)| format!("{name}: {}", cut_class(cut, class, lang));
        let classes: Vec<String> = dim.values.iter().enumerate().map(class).collect();
        return classes.join(and(lang));
    }
    let values = dim.values.join(" | ");
    match &dim.default {
        Some(value) => format!("{} {value} [{values}]", Phrase("默认", "default").say(lang)),
        None => format!("[{values}]"),
    }
}

/// A setting: its word, or the word under each value of its parameter.
pub(super) fn setting<T: PartialEq>(
    setting: &Setting<T>,
    lang: Lang,
    word: impl Fn(&T) -> String,
) -> String {
    match setting {
        Setting::Is(value) => word(value),
        Setting::Param(name, values) => {
            let each = values.iter().map(|(value, said)| format!("{value}: {}", word(said)));
            let each: Vec<String> = each.collect();
            let param = Phrase("按参数", "by param").say(lang);
            format!("{param} {name} ({})", each.join("; "))
        }
    }
}

/// The Chinese word for a usual value of the contract.
fn chinese(dim: &str, value: &str) -> Option<&'static str> {
    let word = match (dim, value) {
        ("person", "active") => "在职",
        ("person", "retired") => "退休",
        ("group", "elderly") => "老年居民",
        ("group", "working_age") => "劳动年龄内居民",
        ("group", "student") => "学生儿童",
        ("group", "newborn") => "新生儿",
        ("poverty", "none") => "非困难人员",
        ("poverty", "low_income") => "低收入",
        ("poverty", "dibao") => "低保",
        ("poverty", "tekun") => "特困",
        ("poverty", "returned") => "返贫",
        ("poverty", "illness") => "因病致贫",
        ("status", "normal") => "待遇正常",
        ("status", "arrears") => "欠费",
        ("status", "not_designated") => "非本人定点",
        ("status", "supervised") => "重点监督",
        ("status", "changed_way") => "变更结算方式",
        ("status", "suspended") => "暂停待遇",
        ("card", "normal") => "卡正常",
        ("card", "frozen") => "卡冻结",
        ("card", "locked") => "卡锁定",
        ("enrolled", "yes") => "连续参保",
        ("enrolled", "no") => "未连续参保",
        ("enrolled", "waiting") => "等待期",
        ("supplement", "yes") => "有补充保险",
        ("supplement", "no") => "无补充保险",
        ("red_list", "yes") => "红名单",
        ("red_list", "no") => "非红名单",
        _ => return of_care(dim, value),
    };
    Some(word)
}

/// The Chinese word for a usual value of the encounter or of a line.
fn of_care(dim: &str, value: &str) -> Option<&'static str> {
    let word = match (dim, value) {
        ("care", "outpatient") => "门诊",
        ("care", "inpatient") => "住院",
        ("care", "special_outpatient") => "门诊特殊病",
        ("care", "observation") => "留观",
        ("care", "pharmacy") => "药店",
        ("level", "tier1") => "一级",
        ("level", "tier2") => "二级",
        ("level", "tier3") => "三级",
        ("level", "community") => "社区",
        ("category", "local") => "本地",
        ("category", "resident_offsite") => "长期异地",
        ("category", "resident_not_direct") => "长期异地未直接结算",
        ("category", "temp_emergency") => "临时外出急诊",
        ("category", "referred") => "转诊转院",
        ("category", "alliance") => "联盟就医",
        ("category", "unreferred_other") => "未履行程序外出",
        ("direct", "yes") => "直接结算",
        ("direct", "no") => "非直接结算",
        ("network", "online") => "联网",
        ("network", "offline") => "断网",
        ("designated", "yes") => "定点",
        ("designated", "no") => "非定点",
        ("emergency", "yes") => "急诊",
        ("emergency", "no") => "非急诊",
        ("referral", "valid") => "有转诊",
        ("referral", "none") => "无转诊",
        ("referral", "not_needed") => "无需转诊",
        ("approved_list", "yes") => "在审批名单",
        ("approved_list", "no") => "不在审批名单",
        ("class", "A") => "甲类",
        ("class", "B") => "乙类",
        ("class", "C") => "丙类",
        ("kind", "item") => "普通项目",
        ("kind", "drug") => "药品",
        ("kind", "service") => "诊疗",
        ("kind", "material") => "材料",
        ("kind", "visit_fee") => "医事服务费",
        ("kind", "special_drug") => "特殊药品",
        ("kind", "dialysis") => "透析",
        ("kind", "protein") => "蛋白类制品",
        ("restricted", "yes") => "限制使用",
        ("restricted", "no") => "非限制使用",
        ("approved", "yes") => "已审批",
        ("approved", "no") => "未审批",
        _ => return None,
    };
    Some(word)
}
