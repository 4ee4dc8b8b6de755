//! A proof about a compiled pack: what a bill pays, as exact functions of its in-scope amount.
//!
//! A pack is piecewise linear, so nothing is sampled. Over every choice of parameters, every
//! interval of days and every combination of dimensions ([`space`] folds those that the pack does
//! not tell apart), on the functions before rounding:
//!
//! 1. the fund's payment, and what remains, have slopes between 0 and 1 that sum to 1, under any
//!    history ([`cells`]) and on every piece of the curves that are drawn ([`bill`]);
//! 2. the curves are continuous, and a second reading of the rules agrees with them at every bend
//!    and inside every piece;
//! 3. steps are only where a dimension is cut from an amount, and declared there ([`steps`]);
//! 4. every cap is reached, with the amount at which it is ([`caps`]);
//! 5. a deductible never rises with the admission;
//! 6. adjustments that had to be held within 0–100 % are noted;
//! 7. the kernel's amounts are within one fen per rounding point around every bend, and its
//!    counters move by exactly what it settled ([`kernel`]);
//! 8. where nothing starts anew with a bill, the bills of a year add up ([`year`]).
//!
//! Which histories suffice: the slopes are proved for all of them. The curves are drawn for a set
//! of them ([`history`]).
//!
//! Amounts are those of the language: a bill, and the sums of a year with it, stay within
//! 10,000,000,000.00 yuan. Combinations whose in-scope amount no layer takes are noted
//! ([`untaken`]): they are no fault, but a value that a `when` forgets looks like that.
//!
//! What lines do to an amount before it is in scope, and how the account and cash share the
//! person's part, is not part of the proof.

mod bill;
mod caps;
mod cells;
mod class;
mod curve;
mod history;
mod kernel;
mod ratio;
mod say;
mod space;
mod steps;
mod untaken;
mod words;
mod year;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tongchou_core::calendar::Day;
use tongchou_core::pack::{Pack, Text};

use self::bill::{Bill, History};
use self::caps::Caps;
use self::class::{Amount, Class, Rows};
use self::kernel::{Kernel, Parting};
use self::ratio::Ratio;
use self::space::{At, Family, Leaf, Space, Table};
use self::steps::Steps;
use self::words::both;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The pack does not compile, or a combination meets no row.
    Damaged,
    /// A number left the range in which the proof is exact.
    Range,
    /// A slope outside 0–1.
    Slope,
    /// A jump within one combination, or the two readings differ.
    Curve,
    /// A step that no clause orders.
    Step,
    /// A cap that can never be reached.
    Cap,
    /// A deductible that rises with the admission.
    Deductible,
    /// The kernel is further off than rounding explains.
    Kernel,
    /// The bills of a year do not add up.
    Year,
}

/// A law that the pack breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub kind: Kind,
    /// The amount, the rows and the place, in words.
    pub text: Text,
}

/// A cap and the in-scope amount at which it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapLine {
    /// The table, as the pack names it.
    pub table: String,
    /// Amount, what it is counted per, and clause, as the pack writes them.
    pub cap: String,
    /// The same in words: whose cap it is, how much, per what, and the clause.
    pub name: Text,
    /// Where it is reached.
    pub reached: Text,
}

/// How much the fund pays at most of a further yuan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slope {
    /// Id of the layer.
    pub layer: String,
    /// Its name for people.
    pub name: Text,
    /// The highest slope, in percent.
    pub highest: String,
    /// The same in yuan of a yuan.
    pub of_a_yuan: String,
}

/// The proof of one pack, or what stands against it.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Id of the pack.
    pub id: String,
    /// Its name for people.
    pub name: Text,
    /// Choices of parameters.
    pub choices: u128,
    /// Intervals of days.
    pub intervals: usize,
    /// Combinations of the dimensions that the pack's tables name.
    pub combinations: u128,
    /// Classes of combinations that mean the same.
    pub classes: usize,
    /// Linear pieces proved.
    pub pieces: usize,
    /// Cells of layer states whose slopes were proved.
    pub cells: usize,
    /// Each layer's highest slope, in its order.
    pub layers: Vec<Slope>,
    /// Caps and where they are reached.
    pub caps: Vec<CapLine>,
    /// Steps that a clause orders.
    pub declared: Vec<Text>,
    /// Worth a look, but no fault.
    pub notes: Vec<Text>,
    /// What breaks a law.
    pub findings: Vec<Finding>,
    /// Bills that the kernel settled beside the exact functions.
    pub bills: usize,
    /// The largest difference from the exact amounts, in fen.
    pub widest: String,
    /// Classes in which the bills of a year add up, and comparisons made.
    pub yearly: (usize, usize),
}

impl Proof {
    /// Nothing proved yet.
    fn of(pack: &Pack) -> Self {
        Self {
            id: pack.id.clone(),
            name: pack.name.clone(),
            choices: 0,
            intervals: 0,
            combinations: 0,
            classes: 0,
            pieces: 0,
            cells: 0,
            layers: Vec::new(),
            caps: Vec::new(),
            declared: Vec::new(),
            notes: Vec::new(),
            findings: Vec::new(),
            bills: 0,
            widest: String::new(),
            yearly: (0, 0),
        }
    }

    /// Whether no law is broken.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Proves a pack, or finds what stands against it.
#[must_use]
pub fn prove(pack: &Pack) -> Proof {
    if pack.layers.is_empty() {
        let zh = "没有基金层，不结算单据：没有需要证明的内容".to_owned();
        let en = "no layers, so no bill is settled: there is nothing to prove".to_owned();
        let notes = vec![Text { zh, en }];
        return Proof { notes, ..Proof::of(pack) };
    }
    let mut space = Space::new(pack);
    let mut families = Vec::new();
    space.families(&mut |family: Family| families.push(family));
    let mut prover = Prover::new(pack, &space);
    families.iter().for_each(|family| prover.family(family));
    if families.len() >= space::FAMILIES_MAX {
        let zh = "不同的组合太多，未能全部证明".to_owned();
        prover.find(Kind::Range, zh, "too many different combinations: not all are proved".into());
    }
    prover.classes();
    prover.proof.notes.extend(untaken::note(pack, &space));
    prover.finish()
}

/// Classes of a pack whose curves are drawn under every history of the set, whether or not their
/// rows were met before.
const DRAWN: usize = 1_000;

struct Prover<'p> {
    pack: &'p Pack,
    space: &'p Space<'p>,
    proof: Proof,
    classes: Vec<Class>,
    index: HashMap<Class, usize>,
    /// Where each class is met: the first place, one for each range of amounts.
    places: BTreeMap<usize, Vec<Leaf>>,
    /// Classes in families without another one.
    alone: BTreeSet<usize>,
    met: Vec<(Leaf, usize)>,
    steps: Steps,
    caps: Caps,
    notes: BTreeSet<(Table, usize)>,
    rising: BTreeSet<(usize, usize, usize)>,
    inexact: BTreeSet<usize>,
    /// Layers whose payment falls as earlier layers use up what their group has left.
    falling: BTreeSet<(usize, usize)>,
    highest: BTreeMap<usize, Ratio>,
    drawn: HashSet<Rows>,
    drawn_classes: usize,
    kernel: Kernel<'p>,
}

impl<'p> Prover<'p> {
    fn new(pack: &'p Pack, space: &'p Space<'p>) -> Self {
        let mut proof = Proof::of(pack);
        (proof.choices, proof.combinations) = space.counts();
        proof.intervals = space.spells.len();
        Self {
            pack,
            space,
            proof,
            classes: Vec::new(),
            index: HashMap::new(),
            places: BTreeMap::new(),
            alone: BTreeSet::new(),
            met: Vec::new(),
            steps: Steps::default(),
            caps: Caps::default(),
            notes: BTreeSet::new(),
            rising: BTreeSet::new(),
            inexact: BTreeSet::new(),
            falling: BTreeSet::new(),
            highest: BTreeMap::new(),
            drawn: HashSet::new(),
            drawn_classes: 0,
            kernel: Kernel::new(pack),
        }
    }

    fn find(&mut self, kind: Kind, zh: String, en: String) {
        self.proof.findings.push(Finding { kind, text: both(zh, en) });
    }

    fn place(&self, at: &At) -> String {
        words::place(self.pack, at, &self.space.spells)
    }

    /// Names the classes of a family, and what is between them.
    fn family(&mut self, family: &Family) {
        let mut known: Vec<(&Leaf, usize)> = Vec::new();
        for leaf in &family.leaves {
            let Some(built) = class::build(self.pack, leaf) else {
                let place = self.place(&leaf.at);
                let (zh, en) =
                    (format!("{place}：有表无行"), format!("{place}: a table has no row"));
                self.find(Kind::Damaged, zh, en);
                continue;
            };
            self.notes.extend(
                built.clamped.iter().filter_map(|layer| {
                    Some((Table::Band(*layer), leaf.row(Table::Band(*layer))?))
                }),
            );
            self.inexact.extend(&built.inexact);
            let next = self.classes.len();
            let id = *self.index.entry(built.class.clone()).or_insert(next);
            if id == next {
                self.classes.push(built.class);
            }
            let places = self.places.entry(id).or_default();
            let range = |at: &At| (at.in_scope, at.total, at.ordinal);
            if !places.iter().any(|known| range(&known.at) == range(&leaf.at)) {
                places.push(leaf.clone());
            }
            known.push((leaf, id));
        }
        if let [(_, first), rest @ ..] = known.as_slice()
            && rest.iter().all(|(_, id)| id == first)
        {
            self.alone.insert(*first);
        }
        self.rises(&known);
        let class = |id: usize| self.classes.get(id);
        let sides = known.iter().filter_map(|(leaf, id)| Some((*leaf, class(*id)?)));
        let sides: Vec<(&Leaf, &Class)> = sides.collect();
        self.steps.add(self.pack, &sides);
        self.met.extend(known.into_iter().map(|(leaf, id)| (leaf.clone(), id)));
    }

    /// Deductibles that rise from one admission to a later one.
    fn rises(&mut self, known: &[(&Leaf, usize)]) {
        for (earlier, first) in known {
            for (later, second) in known {
                let same =
                    (earlier.at.in_scope, earlier.at.total) == (later.at.in_scope, later.at.total);
                if !same || later.at.ordinal <= earlier.at.ordinal {
                    continue;
                }
                let classes = self.classes.get(*first).zip(self.classes.get(*second));
                let Some((before, after)) = classes else { continue };
                for rows in &before.layers {
                    let next = after.layers.iter().find(|next| next.layer == rows.layer);
                    let higher = next.is_some_and(|n| rises(rows.standard, n.standard));
                    let table = Table::Deductible(rows.layer);
                    let pair = earlier.row(table).zip(later.row(table));
                    if let Some((a, b)) = pair.filter(|_| higher) {
                        self.rising.insert((rows.layer, a, b));
                    }
                }
            }
        }
    }

    /// Proves every class.
    fn classes(&mut self) {
        let classes = std::mem::take(&mut self.classes);
        let places = std::mem::take(&mut self.places);
        for (id, class) in classes.iter().enumerate() {
            let leaves = places.get(&id).map_or(&[][..], Vec::as_slice);
            let Some(leaf) = leaves.first() else { continue };
            let proved = self.slopes(class, leaf);
            self.curves(class, leaves, proved);
            if self.alone.contains(&id) && year::adds_up(class) {
                self.year(class, leaf);
            }
        }
        let mut met = std::mem::take(&mut self.met);
        // Equal parameters and days together: their plan is compiled once.
        met.sort_by(|(a, _), (b, _)| (&a.at.params, a.at.spell).cmp(&(&b.at.params, b.at.spell)));
        for (leaf, id) in met {
            if let Some(class) = classes.get(id) {
                self.selected((class, id), &leaf);
            }
        }
        self.caps.settle_more(self.pack, &classes);
        self.proof.classes = classes.len();
    }

    /// The slopes under every history; whether they hold.
    fn slopes(&mut self, class: &Class, leaf: &Leaf) -> bool {
        let slopes = cells::slopes(class);
        self.proof.cells += slopes.cells;
        for (rows, slope) in class.layers.iter().zip(&slopes.layers) {
            let highest = self.highest.entry(rows.layer).or_insert(Ratio::ZERO);
            *highest = highest.max(*slope);
        }
        if slopes.hold() {
            return true;
        }
        let shown = history::facts(class).iter().any(|fact| {
            let histories = history::histories(self.pack, class, *fact);
            histories.iter().any(|history| self.steep(class, history, leaf).is_some())
        });
        if !shown {
            let (place, (low, high)) = (self.place(&leaf.at), slopes.fund);
            let (low, high) = (words::slope(low), words::slope(high));
            let zh = format!("{place}：不能证明基金支付的增速在 0–100% 之内（{low} … {high}）");
            let en =
                format!("{place}: the fund's slope is not proved within 0–100% ({low} … {high})");
            self.find(Kind::Slope, zh, en);
        }
        false
    }

    /// The first piece whose slope is outside 0–1, reported.
    fn steep(&mut self, class: &Class, history: &History, leaf: &Leaf) -> Option<()> {
        let bill = Bill::of(class, history);
        let outside = |p: &&curve::Piece| !(p.slope >= Ratio::ZERO && p.slope <= Ratio::ONE);
        let piece = bill.fund.pieces().iter().find(outside)?;
        let (amount, slope) = (words::yuan(piece.from), words::slope(piece.slope));
        let rest = words::slope(Ratio::ONE - piece.slope);
        let rows = self.cited(class, leaf);
        let place = self.place(&leaf.at);
        let zh = format!(
            "政策范围内 {amount} 元起，每增 1 元基金付 {slope}、其余 {rest}：{rows}；{place}"
        );
        let en = format!(
            "from {amount} in scope, the fund pays {slope} of each further yuan, others {rest}: \
             {rows}; {place}"
        );
        self.find(Kind::Slope, zh, en);
        Some(())
    }

    /// The bands of a combination, with their clauses.
    fn cited(&self, class: &Class, leaf: &Leaf) -> String {
        let rows = class.layers.iter().map(|rows| {
            let table = Table::Band(rows.layer);
            let row = words::row(self.pack, table, leaf.row(table));
            format!("{} {row}", words::table(self.pack, table))
        });
        rows.collect::<Vec<String>>().join(", ")
    }

    /// Draws the curves of a class and compares the kernel with them.
    fn curves(&mut self, class: &Class, leaves: &[Leaf], proved: bool) {
        let fresh = class.layers.iter().filter(|rows| !self.drawn.contains(*rows)).count() > 0;
        self.drawn.extend(class.layers.iter().cloned());
        self.drawn_classes += 1;
        let Some(leaf) = leaves.first() else { return };
        for fact in history::facts(class) {
            let mut histories = history::histories(self.pack, class, *fact);
            if !fresh && self.drawn_classes > DRAWN {
                histories.truncate(1);
            }
            let draw = |history: History| (history.clone(), Bill::of(class, &history));
            let bills: Vec<(History, Bill)> = histories.into_iter().map(draw).collect();
            for (history, bill) in &bills {
                self.sound(class, history, bill, leaf);
                // What was proved of every history must show in this one.
                if proved {
                    self.steep(class, history, leaf);
                }
            }
            self.kernel(class, leaves, *fact, &bills);
        }
    }

    /// Continuity, and the second reading.
    fn sound(&mut self, class: &Class, history: &History, bill: &Bill, leaf: &Leaf) {
        self.proof.pieces += bill.curves().map(|curve| curve.pieces().len()).sum::<usize>();
        if bill.curves().any(curve::Curve::is_lost) {
            let place = self.place(&leaf.at);
            let zh = format!("{place}：数值超出精确范围，未能证明");
            let en = format!("{place}: numbers leave the exact range; not proved");
            self.find(Kind::Range, zh, en);
            return;
        }
        let falls = |(_, l): &(&Rows, &bill::LayerCurves)| {
            l.paid.pieces().iter().any(|piece| piece.slope < Ratio::ZERO)
        };
        let falling = class.layers.iter().zip(&bill.layers).filter(falls);
        self.falling.extend(falling.filter_map(|(rows, _)| Some((rows.layer, rows.group?.0))));
        let bends = bill.bends();
        let mut amounts = bends.clone();
        amounts.extend(bends.iter().zip(bends.iter().skip(1)).map(|(a, b)| (*a + *b).half()));
        amounts.extend(bends.last().map(|last| *last + Ratio::whole(1_000_000)));
        amounts.retain(|x| *x <= bill.end);
        let differs = amounts.into_iter().find(|x| {
            let outs = bill::settle(class, history, *x);
            let mut pairs = outs.iter().zip(&bill.layers);
            !pairs.all(|(out, curves)| {
                out.deductible == curves.deductible.at(*x)
                    && out.paid == curves.paid.at(*x)
                    && out.own == curves.own.at(*x)
                    && out.over == curves.over.at(*x)
            })
        });
        let jump = bill.curves().find_map(curve::Curve::jump);
        let sum = bill.fund.plus(&bill.rest);
        let whole = sum == curve::Curve::linear(Ratio::ONE);
        if let Some(x) = jump.or(differs).or((!whole).then_some(Ratio::ZERO)) {
            let (amount, place) = (words::yuan(x), self.place(&leaf.at));
            let rows = self.cited(class, leaf);
            let zh = format!("政策范围内 {amount} 元处函数不连续：{rows}；{place}");
            let en =
                format!("the functions are not continuous at {amount} in scope: {rows}; {place}");
            self.find(Kind::Curve, zh, en);
        }
    }

    fn kernel(&mut self, class: &Class, leaves: &[Leaf], fact: i64, bills: &[(History, Bill)]) {
        for leaf in leaves {
            let day =
                self.space.spells.get(leaf.at.spell).map_or(self.pack.from, |(from, _)| *from);
            self.compare((class, leaf, day), fact, bills);
        }
    }

    /// What a combination says of its caps; and the kernel selects the same rows as the proof did,
    /// on the last day of their interval too.
    fn selected(&mut self, (class, id): (&Class, usize), leaf: &Leaf) {
        let fact = history::facts(class).first().copied().unwrap_or(0);
        let history = History { fact, ..History::none(self.pack) };
        let bill = Bill::of(class, &history);
        self.caps.add(leaf, id, &caps::reaches(class, &bill, &leaf.at));
        let day = self.space.spells.get(leaf.at.spell).map_or(self.pack.to, |(_, to)| *to);
        self.compare((class, leaf, day), fact, &[(history, bill)]);
    }

    fn compare(
        &mut self,
        (class, leaf, day): (&Class, &Leaf, Day),
        fact: i64,
        bills: &[(History, Bill)],
    ) {
        if class.layers.iter().any(|rows| rows.rounding.1.once) {
            return;
        }
        let at = (class, &leaf.at, day);
        if let Err(parting) = self.kernel.compare(at, fact, bills, kernel::around) {
            let place = self.place(&leaf.at);
            let (kind, text) = say::parting(&parting, &place);
            self.proof.findings.push(Finding { kind, text });
        }
    }

    fn year(&mut self, class: &Class, leaf: &Leaf) {
        self.proof.yearly.0 += 1;
        for fact in history::facts(class) {
            let (compared, fails) = year::check(self.pack, class, *fact);
            self.proof.yearly.1 += compared;
            if let Some(h) = fails {
                let (amount, place) = (words::yuan(h), self.place(&leaf.at));
                let rows = self.cited(class, leaf);
                let zh = format!("年内先有 {amount} 元后再结算，与一次结算不等：{rows}；{place}");
                let en = format!(
                    "after {amount} in the year a bill is paid otherwise than in one bill: {rows}; \
                     {place}"
                );
                self.find(Kind::Year, zh, en);
            }
        }
    }
}

/// Whether a standard is above another one, as far as that is stated.
fn rises(earlier: Amount, later: Amount) -> bool {
    match (earlier, later) {
        (Amount::Stated(a), Amount::Stated(b)) => a < b,
        (Amount::OfFact(fact, a), Amount::OfFact(other, b)) => fact == other && a < b,
        _ => false,
    }
}

impl Parting {
    /// What a finding of the kernel is about.
    fn kind(&self) -> Kind {
        match self {
            Self::Refused(_) => Kind::Damaged,
            Self::Amount { .. } | Self::Counter { .. } | Self::Sum { .. } => Kind::Kernel,
        }
    }
}
