//! Packs are loaded, messages answered or refused, answers fetched again.

use tongchou_abi::exports::tongchou_abi_version;
use tongchou_wire::engine::Engine;
use tongchou_wire::error::Lang;

use crate::{Host, bill, canonical};

const ID: &str = "110000-employee";

#[test]
fn a_bill_is_answered_with_the_engines_own_bytes() {
    let (pack, bill) = (canonical(ID), bill(ID));
    let host = Host::new();
    let (status, _, loaded) = host.load(pack.as_bytes(), 4096);
    assert_eq!(status, 0, "{loaded}");
    assert!(loaded.starts_with(r#"{"status":"loaded","pack":"110000-employee","hash":""#));

    let mut engine = Engine::new();
    engine.add_pack(&pack).unwrap();
    let expected = engine.call(&bill).json(Lang::En);
    let (status, needed, text) = host.call(bill.as_bytes(), 1 << 16);
    assert_eq!((status, needed, text), (0, expected.len(), expected));
}

#[test]
fn a_refusal_is_an_answer_with_its_own_status() {
    let host = Host::new();
    let (status, _, text) = host.call(bill("nobody").as_bytes(), 4096);
    assert_eq!(status, -1);
    assert!(text.starts_with(r#"{"contract":1,"status":"refused","errors":[{"code":"P001""#));
    let (status, _, text) = host.load(b"{}", 4096);
    assert_eq!(status, -1);
    assert!(text.contains("P005"), "{text}");
}

#[test]
fn text_that_is_not_utf8_is_refused_and_not_misuse() {
    let host = Host::new();
    for (status, _, text) in [host.call(b"{\n\xff}", 4096), host.load(b"{\n\xff}", 4096)] {
        assert_eq!(status, -1);
        assert!(text.contains(r#""code":"I001","path":"$","value":"2:1""#), "{text}");
    }
    let (status, _, text) = host.call(b"", 4096);
    assert_eq!(status, -1);
    assert!(text.contains("I001"), "{text}");
}

#[test]
fn what_does_not_fit_is_fetched_and_not_settled_again() {
    let host = Host::new();
    host.load(canonical(ID).as_bytes(), 4096);
    let whole = host.call(bill(ID).as_bytes(), 1 << 16);
    let len = whole.1;
    assert_eq!(whole.0, 0);
    assert_eq!(host.call(bill(ID).as_bytes(), 0), (1, len, String::new()));
    assert_eq!(host.fetch(len - 1), (1, len, String::new()));
    assert_eq!(host.fetch(len), whole);
    assert_eq!(host.fetch(len + 9), whole);

    let refusal = host.call(b"[]", 4096);
    assert_eq!(refusal.0, -1);
    assert_eq!(host.call(b"[]", refusal.1 - 1).0, 1);
    assert_eq!(host.fetch(refusal.1), refusal);
}

#[test]
fn engines_do_not_share_their_packs_and_answers() {
    let (with, without) = (Host::new(), Host::new());
    with.load(canonical(ID).as_bytes(), 4096);
    assert_eq!(with.call(bill(ID).as_bytes(), 1 << 16).0, 0);
    assert_eq!(without.fetch(1 << 16).0, -2);
    assert_eq!(without.call(bill(ID).as_bytes(), 1 << 16).0, -1);
}

#[test]
fn the_version_is_the_one_of_the_header() {
    let header = include_str!("../../include/tongchou.h");
    let line = format!("#define TONGCHOU_ABI_VERSION {}\n", tongchou_abi_version());
    assert!(header.contains(&line));
}
