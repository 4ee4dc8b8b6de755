//! The table of refusals: P… packs, I… input, S… settlement; H… is reserved for messages.
//!
//! `{value}` is the value found and `{expected}` what would have been accepted.

use core::fmt;

use super::Lang;

macro_rules! codes {
    ($($name:ident $text:literal
        $en:literal $en_help:literal
        $zh:literal $zh_help:literal)+) => {
        /// Why something was refused. Codes are stable; see [`Code::text`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(
                #[doc = concat!("`", $text, "`: ", $en, ".")]
                $name,
            )+
        }

        impl Code {
            /// Every code, in the order of its text.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => &Row {
                        text: $text,
                        en: ($en, $en_help),
                        zh: ($zh, $zh_help),
                    },)+
                }
            }
        }
    };
}

impl Code {
    /// The section of ARCHITECTURE.md that says so, for what no pack orders.
    #[must_use]
    pub const fn section(self) -> Option<&'static str> {
        match self {
            Self::BornLater => Some("§4"),
            Self::StayNotAllowed | Self::StaysTooMany | Self::StayClosed => Some("§5"),
            Self::ClosesNothing | Self::FactsContradict => Some("§10"),
            Self::SplitLine | Self::SplitShare => Some("§11"),
            Self::RefundUnknown | Self::RefundNothing | Self::RefundWhole => Some("§12"),
            Self::CancelUnknown
            | Self::CancelTwice
            | Self::ClaimNothing
            | Self::ClaimTwice
            | Self::EncounterTwice
            | Self::FactsTwice
            | Self::FactsTooMany
            | Self::KeyUsed
            | Self::LaterBills
            | Self::LaterBillsDiffer
            | Self::MemberOther
            | Self::StaysOverlap => Some("§13"),
            _ => None,
        }
    }

    /// The stable text of a code, such as `I012`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.row().text
    }

    /// What is wrong, with `{value}` and `{expected}` left open.
    #[must_use]
    pub const fn message(self, lang: Lang) -> &'static str {
        self.row().words(lang).0
    }

    /// What to do next, with `{value}` and `{expected}` left open.
    #[must_use]
    pub const fn help(self, lang: Lang) -> &'static str {
        self.row().words(lang).1
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

struct Row {
    text: &'static str,
    /// Message and help.
    en: (&'static str, &'static str),
    zh: (&'static str, &'static str),
}

impl Row {
    const fn words(&self, lang: Lang) -> (&'static str, &'static str) {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

codes! {
    PackUnknown "P001"
        "unknown pack `{value}`"
        "name a loaded pack; {expected}"
        "未知政策包 `{value}`"
        "请选用已加载的政策包；{expected}"
    PackDay "P002"
        "day `{value}` is outside the life of the pack"
        "use a day within {expected}, or a pack that is in force on that day"
        "日期 `{value}` 不在政策包有效期内"
        "请使用 {expected} 之内的日期，或改用当日有效的政策包"
    ParamUnknown "P003"
        "unknown parameter `{value}`"
        "name a parameter of the pack; {expected}"
        "未知参数 `{value}`"
        "请使用政策包声明的参数；{expected}"
    ParamValue "P004"
        "parameter value `{value}` is not allowed"
        "choose an allowed value; {expected}"
        "参数值 `{value}` 不允许"
        "请选择允许的参数值；{expected}"
    PackDamaged "P005"
        "pack cannot be read: `{value}`"
        "load the canonical pack as it was checked; {expected}"
        "政策包无法读取：`{value}`"
        "请加载校验后生成的规范政策包；{expected}"
    PackNotTotal "P006"
        "pack has a gap or an overlap at `{value}`"
        "check the pack again and load the result; {expected}"
        "政策包在 `{value}` 处有缺口或重叠"
        "请重新校验政策包后再加载；{expected}"
    PackLimit "P007"
        "pack is beyond a limit with `{value}`"
        "divide or simplify the pack; the limit is {expected}"
        "政策包超出限制：`{value}`"
        "请拆分或简化政策包；上限为 {expected}"
    PackColumnsOnly "P008"
        "pack `{value}` rounds once and cannot settle single bills"
        "use it for columns, or a pack that rounds at every point; {expected}"
        "政策包 `{value}` 仅最后取整，不能结算单笔费用"
        "请用于列式批量计算，或改用逐点取整的政策包；{expected}"

    PackOfRules "P009"
        "pack `{value}` answers questions and settles no bills"
        "ask with an `entitle` message, or settle with another pack"
        "政策包 `{value}` 只回答问题，不结算费用"
        "请用 `entitle` 报文查询，或改用其他政策包结算"

    NotByColumns "P010"
        "pack `{value}` picks rows by an amount of the bill (`{expected}`); columns cannot"
        "settle such bills one by one"
        "政策包 `{value}` 按费用金额（`{expected}`）选取规定，不能列式计算"
        "请逐笔结算此类费用"

    Json "I001"
        "malformed JSON at line and column `{value}`: {expected}"
        "send one JSON object in UTF-8; `NaN` and `Infinity` are not JSON"
        "报文不是合法的 JSON，行列位置 `{value}`"
        "请发送一个 UTF-8 编码的 JSON 对象；`NaN` 与 `Infinity` 不是合法 JSON"
    WrongType "I002"
        "`{value}` is not {expected}"
        "give {expected}; leave an optional field out rather than send null"
        "`{value}` 不是{expected}"
        "请填写{expected}；可选字段请省略，不要传 null"
    FieldMissing "I003"
        "field `{value}` is missing"
        "add `{value}`: {expected}"
        "缺少字段 `{value}`"
        "请补充 `{value}`：{expected}"
    FieldUnknown "I004"
        "unknown field `{value}`"
        "correct or remove it; {expected}"
        "未知字段 `{value}`"
        "请更正或删除；{expected}"
    KeyTwice "I005"
        "key `{value}` is given twice"
        "give every key once"
        "键 `{value}` 重复"
        "每个键只能出现一次"
    Contract "I006"
        "contract number `{value}` is not supported"
        "send contract {expected}"
        "不支持契约版本 `{value}`"
        "请使用契约版本 {expected}"
    TooDeep "I007"
        "message is nested `{value}` levels deep"
        "nest at most {expected} levels"
        "报文嵌套达 `{value}` 层"
        "嵌套不得超过 {expected} 层"
    TooLarge "I008"
        "message is too large: `{value}`"
        "send at most {expected}"
        "报文过大：`{value}`"
        "上限为 {expected}"

    AmountMalformed "I010"
        "`{value}` is not an amount"
        "write yuan in plain decimals, such as \"12.30\""
        "`{value}` 不是金额"
        "请以元为单位写普通小数，例如 \"12.30\""
    AmountNegative "I011"
        "amount `{value}` is below zero"
        "send zero or more; take a bill back with a cancel"
        "金额 `{value}` 小于零"
        "金额不得为负；退费请用撤销"
    AmountDecimals "I012"
        "amount `{value}` has more than {expected} decimals"
        "round it to whole fen before sending"
        "金额 `{value}` 的小数超过 {expected} 位"
        "请先取整到分再提交"
    AmountBound "I013"
        "amount `{value}` is above the bound"
        "send at most {expected} yuan"
        "金额 `{value}` 超出上限"
        "不得超过 {expected} 元"
    Share "I014"
        "`{value}` is not a share"
        "write 0 % to 100 %, as \"10%\" (4 decimals at most) or \"0.10\" (6 decimals at most)"
        "`{value}` 不是比例"
        "请填写 0 至 100 %，写作 \"10%\"（至多 4 位小数）或 \"0.10\"（至多 6 位小数）"
    Price "I015"
        "`{value}` is not a price"
        "write yuan, from 0 to {expected}, with at most 6 decimals"
        "`{value}` 不是单价"
        "请以元为单位填写，0 至 {expected}，至多 6 位小数"
    Quantity "I016"
        "`{value}` is not a quantity"
        "write a number from 0 to {expected} with at most 4 decimals"
        "`{value}` 不是数量"
        "请填写 0 至 {expected} 的数，至多 4 位小数"

    DateMalformed "I020"
        "`{value}` is not a day of the calendar"
        "write a day of 1900 to 2999 as {expected}"
        "`{value}` 不是有效日期"
        "请按 {expected} 填写 1900 至 2999 年的日期"
    DischargedBeforeAdmitted "I021"
        "discharged on `{value}`, before the admission"
        "give a day from {expected} on, or leave `discharged` out"
        "出院日期 `{value}` 早于入院日期"
        "出院日期不得早于 {expected}，当日就诊可省略 `discharged`"
    LineDateOutside "I022"
        "line is dated `{value}`, outside the stay"
        "give a day within {expected}"
        "费用日期 `{value}` 不在就诊期间"
        "请填写 {expected} 之内的日期"
    BornLater "I023"
        "born on `{value}`, after the day of the bill"
        "give a day of birth up to {expected}"
        "出生日期 `{value}` 晚于结算日期"
        "出生日期不得晚于 {expected}"
    AgeRange "I024"
        "age `{value}` is out of range"
        "give completed years, {expected}"
        "年龄 `{value}` 超出范围"
        "请填写周岁：{expected}"
    AgeOrBorn "I025"
        "the pack needs the age: found `{value}`"
        "give either `age` or `born`; {expected}"
        "政策包需要年龄：现为 `{value}`"
        "请在 `age` 与 `born` 中填写且仅填写一项；{expected}"

    ClockMalformed "I026"
        "`{value}` is not a time of day"
        "write hours and minutes as {expected}, 00:00 to 23:59"
        "`{value}` 不是时刻"
        "请按 {expected} 填写，00:00 至 23:59"

    TimeMissing "I027"
        "the time of day is missing: `{value}` changes in the course of the day"
        "give `time`; there is a change at {expected}"
        "缺少时刻：`{value}` 当日有变化"
        "请填写 `time`；变化时点为 {expected}"

    DimValue "I030"
        "unknown value `{value}`"
        "use a known value; {expected}"
        "未知取值 `{value}`"
        "请使用已知取值；{expected}"
    DimMissing "I031"
        "dimension `{value}` is missing"
        "the pack has no default for it; {expected}"
        "缺少维度 `{value}`"
        "政策包没有默认值，请填写；{expected}"
    NotCovered "I032"
        "`{value}` is not covered by the pack"
        "use a value that the pack covers; {expected}"
        "政策包未覆盖 `{value}`"
        "请使用政策包覆盖的取值；{expected}"
    FactUnknown "I033"
        "unknown fact `{value}`"
        "name a fact of the pack; {expected}"
        "未知外部数据 `{value}`"
        "请使用政策包声明的外部数据；{expected}"
    FactMissing "I034"
        "fact `{value}` is missing"
        "the pack needs it: give its amount in yuan under `facts`"
        "缺少外部数据 `{value}`"
        "政策包需要该数据：请在 `facts` 中填写金额（元）"

    FactKind "I035"
        "a fact has exactly one kind"
        "give one of {expected}"
        "一条事实只能属于一种类型"
        "请填写其中之一：{expected}"

    NumberMissing "I036"
        "number `{value}` is missing"
        "the pack needs it: give a whole number under `numbers`"
        "缺少数值 `{value}`"
        "政策包需要该数值：请在 `numbers` 中填写整数"

    EventUnknown "I037"
        "unknown event `{value}`"
        "name an event of a pack of this list; {expected}"
        "未知事件 `{value}`"
        "请使用所用政策包声明的事件；{expected}"
    EventReason "I038"
        "unknown reason `{value}`"
        "use a reason that the pack knows; {expected}"
        "未知原因 `{value}`"
        "请使用政策包声明的原因；{expected}"
    EventSelection "I039"
        "the institutions chosen are not allowed: `{value}`"
        "choose {expected}"
        "所选医疗机构不符合规定：`{value}`"
        "请按规定选择：{expected}"

    LinesTooMany "I040"
        "bill has `{value}` lines"
        "send at most {expected} lines a bill"
        "账单有 `{value}` 条明细"
        "每单不得超过 {expected} 条明细"
    LineTwice "I041"
        "line id `{value}` is used twice"
        "give every line an id of its own"
        "明细标识 `{value}` 重复"
        "每条明细须有唯一标识"
    AmountProduct "I042"
        "amount `{value}` is not price × quantity"
        "send {expected}, or correct price or quantity"
        "金额 `{value}` 不等于单价 × 数量"
        "应为 {expected}，或更正单价、数量"
    TotalDiffers "I043"
        "stated total `{value}` is not the sum of the bill"
        "the bill sums to {expected}; correct the total or the lines"
        "申报总额 `{value}` 与费用合计不符"
        "费用合计为 {expected}；请更正总额或明细"
    LinesOrTotals "I044"
        "bill needs either lines or totals, found `{value}`"
        "send one of `lines` and `totals`"
        "账单应有明细或合计之一，现为 `{value}`"
        "请在 `lines` 与 `totals` 中填写且仅填写一项"
    TotalBound "I045"
        "bill total `{value}` is above the bound"
        "send at most {expected} yuan a bill"
        "账单总额 `{value}` 超出上限"
        "每单不得超过 {expected} 元"
    IdMalformed "I046"
        "`{value}` is not an id"
        "use {expected}, and no control characters"
        "`{value}` 不是合法标识"
        "请使用{expected}，且不含控制字符"

    StateMember "I050"
        "state belongs to member `{value}`"
        "send the state of member {expected}"
        "状态属于参保人 `{value}`"
        "请提交参保人 {expected} 的状态"
    StatePack "I051"
        "state belongs to pack `{value}`"
        "send the state of pack {expected}"
        "状态属于政策包 `{value}`"
        "请提交政策包 {expected} 的状态"
    StateYear "I052"
        "state belongs to the year `{value}`"
        "send the state of {expected}; a new year starts without one"
        "状态属于 `{value}` 年度"
        "请提交 {expected} 年度的状态；新年度开始时无需状态"
    StateDamaged "I053"
        "state was altered: hash `{value}` does not fit"
        "send the state exactly as it was handed back; {expected}"
        "状态被改动：校验值 `{value}` 不符"
        "请原样提交上次返回的状态；{expected}"
    StateAndYearToDate "I054"
        "`{value}` stands beside `state`"
        "send `state` alone, or `year_to_date` when there is no state"
        "`{value}` 与 `state` 同时出现"
        "请只提交 `state`；没有状态时才使用 `year_to_date`"
    CounterUnknown "I055"
        "unknown counter `{value}`"
        "use a counter of the pack; {expected}"
        "未知累计项 `{value}`"
        "请使用政策包的累计项；{expected}"
    CounterMalformed "I056"
        "counter is malformed: `{value}`"
        "give {expected}"
        "累计项不合法：`{value}`"
        "请填写{expected}"
    PackReference "I057"
        "`{value}` names no pack"
        "write {expected}"
        "`{value}` 不是政策包引用"
        "请写作 {expected}"
    CounterGroup "I058"
        "counter `{value}` is less than what its layers have paid"
        "give at least {expected}, what they have paid together"
        "计数 `{value}` 小于其各基金层已支付之和"
        "请填写不小于 {expected}（各层已支付之和）的金额"
    MemberOther "I059"
        "bill belongs to member `{value}`"
        "a list holds the facts of one member: send one list for each; this one is {expected}"
        "账单属于参保人 `{value}`"
        "一次回放只含一名参保人的事实，请按人分开提交；本次为 {expected}"

    FactsTooMany "I060"
        "list has `{value}` facts"
        "send at most {expected} in one list"
        "清单含 `{value}` 条事实"
        "一次最多提交 {expected} 条"

    HospitalShare "S001"
        "hospital share `{value}` is above what the fund leaves"
        "give at most {expected}"
        "医院负担 `{value}` 超过基金支付后的余额"
        "不得超过 {expected}"
    CounterBound "S002"
        "counter `{value}` would pass the bound"
        "check the state or the bill; counters hold at most {expected}"
        "累计项 `{value}` 将超出上限"
        "请核对状态或账单；累计上限为 {expected}"
    EncounterTwice "S003"
        "encounter `{value}` was settled before"
        "send the state before it, or give the bill an id that was never used"
        "就诊 `{value}` 已结算"
        "请提交此前的状态，或更换为从未用过的账单标识"
    StaysTooMany "S004"
        "stay `{value}` would be one too many open stays"
        "close a stay first; at most {expected} are open at once"
        "住院 `{value}` 使未结住院数超限"
        "请先办结一次住院；同时未结不得超过 {expected} 次"
    StayNotAllowed "S005"
        "stay given for care `{value}`, which is no stay"
        "leave `stay` out; {expected}"
        "就诊类别 `{value}` 不是住院，不能带 `stay`"
        "请删除 `stay`；{expected}"
    StayPeriod "S006"
        "stay runs into a new settlement period on `{value}`"
        "send a bill up to the day before, and one from that day on; a period has {expected} days"
        "住院跨入自 `{value}` 起的新结算周期"
        "请按该日前后分开结算；一个结算周期为 {expected} 天"
    JoinUnknown "S007"
        "the pack has no rule for a stay joined by `{value}`"
        "leave `joins` out, or use a pack with such a rule; {expected}"
        "政策包没有关于 `{value}` 的规则"
        "请删除 `joins`，或改用有此规则的政策包；{expected}"
    JoinNothing "S008"
        "there is no stay `{value}` to come to"
        "name a stay that is open, or for a readmission one that is closed; {expected}"
        "没有可并入的住院 `{value}`"
        "请填写未办结的住院（二次返院请填写已办结的住院）；{expected}"
    ReadmissionLate "S009"
        "readmission to `{value}` comes too late"
        "within {expected} days after discharge it is the same stay; later a new one"
        "二次返院已超过期限：住院 `{value}`"
        "出院后 {expected} 天内返院视为同一次住院，超过则按新的住院办理"
    CancelNotLast "S010"
        "settlement `{value}` is not the last one of this state"
        "cancel {expected} first"
        "结算 `{value}` 不是该状态的最近一次结算"
        "请先撤销 {expected}"
    SettlementAltered "S011"
        "settlement was altered: `{value}` does not fit"
        "send the settlement exactly as it was answered; {expected}"
        "结算结果被改动：`{value}` 不符"
        "请原样提交返回的结算结果；{expected}"
    CancelStateMissing "S012"
        "state is missing: it is needed to cancel `{value}`"
        "send the state that the settlement handed back; {expected}"
        "缺少状态，无法撤销 `{value}`"
        "请提交该次结算返回的状态；{expected}"
    CancelUnknown "S013"
        "no bill `{value}` is known"
        "take back a bill that came before; {expected}"
        "没有账单 `{value}`"
        "请撤销此前已录入的账单；{expected}"
    CancelTwice "S014"
        "bill `{value}` was taken back before"
        "leave the second cancel out; {expected}"
        "账单 `{value}` 已撤销"
        "请删除重复的撤销；{expected}"
    StayClosed "S015"
        "stay `{value}` is closed"
        "say `joins`: \"readmission\" if the patient came back, or give the new stay its own id"
        "住院 `{value}` 已办结"
        "二次返院请写 `joins`: \"readmission\"，新的住院请另编标识"
    FactsContradict "S016"
        "the bill says `{value}`, the facts say otherwise"
        "it follows from the facts: {expected}; correct the bill, or enter the missing fact"
        "账单所填 `{value}` 与已有事实不符"
        "按已有事实应为 {expected}；请更正账单或补录缺少的事实"
    ClosesNothing "S017"
        "event `{value}` ends something that has not begun"
        "enter what it ends first, or leave it out; {expected}"
        "事件 `{value}` 所终止的状态并未开始"
        "请先录入其开始的事实，或删除该事件；{expected}"
    CalendarShort "S018"
        "the working days around `{value}` are not known"
        "the pack's calendar covers {expected}"
        "`{value}` 前后的工作日未知"
        "政策包的日历范围为 {expected}"
    StaysOverlap "S019"
        "stay overlaps with `{value}`"
        "nobody is in two beds: correct the days, or name the same stay; the other is {expected}"
        "住院时间与 `{value}` 重叠"
        "同一人不能同时住院两处：请更正日期，或填写同一住院；另一次为 {expected}"
    KeyUsed "S020"
        "key `{value}` is used before"
        "give every fact its own key; {expected}"
        "标识 `{value}` 已使用"
        "每条事实须有唯一标识；{expected}"
    LaterBills "S021"
        "later bills stand on this one: `{value}`"
        "the pack changes no settled bills: take those back first, last one first; {expected}"
        "其后已有结算：`{value}`"
        "政策包不允许改动已结算的费用：请自最后一笔起先行撤销；{expected}"
    SplitLine "S022"
        "bill has to be cut on `{value}`, and a fee has no date"
        "date every line, or send a bill for each part; {expected}"
        "费用须在 `{value}` 分段结算，但缺少费用日期"
        "请填写每条明细的日期，或分段提交账单；{expected}"
    SplitShare "S023"
        "bill has to be cut on `{value}` and has a hospital share"
        "send a bill for each part; {expected}"
        "费用须在 `{value}` 分段结算，且带有医院负担"
        "请分段提交账单；{expected}"
    RefundRules "S030"
        "pack `{value}` says nothing about refunds"
        "take the bill back and settle what remains; {expected}"
        "政策包 `{value}` 没有退费规则"
        "请撤销后重新结算；{expected}"
    RefundNeeds "S031"
        "no refund under `{value}`"
        "a refund needs {expected}"
        "`{value}` 时不能退费"
        "退费须 {expected}"
    RefundAbove "S032"
        "refund is `{value}` above what the person paid and has not got back"
        "give back at most {expected}"
        "退费超出个人原支付未退部分 `{value}`"
        "至多可退 {expected}"
    RefundWhole "S033"
        "the fund or the hospital has a part in bill `{value}`"
        "take it back whole (no `amount`) and settle what remains as `rest`; {expected}"
        "账单 `{value}` 含基金或医院支付"
        "请整单退费（不填 `amount`），其余部分以 `rest` 重新结算；{expected}"
    RefundUnknown "S034"
        "no bill `{value}` stands on the day of the refund"
        "name a bill that stands, and its own day or a later one; {expected}"
        "退费当日没有有效的账单 `{value}`"
        "请填写有效的账单，退费日不早于该账单；{expected}"
    ClaimNothing "S035"
        "bill `{value}` has nothing to claim on the day of the claim"
        "claim a bill whose answer carries `claim`, on its own day or later; {expected}"
        "账单 `{value}` 在报销当日没有可报销的部分"
        "请填写结果中带有 `claim` 的账单，报销日不早于该账单；{expected}"
    ClaimTwice "S036"
        "bill `{value}` was claimed before"
        "a bill is claimed once; {expected}"
        "账单 `{value}` 已报销"
        "每单只报销一次；{expected}"
    AskUnknown "S037"
        "unknown levy or verdict `{value}`"
        "name one of the pack; {expected}"
        "未知计缴或判定 `{value}`"
        "请使用政策包声明的名称；{expected}"
    NoVerdict "S038"
        "`{value}` has no row for this case"
        "check the day: rows have days of effect; {expected}"
        "`{value}` 没有适用于此情形的规定"
        "请核对日期：规定有有效期；{expected}"
    NumberUnknown "S039"
        "unknown number `{value}`"
        "name a number of the pack; {expected}"
        "未知数值 `{value}`"
        "请使用政策包声明的数值；{expected}"
    RefundNothing "S040"
        "a refund of `{value}` gives nothing back"
        "give an amount above 0.00, or none at all for the whole bill; {expected}"
        "退费 `{value}` 没有退还任何金额"
        "请填写大于 0.00 的金额；整单退费则不填；{expected}"
    FactsTwice "S041"
        "`{value}` is said beside another value for the same day"
        "keep one of the two; the other is {expected}"
        "`{value}` 与同一天的另一说法不一致"
        "请只保留其一；另一值为 {expected}"
    LaterBillsDiffer "S042"
        "pack `{value}` treats late facts otherwise than the packs before it"
        "settle its bills in a list of their own, or make `later_bills` as in `{expected}`"
        "政策包 `{value}` 对迟到事实的处理与前面的政策包不同"
        "请将其账单单独成表；同一表内 `later_bills` 须与 `{expected}` 一致"
}
