//! `packs diff`: the golden comparison of two days, an edited copy counted by hand, refusals.

use std::path::PathBuf;

use expect_test::{ExpectFile, expect, expect_file};
use serde_json::Value;

use crate::{code, stderr, stdout, tongchou};

/// Five bills; what a deductible of 1,200 instead of 1,300 yuan for a first admission changes:
/// 1. active, 30,000: (30,000 − 1,200) × 85 % = 24,480.00 for 24,395.00: +85.00;
/// 2. retired, 50,000: the pool pays 91 % of a hundred more, 91.00, and the supplement half of the
///    person's 9.00 more, 4.50: +95.50;
/// 3. outpatient: 0;
/// 4. a second admission: 0;
/// 5. active, 1,250: 50 × 85 % for nothing: +42.50.
const BILLS: &str = r#"{"contract":1,"pack":"any","member":{"person":"active","age":40},"encounter":{"id":"a","care":"inpatient","level":"tier3","admitted":"2023-05-02","discharged":"2023-05-12"},"totals":{"in_scope":"30000.00"}}
{"contract":1,"pack":"any","member":{"person":"retired","age":66},"encounter":{"id":"b","care":"inpatient","level":"tier3","admitted":"2023-05-02","discharged":"2023-05-12"},"totals":{"in_scope":"50000.00"}}

{"contract":1,"pack":"any","member":{"person":"retired","age":66},"encounter":{"id":"c","care":"outpatient","level":"tier3","admitted":"2023-05-02"},"totals":{"in_scope":"5000.00"}}
{"contract":1,"pack":"any","year_to_date":{"admissions":1},"member":{"person":"active","age":40},"encounter":{"id":"d","care":"inpatient","level":"tier3","admitted":"2023-05-02","discharged":"2023-05-12"},"totals":{"in_scope":"30000.00"}}
{"contract":1,"pack":"any","member":{"person":"active","age":40},"encounter":{"id":"e","care":"inpatient","level":"tier3","admitted":"2023-05-02","discharged":"2023-05-12"},"totals":{"in_scope":"1250.00"}}
"#;

/// A file of this test run.
fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder of the test run can be written");
    path.to_str().expect("its path is UTF-8").to_owned()
}

/// The Beijing pack with another deductible of the first admission.
fn edited(name: &str) -> String {
    let text = tongchou_packs::find("110000-employee").expect("the pack is shipped").text;
    let (old, new) = ("amount = \"1300.00\"\n  clause = \"BJE-5\"", "amount = \"1200.00\"");
    let edited = text.replace(old, &format!("{new}\n  clause = \"BJE-5\""));
    assert_ne!(edited, text);
    // Its worked examples are those of the original; a copy for comparing needs none.
    file(name, &edited)
}

fn json(args: &[&str]) -> Value {
    let output = tongchou(args, "");
    serde_json::from_str(&stdout(&output)).expect("the answer is JSON")
}

#[track_caller]
fn golden(lang: &str, expected: &ExpectFile) {
    let sides = ["110000-employee@2022-12-31", "110000-employee@2023-01-01"];
    let output = tongchou(&["packs", "diff", sides[0], sides[1], "--lang", lang], "");
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    let text = stdout(&output);
    assert!(text.lines().all(|line| !line.ends_with(' ')), "blanks at an end of a line: {text}");
    expected.assert_eq(&text);
}

#[test]
fn the_turn_of_2023_in_chinese() {
    golden("zh", &expect_file!["golden/diff.zh.txt"]);
}

#[test]
fn the_turn_of_2023_in_english() {
    golden("en", &expect_file!["golden/diff.en.txt"]);
}

#[test]
fn shipped_packs_do_not_differ_from_themselves() {
    for source in tongchou_packs::ALL {
        let answer = json(&["packs", "diff", source.id, source.id, "--format", "json"]);
        assert_eq!(answer["equal"], true, "{}", source.id);
        assert_eq!(answer["changes"], Value::Array(Vec::new()), "{}", source.id);
        // A pack of rules alone settles no bills to compare.
        if !source.text.contains("[[layer]]") {
            assert_eq!(answer["impact"], Value::Null, "{}", source.id);
            continue;
        }
        assert_eq!(answer["impact"]["fund"], "0.00", "{}", source.id);
        assert_eq!(answer["impact"]["person"], "0.00", "{}", source.id);
        assert_eq!(answer["impact"]["steps"], Value::Array(Vec::new()), "{}", source.id);
    }
}

#[test]
fn an_edited_copy_on_own_bills() {
    let (copy, bills) = (edited("deductible.toml"), file("bills.ndjson", BILLS));
    let args = ["packs", "diff", "110000-employee", &copy, "--bills", &bills];
    let output = tongchou(&args, "");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output).replace(&copy, "copy.toml");
    expect![[r#"
        110000-employee → copy.toml

        一、条款差异 (1)
           1. 统筹基金 起付线 [首次] 1,300.00 → 1,200.00 (BJE-5)

        二、样例影响
          共 5 笔：个人受益 3，受损 0，不变 2；另有 0 笔在某一方不能结算
          基金支付变化合计 +223.00，个人负担变化合计 -223.00

        三、按条款归因
          从前一个包出发，按结算流程的先后逐项换成后一个包；每项的部分是换入这一项时的变化，各部分之和等于合计。部分与先后有关；单独不成立的几项合为一步。
                            基金                  个人      笔数
                         +223.00               -223.00         3  1. 统筹基金 起付线 [首次]
                         +223.00               -223.00            合计

        受益最多（每种差额一笔）
                    -95.50 × 1  个人 3,041.50 → 2,946.00  第 2 行 b
                    -85.00 × 1  个人 5,605.00 → 5,520.00  第 1 行 a
                    -42.50 × 1  个人 1,250.00 → 1,207.50  第 6 行 e
    "#]].assert_eq(&text);
    let answer = json(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(answer["impact"]["fund"], "223.00");
    assert_eq!(answer["impact"]["person"], "-223.00");
    assert_eq!(answer["impact"]["bills"]["gainers"], 3);
    assert_eq!(answer["impact"]["bills"]["unchanged"], 2);
    let back = ["packs", "diff", &copy, "110000-employee", "--bills", &bills, "--format", "json"];
    assert_eq!(json(&back)["impact"]["fund"], "-223.00");
    // Without the supplement, the second bill gains 91.00.
    let off = [&args[..], &["--param", "retired_supplement=off", "--format", "json"]].concat();
    assert_eq!(json(&off)["impact"]["fund"], "218.50");
}

/// A bill that one pack refuses is told and left out.
#[test]
fn bills_of_another_place() {
    let bills = file("other.ndjson", &format!("{BILLS}not a bill\n"));
    let args = ["packs", "diff", "110000-employee", "220282-large", "--bills", &bills];
    let output = tongchou(&args, "");
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    assert!(text.contains("第 4 行 c: [I032]"), "{text}");
    assert!(text.contains("另有 2 笔在某一方不能结算"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let said = |args: &[&str]| {
        let args = [&["packs", "diff", "--lang", "en", "110000-employee"], args].concat();
        let output = tongchou(&args, "");
        assert_eq!(code(&output), 2);
        stderr(&output)
    };
    assert!(said(&["110000-none"]).contains("no pack `110000-none`: name a shipped pack"));
    let early = said(&["110000-employee@1999-01-01"]);
    assert!(early.contains("not in force on that day; its life is 2019-01-01"), "{early}");
    let param = said(&["110000-employee", "--param", "basis=year"]);
    assert!(param.contains("no pack has a parameter `basis`: one of"), "{param}");
    let value = said(&["110000-employee", "--param", "cap_backsolve=up"]);
    assert!(value.contains("`cap_backsolve` has no value `up`: one of nearest, truncate\n"));
    assert!(said(&["110000-employee", "--param", "x"]).contains("write NAME=VALUE"));
    assert!(said(&["220282-large", "--bills", "none.ndjson"]).contains("cannot read"));
    for date in ["2025-13-31", "2025-02-30", "2025"] {
        let text = said(&[&format!("110000-employee@{date}")]);
        assert!(text.contains(&format!("no such date: `{date}`")), "{text}");
    }
    let zh = |second: &str, value: &str| {
        let args = ["packs", "diff", "110000-employee", second, "--param", value];
        stderr(&tongchou(&args, ""))
    };
    let text = zh("110000-employee@2025-13-31", "x=1");
    assert!(text.contains("日期 `2025-13-31` 不存在"), "{text}");
    let text = zh("110000-employee", "cap_backsolve=up");
    assert!(
        text.ends_with("参数 `cap_backsolve` 没有取值 `up`：可写 nearest、truncate\n"),
        "{text}"
    );
}
