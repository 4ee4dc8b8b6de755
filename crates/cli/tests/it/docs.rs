//! Tables in the documentation that the program writes itself.

use std::path::PathBuf;

use crate::{stdout, tongchou};

/// `UPDATE=1` writes the file anew.
#[test]
fn the_table_of_refusals_is_the_programs_own() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../wire/CODES.md");
    let table = |lang| stdout(&tongchou(&["schema", "codes", "--lang", lang], ""));
    let text = format!(
        "# Refusal codes\n\nWritten by `tongchou schema codes`; codes are stable.\n\n\
         ## English\n\n{}\n## 中文\n\n{}",
        table("en"),
        table("zh")
    );
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "UPDATE=1 writes it anew");
}
