//! Every finding of the authoring side: its code, its message and its help in two languages.
//!
//! Codes are stable and never reused. P01 syntax, P02 keys, P03 units, P04 names, P05 vocabulary,
//! P06 dates, P07 tables, P08 layers, P09 examples, P10 warnings, P11 a member's facts.

mod say;

pub(crate) use self::say::{
    Case, Dates, Fields, Hint, Inside, Near, Say, Title, Unit, Unpaid, day_text,
};

use tongchou_core::calendar::Day;
use tongchou_core::money::Fen;
use tongchou_core::pack::Scope;

use crate::report::{Bill, Compared, Lang, Severity};
use crate::units::Fault;

macro_rules! problems {
    ($(
        $code:literal $name:ident { $($field:ident: $type:ty),* }
        $en:literal $zh:literal
        help $help_en:literal $help_zh:literal
    )+) => {
        /// A finding, before it is put into words.
        #[derive(Clone, Debug)]
        pub(crate) enum Problem {
            $( $name { $($field: $type),* } ),+
        }

        impl Problem {
            pub(crate) const fn code(&self) -> &'static str {
                match self { $( Self::$name { .. } => $code ),+ }
            }

            pub(crate) fn message(&self, lang: Lang) -> String {
                match self { $(
                    Self::$name { $($field),* } => {
                        $( let $field = $field.say(lang); let _ = &$field; )*
                        if lang == Lang::En { format!($en) } else { format!($zh) }
                    }
                ),+ }
            }

            pub(crate) fn help(&self, lang: Lang) -> String {
                match self { $(
                    Self::$name { $($field),* } => {
                        $( let $field = $field.say(lang); let _ = &$field; )*
                        if lang == Lang::En { format!($help_en) } else { format!($help_zh) }
                    }
                ),+ }
            }
        }
    };
}

impl Problem {
    /// A bill that shows the problem.
    pub(crate) fn bill(&self) -> Option<Bill> {
        let (case, dates, others) = match self {
            Self::Gap { case, dates, others, .. } | Self::Hole { case, dates, others, .. } => {
                (case, dates, *others)
            }
            Self::Overlap { case, dates, .. }
            | Self::SameSeq { case, dates, .. }
            | Self::NotWhole { case, dates, .. }
            | Self::ShareRunsAway { case, dates }
            | Self::Clamped { case, dates, .. }
            | Self::ClampedAtEnd { case, dates, .. } => (case, dates, 0),
            _ => return None,
        };
        let param = |(name, value): &(String, String)| {
            Some((name.strip_prefix("param.")?.to_owned(), value.clone()))
        };
        let params: Vec<_> = case.0.iter().filter_map(param).collect();
        let values = case.0.iter().filter(|pair| param(pair).is_none()).cloned().collect();
        Some(Bill { day: dates.from.say(Lang::En), values, params, others })
    }

    /// The fields in which a worked example differs.
    pub(crate) fn compared(&self) -> Vec<Compared> {
        match self {
            Self::ExampleDiffers { fields, .. } => fields.0.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn severity(&self) -> Severity {
        if self.code().starts_with("P10") { Severity::Warning } else { Severity::Error }
    }
}

problems! {
    // Syntax.
    "P0101" Syntax { what: String }
        "not valid TOML: {what}"
        "不是合法的 TOML：{what}"
        help "look here and just before: a bracket, quote, comma or equals sign may be missing"
             "请看此处及其前面：可能缺少括号、引号、逗号或等号"
    "P0103" Unquoted { text: String, sample: String }
        "`{text}` stands without quotes"
        "`{text}` 没有加引号"
        help "write `\"{sample}\"`: texts, money and rates stand in quotes"
             "请写 `\"{sample}\"`：文字、金额、比例都要加引号"
    "P0104" WideCharacter { found: String, half: &'static str }
        "`{found}` is a full-width character"
        "`{found}` 是全角（中文）字符"
        help "write the half-width `{half}`" "请改用半角的 `{half}`"
    "P0105" MissingComma {}
        "a comma is missing"
        "缺少逗号"
        help "a `,` stands between the values of a list and between the keys in `{{ }}`"
             "列表的各值之间、`{{ }}` 中的各键之间都要写 `,`"
    "P0106" DayWritten { text: String, day: String }
        "`{text}` is not how a date is written"
        "`{text}` 不是日期的写法"
        help "write `{day}`, without quotes" "日期写作 `{day}`，不加引号"
    "P0107" NoSuchDay { text: String }
        "`{text}`: there is no such day"
        "`{text}`：没有这一天"
        help "look at the month and the day" "请核对月份和日期"
    "P0102" DoubledKey {}
        "a key is written twice"
        "同一个键写了两次"
        help "a key stands once in a table; each row of a table starts with its own `[[…]]`"
             "一个表中每个键只能写一次；表的每一行以各自的 `[[…]]` 开头"

    // Keys.
    "P0201" UnknownKey { key: String, inside: Inside, near: Near }
        "unknown key `{key}` in {inside}"
        "{inside}没有键 `{key}`"
        help "{near}" "{near}"
    "P0202" MissingKey { key: &'static str, title: Title, sample: &'static str }
        "{title} has no `{key}`"
        "{title} 缺少 `{key}`"
        help "write `{key} = {sample}`" "请写 `{key} = {sample}`"
    "P0203" MissingSection { section: &'static str, sample: &'static str }
        "the pack has no `{section}`"
        "缺少 `{section}`"
        help "every pack states it, such as `{sample}`" "每个包都必须写明，如 `{sample}`"

    // Units.
    "P0301" WrongUnit { key: String, want: Unit, got: Unit, sample: String }
        "`{key}` takes {want}, not {got}"
        "`{key}` 应为{want}，写成了{got}"
        help "write `{sample}`" "请写 `{sample}`"
    "P0302" BadMoney { text: String, fault: Fault, sample: String }
        "`{text}` is not an amount of money: {fault}"
        "`{text}` 不是金额：{fault}"
        help "yuan from 0 to 10000000000.00 with at most two decimals, such as `\"{sample}\"`"
             "以元为单位，0 至 10000000000.00，最多两位小数，如 `\"{sample}\"`"
    "P0303" BadRate { text: String, fault: Fault, sample: String }
        "`{text}` is not a rate: {fault}"
        "`{text}` 不是比例：{fault}"
        help "0% to 100% with at most four decimals, such as `\"{sample}\"`"
             "0% 至 100%，最多四位小数，如 `\"{sample}\"`"
    "P0304" BadStep { text: String, fault: Fault }
        "`{text}` is not a step on the person's share: {fault}"
        "`{text}` 不是对个人负担比例的调整：{fault}"
        help "points `\"+10pp\"` or `\"-5pp\"`, a factor `\"x60%\"`, or a replacement `\"=30%\"`"
             "百分点 `\"+10pp\"`、`\"-5pp\"`，系数 `\"x60%\"`，或替换 `\"=30%\"`"
    "P0305" BadCount { key: String, min: i64, max: i64 }
        "`{key}` is out of range"
        "`{key}` 超出范围"
        help "a whole number from {min} to {max}" "{min} 至 {max} 的整数"
    "P0306" UnknownWord { key: String, text: String, near: Near }
        "`{key}` knows no `{text}`"
        "`{key}` 没有 `{text}` 这种写法"
        help "{near}" "{near}"
    "P0307" EmptyText { key: String }
        "`{key}` is empty"
        "`{key}` 为空"
        help "write a text or leave the key out where it is optional" "请填写，或在可省略处删去此键"
    "P0308" BadPackId { text: String }
        "`{text}` is not a pack id"
        "`{text}` 不是包标识"
        help "six digits of the division, a dash, a lower-case name, such as `990000-employee`"
             "六位行政区划代码、短横、小写名称，如 `990000-employee`"
    "P0309" BadName { text: String }
        "`{text}` is not a name"
        "`{text}` 不是合法的名称"
        help "lower-case letters, digits and `_`, starting with a letter"
             "小写字母、数字和 `_`，以字母开头"
    "P0310" BadYearStart { text: String }
        "`{text}` is not a month and day of every year"
        "`{text}` 不是每年都有的月日"
        help "`MM-DD`, such as `\"01-01\"` or `\"07-01\"`" "`月-日`，如 `\"01-01\"`、`\"07-01\"`"
    "P0311" EmptyList { key: String }
        "`{key}` is an empty list"
        "`{key}` 是空列表"
        help "name at least one value, or leave the key out where it is optional"
             "至少写一个值，或在可省略处删去此键"

    "P0312" OnlyBlocked { key: String }
        "`{key}` stands where the fund pays"
        "基金正常支付时不写 `{key}`"
        help "write `{key}` only beside `fund = \"none\"`, or remove it"
             "`{key}` 只用于 `fund = \"none\"` 的行，请删去"

    "P0314" BadLevyRate { text: String, fault: Fault }
        "`{text}` is not a rate: {fault}"
        "`{text}` 不是比例：{fault}"
        help "0% to 100000% with at most four decimals, such as `\"0.8%\"`"
             "0% 至 100000%，最多四位小数，如 `\"0.8%\"`"
    "P0313" StepForm { key: String, text: String, rate: String, points: String }
        "`{key}` does not say what `{text}` does to the person's share"
        "`{key}` 没有说明 `{text}` 如何改变个人负担比例"
        help "`\"x{rate}\"` multiplies the share by {rate}, `\"={rate}\"` replaces it, \
              `\"+{points}pp\"` adds {points} points to it"
             "`\"x{rate}\"` 乘以 {rate}，`\"={rate}\"` 改为 {rate}，\
              `\"+{points}pp\"` 增加 {points} 个百分点"

    // Names.
    "P0401" UnknownClause { name: String, near: Near }
        "no clause `{name}` in [clause]"
        "[clause] 中没有条款 `{name}`"
        help "{near}" "{near}"
    "P0402" UnknownDim { name: String, near: Near }
        "no dimension `{name}` in [dim]"
        "[dim] 中没有维度 `{name}`"
        help "{near}" "{near}"
    "P0403" UnknownValue { name: String, value: String, near: Near }
        "`{name}` has no value `{value}`"
        "`{name}` 没有取值 `{value}`"
        help "{near}" "{near}"
    "P0404" UnknownParam { name: String, near: Near }
        "no parameter `{name}`"
        "没有参数 `{name}`"
        help "{near}" "{near}"
    "P0405" UnquotedParam {}
        "the name of a parameter stands without quotes"
        "参数名没有加引号"
        help "write `\"param.NAME\" = \"value\"`" "请写 `\"param.名称\" = \"取值\"`"
    "P0406" UnknownTake { text: String, near: Near }
        "`takes` knows no amount `{text}`"
        "`takes` 没有 `{text}` 这个金额"
        help "{near}" "{near}"
    "P0407" LaterLayer { text: String, layer: String }
        "`{text}` is not known yet: layer `{layer}` comes later or is this one"
        "此处尚无 `{text}`：层 `{layer}` 在其后或就是本层"
        help "a layer takes amounts of earlier layers only; layers stand in paying order"
             "只能取前面各层的金额；层按支付顺序书写"
    "P0408" DoubledName { name: String }
        "`{name}` is already defined"
        "`{name}` 已经定义过"
        help "give it another name" "请换一个名称"
    "P0409" ListedTwice { name: String }
        "`{name}` is listed twice"
        "`{name}` 重复列出"
        help "list it once" "只列一次"
    "P0410" LineDim { name: String, title: Title }
        "`{name}` belongs to a fee line, {title} to the whole bill"
        "`{name}` 属于费用明细，{title} 针对整张单据"
        help "conditions on fee lines stand in [[prepay]], [[limit]] and [[fixed]] only"
             "明细的条件只能写在 [[prepay]]、[[limit]]、[[fixed]] 中"
    "P0411" NotInContract { name: String, near: Near }
        "the contract gives no dimension `{name}`"
        "接口中没有维度 `{name}`"
        help "{near}" "{near}"
    "P0412" CutTakesName { name: String }
        "`{name}` is given by the contract and cannot be cut from a number"
        "`{name}` 由接口给出，不能由数字切分"
        help "give the cut another name, such as `{name}_group`" "请换一个名称，如 `{name}_group`"
    "P0413" NoCare {}
        "[stay] needs the dimension `care`"
        "[stay] 需要维度 `care`"
        help "define `care` in [dim]" "请在 [dim] 中定义 `care`"
    "P0414" AmountDim { name: String, title: Title }
        "`{name}` is cut from what the fee lines add up to, so {title} cannot depend on it"
        "`{name}` 由各明细合计后的金额切分，{title} 不能以它为条件"
        help "name it in [[standing]], in [[personal]], in a group or in a layer"
             "请写在 [[standing]]、[[personal]]、合并封顶或各层中"
    "P0415" UnknownFact { name: String, near: Near }
        "no fact `{name}` in [fact]"
        "[fact] 中没有外部数据 `{name}`"
        help "{near}" "{near}"
    "P0416" UnknownLayer { name: String, near: Near }
        "there is no layer `{name}`"
        "没有层 `{name}`"
        help "{near}" "{near}"

    "P0417" UnknownEvent { name: String, near: Near }
        "no event `{name}` in [event]"
        "[event] 中没有事件 `{name}`"
        help "{near}" "{near}"
    "P0418" UnknownPeriod { name: String, near: Near }
        "no period `{name}` in [period]"
        "[period] 中没有期间 `{name}`"
        help "{near}" "{near}"
    "P0419" UnknownWindow { event: String, name: String, near: Near }
        "event `{event}` has no window `{name}`"
        "事件 `{event}` 没有办理期 `{name}`"
        help "{near}" "{near}"
    "P0420" UnknownNumber { name: String, near: Near }
        "no number `{name}` in [number]"
        "[number] 中没有数值 `{name}`"
        help "{near}" "{near}"
    "P0421" UnknownReason { event: String, name: String, near: Near }
        "event `{event}` knows no reason `{name}`"
        "事件 `{event}` 没有事由 `{name}`"
        help "{near}" "{near}"
    "P0422" NotPrefixed { key: String, text: String, prefix: &'static str }
        "`{key}` cannot be taken of `{text}`"
        "`{key}` 不能取自 `{text}`"
        help "write `{key} = \"{prefix}NAME\"`" "请写 `{key} = \"{prefix}名称\"`"
    "P0423" NumberDim { name: String, title: Title }
        "`{name}` is cut from a number that only a question brings, so {title} cannot depend on it"
        "`{name}` 由询问时给出的数值切分，{title} 不能以它为条件"
        help "name it in the rows of [verdict] and [levy] only"
             "只能写在 [verdict]、[levy] 的各行中"

    // Vocabulary.
    "P0501" TooManyValues { name: String, count: usize }
        "`{name}` has {count} values, more than 255"
        "`{name}` 有 {count} 个取值，超过 255 个"
        help "merge values that no row tells apart" "请合并没有差别的取值"
    "P0502" BadCut {}
        "a cut is a whole number and an edge"
        "切点应为一个整数和一个方向"
        help "write `[70, \"up\"]` for 70 and above, `[70, \"down\"]` for above 70"
             "`[70, \"up\"]` 表示 70 及以上，`[70, \"down\"]` 表示超过 70"
    "P0508" BadAmountCut {}
        "a cut of an amount is money and an edge"
        "金额的切点应为一个金额和一个方向"
        help "write `[\"20000.00\", \"up\"]` for 20000.00 and above, `\"down\"` for above it"
             "`[\"20000.00\", \"up\"]` 表示 20000.00 及以上，`\"down\"` 表示超过它"
    "P0503" CutOrder {}
        "the cut points do not rise"
        "切点没有递增"
        help "each cut starts above the one before it; `down` starts one higher than `up`"
             "每个切点须大于前一个；`down` 比 `up` 晚一个数"
    "P0504" CutNames { cuts: usize, names: usize, want: usize }
        "the names do not fit the cuts: {names} names, {cuts} cuts"
        "名称与切点不相配：{names} 个名称，{cuts} 个切点"
        help "one name more than cuts: {want}" "名称应比切点多一个：{want} 个"
    "P0505" CutBelow { first: i64 }
        "the first value can never occur: the number starts at {first}"
        "第一个取值永不出现：该数从 {first} 开始"
        help "cut above the smallest number" "切点须大于最小的数"
    "P0506" DefaultMissing { name: String }
        "parameter `{name}` has no default"
        "参数 `{name}` 没有默认值"
        help "write `default = \"…\"` with one of its values" "请写 `default = \"…\"`，取其中一个值"
    "P0507" TooManyDims { count: usize }
        "{count} dimensions are more than 64"
        "共 {count} 个维度，超过 64 个"
        help "remove those that no row names" "请删去没有用到的维度"

    // Dates of effect.
    "P0601" FromAfterTo { from: Day, to: Day }
        "`from` {from} is after `to` {to}"
        "`from` {from} 晚于 `to` {to}"
        help "both days are in effect; the first may not follow the last"
             "首尾两日均有效，首日不能晚于末日"
    "P0602" OutsideLife { day: Day, life: Dates }
        "{day} lies outside the life of the pack"
        "{day} 不在包的有效期内"
        help "the pack lives {life}" "包的有效期：{life}"

    // Tables.
    "P0701" Gap { title: Title, case: Case, dates: Dates, others: usize }
        "some bills have no row in {title}, {dates}"
        "{title} 中，有的单据没有适用的行（{dates}）"
        help "add a row for them, or widen the `when` of a row"
             "请为其增加一行，或放宽某行的 `when`"
    "P0709" Hole { title: Title, case: Case, dates: Dates, others: usize }
        "some days have no row in {title}, {dates}"
        "{title} 中，有的日期没有适用的行（{dates}）"
        help "move `from` or `to` of a row until every day has one, or add a row for these days"
             "请调整某行的 `from` 或 `to`，使每一天都有一行，或为这些日期增加一行"
    "P0702" Overlap { title: Title, case: Case, dates: Dates }
        "two rows of {title} apply to the same bills, {dates}"
        "{title} 中，有的单据同时适用两行（{dates}）"
        help "narrow one `when` or its days, or give the exception a higher `priority`"
             "请收窄其中一行的 `when` 或日期，或给例外更高的 `priority`"
    "P0710" OverlapInDays { title: Title, dates: Dates, end: Day }
        "two rows of {title} hold for the same bills on the same days, {dates}"
        "{title} 中，有两行在同样的日期对同样的单据有效（{dates}）"
        help "end the earlier row the day before the other begins: `to = {end}`"
             "请使前一行在后一行生效的前一日结束：`to = {end}`"
    "P0703" SameSeq { seq: i64, title: Title, case: Case, dates: Dates }
        "two rows of {title} with seq {seq} apply to the same bills, {dates}"
        "{title} 中，有的单据同时适用 seq 为 {seq} 的两行（{dates}）"
        help "steps on one case need different `seq`; `priority` does not order them"
             "同一情形的各步须有不同的 `seq`；`priority` 不决定次序"
    "P0704" TooManyCases { title: Title, names: String }
        "{title} has more than 1000000 cases: {names}"
        "{title} 的情形超过 1000000 种：{names}"
        help "name fewer dimensions, or use dimensions with fewer values"
             "请减少所用维度，或减少维度的取值"
    "P0705" KindMissing {}
        "a fixed row names no kind of line"
        "定额行没有写明项目类别"
        help "write `when = {{ kind = \"…\" }}`" "请写 `when = {{ kind = \"…\" }}`"
    "P0706" FixedKind { kind: String }
        "this row never applies: a line of kind `{kind}` is always paid by [[fixed]]"
        "此行永不适用：类别 `{kind}` 的明细总由 [[fixed]] 支付"
        help "remove the row, or state `pays = \"none\"` where the line is ordinary"
             "请删去此行，或在按普通项目处理处写 `pays = \"none\"`"
    "P0707" NoRows { title: Title, sample: &'static str }
        "there is no {title}"
        "没有 {title}"
        help "state it even if it is simple: `{sample}`" "再简单也要写明：`{sample}`"
    "P0708" TooManyRows { title: Title, count: usize }
        "{count} rows of {title} are more than 20000"
        "{title} 共 {count} 行，超过 20000 行"
        help "list several values in one `when`" "请在一个 `when` 中列出多个取值"

    // Layers.
    "P0801" TooManyLayers { count: usize }
        "{count} layers are more than 8"
        "共 {count} 层，超过 8 层"
        help "layers with different `when` may be one layer with more rows"
             "条件不同的层可以合并为一层多行"
    "P0802" TooManyBands { count: usize }
        "{count} bands are more than 8"
        "共 {count} 段，超过 8 段"
        help "merge bands with the same rate" "请合并比例相同的段"
    "P0803" BandOrder { previous: Fen, next: Fen }
        "the upper ends do not rise: {next} after {previous}"
        "上限没有递增：{previous} 之后是 {next}"
        help "each band ends above the one before it; the first ends above 0"
             "每段上限须大于前一段；第一段须大于 0"
    "P0804" BandPays { ends: usize, rates: usize, want: usize }
        "`pays` does not fit `upto`: rates {rates}, upper ends {ends}"
        "`pays` 与 `upto` 不相配：{rates} 个比例，{ends} 个上限"
        help "one rate more than upper ends, as the last band is open: {want}"
             "最后一段不封顶，比例应比上限多一个：{want} 个"
    "P0805" RestAlone {}
        "`rest` is taken beside other amounts"
        "`rest` 与其他金额同时取用"
        help "`rest` is everything not yet paid; take it alone"
            "`rest` 已是全部未付金额，须单独取用"
    "P0806" TakenTwice { amount: String, layer: String }
        "`{amount}` is taken twice: layer `{layer}` takes it in the same case"
        "`{amount}` 被取用两次：同一情形下，层 `{layer}` 已经取用"
        help "take it once, or give the two layers `when`s that exclude each other"
             "只取一次，或使两层的 `when` 互斥"
    "P0807" TakenInRest { amount: String, layer: String }
        "`{amount}` is taken twice: it is part of the `rest` that layer `{layer}` takes"
        "`{amount}` 被取用两次：层 `{layer}` 取用的 `rest` 已包含它"
        help "take amounts of layer `{layer}`, or `rest` again"
            "请取层 `{layer}` 的金额，或再取 `rest`"
    "P0808" CapPer { title: Title }
        "the rows of {title} do not agree on `per`"
        "{title} 各行的 `per` 不一致"
        help "one layer counts its cap one way; use a second layer for another"
             "一层的封顶线只能有一种口径，另一种口径请另设一层"
    "P0809" NotWhole { share: String, factor: String, exact: String, case: Case, dates: Dates }
        "{share} × {factor} = {exact} has more than four decimals"
        "{share} × {factor} = {exact}，超过四位小数"
        help "shares are exact; state the resulting share with `self = \"=…%\"`"
             "比例必须精确，请用 `self = \"=…%\"` 直接写明结果"
    "P0810" NotByParam { key: String }
        "`{key}` cannot be left to a parameter"
        "`{key}` 不能由参数决定"
        help "state it" "请直接写明"
    "P0811" ParamWords { key: String, param: String, value: String, near: Near }
        "parameter `{param}` may be `{value}`, which the setting `{key}` does not know"
        "参数 `{param}` 可取 `{value}`，而设定 `{key}` 没有这种写法"
        help "{near}" "{near}"
    "P0812" TakesValue { param: String, value: String }
        "`takes` says nothing for value `{value}` of parameter `{param}`"
        "`takes` 没有写明参数 `{param}` 取 `{value}` 时取用什么"
        help "write `{value} = […]`" "请写 `{value} = […]`"
    "P0813" TakesParam {}
        "`takes` is a list, or a table of one parameter"
        "`takes` 应为列表，或按一个参数列出的表"
        help "write `takes = {{ \"param.NAME\" = {{ value = [\"…\"], … }} }}`"
             "请写 `takes = {{ \"param.名称\" = {{ 取值 = [\"…\"], … }} }}`"
    "P0814" TooManyTakes { count: usize }
        "{count} amounts are more than 8"
        "共取用 {count} 个金额，超过 8 个"
        help "take them in two layers" "请分为两层取用"
    "P0820" OverTaken { layer: String }
        "`over = \"person\"` says that the person bears it, but layer `{layer}` takes it"
        "`over = \"person\"` 表示由个人负担，而层 `{layer}` 取用了它"
        help "remove the line, or take something else there" "请删去此行，或改该层取用的金额"
    "P0815" CapBasis { per: Scope, basis: Scope, word: &'static str }
        "the cap on what is eligible counts per {per}, the bands per {basis}"
        "按进入额的封顶线按{per}计，而分段按{basis}计"
        help "it ends the axis of the bands: write `per = \"{word}\"`, or change `basis`"
             "它是分段的终点：请写 `per = \"{word}\"`，或改 `basis`"
    "P0816" GroupOfOne { id: String }
        "group `{id}` has fewer than two layers"
        "合并封顶 `{id}` 不足两层"
        help "give a single layer its own [[layer.cap]]" "只有一层时请用该层的 [[layer.cap]]"
    "P0817" GroupedTwice { layer: String, group: String }
        "layer `{layer}` already belongs to group `{group}`"
        "层 `{layer}` 已属于合并封顶 `{group}`"
        help "a layer belongs to one group at most" "一层至多属于一个合并封顶"
    "P0818" NotOfFact { text: String }
        "an amount cannot be taken of `{text}`"
        "金额不能取自 `{text}`"
        help "write `{{ of = \"fact.NAME\", rate = \"50%\" }}`"
             "请写 `{{ of = \"fact.名称\", rate = \"50%\" }}`"
    "P0819" ShareRunsAway { case: Case, dates: Dates }
        "the steps carry the share beyond all bounds"
        "各步使比例超出一切界限"
        help "write fewer factors, or `clamp = \"each\"`" "请减少系数，或写 `clamp = \"each\"`"

    // Examples.
    "P0901" ExampleDiffers { name: String, fields: Fields, hint: Hint }
        "example `{name}`: {fields}"
        "算例 `{name}`：{fields}"
        help "{hint}" "{hint}"
    "P0902" ExampleRefused { name: String, why: String, hint: Hint }
        "example `{name}` is refused: {why}"
        "算例 `{name}` 被拒绝：{why}"
        help "{hint}" "{hint}"
    "P0903" ExampleKey { key: String }
        "an example's request has no `{key}` of its own"
        "算例的请求不写 `{key}`"
        help "leave it out: it is added" "请删去，会自动补上"
    "P0904" ExampleDecimal {}
        "an amount in an example is text"
        "算例中的金额要写成文字"
        help "write `\"1300.00\"` with quotes" "请加引号，如 `\"1300.00\"`"

    // A member's facts.
    "P1101" EdgeBoth {}
        "an edge lies days or months after its event, not both"
        "与事件的间隔只能写天数或月数之一"
        help "leave `days` or `months` out" "请删去 `days` 或 `months`"
    "P1102" NoOpens { key: String }
        "`{key}` stands in a row that nothing opens"
        "没有 `opens` 的行写了 `{key}`"
        help "write `opens = {{ event = \"…\" }}`: a row without it always holds"
             "请写 `opens = {{ event = \"…\" }}`：没有它的行一直有效"
    "P1103" ReadDiffers { name: String }
        "the rows of dimension `{name}` look at different days of a bill"
        "维度 `{name}` 的各行所看的日期不同"
        help "write the same `read` in all rows of the dimension"
             "同一维度的各行请写相同的 `read`"
    "P1104" NoCutoff { name: String }
        "event `{name}` is made of late contributions, but no [contribution] says when one is late"
        "事件 `{name}` 由逾期缴费产生，但没有 [contribution] 写明何为逾期"
        help "write `[contribution]` with `cutoff_day = 23`"
             "请写 `[contribution]` 及 `cutoff_day = 23`"
    "P1105" WindowForms {}
        "a window lies between two days of the year or follows an event, not both"
        "办理期或为每年的两日之间，或在某事件之后，不能兼有"
        help "write `from` and `to`, or `after` and `lasts`, or none of them"
             "请写 `from` 与 `to`，或 `after` 与 `lasts`，或都不写"
    "P1106" WindowsOverlap { event: String }
        "two windows of event `{event}` are open on the same days"
        "事件 `{event}` 的两个办理期有重合的日期"
        help "end one before the other begins, or tell them apart by `reasons`"
             "请使其一在另一开始之前结束，或用 `reasons` 区分"
    "P1107" SelectsOrder { least: i64, most: i64 }
        "at least {least} institutions are more than at most {most}"
        "至少 {least} 家多于至多 {most} 家"
        help "`most` may not be below `least`" "`most` 不得小于 `least`"
    "P1108" FirstFree {}
        "whole months of the calendar end on a last day, not on a first free one"
        "整月的期间以末日结束，没有首个不计之日"
        help "write `end = \"inclusive\"`" "请写 `end = \"inclusive\"`"
    "P1109" NoCalendar { name: String }
        "period `{name}` needs working days, but there is no [calendar]"
        "期间 `{name}` 用到工作日，但没有 [calendar]"
        help "write `[calendar]` with `from`, `to`, `off` and `on`"
             "请写 `[calendar]` 及 `from`、`to`、`off`、`on`"
    "P1110" OutsideCalendar { day: Day, dates: Dates }
        "{day} lies outside the calendar"
        "{day} 不在日历的范围内"
        help "the calendar covers {dates}" "日历的范围：{dates}"
    "P1111" OffWeekend { day: Day }
        "{day} is a Saturday or Sunday, which is off anyway"
        "{day} 是周六或周日，本来就休息"
        help "list in `off` only the working weekdays that are off" "`off` 只列出休息的周一至周五"
    "P1112" OnWeekday { day: Day }
        "{day} lies between Monday and Friday, and is worked anyway"
        "{day} 是周一至周五，本来就上班"
        help "list in `on` only the Saturdays and Sundays that are worked"
             "`on` 只列出上班的周六、周日"
    "P1113" RefundOrder {}
        "`order` names each channel once"
        "`order` 须将每个渠道各列一次"
        help "write `order = [\"cash\", \"account\"]` or the other way round"
             "请写 `order = [\"cash\", \"account\"]` 或相反的次序"
    "P1114" SplitForms {}
        "a bill is cut at what changes or on a day: one of `of` and `on`"
        "分段或按变化或按日期：`of` 与 `on` 必须且只能写一个"
        help "write `of = \"year\"`, `\"scheme\"` or `\"DIMENSION\"`, or `on = 2007-02-01`"
             "请写 `of = \"year\"`、`\"scheme\"` 或 `\"维度\"`，或 `on = 2007-02-01`"
    "P1115" SplitByDays {}
        "only at the end of the year are amounts divided by days"
        "只有跨年度时才按天数分摊"
        help "write `by = \"fee_date\"`" "请写 `by = \"fee_date\"`"
    "P1116" VerdictKeys { title: Title, key: String }
        "this row of {title} does not give what the others do: `{key}`"
        "{title} 的此行所给的项目与其他行不同：`{key}`"
        help "all rows give the same keys" "各行须给出相同的项目"
    "P1117" HeldOrder {}
        "`high` is below `low`"
        "`high` 小于 `low`"
        help "the least share comes first: `low = \"60%\", high = \"300%\"`"
             "下限在前：`low = \"60%\", high = \"300%\"`"
    "P1118" SetsOne {}
        "a row of [[coverage]] sets one dimension"
        "[[coverage]] 的一行只设定一个维度"
        help "write `sets = {{ card = \"frozen\" }}`, and a row for each other one"
             "请写 `sets = {{ card = \"frozen\" }}`，其他维度另写一行"
    "P1119" SetsCut { name: String }
        "`{name}` is cut from a number, so no event sets it"
        "`{name}` 由数字切分，不能由事件设定"
        help "set a dimension that the contract gives" "请设定由接口给出的维度"
    "P1120" DerivedLater { name: String }
        "`{name}` is derived by these or later rows, so it is not known here"
        "`{name}` 由本行或其后的行得出，此处尚不可知"
        help "move the rows that set `{name}` before the first of these"
             "请将设定 `{name}` 的各行移到这些行之前"
    "P1121" SplitDim { name: String }
        "no coverage row sets `{name}`, so nothing shows when it changes"
        "没有 [[coverage]] 行设定 `{name}`，无从得知何时变化"
        help "cut at a dimension that coverage rows set" "请按 [[coverage]] 所设定的维度分段"

    // Warnings.
    "P1013" UnusedEvent { name: String }
        "nothing depends on event `{name}`"
        "没有内容取决于事件 `{name}`"
        help "use it in a window, a period or a coverage row, or remove it"
             "请在办理期、期间或 [[coverage]] 中使用，或删去"
    "P1014" UnusedPeriod { name: String }
        "nothing lasts period `{name}`"
        "没有内容使用期间 `{name}`"
        help "write `from_event`, use it in a window or a coverage row, or remove it"
             "请写 `from_event`，或在办理期、[[coverage]] 中使用，或删去"
    "P1015" UnusedNumber { name: String }
        "nothing is made of number `{name}`"
        "没有内容使用数值 `{name}`"
        help "cut a dimension from it, use it in a levy, or remove it"
             "请由它切分维度，或在 [levy] 中使用，或删去"
    "P1016" NoWindowLeft { name: String }
        "window `{name}` is never reached: an earlier one takes every day"
        "办理期 `{name}` 永不适用：前面的一个已包括每一天"
        help "move it before that one, or remove it" "请移到其前，或删去"
    "P1001" UnusedClause { name: String }
        "no row cites clause `{name}`"
        "没有一行引用条款 `{name}`"
        help "cite it or remove it" "请引用或删去"
    "P1002" UnusedParam { name: String }
        "nothing depends on parameter `{name}`"
        "没有内容取决于参数 `{name}`"
        help "use it in a `when` or a setting, or remove it" "请在 `when` 或设定中使用，或删去"
    "P1003" NeverApplies { title: Title }
        "this row of {title} never applies: others outrank it, or its layer takes no part there"
        "{title} 的此行永不适用：处处被其他行优先，或该层在此不参与"
        help "remove it, raise its `priority`, or compare it with the `when` of the layer"
             "请删去，或提高其 `priority`，或核对该层的 `when`"
    "P1005" NeverTaken { amount: String }
        "`{amount}` is always zero here: its layer is never entered by the same bill"
        "此处 `{amount}` 恒为零：该层与本层从不适用于同一单据"
        help "compare the `when`s of the two layers" "请核对两层的 `when`"
    "P1004" Clamped { share: String, step: String, case: Case, dates: Dates }
        "{share} {step} leaves 0–100% and is clamped"
        "{share} {step} 超出 0–100%，按界限截断"
        help "nothing to do if that is meant" "若确属本意则无需处理"
    "P1007" ClampedAtEnd { share: String, case: Case, dates: Dates }
        "the steps end at {share}, outside 0–100%, and are clamped"
        "各步之后为 {share}，超出 0–100%，按界限截断"
        help "nothing to do if that is meant" "若确属本意则无需处理"
    "P1008" OverUntaken { layer: String }
        "what is over the cap of layer `{layer}` is taken by no later layer"
        "层 `{layer}` 封顶线以上的部分，没有后面的层取用"
        help "if the person bears it, say so: write `over = \"person\"` in the layer"
             "若由个人负担，请在该层写明 `over = \"person\"`"
    "P1009" BacksolveOpen { layer: String, taker: String }
        "layer `{layer}` does not say how the last fen at its cap is rounded, and layer `{taker}` \
         takes what is left"
        "层 `{layer}` 没有写明封顶时最后一分如何取舍，而层 `{taker}` 取用余下的金额"
        help "write `backsolve = \"nearest\"` (as assumed) or `\"truncate\"` in layer `{layer}`"
             "请在层 `{layer}` 写明 `backsolve = \"nearest\"`（现按此办理）或 `\"truncate\"`"
    "P1010" OrdinalNoStay { name: String }
        "dimension `{name}` is cut by the number of the admission, but no care opens a stay: every \
         bill is the first"
        "维度 `{name}` 按住院次数划分，但没有写 `[stay]`：任何就诊都不计为住院，永远是第 1 次"
        help "write `[stay]` with `care = [\"inpatient\"]`: the care that opens a stay"
             "请写 `[stay]` 及 `care = [\"inpatient\"]`，写明哪些就诊计为住院"
    "P1011" LayerNoStay { layer: String, key: &'static str }
        "layer `{layer}` counts by stay (`{key}`), but no care opens a stay: each bill is counted \
         alone"
        "层 `{layer}` 按住院累计（`{key}`），但没有写 `[stay]`：任何就诊都不计为住院，\
         每张单据各自计算"
        help "write `[stay]` with `care = [\"inpatient\"]`: the care that opens a stay"
             "请写 `[stay]` 及 `care = [\"inpatient\"]`，写明哪些就诊计为住院"
    "P1012" NobodyPays { cases: Unpaid }
        "no layer takes what is in scope of these bills, so the person bears all of it: {cases}"
        "下列单据的范围内费用没有任何基金层取用，全部由个人负担：{cases}"
        help "if that is meant, say so in a layer with `pays = [\"0%\"]` that cites the clause"
             "若属本意，请写一层 `pays = [\"0%\"]` 并引用条款"
    "P1006" UnusedFact { name: String }
        "nothing is taken of fact `{name}`"
        "没有内容取自外部数据 `{name}`"
        help "take a deductible of it, or remove it" "请在起付线中使用，或删去"
}
