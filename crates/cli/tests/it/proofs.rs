//! `packs check --prove`.

use crate::{code, stdout, tongchou};

#[test]
fn shipped_packs_are_proved_in_both_languages() {
    let chinese = tongchou(&["packs", "check", "--prove"], "");
    let english = tongchou(&["packs", "check", "--prove", "--lang", "en"], "");
    let (zh, en) = (stdout(&chinese), stdout(&english));
    assert_eq!(code(&chinese), 0, "{zh}");
    let all = tongchou_packs::ALL.len();
    let proved = format!("政策包 {all} 个，证明成立 {all} 个\n");
    assert!(
        zh.contains("110000-employee  北京市职工基本医疗保险\n  范围：参数")
            && zh.ends_with(&proved),
        "{zh}"
    );
    let cap = "cap 100,000.00 yuan a year [BJE-7]: reached at in-scope cost 103,860.49 to";
    assert!(en.contains(cap), "{en}");
    assert!(zh.contains(" 每年封顶 100,000.00 元 [BJE-7]：触及封顶线的政策范围内费用"), "{zh}");
    let raw = |line: &&str| line.contains(": ") || line.contains(".cap") || line.contains("/year");
    assert_eq!(zh.lines().find(raw), None, "half-width colons or identifiers");
    assert!(en.ends_with(&format!("packs: {all}, proved: {all}\n")), "{en}");
}

#[test]
fn a_rising_deductible_is_found() {
    let source = tongchou_packs::find("110000-employee").unwrap().text;
    let text = source.replace("amount = \"650.00\"", "amount = \"6500.00\"");
    let file = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rising.toml");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let output = tongchou(&["packs", "check", "--prove", "--lang", "en", file], "");
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("! deductible pool.deductible: "), "{}", stdout(&output));
    let output = tongchou(&["packs", "check", "--prove", "--format", "json", file], "");
    assert_eq!(code(&output), 1);
    let proof: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(proof["findings"][0]["kind"], "deductible");
}
