//! The shipped packs, checked once, and engines with both of them loaded.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use tongchou_policy::Checked;
use tongchou_wire::engine::Engine;

/// Beijing: outpatient and inpatient.
pub const BEIJING: &str = "110000-employee";
/// Huadian: one layer with yearly bands.
pub const HUADIAN: &str = "220282-large";

/// Every shipped pack, checked.
pub static CHECKED: LazyLock<Vec<Checked>> = LazyLock::new(|| {
    let checked = |source: &tongchou_packs::Source| tongchou_policy::check(source.text, source.id);
    tongchou_packs::ALL.iter().map(|source| checked(source).unwrap()).collect()
});

/// A shipped pack.
pub fn checked(id: &str) -> &'static Checked {
    CHECKED.iter().find(|checked| checked.pack.id == id).unwrap()
}

/// A new engine with every shipped pack.
pub fn engine() -> Engine {
    let mut engine = Engine::new();
    for checked in CHECKED.iter() {
        engine.add_pack(&checked.canonical).unwrap();
    }
    engine
}
