//! What can be put under load: whole columns, one visit at a time, and the JSON contract.

use std::sync::Arc;

use tongchou_core::columns::{Members, Order, Visits, settle_members};
use tongchou_core::keys::{Key, LineCode};
use tongchou_core::settle::Record;
use tongchou_core::trace::Silent;
use tongchou_wire::amount::Yuan;
use tongchou_wire::engine::{Answer, Engine};
use tongchou_wire::error::Lang;

use crate::batch::Batch;
use crate::bind::Bound;
use crate::book::Book;
use crate::fault::{Code, Fault, said};
use crate::run::{PERSONS_A_BLOCK, Population, Terms, settle_with_balances};
use crate::settle::Settler;

use super::Worker;

/// Makes persons until there are so many visits; blocks of a run.
#[must_use]
pub fn visits_in_memory(population: &impl Population, visits: usize) -> Vec<Batch> {
    let (mut blocks, mut made, mut from) = (Vec::new(), 0, 0);
    // A population without visits would never come to an end.
    while made < visits && from < (visits as u64).saturating_mul(100) {
        let mut batch = Batch::default();
        population.fill(from..from + PERSONS_A_BLOCK, &mut batch);
        made += batch.visits();
        from += PERSONS_A_BLOCK;
        blocks.push(batch);
    }
    blocks
}

/// The same visits with the balance of the account before each, as an embedding knows it: every
/// visit is settled once to find it.
///
/// # Errors
/// D011 for a visit that the pack refuses, D012 for a pack with too many counters.
pub fn with_balances<const W: usize>(
    terms: &Terms,
    blocks: &[Batch],
    book: &Book,
) -> Result<Vec<Batch>, Fault> {
    let mut settler = Settler::<W>::new(terms.bound())?;
    let mut with = |block: &Batch| {
        let mut block = block.clone();
        settle_with_balances(&mut settler, &mut block, book)?;
        Ok(block)
    };
    blocks.iter().map(&mut with).collect()
}

/// Whether every visit brings the balance before it.
fn has_balances(blocks: &[Batch]) -> Result<(), Fault> {
    let carried = blocks.iter().any(|block| !block.opening.is_empty());
    let help = said("每次就诊前的余额", "the balance before each visit");
    if carried { Err(Fault::new(Code::Usage, "", "opening", help)) } else { Ok(()) }
}

/// A block of persons a call: bound and settled by columns.
#[derive(Debug)]
pub struct Columns<const W: usize> {
    settler: Settler<W>,
    blocks: Arc<[Batch]>,
    book: Arc<Book>,
    next: usize,
}

impl<const W: usize> Columns<W> {
    /// Settles blocks round and round, from a place of its own on.
    ///
    /// # Errors
    /// D012 for a pack with too many counters.
    pub fn new(
        terms: &Terms,
        blocks: &Arc<[Batch]>,
        book: &Arc<Book>,
        first: usize,
    ) -> Result<Self, Fault> {
        let settler = Settler::new(terms.bound())?;
        Ok(Self { settler, blocks: Arc::clone(blocks), book: Arc::clone(book), next: first })
    }
}

impl<const W: usize> Worker for Columns<W> {
    fn call(&mut self) -> Result<u64, Fault> {
        let at = self.next.checked_rem(self.blocks.len()).unwrap_or(0);
        self.next = at + 1;
        let Some(block) = self.blocks.get(at) else { return Err(nothing()) };
        self.settler.run(block, &self.book)?;
        Ok(block.visits() as u64)
    }
}

fn nothing() -> Fault {
    let help = said("应为有就诊的场景", "a scenario with visits");
    Fault::new(Code::Usage, "", said("没有就诊", "no visits"), help)
}

/// A visit, bound.
#[derive(Clone, Copy, Debug)]
struct Visit {
    member: u32,
    key: Key,
    lines: (u32, u32),
    balance: i64,
    /// The member's first of the year.
    first: bool,
}

/// One visit a call, bound before: what an embedding calls for a cashier.
#[derive(Debug)]
pub struct Single<const W: usize> {
    bound: Bound,
    visits: Vec<Visit>,
    fee: Vec<i64>,
    code: Vec<LineCode>,
    allow: Option<Vec<i64>>,
    records: Vec<Record<W>>,
    next: usize,
}

impl<const W: usize> Single<W> {
    /// Binds the visits of some blocks, each with the balance before it; stays and bills taken back
    /// are settled as plain visits.
    ///
    /// # Errors
    /// D011 for a visit that the pack refuses, D012 for blocks without such balances
    /// ([`with_balances`] gives them).
    pub fn new(terms: &Terms, blocks: &[Batch], book: &Book, first: usize) -> Result<Self, Fault> {
        has_balances(blocks)?;
        let mut bound = terms.bound();
        let (mut visits, mut fee, mut code) = (Vec::new(), Vec::new(), Vec::new());
        let (mut allow, mut limited, mut members) = (Vec::new(), false, 0);
        for block in blocks {
            bound.bind(block, book)?;
            let columns = bound.visits(block, None);
            let from = u32::try_from(fee.len()).unwrap_or(u32::MAX);
            let rows = block.member.iter().zip(columns.key).zip(block.line_start.windows(2));
            for (((member, key), lines), balance) in rows.zip(&block.balance) {
                let [begin, end] = lines else { continue };
                let lines = (from.saturating_add(*begin), from.saturating_add(*end));
                let member = member.saturating_add(members);
                let first = visits.last().is_none_or(|before: &Visit| before.member != member);
                visits.push(Visit { member, key: *key, lines, balance: *balance, first });
            }
            fee.extend_from_slice(&block.fee);
            code.extend_from_slice(columns.code);
            match columns.allow {
                Some(column) => {
                    limited = true;
                    allow.extend_from_slice(column);
                }
                None => allow.resize(fee.len(), i64::MAX),
            }
            members = members.saturating_add(u32::try_from(block.person.len()).unwrap_or(u32::MAX));
        }
        if visits.is_empty() {
            return Err(nothing());
        }
        let records = vec![Record::default(); members as usize];
        let allow = limited.then_some(allow);
        let first = first.checked_rem(visits.len()).unwrap_or(0);
        Ok(Self { bound, visits, fee, code, allow, records, next: first })
    }
}

impl<const W: usize> Worker for Single<W> {
    fn call(&mut self) -> Result<u64, Fault> {
        let at = self.next.checked_rem(self.visits.len()).unwrap_or(0);
        self.next = at + 1;
        let visit = self.visits.get(at).ok_or_else(nothing)?;
        let lines = visit.lines.0 as usize..visit.lines.1 as usize;
        let count = visit.lines.1.saturating_sub(visit.lines.0);
        let record = self.records.get_mut(visit.member as usize).ok_or_else(nothing)?;
        if visit.first {
            // Round once more, this member's year begins anew: no call does that for all of them.
            *record = Record::default();
        }
        let columns = Visits {
            member: &[0],
            key: &[visit.key],
            line_start: &[0, count],
            fee: self.fee.get(lines.clone()).ok_or_else(nothing)?,
            code: self.code.get(lines.clone()).ok_or_else(nothing)?,
            allow: self.allow.as_ref().and_then(|allow| allow.get(lines)),
            balance: Some(&[visit.balance]),
            ..Visits::default()
        };
        let members = Members { records: std::slice::from_mut(record), balances: None };
        let sink = |_: usize, outcome: &_, _: &_| {
            std::hint::black_box(outcome);
        };
        let keys = self.bound.keys();
        let settled = settle_members(keys, &columns, Order::Sorted, members, &mut Silent, sink);
        let fault = |fault| Fault::new(Code::Value, "", format!("{fault:?}"), "a bound visit");
        settled.map_err(fault)?;
        Ok(1)
    }
}

/// One request of the JSON contract a call, each without a state: every visit is settled as the
/// first of its year.
#[derive(Debug)]
pub struct Json {
    engine: Engine,
    requests: Arc<[String]>,
    next: usize,
}

impl Json {
    /// Writes the visits of some blocks as requests, each with the balance before it.
    ///
    /// # Errors
    /// D007 for a batch whose columns do not fit, D012 for blocks without balances
    /// ([`with_balances`] gives them).
    pub fn requests(
        terms: &Terms,
        blocks: &[Batch],
        book: &Book,
        most: usize,
    ) -> Result<Arc<[String]>, Fault> {
        has_balances(blocks)?;
        let bound = terms.bound();
        let mut requests = Vec::new();
        for block in blocks {
            for row in 0..block.visits() {
                if requests.len() == most {
                    return Ok(requests.into());
                }
                let mut request = bound.request(block, book, row)?;
                request.encounter.stay = None;
                if let (Some(account), Some(balance)) =
                    (&mut request.member.account, block.balance.get(row))
                {
                    account.balance = Yuan(*balance);
                }
                requests.push(request.json());
            }
        }
        Ok(requests.into())
    }

    /// Answers requests round and round.
    ///
    /// # Errors
    /// D011 where the pack cannot be loaded.
    pub fn new(canonical: &str, requests: &Arc<[String]>, first: usize) -> Result<Self, Fault> {
        let mut engine = Engine::new();
        let loaded = engine.add_pack(canonical);
        loaded.map_err(|refusal| Fault::refused("pack", refusal))?;
        Ok(Self { engine, requests: Arc::clone(requests), next: first })
    }
}

impl Worker for Json {
    fn call(&mut self) -> Result<u64, Fault> {
        let at = self.next.checked_rem(self.requests.len()).unwrap_or(0);
        self.next = at + 1;
        let request = self.requests.get(at).ok_or_else(nothing)?;
        let answer = self.engine.call(request);
        if let Answer::Refused(refusal) = &answer {
            return Err(Fault::refused(format!("request {}", at + 1), (**refusal).clone()));
        }
        std::hint::black_box(answer.json(Lang::En));
        Ok(1)
    }
}
