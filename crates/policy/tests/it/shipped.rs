//! The packs that are shipped load without a warning.

use std::path::Path;

use expect_test::expect;

use crate::good;

fn pack(name: &str) -> tongchou_policy::Checked {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/data").join(name);
    good(&std::fs::read_to_string(path).unwrap())
}

#[test]
fn shipped_packs_load() {
    let mut count = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/data");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let checked = pack(&name);
        assert_eq!(format!("{}.toml", checked.pack.id), name);
        assert_eq!(checked.warnings, []);
        assert!(!checked.examples.is_empty());
        count += 1;
    }
    assert!(2 <= count);
}

#[test]
fn what_was_written_is_what_is_read() {
    let checked = pack("220282-large.toml");
    let layer = checked.pack.layers.first().unwrap();
    expect![[r#"
        {
          "when": [
            [
              2,
              [
                2,
                3,
                4
              ]
            ]
          ],
          "params": [
            [
              3,
              [
                0
              ]
            ]
          ],
          "from": 19358,
          "to": 20818,
          "priority": 0,
          "clause": 11,
          "value": {
            "seq": 10,
            "step": {
              "add": 100000
            }
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&layer.adjust.first()).unwrap());
    let cut = pack("110000-employee.toml").pack.dims.remove(1);
    expect![[r#"
        {
          "name": "age70",
          "values": [
            "lt70",
            "ge70"
          ],
          "default": null,
          "cut": {
            "of": "age_on_bill",
            "starts": [
              70
            ]
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&cut).unwrap());
}
