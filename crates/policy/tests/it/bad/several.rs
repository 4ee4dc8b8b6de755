//! More than one mistake, and Chinese.

use expect_test::expect;
use tongchou_policy::Lang;

use crate::{bad, bad_in};

#[test]
fn several_mistakes() {
    bad(
        &[
            (r#"share = "0%""#, r#"share = "0.00""#),
            (r#"when = { network = "offline" }"#, r#"when = { network = "off" }"#),
            (r#"per = "unit""#, r#"per = "units""#),
            ("from = 2023-01-01", "from = 2023-01-02"),
        ],
        expect![[r#"
            error[P0301]: `share` takes a rate, not money
              --> pack.toml:36:9
               |
            36 | share = "0.00"
               |         ^^^^^^
               = help: write `share = "0%"`

            error[P0306]: `per` knows no `units`
              --> pack.toml:45:7
               |
            45 | per = "units"
               |       ^^^^^^^
               = help: did you mean `unit`?

            error[P0403]: `network` has no value `off`
              --> pack.toml:62:20
               |
            62 | when = { network = "off" }
               |                    ^^^^^
               = help: one of: `online`, `offline`

            error[P0701]: no row of [[layer.cap]] of layer `pool` applies to any case on 2023-01-01
              --> pack.toml:99:3
               |
            99 |   [[layer.cap]]
               |   ^^^^^^^^^^^^^
               = help: add a row for this case, or widen the `when` of a row

            4 errors in pack.toml
        "#]],
    );
}

#[test]
fn gap_in_chinese() {
    bad_in(
        Lang::Zh,
        &[(
            r#"[[standing]]
when = { network = "offline" }"#,
            r#"[[standing]]
when = { network = "offline", person = "active" }"#,
        )],
        expect![[r#"
            错误[P0701]: [[standing]] 没有一行适用于：network = offline、person = retired（2020-01-01 至 2025-12-31）
              --> pack.toml:55:1
               |
            55 | [[standing]]
               | ^^^^^^^^^^^^
               = 提示：请为此情形增加一行，或放宽某行的 `when`
        "#]],
    );
}

#[test]
fn overlap_in_chinese() {
    bad_in(
        Lang::Zh,
        &[("  to = 2022-12-31", "  to = 2023-06-30")],
        expect![[r#"
            错误[P0702]: 层 `pool` 的 [[layer.cap]] 有两行同时适用于：任何情形（2023-01-01 至 2023-06-30）
               --> pack.toml:105:3
                |
            105 |   [[layer.cap]]
                |   ^^^^^^^^^^^^^
               ::: pack.toml:99:3
             99 |   [[layer.cap]]
                |   ------------- 另一行
                = 提示：请收窄其中一个 `when`，或给例外更高的 `priority`
        "#]],
    );
}

#[test]
fn caret_under_chinese() {
    bad_in(
        Lang::Zh,
        &[(r#"name = { zh = "统筹基金", en = "pool" }"#, r#"name = { zh = "统筹基金", en = "" }"#)],
        expect![[r#"
            错误[P0307]: `en` 为空
              --> pack.toml:69:28
               |
            69 | name = { zh = "统筹基金", en = "" }
               |                                ^^
               = 提示：请填写，或在可省略处删去此键
        "#]],
    );
}

#[test]
fn unit_in_chinese() {
    bad_in(
        Lang::Zh,
        &[(r#"amount = "1300.00""#, "amount = 1300")],
        expect![[r#"
            错误[P0301]: `amount` 应为金额，写成了整数
              --> pack.toml:78:12
               |
            78 |   amount = 1300
               |            ^^^^
               = 提示：请写 `amount = "1300.00"`
        "#]],
    );
}

#[test]
fn several_mistakes_in_chinese() {
    bad_in(
        Lang::Zh,
        &[
            (r#"share = "0%""#, r#"shrae = "0%""#),
            (r#"when = { network = "offline" }"#, r#"when = { network = "off" }"#),
        ],
        expect![[r#"
            错误[P0201]: [[prepay]] 中没有键 `shrae`
              --> pack.toml:36:1
               |
            36 | shrae = "0%"
               | ^^^^^
               = 提示：是否想写 `share`？

            错误[P0403]: `network` 没有取值 `off`
              --> pack.toml:62:20
               |
            62 | when = { network = "off" }
               |                    ^^^^^
               = 提示：可选：`online`、`offline`

            pack.toml 共有 2 个错误
        "#]],
    );
}
