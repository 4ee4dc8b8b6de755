//! Plans are small and packs load at once.

use std::time::{Duration, Instant};

use tongchou_benches::kernel::load::{Loaded, canonical};

const PACKS: [&str; 2] = ["110000-employee", "220282-large"];
/// The target is [`WANTED`]; a busy machine may take this long before the test fails.
const ALLOWED: Duration = Duration::from_millis(50);
const WANTED: Duration = Duration::from_millis(5);

#[test]
fn a_plan_with_every_key_is_below_256_kib() {
    for id in PACKS {
        let mut loaded = Loaded::new(&canonical(id));
        loaded.bind_all();
        let bytes = loaded.plan_bytes() + loaded.keys.bytes();
        let all = loaded.plans.iter().map(|plan| plan.bytes()).sum::<usize>();
        println!("{id}: {bytes} bytes with the largest plan, {all} in all plans alone");
        assert!(bytes < 256 << 10, "{id}: {bytes} bytes");
    }
}

#[test]
fn a_pack_loads_and_compiles_at_once() {
    for id in PACKS {
        let text = canonical(id);
        let mut spent = [0; 11].map(|_| {
            let start = Instant::now();
            let loaded = Loaded::new(&text);
            let spent = start.elapsed();
            assert!(!loaded.plans.is_empty());
            spent
        });
        spent.sort_unstable();
        let [.., middle, _, _, _, _, _] = spent;
        let verdict = if middle <= WANTED { "within" } else { "above" };
        println!("{id}: {middle:?} to load and compile, {verdict} {WANTED:?}");
        assert!(middle < ALLOWED || cfg!(debug_assertions), "{id}: {middle:?}");
    }
}
