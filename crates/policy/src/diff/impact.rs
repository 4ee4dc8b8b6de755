//! Bills settled under both packs, and what each change did to the sums.
//!
//! The walk goes from the first pack to the second in the order of the pipeline. A change that
//! yields no pack of its own (a row that leaves a gap, a value that no row names yet) waits until
//! it does together with later ones; they are one step then. The part of a step is the change of
//! the sums on it.
//!
//! INVARIANT: the parts sum to the whole, because what one step ends with the next begins with.

use std::collections::{BTreeMap, BTreeSet};

use tongchou_core::pack::{Pack, Text};

use super::Diff;
use super::find::Change;

/// Most bills named as the largest gains and as the largest losses.
const NAMED_MAX: usize = 5;

/// What a bill costs whom, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// 基金支付.
    pub fund: i64,
    /// 个人负担.
    pub person: i64,
}

/// Bills that can be settled under any pack.
pub trait Bills {
    /// Number of bills.
    fn count(&self) -> usize;
    /// A bill in words.
    fn words(&self, index: usize) -> Text;
    /// Settles every bill, each by itself; `None` in place of a bill that is refused, `None` for
    /// all where the pack does not compile.
    fn settle(&mut self, pack: &Pack) -> Option<Vec<Option<Paid>>>;
    /// Notes on how the bills were made.
    fn notes(&self) -> Vec<Text>;
}

/// Which pack cannot settle bills one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Label of the side.
    pub side: String,
}

/// What the changes do to bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// Bills settled under both packs.
    pub compared: usize,
    /// Bills refused under the first or the second pack.
    pub refused: usize,
    /// Bills of which the person pays less.
    pub gainers: usize,
    /// Bills of which the person pays more.
    pub losers: usize,
    /// Bills of which the person pays the same.
    pub unchanged: usize,
    /// Change of what the fund pays, in fen.
    pub fund: i128,
    /// Change of what the person pays, in fen.
    pub person: i128,
    /// The parts, in the order of the walk; they sum to the two changes.
    pub steps: Vec<Step>,
    /// The largest gains of the person, with a bill of each size.
    pub gains: Vec<Extreme>,
    /// The largest losses.
    pub losses: Vec<Extreme>,
    /// Notes on how the bills were made.
    pub notes: Vec<Text>,
}

/// A step of the walk: the changes made together, and their part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Indices of the changes.
    pub changes: Vec<usize>,
    /// Bills that the step moved.
    pub moved: usize,
    /// Part of the fund's change.
    pub fund: i128,
    /// Part of the person's change.
    pub person: i128,
}

/// A bill that gained or lost much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extreme {
    /// The bill: the first of its size.
    pub bill: Text,
    /// Bills of which the person gains or loses as much.
    pub alike: usize,
    /// Under the first pack.
    pub before: Paid,
    /// Under the second.
    pub after: Paid,
}

impl Diff {
    /// Settles bills under both packs and attributes the difference to the changes.
    ///
    /// # Errors
    /// [`Unsettled`] where one of the packs cannot settle a bill.
    pub fn impact(&self, bills: &mut impl Bills) -> Result<Impact, Unsettled> {
        let [first, last] = &self.sides;
        let settle = |side: &super::Side, bills: &mut dyn FnMut(&Pack) -> Option<Answers>| {
            let unsettled = || Unsettled { side: side.label.clone() };
            let pack = side.pack().ok_or_else(unsettled)?;
            bills(&pack).ok_or_else(unsettled)
        };
        let before = settle(first, &mut |pack| bills.settle(pack))?;
        let after = settle(last, &mut |pack| bills.settle(pack))?;
        let compared = before.iter().zip(&after).map(|(a, b)| a.is_some() && b.is_some());
        let compared: Vec<bool> = compared.collect();
        let mut walk = Walk {
            diff: self,
            bills: &mut |pack| bills.settle(pack),
            taken: BTreeSet::new(),
            now: masked(before.clone(), &compared),
            end: masked(after.clone(), &compared),
            steps: Vec::new(),
        };
        walk.run();
        let steps = walk.steps;
        Ok(summed(steps, &before, &after, bills))
    }
}

type Answers = Vec<Option<Paid>>;

/// Leaves out the bills that are not compared.
fn masked(mut answers: Answers, compared: &[bool]) -> Answers {
    for (answer, compared) in answers.iter_mut().zip(compared) {
        *answer = answer.filter(|_| *compared);
    }
    answers
}

struct Walk<'a> {
    diff: &'a Diff,
    bills: &'a mut dyn FnMut(&Pack) -> Option<Answers>,
    taken: BTreeSet<usize>,
    now: Answers,
    end: Answers,
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn run(&mut self) {
        let changes = &self.diff.changes;
        let counting: Vec<usize> =
            (0..).zip(changes).filter(|(_, c)| c.counts).map(|(i, _)| i).collect();
        let mut waiting: Vec<usize> = Vec::new();
        for index in &counting {
            let Some(change) = changes.get(*index) else { continue };
            if self.step(&[*index]) {
                // What waits may be possible now: each alone if it can be, else together.
                while let Some(at) = waiting.iter().position(|waits| self.step(&[*waits])) {
                    waiting.remove(at);
                }
                if waiting.len() > 1 && self.step(&waiting) {
                    waiting.clear();
                }
                continue;
            }
            waiting.push(*index);
            let own = |at: &usize| changes.get(*at).and_then(Change::table) == change.table();
            let (same, others): (Vec<usize>, Vec<usize>) = waiting.iter().partition(|at| own(at));
            if same.len() > 1 && self.step(&same) {
                waiting = others;
            }
            if waiting.len() > 1 && self.step(&waiting.clone()) {
                waiting.clear();
            }
        }
        // All together they are the second pack, whatever waited.
        if !waiting.is_empty() || self.now != self.end {
            let rest = counting.into_iter().filter(|at| !self.taken.contains(at)).collect();
            let end = self.end.clone();
            self.arrive(rest, end);
        }
    }

    /// Takes changes over if that yields a pack.
    fn step(&mut self, indices: &[usize]) -> bool {
        let [first, last] = &self.diff.sides;
        let mut named = first.named.clone();
        for index in self.taken.iter().chain(indices) {
            if let Some(change) = self.diff.changes.get(*index) {
                change.apply(&mut named, &last.named);
            }
        }
        let Some(answers) = named.lower().and_then(|pack| (self.bills)(&pack)) else {
            return false;
        };
        self.taken.extend(indices);
        self.arrive(indices.to_vec(), answers);
        true
    }

    /// Notes the step that led to some answers. A bill that only the hybrid refuses stays as it
    /// was: its difference falls to the step that settles it again.
    fn arrive(&mut self, changes: Vec<usize>, answers: Answers) {
        let mut step = Step { changes, moved: 0, fund: 0, person: 0 };
        for (now, then) in self.now.iter_mut().zip(answers) {
            let (Some(old), Some(new)) = (*now, then) else { continue };
            if old != new {
                step.moved += 1;
                step.fund += i128::from(new.fund) - i128::from(old.fund);
                step.person += i128::from(new.person) - i128::from(old.person);
                *now = Some(new);
            }
        }
        self.steps.push(step);
    }
}

fn summed(steps: Vec<Step>, before: &Answers, after: &Answers, bills: &impl Bills) -> Impact {
    let mut impact = Impact {
        compared: 0,
        refused: 0,
        gainers: 0,
        losers: 0,
        unchanged: 0,
        fund: 0,
        person: 0,
        steps,
        gains: Vec::new(),
        losses: Vec::new(),
        notes: bills.notes(),
    };
    let mut sizes: BTreeMap<i128, (usize, usize, Paid, Paid)> = BTreeMap::new();
    for (index, pair) in before.iter().zip(after).enumerate() {
        let (Some(old), Some(new)) = pair else {
            impact.refused += 1;
            continue;
        };
        impact.compared += 1;
        let person = i128::from(new.person) - i128::from(old.person);
        impact.person += person;
        impact.fund += i128::from(new.fund) - i128::from(old.fund);
        match person {
            0 => impact.unchanged += 1,
            ..0 => impact.gainers += 1,
            _ => impact.losers += 1,
        }
        sizes.entry(person).or_insert((index, 0, *old, *new)).1 += 1;
    }
    let extreme = |(index, alike, before, after): &(usize, usize, Paid, Paid)| Extreme {
        bill: bills.words(*index),
        alike: *alike,
        before: *before,
        after: *after,
    };
    let gains = sizes.range(..0).take(NAMED_MAX);
    impact.gains = gains.map(|(_, bill)| extreme(bill)).collect();
    let losses = sizes.range(1..).rev().take(NAMED_MAX);
    impact.losses = losses.map(|(_, bill)| extreme(bill)).collect();
    let (fund, person) = impact.steps.iter().fold((0, 0), |(f, p), s| (f + s.fund, p + s.person));
    assert_eq!(fund, impact.fund, "the parts of the fund sum to the whole");
    assert_eq!(person, impact.person, "the parts of the person sum to the whole");
    impact
}
