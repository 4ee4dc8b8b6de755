//! The words of slips and lists, in Chinese and English.

use crate::Language;

/// A phrase in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Phrase {
    zh: &'static str,
    en: &'static str,
}

impl Phrase {
    /// A phrase.
    #[must_use]
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }

    /// The phrase in a language.
    #[must_use]
    pub const fn text(self, lang: Language) -> &'static str {
        match lang {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

/// The language of the contract's refusals.
#[must_use]
pub const fn wire(lang: Language) -> tongchou_wire::error::Lang {
    match lang {
        Language::Zh => tongchou_wire::error::Lang::Zh,
        Language::En => tongchou_wire::error::Lang::En,
    }
}

/// The language of the pack checker's reports.
#[must_use]
pub const fn policy(lang: Language) -> tongchou_policy::Lang {
    match lang {
        Language::Zh => tongchou_policy::Lang::Zh,
        Language::En => tongchou_policy::Lang::En,
    }
}

pub const SLIP: Phrase = Phrase::new("结算单", "settlement");
pub const CANCELLED: Phrase = Phrase::new("撤销结算", "cancellation");
pub const REFUSED: Phrase = Phrase::new("未结算", "refused");
pub const HELP: Phrase = Phrase::new("处理", "help");
pub const AT: Phrase = Phrase::new("位置", "at");
pub const TOTAL: Phrase = Phrase::new("总费用", "total");
pub const FULL_SELF: Phrase = Phrase::new("全自费", "wholly self-paid");
pub const OVER_LIMIT: Phrase = Phrase::new("超限价", "over limit");
pub const PREPAY: Phrase = Phrase::new("先行自付（乙类等）", "pre-pay share");
pub const IN_SCOPE: Phrase = Phrase::new("政策范围内", "in scope");
pub const FIXED: Phrase = Phrase::new("定额支付", "fixed amount");
pub const FIXED_SELF: Phrase = Phrase::new("定额外个人支付", "above fixed amount");
pub const DEDUCTIBLE: Phrase = Phrase::new("起付线", "deductible");
pub const ADMISSION: Phrase = Phrase::new("本年度第 N 次住院", "admission no. N of the year");
pub const BAND: Phrase = Phrase::new("段", "band");
pub const PAID: Phrase = Phrase::new("支付", "paid");
pub const CAP_LEAVES: Phrase = Phrase::new("，封顶余额", ", cap left");
pub const HELD: Phrase = Phrase::new("，限价以内只有", ", within the limit only");
pub const PERSON_ROUNDED: Phrase = Phrase::new("个人部分先取整", "the person's part is rounded");
pub const SUM_ROUNDED: Phrase = Phrase::new("各段合计后取整", "the bands are rounded together");
pub const BEYOND: Phrase = Phrase::new("超出可支付范围，不进入分段", "beyond what is eligible");
pub const CAPPED: Phrase = Phrase::new("已达封顶线；封顶线以上", "cap reached; above the cap");
pub const OVER_CAP: Phrase = Phrase::new("封顶线以上", "above the cap");
pub const FUND: Phrase = Phrase::new("基金支付", "fund");
pub const FUND_NONE: Phrase =
    Phrase::new("基金不记账（待遇状态）", "the fund books nothing (standing)");
pub const CLAIM: Phrase = Phrase::new("可事后申报的基金部分", "fund's part, to be claimed later");
pub const HOSPITAL: Phrase = Phrase::new("医院负担", "hospital");
pub const PERSON: Phrase = Phrase::new("个人负担", "person");
pub const ACCOUNT: Phrase = Phrase::new("个人账户", "personal account");
pub const MUTUAL_AID: Phrase = Phrase::new("其中共济", "of which mutual aid");
pub const CASH: Phrase = Phrase::new("个人现金", "cash");
pub const BALANCE: Phrase = Phrase::new("账户余额", "account balance");
pub const TOTAL_UPPER: Phrase = Phrase::new("总费用大写", "total in words");
pub const CASH_UPPER: Phrase = Phrase::new("现金大写", "cash in words");
pub const STEPS: Phrase = Phrase::new("逐步说明", "step by step");
pub const LINE: Phrase = Phrase::new("明细", "line");
pub const GIVEN: Phrase = Phrase::new("按录入", "as given");
pub const PARAMS: Phrase = Phrase::new("参数", "parameters");
pub const ASSUMED: Phrase = Phrase::new("（假定）", " (assumed)");
pub const CLAUSES: Phrase = Phrase::new("条款", "clauses");
pub const LAYERS: Phrase = Phrase::new("基金层", "layers");
pub const FACTS: Phrase = Phrase::new("外部数据", "facts");
pub const EVENTS: Phrase = Phrase::new("事件", "events");
pub const TOGETHER: Phrase = Phrase::new("合并封顶：{l}", "one cap: {l}");
pub const GROUPS: Phrase = Phrase::new("合并封顶", "groups under one cap");
pub const LIFE: Phrase = Phrase::new("有效期", "life");
pub const CONFIDENCE: Phrase = Phrase::new("可信度", "confidence");
pub const OPEN_PARAMS: Phrase = Phrase::new("待定参数", "open parameters");
pub const PROGRAMME: Phrase = Phrase::new("险种", "programme");
pub const EXAMPLES: Phrase = Phrase::new("算例", "examples");
pub const CHECKED: Phrase = Phrase::new("通过", "ok");
pub const TIMELINE: Phrase = Phrase::new("待遇年度明细", "the member's bills, in order of service");
pub const DATE: Phrase = Phrase::new("日期", "date");
pub const BILL: Phrase = Phrase::new("账单", "bill");
pub const CHANGES: Phrase = Phrase::new("因补录或撤销而改变的结算", "bills changed by a late fact");
pub const CHANGED_BY: Phrase = Phrase::new("第 {n} 条事实：{id}", "fact {n}: {id}");
pub const COUNTERS: Phrase = Phrase::new("年度累计", "counters of the year");
pub const MEMBER: Phrase = Phrase::new("参保人待遇账", "a member's year");
pub const YEAR: Phrase = Phrase::new("{y} 年度", "year {y}");
pub const OPENING: Phrase = Phrase::new("期初账户余额", "account at the beginning");
pub const CLOSING: Phrase = Phrase::new("期末账户余额", "account in the end");
pub const WHAT: Phrase = Phrase::new("事项", "what");
pub const SUM: Phrase = Phrase::new("合计", "in all");
pub const REFUND: Phrase = Phrase::new("退费", "refund");
pub const WHOLE_REFUND: Phrase = Phrase::new("整单退费", "whole refund");
pub const REFUND_OF: Phrase = Phrase::new("所退结算", "of settlement");
pub const REFUNDED_NOW: Phrase = Phrase::new("本次退费", "given back");
pub const TO_FUND: Phrase = Phrase::new("退回基金", "back to the fund");
pub const TO_HOSPITAL: Phrase = Phrase::new("退回医院负担", "back to the hospital");
pub const TO_PERSON: Phrase = Phrase::new("退还个人", "back to the person");
pub const IN_CASH: Phrase = Phrase::new("退现金", "in cash");
pub const TO_ACCOUNT: Phrase = Phrase::new("退回个人账户", "to the account");
pub const SO_FAR: Phrase = Phrase::new("该单累计已退", "given back of it so far");
pub const CASH_PART: Phrase = Phrase::new("现金", "cash");
pub const ACCOUNT_PART: Phrase = Phrase::new("账户", "account");
pub const FUND_PART: Phrase = Phrase::new("基金", "fund");
pub const BALANCE_HEAD: Phrase = Phrase::new("账户余额", "balance");
pub const PASSWORD: Phrase = Phrase::new("须输入社保卡密码", "the card's password is asked for");
pub const NO_PASSWORD: Phrase =
    Phrase::new("无需社保卡密码", "the card's password is not asked for");
pub const REST: Phrase = Phrase::new("其余费用另行结算", "what remains is settled as");
pub const BASIS: Phrase = Phrase::new("依据", "under");
pub const REFUND_UPPER: Phrase = Phrase::new("退还个人大写", "given back in words");
pub const REFUNDS: Phrase = Phrase::new("退费", "refunds");
pub const CLAIMS: Phrase = Phrase::new("手工报销", "claims");
pub const MANUAL_CLAIM: Phrase = Phrase::new("手工报销", "claim");
pub const BACK_ENTRY: Phrase = Phrase::new("补录结算", "entered later");
pub const CONTRIBUTION: Phrase = Phrase::new("缴费", "contribution");
pub const CANCEL: Phrase = Phrase::new("撤销", "cancel");
pub const CREDIT: Phrase = Phrase::new("账户划入", "credit");
pub const IN_FULL: Phrase = Phrase::new("足额缴费 {n} 个月", "paid in full: {n} months");
pub const SHORT: Phrase = Phrase::new(
    "缴费不足：应缴 {due}，实缴 {paid}，差 {short}",
    "short contribution: due {due}, paid {paid}, {short} short",
);
pub const PAID_LATE: Phrase =
    Phrase::new("缴费：应缴 {due}，实缴 {paid}", "contribution: due {due}, paid {paid}");
pub const LATE: Phrase = Phrase::new("，{on} 缴", ", paid on {on}");
pub const ROWS_OF: Phrase = Phrase::new("应缴与结论按 {d} 的条款", "levies and verdicts as of {d}");
pub const BECOMES: Phrase = Phrase::new("身份变更", "becomes");
pub const SCHEME: Phrase = Phrase::new("险种变更", "scheme");
pub const TAKEN_BACK: Phrase = Phrase::new("已撤销，不计", "taken back, does not count");
pub const BY: Phrase = Phrase::new("经办", "by");
pub const REASON: Phrase = Phrase::new("原因", "reason");
pub const AT_INSTITUTIONS: Phrase = Phrase::new("选定", "chosen");
pub const SINCE: Phrase = Phrase::new("{d} 起", "since {d}");
pub const UNTIL: Phrase = Phrase::new("至 {d}", "until {d}");
pub const ALWAYS: Phrase = Phrase::new("始终", "always");
pub const AS_GIVEN: Phrase = Phrase::new("默认", "default");
pub const ONLY_WHERE: Phrase = Phrase::new("仅限：{c}", "only: {c}");
pub const OR: Phrase = Phrase::new(" 或 ", " or ");
pub const LATER_REFUNDED: Phrase =
    Phrase::new("后整单退费（{id}）", "refunded as a whole later ({id})");
pub const BUDGET: Phrase = Phrase::new("计入总额", "counted in the budget of");
pub const CHANNEL_MANUAL: Phrase = Phrase::new("可手工报销", "may be claimed by hand");
pub const CHANNEL_RECOVERY: Phrase =
    Phrase::new("系统恢复后补结算", "settled when the system is back");
pub const FUND_NOTHING: Phrase = Phrase::new("基金不支付", "the fund pays nothing");
pub const FUND_PAYS: Phrase = Phrase::new("基金支付", "the fund pays");
pub const MAY_USE_ACCOUNT: Phrase = Phrase::new("可用个人账户", "account may be used");
pub const NO_ACCOUNT: Phrase = Phrase::new("不可用个人账户", "account may not be used");
pub const SEGMENT: Phrase = Phrase::new("第 {n} 段", "segment {n}");
pub const NTH_ADMISSION: Phrase = Phrase::new("第 {n} 次住院", "admission {n}");
pub const HOSPITAL_BEARS: Phrase = Phrase::new("医院负担 {a}", "the hospital bears {a}");
pub const ADMISSIONS: Phrase = Phrase::new("住院次数", "admissions");
pub const USED: Phrase = Phrase::new("已付起付线", "deductible paid");
pub const POSITION: Phrase = Phrase::new("累计进入", "entered so far");
pub const PAID_SO_FAR: Phrase = Phrase::new("已支付", "paid so far");
pub const OF_CAP: Phrase = Phrase::new("封顶 {c}，剩余 {r}", "cap {c}, {r} left");
pub const OPEN_STAYS: Phrase = Phrase::new("未结住院", "open stays");
pub const KEPT_STAYS: Phrase = Phrase::new("已出院，可二次返院", "discharged, may be readmitted");
pub const ADMITTED: Phrase = Phrase::new("入院", "admitted");
pub const DISCHARGED: Phrase = Phrase::new("出院", "discharged");
pub const BILLS: Phrase = Phrase::new("已结 {n} 次", "bills: {n}");
pub const TRANSFERRED: Phrase = Phrase::new("转院", "transferred");
pub const TRANSACTIONS: Phrase = Phrase::new("账户流水", "account transactions");
pub const INCONSISTENT: Phrase = Phrase::new(
    "以下结算未随补录或撤销改变，与此前账单不一致",
    "these bills were kept as they were, although bills before them have changed",
);
pub const GROUNDS: Phrase = Phrase::new("由事实得出的待遇", "what follows from facts");
pub const ENTITLED: Phrase = Phrase::new("待遇核定", "entitlement");
pub const STANDING: Phrase = Phrase::new(
    "待遇时间线（各条可能重叠，以就诊一栏为准）",
    "standing over time (rows may overlap; a visit says which of them holds)",
);
pub const PERIODS: Phrase = Phrase::new("期限", "periods");
pub const LAST_DAY: Phrase = Phrase::new("最后一日 {d}", "last day {d}");
pub const LAST_MOMENT: Phrase = Phrase::new("截至 {d}", "over at {d}");
pub const WINDOWS: Phrase = Phrase::new("办理时限", "windows");
pub const ACCEPTED: Phrase = Phrase::new("受理", "accepted");
pub const OUTSIDE: Phrase = Phrase::new("不在办理时限内", "outside every window");
pub const VISITS: Phrase = Phrase::new("就诊", "visits");
pub const LEVIES: Phrase = Phrase::new("应缴（划）金额", "amounts worked out");
pub const MONTHS: Phrase = Phrase::new("{n} 个月", "{n} months");
pub const VERDICTS: Phrase = Phrase::new("核定结论", "verdicts");
pub const STREAM: Phrase = Phrase::new("已结算 {n} 笔，拒绝 {r} 笔", "{n} settled, {r} refused");

/// What stands between a label and what it says.
#[must_use]
pub const fn colon(lang: Language) -> &'static str {
    match lang {
        Language::Zh => "：",
        Language::En => ": ",
    }
}

/// What stands between two parts of a sentence.
#[must_use]
pub const fn comma(lang: Language) -> &'static str {
    match lang {
        Language::Zh => "，",
        Language::En => ", ",
    }
}

/// A remark behind a text, in brackets as the language writes them.
#[must_use]
pub fn in_brackets(text: &str, lang: Language) -> String {
    match lang {
        Language::Zh => format!("（{text}）"),
        Language::En => format!(" ({text})"),
    }
}

/// A programme in words; one of a pack's own stands as the pack writes it.
#[must_use]
pub fn programme(programme: &str, lang: Language) -> &str {
    let phrase = match programme {
        "employee" => Phrase::new("职工", "employee"),
        "resident" => Phrase::new("居民", "resident"),
        "aid" => Phrase::new("医疗救助", "aid"),
        "supplement" => Phrase::new("补充保险", "supplement"),
        _ => return programme,
    };
    phrase.text(lang)
}

/// How far a clause is to be trusted, from the most to the least, as packs write it.
pub const CONFIDENCES: [&str; 5] = ["source", "found", "known", "assumed", "unverified"];

/// How far a clause is to be trusted, in words.
#[must_use]
pub fn confidence(word: &str, lang: Language) -> &str {
    let phrase = match word {
        "source" => Phrase::new("来源文件", "source"),
        "found" => Phrase::new("公开资料", "found"),
        "known" => Phrase::new("通行认识", "known"),
        "assumed" => Phrase::new("假定", "assumed"),
        "unverified" => Phrase::new("未核实", "unverified"),
        _ => return word,
    };
    phrase.text(lang)
}

/// How a step was rounded, in words; none for the usual way, to the nearest fen.
#[must_use]
pub fn rounding(word: &str, lang: Language) -> Option<&str> {
    let phrase = match word {
        "half_up" => return None,
        "down" => Phrase::new("不足一分舍去", "cut off to the fen"),
        "up" => Phrase::new("不足一分进为一分", "rounded up to the fen"),
        _ => return Some(word),
    };
    Some(phrase.text(lang))
}

/// A movement of the account in words.
#[must_use]
pub fn movement(kind: &str, lang: Language) -> &str {
    let phrase = match kind {
        "bill" => Phrase::new("结算", "bill"),
        "refund" => REFUND,
        "credit" => CREDIT,
        "claim" => MANUAL_CLAIM,
        _ => return kind,
    };
    phrase.text(lang)
}

/// A trace step in words.
#[must_use]
pub fn step(step: &str, lang: Language) -> &'static str {
    let phrase = match step {
        "full_self" => FULL_SELF,
        "over_limit" => OVER_LIMIT,
        "prepay" => PREPAY,
        "fixed" => FIXED,
        "fixed_self" => FIXED_SELF,
        "standing" => Phrase::new("待遇状态：基金不支付", "standing: the fund pays nothing"),
        "upfront" => Phrase::new("起付前自付", "upfront share"),
        "deductible" => DEDUCTIBLE,
        "adjust" => Phrase::new("比例调整后", "rate after adjustment"),
        "cap" => Phrase::new("封顶，剩余额度", "cap, room left"),
        "band" => Phrase::new("分段支付", "band"),
        "self" => Phrase::new("段内个人负担", "person's share"),
        "over" => OVER_CAP,
        "in_scope" => Phrase::new("政策范围内个人负担", "in scope, not paid"),
        "hospital" => HOSPITAL,
        "account" => ACCOUNT,
        "mutual_aid" => Phrase::new("家庭共济", "mutual aid"),
        _ => CASH,
    };
    phrase.text(lang)
}

/// A payer in words.
#[must_use]
pub fn payer(payer: &str, lang: Language) -> &'static str {
    let phrase = match payer {
        "fund" => Phrase::new("基金", "fund"),
        "hospital" => Phrase::new("医院", "hospital"),
        "account" => Phrase::new("账户", "account"),
        "cash" => Phrase::new("现金", "cash"),
        _ => Phrase::new("个人", "person"),
    };
    phrase.text(lang)
}
