//! Loading as a host does it: canonical text in, plans for every day and bound rows out.

use std::collections::BTreeSet;

use tongchou_core::calendar::Day;
use tongchou_core::keys::{Keys, Point};
use tongchou_core::pack::{Pack, Row};
use tongchou_core::plan::Plan;

/// The canonical text of a shipped pack.
///
/// # Panics
/// If there is no pack of that id.
#[must_use]
pub fn canonical(id: &str) -> String {
    match tongchou_packs::find(id).and_then(|pack| tongchou_policy::check(pack.text, id).ok()) {
        Some(checked) => checked.canonical,
        None => panic!("no pack {id}"),
    }
}

/// A pack compiled under its default parameters for every day of its life.
#[derive(Debug)]
pub struct Loaded {
    /// The pack as read.
    pub pack: Pack,
    /// A plan for each interval in which no row begins or ends.
    pub plans: Vec<Plan>,
    /// The rows bound so far.
    pub keys: Keys,
}

impl Loaded {
    /// Reads a canonical text, compiles it and binds one bill and one line a plan.
    ///
    /// # Panics
    /// If the text is no complete pack.
    #[must_use]
    pub fn new(canonical: &str) -> Self {
        let read = serde_json::from_str::<Pack>(canonical);
        let pack = read.unwrap_or_else(|error| panic!("{error}"));
        let mut loaded = Self { plans: plans(&pack), keys: Keys::new(&pack), pack };
        loaded.bind(|dims| vec![vec![0; dims]]);
        loaded
    }

    /// Binds every combination of values that a bill or a line of the pack may have.
    pub fn bind_all(&mut self) {
        let pack = &self.pack;
        let sizes = pack.dims.iter().map(|dim| dim.values.len()).collect::<Vec<_>>();
        let classify = &pack.classify;
        let lines = [named(&classify.prepay), named(&classify.limit), named(&classify.fixed)];
        let lines = lines.into_iter().flatten().collect::<BTreeSet<_>>();
        let mut bills = named(&pack.standing);
        bills.extend(pack.stay.care.iter().map(|(dim, _)| *dim));
        for layer in &pack.layers {
            bills.extend(layer.when.iter().map(|(dim, _)| *dim));
            let amounts = named(&layer.deductible).into_iter().chain(named(&layer.cap));
            bills.extend(amounts.chain(named(&layer.band)).chain(named(&layer.adjust)));
        }
        self.bind(|_| combinations(&sizes, &bills));
        self.bind(|_| combinations(&sizes, &lines));
    }

    fn bind(&mut self, points: impl Fn(usize) -> Vec<Vec<u8>>) {
        let Self { pack, plans, keys } = self;
        for codes in points(pack.dims.len()) {
            let point = Point { codes: &codes, missing: 0, facts: &[] };
            for plan in &*plans {
                let key = keys.bind(pack, plan, point, 2024);
                assert!(key.is_ok(), "{key:?}");
                let code = keys.bind_line(pack, plan, point, None);
                assert!(code.is_ok(), "{code:?}");
            }
        }
    }

    /// Size of the largest plan, in bytes.
    #[must_use]
    pub fn plan_bytes(&self) -> usize {
        self.plans.iter().map(Plan::bytes).max().unwrap_or(0)
    }
}

fn plans(pack: &Pack) -> Vec<Plan> {
    let defaults = pack.params.iter().map(|param| param.default).collect::<Vec<_>>();
    let mut plans = Vec::new();
    let mut day = pack.from;
    while day <= pack.to {
        match Plan::compile(pack, &defaults, day) {
            Ok(plan) => {
                day = Day(plan.to.0 + 1);
                plans.push(plan);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    plans
}

/// The dimensions that a table's rows name.
fn named<V>(rows: &[Row<V>]) -> BTreeSet<u16> {
    rows.iter().flat_map(|row| row.when.iter().map(|(dim, _)| *dim)).collect()
}

/// Every combination of values of some dimensions; the others keep their first value.
fn combinations(sizes: &[usize], of: &BTreeSet<u16>) -> Vec<Vec<u8>> {
    let mut all = vec![vec![0; sizes.len()]];
    for dim in of.iter().map(|dim| usize::from(*dim)) {
        let with = |codes: &Vec<u8>, value: usize| {
            let mut codes = codes.clone();
            codes[dim] = value as u8;
            codes
        };
        all = all.iter().flat_map(|c| (0..sizes[dim]).map(move |v| with(c, v))).collect();
    }
    all
}
