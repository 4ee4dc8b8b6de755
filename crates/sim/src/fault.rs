//! What can be wrong with files and scenarios: D… codes, in two languages.

use core::fmt;

use tongchou_wire::error::{Lang, Refusal};

macro_rules! codes {
    ($($name:ident $text:literal
        $en:literal $en_help:literal
        $zh:literal $zh_help:literal)+) => {
        /// Why files, scenarios or runs are refused. Codes are stable.
        ///
        /// `{value}` is what was found and `{expected}` what would have been accepted.
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

            /// The stable text of a code, such as `D002`.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            const fn words(self, lang: Lang) -> (&'static str, &'static str) {
                match (self, lang) {
                    $(
                        (Self::$name, Lang::En) => ($en, $en_help),
                        (Self::$name, Lang::Zh) => ($zh, $zh_help),
                    )+
                }
            }
        }
    };
}

codes! {
    Unreadable "D001"
        "cannot read: {value}"
        "check the path and the rights to it"
        "无法读取：{value}"
        "请检查路径和权限"
    Unwritable "D002"
        "cannot write: {value}; nothing was left behind"
        "check the free space and the rights to the folder"
        "无法写入：{value}；没有留下不完整的文件"
        "请检查磁盘空间和目录权限"
    Exists "D003"
        "the file exists already"
        "choose another name, or remove it first"
        "文件已存在"
        "请换一个名称，或先删除"
    Format "D004"
        "files of this format are not read or written: `{value}`"
        "use {expected}"
        "不支持的文件格式：`{value}`"
        "请使用 {expected}"
    Corrupt "D005"
        "the file is damaged or cut off: {value}"
        "write it anew; what came before it was not reported"
        "文件损坏或不完整：{value}"
        "请重新生成；之前的部分没有计入结果"
    Column "D006"
        "the column `{value}` is missing or of another type"
        "it must be {expected}"
        "缺少列 `{value}`，或类型不符"
        "应为 {expected}"
    Value "D007"
        "`{value}` does not belong here"
        "write {expected}"
        "`{value}` 不适用于此处"
        "请填写 {expected}"
    Order "D008"
        "the visits are not in order: {value}"
        "sort by person, then by day"
        "就诊记录未按顺序排列：{value}"
        "请先按人员、再按日期排序"
    Scenario "D009"
        "the scenario is not well formed: {value}"
        "{expected}"
        "场景文件有误：{value}"
        "{expected}"
    Sum "D010"
        "the shares add up to {value}"
        "they must add up to {expected}"
        "各份额之和为 {value}"
        "之和必须为 {expected}"
    Refused "D011"
        "the pack refuses a visit: {value}"
        "{expected}"
        "政策包拒绝结算：{value}"
        "{expected}"
    Usage "D012"
        "`{value}` cannot be used here"
        "{expected}"
        "`{value}` 不能用于此处"
        "{expected}"
}

/// A text of a fault in both languages; names, numbers and what a library says are one in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    zh: String,
    en: String,
}

impl Said {
    fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl<T: Into<String>> From<T> for Said {
    fn from(text: T) -> Self {
        let text = text.into();
        Self { zh: text.clone(), en: text }
    }
}

/// A text in Chinese and in English.
#[must_use]
pub fn said(zh: impl Into<String>, en: impl Into<String>) -> Said {
    Said { zh: zh.into(), en: en.into() }
}

/// A refusal of a file, a scenario or a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The code.
    pub code: Code,
    /// Where: file, row group or line, or the key of a scenario.
    pub place: String,
    value: Box<Said>,
    expected: Box<Said>,
    refusal: Option<Box<Refusal>>,
}

impl Fault {
    /// A fault at a place.
    pub fn new(
        code: Code,
        place: impl Into<String>,
        value: impl Into<Said>,
        expected: impl Into<Said>,
    ) -> Self {
        let (value, expected) = (Box::new(value.into()), Box::new(expected.into()));
        let place = place.into();
        Self { code, place, value, expected, refusal: None }
    }

    /// A visit that the contract refuses.
    pub fn refused(place: impl Into<String>, refusal: Refusal) -> Self {
        let refused = Self::new(Code::Refused, place, "", "");
        Self { refusal: Some(Box::new(refusal)), ..refused }
    }

    /// The same fault at a more exact place: `file` and what was there before.
    #[must_use]
    pub fn within(mut self, file: &str) -> Self {
        self.place = match self.place.is_empty() {
            true => file.to_owned(),
            false => format!("{file}: {}", self.place),
        };
        self
    }

    /// What is wrong, and what to do.
    #[must_use]
    pub fn words(&self, lang: Lang) -> (String, String) {
        let (value, expected) = match &self.refusal {
            None => (self.value.text(lang).to_owned(), self.expected.text(lang).to_owned()),
            Some(refusal) => {
                let said = refusal.render(lang);
                (format!("{} {}: {}", said.code, said.path, said.message), said.help)
            }
        };
        let (what, help) = self.code.words(lang);
        let fill = |text: &str| text.replace("{value}", &value).replace("{expected}", &expected);
        (fill(what), fill(help))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, help) = self.words(Lang::En);
        let place = if self.place.is_empty() { "" } else { ": " };
        write!(f, "[{}] {}{place}{what}; {help}", self.code.text(), self.place)
    }
}

impl core::error::Error for Fault {}
