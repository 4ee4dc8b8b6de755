//! The words of reports, in Chinese and English.

use tongchou_wire::error::Lang;

/// A phrase in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phrase(&'static str, &'static str);

impl Phrase {
    pub const fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.0,
            Lang::En => self.1,
        }
    }

    /// The phrase with `{n}` filled in.
    pub fn fill(self, lang: Lang, n: &str) -> String {
        self.text(lang).replace("{n}", n)
    }
}

pub(super) const TITLE: Phrase = Phrase("政策影响", "Policy impact");
pub(super) const BASELINE: Phrase = Phrase("A（现行）", "A (baseline)");
pub(super) const REFORM: Phrase = Phrase("B（调整后）", "B (reform)");
pub(super) const PARAMS: Phrase = Phrase("参数", "parameters");
pub(super) const SCENARIO: Phrase = Phrase("场景", "Scenario");
pub(super) const INPUTS: Phrase = Phrase("场景数据", "Its inputs");
pub(super) const ALL_ASSUMED: Phrase =
    Phrase("全部为假定，没有公布数据支持", "all assumed: no published figure is behind them");
pub(super) const HELD: Phrase = Phrase(
    "以 {n} 项公布数据校准（tongchou sim calibrate），其余为假定",
    "held against {n} published figures (tongchou sim calibrate); the rest is assumed",
);
pub(super) const SEED: Phrase = Phrase("随机种子", "Seed");
pub(super) const PROGRAM: Phrase = Phrase("程序版本", "Program");
pub(super) const ASKED: Phrase = Phrase("取自 {n}", "from {n}");
pub(super) const SIMULATED: Phrase = Phrase("模拟人数", "Members simulated");
pub(super) const PARTIAL: Phrase =
    Phrase("提前结束：只含前 {n} 人", "ended early: the first {n} members only");
pub(super) const REPRESENTED: Phrase = Phrase("代表人数", "Members represented");
pub(super) const SUMS_OF: Phrase = Phrase("合计口径", "Sums");
pub(super) const WHOLE: Phrase = Phrase("全体参保人的合计", "of the whole population");
pub(super) const SCALED: Phrase = Phrase(
    "为模拟人员的合计；全体约为其 {n} 倍",
    "of the simulated members; the whole population: about × {n}",
);
pub(super) const UNIT: Phrase = Phrase("单位", "Unit");
pub(super) const DIFFERENCES: Phrase = Phrase("政策包的条款差异", "Differences between the packs");
pub(super) const NO_DIFFERENCES: Phrase = Phrase("没有差异", "no differences");
pub(super) const YUAN: Phrase =
    Phrase("金额单位为元；差额为 B 减 A", "amounts in yuan; differences are B less A");
pub(super) const TOTALS: Phrase = Phrase("合计", "Totals");
pub(super) const FUNDS: Phrase = Phrase("各基金支付", "Paid by each fund");
pub(super) const LAYERS: Phrase = Phrase("各支付层支付", "Paid by each layer");
pub(super) const NEGATIVE: Phrase = Phrase(
    "负数（{n}）：该条款收回按其他条款先记的金额，如基金不记账时转由个人承担的定额支付、\
     由医院承担而不再由个人承担的部分",
    "below zero ({n}): the clause takes back what another clause gave first, such as fixed amounts \
     that fall to the person where the fund books nothing, or the hospital's part, which the \
     person does not pay",
);
pub(super) const CLAUSES: Phrase = Phrase("按条款", "By clause");
pub(super) const AGES: Phrase = Phrase("按年龄", "By age");
pub(super) const KINDS: Phrase = Phrase("按人员类别", "By kind of member");
pub(super) const CARE: Phrase = Phrase("按就诊类别和医院等级", "By care and hospital level");
pub(super) const DISTRICTS: Phrase = Phrase("按区县", "By district");
pub(super) const CHANGES: Phrase = Phrase("受益与受损", "Gainers and losers");
pub(super) const CHANGES_NOTE: Phrase = Phrase(
    "按个人全年负担（账户和现金）比较；不变者含未就诊的人",
    "by what a person pays in the year (account and cash); unchanged: also those without a visit",
);
pub(super) const QUANTILES: Phrase = Phrase("个人负担差额的分位数", "Quantiles of the difference");
pub(super) const QUANTILES_NOTE: Phrase = Phrase(
    "全体人员逐分计数的精确值，最近秩法",
    "exact over all members, counted by fen; nearest rank",
);
pub(super) const CLASSES: Phrase = Phrase("差额分布", "Members by difference");
pub(super) const MOST: Phrase = Phrase("变化最大的人", "The most changed members");
pub(super) const REUSE: Phrase = Phrase("计算", "Computing");
pub(super) const DISTRICT: Phrase = Phrase("区县 {n}", "district {n}");
pub(super) const UNKNOWN: Phrase = Phrase("不详", "unknown");
pub(super) const AGE: Phrase = Phrase("{n} 岁", "{n}");
pub(super) const AND_ABOVE: Phrase = Phrase("{n} 岁及以上", "{n} and above");
pub(super) const GIVEN: Phrase = Phrase("随账单带入，无条款", "came with the bill, no clause");
pub(super) const SUM: Phrase = Phrase("合计", "in all");

pub(super) const ITEM: Phrase = Phrase("项目", "item");
pub(super) const DIFFERENCE: Phrase = Phrase("差额", "difference");
pub(super) const CHANGE: Phrase = Phrase("变化", "change");
pub(super) const CODE: Phrase = Phrase("基金代码", "fund code");
pub(super) const MEMBERS: Phrase = Phrase("人数", "members");
pub(super) const VISITS: Phrase = Phrase("就诊人次", "visits");
pub(super) const SHARE: Phrase = Phrase("占比", "share");
pub(super) const AMOUNT: Phrase = Phrase("金额", "amount");
pub(super) const EACH: Phrase = Phrase("人均", "each");
pub(super) const GAINERS: Phrase = Phrase("受益", "gainers");
pub(super) const LOSERS: Phrase = Phrase("受损", "losers");
pub(super) const UNCHANGED: Phrase = Phrase("不变", "unchanged");
pub(super) const EVERYBODY: Phrase = Phrase("全体", "all members");
pub(super) const FUND_A: Phrase = Phrase("基金 A", "fund A");
pub(super) const FUND_B: Phrase = Phrase("基金 B", "fund B");
pub(super) const PERSON_A: Phrase = Phrase("个人 A", "person A");
pub(super) const PERSON_B: Phrase = Phrase("个人 B", "person B");
pub(super) const NUMBER: Phrase = Phrase("人员编号", "person no.");
pub(super) const PROFILE: Phrase = Phrase("情况", "profile");
pub(super) const CLAUSE: Phrase = Phrase("条款", "clause");
pub(super) const TEXT: Phrase = Phrase("内容", "what it says");
pub(super) const LEAST: Phrase = Phrase("最小", "least");
pub(super) const GREATEST: Phrase = Phrase("最大", "most");
pub(super) const LESS: Phrase = Phrase("少付", "pays less");
pub(super) const MORE: Phrase = Phrase("多付", "pays more");
pub(super) const OVER: Phrase = Phrase("以上", "and more");

pub(super) const TOTAL: Phrase = Phrase("医疗费总额", "total fees");
pub(super) const FULL_SELF: Phrase = Phrase("全自费", "wholly self-paid");
pub(super) const OVER_LIMIT: Phrase = Phrase("超限价", "over limit");
pub(super) const PREPAY: Phrase = Phrase("先行自付", "pre-pay share");
pub(super) const IN_SCOPE: Phrase = Phrase("政策范围内", "in scope");
pub(super) const DEDUCTIBLE: Phrase = Phrase("起付线", "deductible");
pub(super) const FUND: Phrase = Phrase("基金支付", "fund");
pub(super) const HOSPITAL: Phrase = Phrase("医院负担", "hospital");
pub(super) const PERSON: Phrase = Phrase("个人负担", "person");
pub(super) const ACCOUNT: Phrase = Phrase("其中个人账户", "of which account");
pub(super) const CASH: Phrase = Phrase("其中现金", "of which cash");

pub(super) const CLASSIFIED: Phrase =
    Phrase("沿用 A 的明细分类：{n} 人次", "visits whose lines were classified once for both: {n}");
pub(super) const SKIPPED: Phrase =
    Phrase("调整不涉及、未重新结算：{n}", "out of the reform's reach, not settled again: {n}");
pub(super) const PEOPLE: Phrase = Phrase("{n} 人", "{n} members");
pub(super) const OF_VISITS: Phrase = Phrase("{n} 人次", "{n} visits");

pub(super) const WATERFALL: Phrase =
    Phrase("基金支付由 A 到 B 的变化", "The fund's payments from A to B, layer by layer");
pub(super) const AXIS: Phrase = Phrase("横轴起点 {n}元", "the axis begins at {n} yuan");
pub(super) const AGE_BARS: Phrase = Phrase(
    "各年龄段每人个人负担的变化（元）",
    "Change of what a member pays, on average, by age (yuan)",
);
pub(super) const HISTOGRAM: Phrase =
    Phrase("受益和受损人数（按差额，元）", "Gainers and losers by amount (members; yuan)");
pub(super) const NO_CHANGE: Phrase = Phrase("没有差别", "no difference");
pub(super) const RUN: Phrase = Phrase("本次测算", "This run");
