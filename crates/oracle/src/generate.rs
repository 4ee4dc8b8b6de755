//! Bills to settle, made from a seed.
//!
//! Each case aims at one row of one pack: the request is built so that this row applies, with its
//! amounts next to the row's thresholds, and is then bent a little. A share of the bills belongs
//! to histories of one member, where each bill is settled on the state that the bill before it
//! left. Some requests must be refused.
//!
//! - A case depends on the seed, its number and the list of packs, and on nothing else.
//! - Where a threshold lies is found with this crate's own `settle`, not with the engine.

use std::collections::BTreeMap;

use tongchou_wire::request::Request;
use tongchou_wire::state::State;

use crate::counters;
use crate::pack::Pack;
use crate::refusal::Refusal;
use crate::settle::Verdict;

use self::build::Builder;
use self::dice::Dice;
use self::history::History;
use self::target::Target;

pub use self::story::Story;

mod amount;
mod build;
mod cuts;
pub(crate) mod days;
mod dice;
mod facts;
mod fees;
mod history;
mod payers;
mod person;
mod scheme;
mod spoil;
mod story;
mod target;
mod used;

/// Of a thousand cases, how many are histories; with seven bills each, about a third of the bills.
const HISTORIES_PER_MILLE: i64 = 68;
/// The same where stays go on after a transfer or a readmission.
const HISTORIES_WITH_RULES_PER_MILLE: i64 = 350;
/// Longest history.
const BILLS_MAX: i64 = 12;

/// Makes cases for some packs.
#[derive(Debug)]
pub struct Generator<'p> {
    packs: Vec<Source<'p>>,
    seed: u64,
}

/// A pack that bills are made for.
#[derive(Debug)]
struct Source<'p> {
    pack: &'p Pack,
    targets: Vec<Target>,
    share: i64,
}

/// One case: a bill, or a history of bills.
#[derive(Debug)]
pub struct Case<'g> {
    pack: &'g Pack,
    targets: &'g [Target],
    index: u64,
    dice: Dice,
    bills: i64,
    made: i64,
    history: Option<History>,
}

impl<'p> Generator<'p> {
    /// A generator for these packs, each drawn as often as its share says.
    #[must_use]
    pub fn new(packs: &'p [(Pack, i64)], seed: u64) -> Self {
        let source = |(pack, share): &'p (Pack, i64)| Source {
            pack,
            targets: target::all(pack),
            share: *share,
        };
        Self { packs: packs.iter().map(source).collect(), seed }
    }

    /// The case of a number; `None` if there is no pack.
    #[must_use]
    pub fn case(&self, index: u64) -> Option<Case<'_>> {
        let (source, mut dice) = self.source(index)?;
        let histories = match source.pack.has_stay_rules() {
            true => HISTORIES_WITH_RULES_PER_MILLE,
            false => HISTORIES_PER_MILLE,
        };
        let bills = match dice.between(1, 1000) <= histories {
            true => dice.between(2, BILLS_MAX),
            false => 1,
        };
        let history = (1 < bills).then(|| History::new(&mut dice));
        let Source { pack, targets, .. } = source;
        Some(Case { pack, targets, index, dice, bills, made: 0, history })
    }

    /// The pack of a case, and its dice.
    fn source(&self, index: u64) -> Option<(&Source<'p>, Dice)> {
        let mut dice = Dice::new(self.seed, index);
        let mut left = dice.between(1, self.packs.iter().map(|source| source.share).sum());
        let source = self.packs.iter().find(|source| {
            left -= source.share;
            left <= 0
        })?;
        Some((source, dice))
    }

    /// Whether a case is a list of a member's facts, made with [`Generator::story`].
    #[must_use]
    pub fn is_story(index: u64) -> bool {
        index % 2 == 1
    }

    /// The list of facts of a number; `None` if there is no pack.
    #[must_use]
    pub fn story(&self, index: u64) -> Option<Story<'_>> {
        let (source, dice) = self.source(index)?;
        let others: Vec<&Pack> = self.packs.iter().map(|source| source.pack).collect();
        let others = scheme::followers(source.pack, &others);
        Some(story::tell((source.pack, &others), &source.targets, index, dice))
    }

    /// How many bills a case has at least.
    #[must_use]
    pub fn bills(&self, index: u64) -> u64 {
        if Self::is_story(index) {
            let source = self.source(index);
            return source.map_or(0, |(_, mut dice)| story::length(&mut dice).unsigned_abs());
        }
        let bills = self.case(index).map_or(0, |case| case.bills);
        bills.unsigned_abs()
    }
}

impl<'g> Case<'g> {
    /// The pack of the case.
    #[must_use]
    pub fn pack(&self) -> &'g Pack {
        self.pack
    }

    /// The next bill, on the state that the bills before it left; `None` after the last.
    pub fn next_bill(&mut self) -> Option<Request> {
        if self.bills <= self.made {
            return None;
        }
        self.made += 1;
        let id = format!("{}-{}", self.index, self.made);
        let (pack, targets) = (self.pack, self.targets);
        let mut builder = Builder { pack, targets, dice: &mut self.dice, quick: false };
        Some(match &mut self.history {
            Some(history) => builder.in_history(id, history),
            None => builder.alone(id),
        })
    }

    /// Takes note of how the bill was settled.
    pub fn settled(&mut self, answer: &Result<Verdict, Refusal>) {
        if let (Some(history), Ok(verdict)) = (&mut self.history, answer) {
            history.held = Some((verdict.year, verdict.seq, verdict.counters.clone()));
        }
    }
}

/// A state with these counters; its hash is left empty.
#[must_use]
pub fn state(
    pack: &Pack,
    member: Option<String>,
    year: i16,
    seq: u32,
    held: &BTreeMap<String, i64>,
) -> State {
    let written = |(name, value): (&String, &i64)| (name.clone(), counters::count(name, *value));
    State {
        contract: 1,
        member,
        pack: pack.id.clone(),
        year,
        seq,
        last: None,
        counters: held.iter().map(written).collect(),
        hash: String::new(),
    }
}
