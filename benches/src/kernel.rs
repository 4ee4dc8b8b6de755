//! The kernel on the inputs of the controls: packs are compiled, inputs bound to columns.

pub mod load;
pub mod supplement;

use tongchou_core::calendar::Day;
use tongchou_core::columns::{Once, Order, Visits as Columns, settle_visits};
use tongchou_core::keys::{Key, Keys, LineCode, Point};
use tongchou_core::layer::Scratch;
use tongchou_core::pack::{Bands, Pack};
use tongchou_core::plan::Plan;
use tongchou_core::settle::{Outcome, Record};
use tongchou_core::trace::Tracer;

use crate::controls::VisitOut;
use crate::data::inpatient::LINES;
use crate::data::{Bill, Visits};

/// The pack of the published comparison.
pub const ONCE: &str = include_str!("../packs/huadian-once.toml");

/// A yearly record of one cache line: what the inpatient rows of the pack need.
pub type Year = Record<7>;

/// A checked pack.
///
/// # Panics
/// If the text is no pack; the tests check those that are used here.
#[must_use]
pub fn pack(text: &str) -> Pack {
    match tongchou_policy::check(text, "bench") {
        Ok(checked) => checked.pack,
        Err(report) => panic!("{report}"),
    }
}

/// A shipped pack.
///
/// # Panics
/// If there is none of that id.
#[must_use]
pub fn shipped(id: &str) -> Pack {
    match tongchou_packs::find(id) {
        Some(source) => pack(source.text),
        None => panic!("no pack {id}"),
    }
}

/// A pack with a plan and bound keys.
#[derive(Debug)]
pub struct Bound {
    pack: Pack,
    plan: Plan,
    /// The bound rows.
    pub keys: Keys,
    year: i16,
}

impl Bound {
    /// Compiles a pack for a day under its default parameters.
    ///
    /// # Panics
    /// If the pack does not compile.
    #[must_use]
    pub fn new(pack: Pack, (year, month, day): (i16, i8, i8)) -> Self {
        let defaults: Vec<u8> = pack.params.iter().map(|param| param.default).collect();
        let plan =
            Day::new(year, month, day).and_then(|on| Plan::compile(&pack, &defaults, on).ok());
        let Some(plan) = plan else { panic!("the pack does not compile") };
        Self { keys: Keys::new(&pack), pack, plan, year }
    }

    fn point(&self, given: &[(&str, &str)]) -> Vec<u8> {
        let code = |dim: &tongchou_core::pack::Dim| {
            let value = given.iter().find(|(name, _)| *name == dim.name)?.1;
            dim.values.iter().position(|v| v == value).and_then(|i| u8::try_from(i).ok())
        };
        let codes = self.pack.dims.iter().map(|dim| code(dim).or(dim.default).unwrap_or(0));
        codes.collect()
    }

    /// Binds a combination of dimensions.
    ///
    /// # Panics
    /// If the pack does not cover it.
    pub fn key(&mut self, given: &[(&str, &str)]) -> Key {
        let codes = self.point(given);
        let point = Point { codes: &codes, missing: 0, facts: &[] };
        match self.keys.bind(&self.pack, &self.plan, point, self.year) {
            Ok(key) => key,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Binds a line.
    ///
    /// # Panics
    /// If the pack does not cover it.
    pub fn line(&mut self, given: &[(&str, &str)]) -> LineCode {
        let codes = self.point(given);
        let point = Point { codes: &codes, missing: 0, facts: &[] };
        match self.keys.bind_line(&self.pack, &self.plan, point, None) {
            Ok(code) => code,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Size of the tables and bound rows, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.plan.bytes() + self.keys.bytes()
    }
}

/// Visits as columns of the kernel: stays, or stays and visits to outpatient departments.
#[derive(Debug)]
pub struct Inpatient {
    /// The bound Beijing employee pack.
    pub bound: Bound,
    member: Vec<u32>,
    key: Vec<Key>,
    line_start: Vec<u32>,
    fee: Vec<i64>,
    code: Vec<LineCode>,
    balance: Vec<i64>,
}

impl Inpatient {
    /// Binds the visits, which are all stays.
    #[must_use]
    pub fn new(visits: &Visits) -> Self {
        Self::of(visits, &["inpatient"])
    }

    /// Binds stays and visits to outpatient departments: keys of two paths in one column.
    #[must_use]
    pub fn mixed(visits: &Visits) -> Self {
        Self::of(visits, &["inpatient", "outpatient"])
    }

    fn of(visits: &Visits, cares: &[&str]) -> Self {
        let mut bound = Bound::new(shipped("110000-employee"), (2024, 6, 1));
        let mut keys = Vec::new();
        for care in cares {
            for person in ["active", "retired"] {
                for level in ["tier1", "tier2", "tier3", "community"] {
                    let given = [("care", *care), ("person", person), ("level", level)];
                    keys.push(bound.key(&given));
                }
            }
        }
        let codes = ["A", "B", "C"].map(|class| bound.line(&[("class", class)]));
        let count = visits.len();
        Self {
            bound,
            member: visits.person.clone(),
            key: visits.key.iter().map(|key| keys[usize::from(*key)]).collect(),
            line_start: (0..=count).map(|row| (row * LINES) as u32).collect(),
            fee: visits.fees.iter().flatten().copied().collect(),
            code: visits.class.iter().flatten().map(|c| codes[usize::from(*c)]).collect(),
            balance: visits.balance.clone(),
        }
    }

    /// How many members there are.
    #[must_use]
    pub fn members(&self) -> usize {
        self.member.iter().max().map_or(0, |highest| *highest as usize + 1)
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> Columns<'_> {
        Columns {
            member: &self.member,
            key: &self.key,
            line_start: &self.line_start,
            fee: &self.fee,
            code: &self.code,
            allow: None,
            balance: Some(&self.balance),
            ..Columns::default()
        }
    }

    /// Settles every visit and stores what the control stores.
    ///
    /// # Panics
    /// If a visit is refused.
    #[inline(never)]
    pub fn settle<T: Tracer>(
        &self,
        order: Order,
        records: &mut [Year],
        tracer: &mut T,
        out: &mut [VisitOut],
    ) {
        let sink = |row: usize, outcome: &Outcome, layers: &Scratch| {
            if let Some(slot) = out.get_mut(row) {
                *slot = visit_out(outcome, layers);
            }
        };
        let settled =
            settle_visits(&self.bound.keys, &self.columns(), order, records, tracer, sink);
        assert!(settled.is_ok(), "{settled:?}");
    }
}

#[inline(always)]
fn visit_out(outcome: &Outcome, layers: &Scratch) -> VisitOut {
    let supplement = if outcome.layers > 2 { layers.layer(2).paid } else { 0 };
    VisitOut {
        fund: outcome.fund,
        person: outcome.person,
        account: outcome.account,
        cash: outcome.cash,
        pool_paid: layers.layer(0).paid,
        large_paid: layers.layer(1).paid,
        supplement_paid: supplement,
        deductible: outcome.deductible,
        full_self: outcome.sums.full_self,
        prepay: outcome.sums.prepay,
        in_scope: outcome.sums.in_scope,
        total: outcome.sums.total,
    }
}

/// The bills of the published comparison as columns, and the layer that settles them.
#[derive(Debug)]
pub struct Huadian {
    /// The layer.
    pub once: Once<3>,
    /// Position before each bill.
    pub position: Vec<i64>,
    /// Fees of class A, of class B, and self-funded.
    pub fees: [Vec<i64>; 3],
    /// Results.
    pub fund: Vec<i64>,
    /// Results.
    pub person: Vec<i64>,
}

impl Huadian {
    /// Compiles the pack and lays the bills out in columns.
    ///
    /// # Panics
    /// If the pack has no closed form.
    #[must_use]
    pub fn new(bills: &[Bill]) -> Self {
        Self::of(&pack(ONCE), bills)
    }

    fn of(pack: &Pack, bills: &[Bill]) -> Self {
        let column = |k: usize| bills.iter().map(|bill| bill[k]).collect::<Vec<i64>>();
        Self {
            once: once(pack, |bands| bands),
            position: column(0),
            fees: [column(1), column(2), column(3)],
            fund: vec![0; bills.len()],
            person: vec![0; bills.len()],
        }
    }

    /// Settles every bill.
    ///
    /// # Panics
    /// If an amount is out of bounds.
    #[inline(never)]
    pub fn settle(&mut self) {
        let fees = [self.fees[0].as_slice(), self.fees[1].as_slice(), self.fees[2].as_slice()];
        let done = self.once.settle(&self.position, fees, &mut self.fund, &mut self.person);
        assert!(done.is_ok(), "{done:?}");
    }
}

/// The closed form of a one-layer pack, its bands changed by a function.
///
/// # Panics
/// If the pack has no closed form.
pub fn once(pack: &Pack, change: impl Fn(Bands) -> Bands) -> Once<3> {
    let layer = &pack.layers[0];
    let cap = layer.cap.first().and_then(|row| row.value.amount).map(|fen| fen.0);
    let shares = [0, 1, 2].map(|k: usize| pack.classify.prepay[k].value.share.0);
    match Once::new(&change(layer.band[0].value.clone()), shares, cap) {
        Ok(once) => once,
        Err(fault) => panic!("{fault:?}"),
    }
}

#[cfg(test)]
mod tests {
    use tongchou_core::trace::Silent;

    use super::*;
    use crate::controls::{YearState, inpatient_control};
    use crate::data::{
        huadian_oracle, inpatient_visits, mixed_visits, peers_bills_10k, random_order,
    };
    use crate::workloads::Ring;

    #[test]
    fn the_kernel_agrees_with_the_inpatient_control_on_every_visit() {
        let sorted = inpatient_visits(300_000, 1);
        let mixed = sorted.reordered(&random_order(&sorted, 2));
        for (visits, order) in [(sorted, Order::Sorted), (mixed, Order::Random)] {
            let kernel = Inpatient::new(&visits);
            let mut records = vec![Year::default(); visits.persons()];
            let mut settled = vec![VisitOut::default(); visits.len()];
            kernel.settle(order, &mut records, &mut Silent, &mut settled);
            let mut states = vec![YearState::default(); visits.persons()];
            let mut wanted = vec![VisitOut::default(); visits.len()];
            inpatient_control(&visits, &mut states, &mut wanted);
            let wrong = settled.iter().zip(&wanted).position(|(a, b)| a != b);
            let at = wrong.unwrap_or(0);
            assert!(wrong.is_none(), "{at}: {:?} {:?}", settled[at], wanted[at]);
        }
    }

    #[test]
    fn mixed_visits_are_settled_whole_and_both_cares_are_paid_for() {
        let visits = mixed_visits(100_000, 1);
        let kernel = Inpatient::mixed(&visits);
        let mut records = vec![Year::default(); visits.persons()];
        let mut settled = vec![VisitOut::default(); visits.len()];
        kernel.settle(Order::Sorted, &mut records, &mut Silent, &mut settled);
        let mut traced = vec![VisitOut::default(); visits.len()];
        records.fill(Year::default());
        kernel.settle(Order::Sorted, &mut records, &mut Ring::new(), &mut traced);
        for out in [&mut settled, &mut traced] {
            // The scratch of a traced visit, or of a year's first, keeps what stood in the layers
            // that the visit does not have.
            let outpatient = out.iter_mut().zip(&visits.key).filter(|(_, key)| **key >= 8);
            outpatient.for_each(|(out, _)| out.large_paid = 0);
        }
        assert!(settled == traced, "with and without a trace");
        let mut paid = [0; 2];
        for (out, key) in settled.iter().zip(&visits.key) {
            assert_eq!(out.fund + out.account + out.cash, out.total);
            paid[usize::from(*key / 8)] += out.fund;
        }
        assert!(paid.iter().all(|paid| *paid > 0), "{paid:?}");
    }

    #[test]
    fn the_closed_form_settles_the_published_bills_exactly() {
        for judged in [peers_bills_10k(), huadian_oracle(100_000, 11)] {
            let bills: Vec<Bill> = judged.iter().map(|(bill, ..)| *bill).collect();
            let mut kernel = Huadian::new(&bills);
            kernel.settle();
            let got = kernel.fund.iter().zip(&kernel.person);
            let wrong =
                judged.iter().zip(got).filter(|(want, got)| (want.1, want.2) != (*got.0, *got.1));
            assert_eq!(wrong.count(), 0);
        }
    }
}
