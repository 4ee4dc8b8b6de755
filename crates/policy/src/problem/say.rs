//! The parts that messages are made of, each in the two languages.

use tongchou_core::calendar::Day;
use tongchou_core::money::Fen;
use tongchou_core::pack::Scope;

use crate::report::{Compared, Lang};
use crate::units::{Fault, money_text};

/// Suggestions are worth showing up to this many names.
const LISTED_MAX: usize = 12;

/// Something that a message can name.
pub(crate) trait Say {
    fn say(&self, lang: Lang) -> String;
}

impl Say for String {
    fn say(&self, _: Lang) -> String {
        self.clone()
    }
}

impl Say for &'static str {
    fn say(&self, _: Lang) -> String {
        (*self).to_owned()
    }
}

impl Say for usize {
    fn say(&self, _: Lang) -> String {
        self.to_string()
    }
}

impl Say for i64 {
    fn say(&self, _: Lang) -> String {
        self.to_string()
    }
}

impl Say for Fen {
    fn say(&self, _: Lang) -> String {
        money_text(*self)
    }
}

impl Say for Scope {
    fn say(&self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Bill => ("bill", "单据"),
            Self::Stay => ("stay", "住院"),
            Self::Year => ("year", "年度"),
        };
        if lang == Lang::En { en.to_owned() } else { zh.to_owned() }
    }
}

/// A day as it is written.
pub(crate) fn day_text(day: Day) -> String {
    let (year, month, day) = day.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

impl Say for Day {
    fn say(&self, _: Lang) -> String {
        day_text(*self)
    }
}

/// A section or table, perhaps that of one layer.
#[derive(Clone, Debug)]
pub(crate) struct Title {
    pub(crate) section: String,
    pub(crate) layer: Option<String>,
    /// A group, where it is that of one group.
    pub(crate) group: Option<String>,
}

impl Title {
    /// The pack as a whole.
    pub(crate) const PACK: &'static str = "the pack";

    pub(crate) fn new(section: &str) -> Self {
        Self { section: section.to_owned(), layer: None, group: None }
    }

    /// Whether it is a section with a single row, such as `[personal]`.
    pub(crate) fn is_single(&self) -> bool {
        self.section.starts_with('[') && !self.section.starts_with("[[")
    }

    pub(crate) fn of_layer(section: &str, layer: &str) -> Self {
        Self { layer: Some(layer.to_owned()), ..Self::new(section) }
    }

    pub(crate) fn of_group(section: &str, group: &str) -> Self {
        Self { group: Some(group.to_owned()), ..Self::new(section) }
    }
}

impl Title {
    /// The section with the word that a regulation has for it.
    fn in_chinese(&self) -> String {
        let name = self.section.split(' ').next().unwrap_or_default();
        let word = match name {
            "[[prepay]]" => "先行自付",
            "[[limit]]" => "限价",
            "[[fixed]]" => "定额支付",
            "[[standing]]" => "待遇状态",
            "[personal]" | "[[personal]]" => "个人账户",
            "[[layer]]" => "基金层",
            "[[layer.upfront]]" => "先行自负",
            "[[layer.deductible]]" => "起付线",
            "[[layer.band]]" => "分段",
            "[[layer.adjust]]" => "比例调整",
            "[[layer.cap]]" | "[[group.cap]]" => "封顶线",
            "[[group]]" => "合并封顶",
            "[[example]]" => "算例",
            _ => return self.section.clone(),
        };
        format!("{word} {}", self.section)
    }
}

impl Say for Title {
    fn say(&self, lang: Lang) -> String {
        match (&self.layer, &self.group, lang) {
            (Some(layer), _, Lang::En) => format!("{} of layer `{layer}`", self.section),
            (Some(layer), _, Lang::Zh) => format!("层 `{layer}` 的{}", self.in_chinese()),
            (_, Some(group), Lang::En) => format!("{} of group `{group}`", self.section),
            (_, Some(group), Lang::Zh) => format!("合并封顶 `{group}` 的{}", self.in_chinese()),
            (None, None, Lang::En) => self.section.clone(),
            (None, None, Lang::Zh) => self.in_chinese(),
        }
    }
}

/// The section in which something stands.
#[derive(Clone, Debug)]
pub(crate) struct Inside(pub(crate) Title);

impl Say for Inside {
    fn say(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.0.say(lang),
            Lang::Zh if self.0.section == Title::PACK => "包中".to_owned(),
            Lang::Zh => format!("{} 中", self.0.say(lang)),
        }
    }
}

/// What a value is, by its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Money,
    Rate,
    Points,
    Factor,
    Replacement,
    Step,
    Date,
    DateText,
    Moment,
    Count,
    Decimal,
    Flag,
    Text,
    List,
    Table,
    Rows,
}

impl Unit {
    /// What a quoted text looks like.
    pub(crate) fn of_text(text: &str) -> Self {
        use crate::units::{rate, scaled, step};
        let date = text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2;
        match () {
            () if date && text.bytes().all(|b| b == b'-' || b.is_ascii_digit()) => Self::DateText,
            () if !matches!(scaled(text, 9), Err(Fault::Shape)) => Self::Money,
            () if rate(text) != Err(Fault::Shape) => Self::Rate,
            () if step(text) == Err(Fault::Shape) => Self::Text,
            () if text.starts_with('x') => Self::Factor,
            () if text.starts_with('=') => Self::Replacement,
            () => Self::Points,
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Money => ("money", "金额"),
            Self::Rate => ("a rate", "比例"),
            Self::Points => ("percentage points", "百分点"),
            Self::Factor => ("a factor", "系数"),
            Self::Replacement => ("a replacement", "替换值"),
            Self::Step => ("a step", "调整步骤"),
            Self::Date => ("a date", "日期"),
            Self::DateText => ("a quoted date", "带引号的日期"),
            Self::Moment => ("a date with a time", "带时刻的日期"),
            Self::Count => ("a whole number", "整数"),
            Self::Decimal => ("a decimal number", "小数"),
            Self::Flag => ("true or false", "真假值"),
            Self::Text => ("text", "文字"),
            Self::List => ("a list", "列表"),
            Self::Table => ("a table", "表"),
            Self::Rows => ("rows", "表行"),
        }
    }
}

impl Say for Unit {
    fn say(&self, lang: Lang) -> String {
        let (en, zh) = self.words();
        if lang == Lang::En { en.to_owned() } else { zh.to_owned() }
    }
}

impl Say for Fault {
    fn say(&self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Wide(found, half) if lang == Lang::En => {
                return format!("`{found}` is a full-width character, write `{half}`");
            }
            Self::Wide(found, half) => return format!("`{found}` 是全角字符，请写 `{half}`"),
            Self::Shape => ("not written as one", "写法不对"),
            Self::Places => ("too many decimals", "小数位过多"),
            Self::Negative => ("below zero", "为负"),
            Self::Large => ("too large", "过大"),
        };
        if lang == Lang::En { en.to_owned() } else { zh.to_owned() }
    }
}

/// What the author may have meant.
#[derive(Clone, Debug)]
pub(crate) enum Near {
    /// A name that differs by a slip of the finger.
    Name(String),
    /// All names there are.
    OneOf(Vec<String>),
    /// It is a key of this section.
    Key(&'static str),
    /// It is a table of a layer, which is written so.
    Table(String),
}

impl Near {
    /// The name closest to what was written, or the list of all.
    pub(crate) fn of<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<_> = names.into_iter().collect();
        let slips = 1 + written.chars().count() / 4;
        let ranked = names.iter().map(|name| (distance(written, name), *name));
        match ranked.min() {
            Some((distance, name)) if distance <= slips => Self::Name(name.to_owned()),
            _ => Self::OneOf(names.into_iter().map(str::to_owned).collect()),
        }
    }
}

impl Say for Near {
    fn say(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Name(name), Lang::En) => format!("did you mean `{name}`?"),
            (Self::Name(name), Lang::Zh) => format!("是否想写 `{name}`？"),
            (Self::Key(section), Lang::En) => format!("it belongs to {section}: write it there"),
            (Self::Key(section), Lang::Zh) => format!("它属于 {section}，请写在那里"),
            (Self::Table(table), Lang::En) => {
                format!("write `{table}` after the `[[layer]]` that it belongs to")
            }
            (Self::Table(table), Lang::Zh) => {
                format!("请写 `{table}`，放在所属的 `[[layer]]` 之后")
            }
            (Self::OneOf(names), Lang::En) if names.is_empty() => {
                "none is defined yet: define it first".to_owned()
            }
            (Self::OneOf(names), Lang::Zh) if names.is_empty() => {
                "尚未定义任何一个，请先定义".to_owned()
            }
            (Self::OneOf(names), Lang::En) => format!("one of: {}", listed(names, ", ")),
            (Self::OneOf(names), Lang::Zh) => format!("可选：{}", listed(names, "、")),
        }
    }
}

fn distance(written: &str, name: &str) -> usize {
    strsim::osa_distance(&written.to_lowercase(), &name.to_lowercase())
}

fn listed(names: &[String], comma: &str) -> String {
    let shown: Vec<_> = names.iter().take(LISTED_MAX).map(|n| format!("`{n}`")).collect();
    let rest = if shown.len() < names.len() { " …" } else { "" };
    shown.join(comma) + rest
}

/// One concrete case: a value for each dimension and parameter that a table names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case(pub(crate) Vec<(String, String)>);

impl Say for Case {
    fn say(&self, lang: Lang) -> String {
        let pairs: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        pairs.join(if lang == Lang::En { ", " } else { "、" })
    }
}

/// A first and a last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(crate) from: Day,
    pub(crate) to: Day,
}

impl Say for Dates {
    fn say(&self, lang: Lang) -> String {
        let (from, to) = (self.from.say(lang), self.to.say(lang));
        match lang {
            Lang::En if from == to => format!("on {from}"),
            Lang::En => format!("from {from} to {to}"),
            Lang::Zh if from == to => from,
            Lang::Zh => format!("{from} 至 {to}"),
        }
    }
}

/// The fields in which an example differs, counted.
#[derive(Clone, Debug)]
pub(crate) struct Fields(pub(crate) Vec<Compared>);

impl Say for Fields {
    fn say(&self, lang: Lang) -> String {
        match (self.0.len(), lang) {
            (1, Lang::En) => "one field differs".to_owned(),
            (n, Lang::En) => format!("{n} fields differ"),
            (n, Lang::Zh) => format!("{n} 项不符"),
        }
    }
}

/// Combinations whose costs no layer takes, each with its days if they are not all.
#[derive(Clone, Debug)]
pub(crate) struct Unpaid(pub(crate) Vec<(Case, Vec<Dates>)>);

/// Most combinations that are told one by one.
const UNPAID_MAX: usize = 5;

impl Say for Unpaid {
    fn say(&self, lang: Lang) -> String {
        let (semicolon, comma) = if lang == Lang::En { ("; ", ", ") } else { ("；", "、") };
        let said = self.0.iter().take(UNPAID_MAX).map(|(case, dates)| {
            let days: Vec<_> = dates.iter().map(|dates| dates.say(lang)).collect();
            let any = if lang == Lang::En { "any bill" } else { "任何单据" };
            let case = if case.0.is_empty() { any.to_owned() } else { case.say(lang) };
            match (days.is_empty(), lang) {
                (true, _) => case,
                (false, Lang::En) => format!("{case} ({})", days.join(comma)),
                (false, Lang::Zh) => format!("{case}（{}）", days.join(comma)),
            }
        });
        let said = said.collect::<Vec<_>>().join(semicolon);
        match (self.0.len().saturating_sub(UNPAID_MAX), lang) {
            (0, _) => said,
            (1, Lang::En) => format!("{said}; and one more"),
            (n, Lang::En) => format!("{said}; and {n} more"),
            (n, Lang::Zh) => format!("{said}；另有 {n} 种"),
        }
    }
}

/// What to do about a worked example.
#[derive(Clone, Debug)]
pub(crate) enum Hint {
    /// A row or the example is wrong.
    Correct,
    /// The request lacks something.
    Complete,
    /// A key is unknown, and what may have been meant.
    Key(String, Near),
}

impl Say for Hint {
    fn say(&self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Correct => {
                ("correct the row that is wrong, or the example", "请改正有误的表行或算例")
            }
            Self::Complete => (
                "complete the request, or expect the refusal with `status = \"refused\"`",
                "请补全请求，或写 `status = \"refused\"` 表示应被拒绝",
            ),
            Self::Key(key, near) => {
                let near = near.say(lang);
                return match lang {
                    Lang::En => format!("there is no `{key}`: {near}"),
                    Lang::Zh => format!("没有 `{key}`：{near}"),
                };
            }
        };
        if lang == Lang::En { en.to_owned() } else { zh.to_owned() }
    }
}
