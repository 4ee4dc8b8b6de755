//! The words of slips and lists, in Chinese and English.

use crate::Language;

/// A phrase in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Phrase {
    zh: &'static str,
    en: &'static str,
}

impl Phrase {
    const fn new(zh: &'static str, en: &'static str) -> Self {
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
pub const PREPAY: Phrase = Phrase::new("先行自付", "pre-pay share");
pub const IN_SCOPE: Phrase = Phrase::new("政策范围内", "in scope");
pub const FIXED: Phrase = Phrase::new("定额支付", "fixed amount");
pub const FIXED_SELF: Phrase = Phrase::new("定额外个人支付", "above fixed amount");
pub const DEDUCTIBLE: Phrase = Phrase::new("起付线", "deductible");
pub const ADMISSION: Phrase = Phrase::new("本年度第 N 次住院", "admission no. N of the year");
pub const BAND: Phrase = Phrase::new("段", "band");
pub const PAID: Phrase = Phrase::new("支付", "paid");
pub const CAPPED: Phrase = Phrase::new("已达封顶线", "cap reached");
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
pub const STREAM: Phrase = Phrase::new("已结算 {n} 笔，拒绝 {r} 笔", "{n} settled, {r} refused");

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
        "upfront" => Phrase::new("先行自负", "upfront share"),
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
