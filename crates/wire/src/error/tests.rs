//! Table, wording and rendering of refusals.

use super::*;

#[test]
fn codes_are_sorted_and_unique() {
    let texts: Vec<_> = Code::ALL.iter().map(|code| code.text()).collect();
    let group = |text: &str| "PIS".find(text.get(..1).unwrap_or_default());
    for pair in texts.windows(2) {
        let [a, b] = pair else { continue };
        assert!((group(a), a) < (group(b), b), "{a} before {b}");
    }
}

#[test]
fn wording_follows_the_house_style() {
    for code in Code::ALL {
        for lang in [Lang::En, Lang::Zh] {
            for words in [code.message(lang), code.help(lang)] {
                let open = words.matches(['{', '}']).count();
                let places = words.matches("{value}").count() + words.matches("{expected}").count();
                assert_eq!(open, 2 * places, "{code}: {words}");
                assert!(!words.ends_with(['.', '。', '!', '！']), "{code}: {words}");
                assert!(!words.contains('\n'), "{code}: {words}");
                assert!(!words.starts_with(|c: char| c.is_ascii_uppercase()), "{code}: {words}");
                let chinese = words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert_eq!(chinese, lang == Lang::Zh, "{code}: {words}");
            }
        }
    }
}

#[test]
fn value_is_put_in_once_and_not_looked_at_again() {
    let text = Refusal::new(Code::FieldUnknown, "$", "{expected}", "{value}").render(Lang::En);
    assert_eq!(text.message, "unknown field `{expected}`");
    assert_eq!(text.help, "correct or remove it; {value}");
}

#[test]
fn long_and_many_lined_values_are_tamed() {
    let text = Refusal::new(Code::IdMalformed, "$.pack", "险".repeat(81), "1–64").render(Lang::En);
    assert_eq!(text.value, format!("{}…", "险".repeat(80)));
    assert_eq!(cut(&"x".repeat(80)), "x".repeat(80));
    let text = Refusal::new(Code::IdMalformed, "$.pack", "a\nb`c", "1–64").render(Lang::En);
    assert_eq!(text.message, "`a b'c` is not an id");
    assert_eq!(text.value, "a\nb`c");
}

#[test]
fn empty_expectation_leaves_no_colon() {
    let text = Refusal::new(Code::PackUnknown, "$.pack", "x", "").render(Lang::En);
    assert_eq!(text.help, "name a loaded pack");
}

#[test]
fn chinese_has_chinese_expectations() {
    let expected = one_of("amonut", &["id", "amount"]);
    let text = Refusal::new(Code::FieldUnknown, "$.x", "amonut", expected).render(Lang::Zh);
    assert_eq!(text.help, "请更正或删除；是否应为 `amount`？可用：id, amount");
    let text = Refusal::new(Code::WrongType, "$", "[…]", "an object").render(Lang::Zh);
    assert_eq!(text.help, "请填写对象；可选字段请省略，不要传 null");
}

#[test]
fn nearest_name_by_edits() {
    let known = ["discharged", "admitted", "id", "care"];
    assert_eq!(nearest("dicharged", &known), Some("discharged"));
    assert_eq!(nearest("admited", &known), Some("admitted"));
    assert_eq!(nearest("di", &known), Some("id"));
    assert_eq!(nearest("hospital", &known), None);
    assert_eq!(nearest("Discharged", &known), Some("discharged"));
    assert_eq!(nearest("a", &["A", "B"]), Some("A"));
    assert_eq!(nearest("Z", &["A", "B"]), None);
    assert_eq!(nearest("", &known), None);
    assert_eq!(nearest(&"x".repeat(1_000_000), &known), None);
}
