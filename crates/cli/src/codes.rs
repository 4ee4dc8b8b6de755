//! `schema codes`: the table of refusals of the contract, then of files and scenarios.

use std::fmt::Write;

use tongchou_sim::fault::{Code, Fault};

use crate::Language;
use crate::words::{self, Phrase};

const HEADS: Phrase = Phrase::new("| 代码 | 说明 | 处理办法 |", "| code | message | what to do |");
const PACKS: Phrase = Phrase::new(
    "P 加三位数字：请求所用的政策包被拒绝；P 加四位数字：\
     `tongchou packs check` 对政策包文本的检查。",
    "P and three digits: the pack of a request is refused; P and four: a check of \
     `tongchou packs check` on the text of a pack.",
);
const FILES: Phrase =
    Phrase::new("### 文件与场景（`tongchou sim`）", "### Files and scenarios (`tongchou sim`)");

/// The tables as Markdown; `…` stands for what was found or would have been accepted.
#[must_use]
pub fn table(lang: Language) -> String {
    let mut text = tongchou_wire::schema::codes_table(words::wire(lang));
    let _ = writeln!(text, "\n{}\n\n{}\n", PACKS.text(lang), FILES.text(lang));
    let _ = writeln!(text, "{}\n| --- | --- | --- |", HEADS.text(lang));
    for code in Code::ALL {
        let (what, help) = Fault::new(*code, "", "…", "…").words(words::wire(lang));
        let _ = writeln!(text, "| {} | {} | {} |", code.text(), cell(&what), cell(&help));
    }
    text
}

/// A text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
