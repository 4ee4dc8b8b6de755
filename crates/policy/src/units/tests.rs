//! How amounts may be written, a line each.

use tongchou_core::money::{Fen, Ppm};
use tongchou_core::pack::AdjustStep::{Add, Set, Times};

use super::{Fault, money, money_text, percent_text, rate, step};

#[test]
fn yuan_as_fen() {
    let cases = [
        ("0", Ok(0)),
        ("0.01", Ok(1)),
        ("1300", Ok(130_000)),
        ("1300.5", Ok(130_050)),
        ("1300.00", Ok(130_000)),
        ("10000000000.00", Ok(1_000_000_000_000)),
        ("10000000000.01", Err(Fault::Large)),
        ("9999999999999", Err(Fault::Large)),
        ("-1", Err(Fault::Negative)),
        ("0.001", Err(Fault::Places)),
        ("1.", Err(Fault::Shape)),
        (".5", Err(Fault::Shape)),
        ("", Err(Fault::Shape)),
        ("+1", Err(Fault::Shape)),
        ("1,300.00", Err(Fault::Shape)),
        ("1 300", Err(Fault::Shape)),
        ("1e3", Err(Fault::Shape)),
        ("１", Err(Fault::Shape)),
    ];
    for (text, fen) in cases {
        assert_eq!(money(text), fen.map(Fen), "{text}");
    }
}

#[test]
fn percentages_as_ppm() {
    let cases = [
        ("0%", Ok(0)),
        ("85%", Ok(850_000)),
        ("87.5%", Ok(875_000)),
        ("0.0001%", Ok(1)),
        ("100%", Ok(1_000_000)),
        ("100.0001%", Err(Fault::Large)),
        ("0.00001%", Err(Fault::Places)),
        ("-5%", Err(Fault::Negative)),
        ("85", Err(Fault::Shape)),
        ("%", Err(Fault::Shape)),
        ("85 %", Err(Fault::Shape)),
    ];
    for (text, ppm) in cases {
        assert_eq!(rate(text), ppm.map(Ppm), "{text}");
    }
}

#[test]
fn steps_on_the_share() {
    let cases = [
        ("+10pp", Ok(Add(100_000))),
        ("-5pp", Ok(Add(-50_000))),
        ("+100pp", Ok(Add(1_000_000))),
        ("+100.1pp", Err(Fault::Large)),
        ("10pp", Err(Fault::Shape)),
        ("x60%", Ok(Times(600_000))),
        ("x1000%", Ok(Times(10_000_000))),
        ("x1000.1%", Err(Fault::Large)),
        ("x0.6", Err(Fault::Shape)),
        ("=30%", Ok(Set(Ppm(300_000)))),
        ("=101%", Err(Fault::Large)),
        ("30%", Err(Fault::Shape)),
    ];
    for (text, expected) in cases {
        assert_eq!(step(text), expected, "{text}");
    }
}

#[test]
fn amounts_as_text() {
    assert_eq!(money_text(Fen(130_005)), "1300.05");
    assert_eq!(percent_text(850_000, 0), "85%");
    assert_eq!(percent_text(875_000, 0), "87.5%");
    assert_eq!(percent_text(49_999, 950_000), "4.999995%");
}
