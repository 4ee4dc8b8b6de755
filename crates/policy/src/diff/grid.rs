//! Sample bills made from both packs: every combination that they tell apart, around every amount
//! that they name.
//!
//! INVARIANT: the grid is the same whichever pack comes first, and on every machine.

mod axes;

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::keys::{Key, Keys, LineCode, Point};
use tongchou_core::layer::Scratch;
use tongchou_core::pack::{CutOf, Pack, Text};
use tongchou_core::plan::{LAYERS_MAX, Plan, is_columnar_only};
use tongchou_core::settle::{Lines, Purse, Record, Sums};
use tongchou_core::trace::Silent;

use self::axes::Axes;
use super::words::{self, Phrase, both, yuan};
use super::{Bills, Diff, Paid};
use crate::report::Lang;

/// Most bills with a given in-scope amount.
const BILLS_MAX: usize = 100_000;
/// Most bills of one fee line.
const LINES_MAX: usize = 20_000;
/// Yearly counters: at most three a layer, one a group, and slot 0.
const WIDTH: usize = 3 * LAYERS_MAX + LAYERS_MAX / 2 + 1;
/// What every fact is taken to be, in fen: 40,000 yuan.
const FACT_FEN: i64 = 4_000_000;

/// What the sums of a grid are not.
const NO_BUDGET: Phrase = Phrase(
    "以下合计是这些样例单据的测算，不是基金预算",
    "the sums below are over these sample bills: they are no budget figure",
);

/// Sample bills of two packs.
#[derive(Clone, Debug)]
pub struct Grid {
    days: Vec<Day>,
    /// The days whose rows are compared, where they were chosen on both sides.
    rows: Option<[Day; 2]>,
    axes: Axes,
    cases: Vec<Case>,
    bills: Vec<Bill>,
    /// Yearly counters where half is used.
    half: BTreeMap<String, i64>,
    params: BTreeMap<String, String>,
    /// Combinations there are, and those that were kept: of bills, and of lines.
    kept: [(usize, usize); 2],
}

/// A combination: the chosen value of each axis.
#[derive(Clone, Debug)]
struct Case {
    day: usize,
    values: Vec<usize>,
    line: bool,
}

#[derive(Clone, Copy, Debug)]
struct Bill {
    case: usize,
    fen: i64,
    half: bool,
}

impl Grid {
    /// The grid of two packs, under a choice of parameters where they have them.
    #[must_use]
    pub fn new(diff: &Diff, params: BTreeMap<String, String>) -> Self {
        Self::at_most(diff, params, [BILLS_MAX, LINES_MAX])
    }

    /// A grid of at most so many bills by their in-scope amount, and of one line.
    pub(super) fn at_most(
        diff: &Diff,
        params: BTreeMap<String, String>,
        [bills_max, lines_max]: [usize; 2],
    ) -> Self {
        let [a, b] = &diff.sides;
        let sides = [&a.named, &b.named];
        let days = axes::days(diff);
        let mut grid = Self {
            axes: Axes::of(sides),
            cases: Vec::new(),
            bills: Vec::new(),
            half: axes::half(sides, FACT_FEN),
            params,
            kept: [(0, 0); 2],
            rows: a.day().zip(b.day()).map(|(a, b)| [a, b]),
            days,
        };
        let amounts = axes::amounts(sides, FACT_FEN);
        grid.add(false, &amounts, &[false, true], bills_max);
        let amounts = axes::line_amounts(sides);
        grid.add(true, &amounts, &[false], lines_max);
        grid
    }

    /// Adds every combination with every amount, or as many as there is room for.
    fn add(&mut self, line: bool, amounts: &[i64], histories: &[bool], most: usize) {
        let count = self.axes.count(line);
        let each = (amounts.len() * histories.len() * self.days.len()).max(1);
        let room = (most / each).max(1);
        let chosen = spread(count, room);
        if let Some(kept) = self.kept.get_mut(usize::from(line)) {
            *kept = (count, chosen.len());
        }
        for day in 0..self.days.len() {
            for number in &chosen {
                let case = self.cases.len();
                let values = self.axes.case(line, *number);
                self.cases.push(Case { day, values, line });
                for half in histories {
                    let bills = amounts.iter().map(|fen| Bill { case, fen: *fen, half: *half });
                    self.bills.extend(bills);
                }
            }
        }
    }
}

/// All numbers below `count`, or `room` of them spread evenly over every axis: a stride that has
/// no factor in common with the count, near the golden section of it.
fn spread(count: usize, room: usize) -> Vec<usize> {
    if count <= room {
        return (0..count).collect();
    }
    let coprime = |stride: &usize| {
        let (mut a, mut b) = (*stride, count);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    let stride = (count / 1_000 * 618 + count % 1_000 * 618 / 1_000).max(1);
    let stride = (stride..count).find(coprime).unwrap_or(1);
    let mut chosen: Vec<usize> = Vec::with_capacity(room);
    let mut at = 0;
    for _ in 0..room {
        chosen.push(at);
        // The sum without its overflow: both are below the count.
        at = if at < count - stride { at + stride } else { at - (count - stride) };
    }
    chosen.sort_unstable();
    chosen
}

impl Bills for Grid {
    fn count(&self) -> usize {
        self.bills.len()
    }

    fn words(&self, index: usize) -> Text {
        both(|lang| self.said(index, lang))
    }

    fn settle(&mut self, pack: &Pack) -> Option<Vec<Option<Paid>>> {
        if pack.layers.iter().any(is_columnar_only) {
            return None;
        }
        Desk::open(self, pack)?.settle_all()
    }

    fn notes(&self) -> Vec<Text> {
        let [bills, lines] = self.kept;
        let lines_count =
            self.bills.iter().filter(|b| self.cases.get(b.case).is_some_and(|c| c.line)).count();
        let bills_count = self.bills.len() - lines_count;
        let days = self.rows.as_ref().map_or(self.days.as_slice(), |rows| rows);
        let days: Vec<String> = days.iter().map(|day| words::date(*day)).collect();
        let days = days.join(if self.rows.is_some() { " → " } else { ", " });
        let [zh, en] = match self.rows {
            Some(_) => ["执行日期", "rows as of"],
            None => ["单据日期", "days"],
        };
        let of = |(count, kept): (usize, usize)| {
            if count == kept { kept.to_string() } else { format!("{kept}/{count}") }
        };
        let fact = yuan(i128::from(FACT_FEN));
        vec![
            Text {
                zh: format!(
                    "{bills_count} 笔按政策范围内金额：{} 种情形，各金额门槛及上下一分，\
                     年度累计为零与过半",
                    of(bills)
                ),
                en: format!(
                    "{bills_count} bills by their in-scope amount: {} combinations, every \
                     threshold and a fen around it, yearly counters at zero and half used",
                    of(bills)
                ),
            },
            Text {
                zh: format!(
                    "{lines_count} 笔单条明细（数量 1，无自带限价和比例）：{} 种情形",
                    of(lines)
                ),
                en: format!(
                    "{lines_count} bills of one fee line (quantity 1, no limit or share of its \
                     own): {} combinations",
                    of(lines)
                ),
            },
            Text {
                zh: format!("{zh}：{days}；外部数据均取 {fact}；住院均为一次结清"),
                en: format!("{en}: {days}; every fact is {fact}; every stay is one whole bill"),
            },
            both(|lang| NO_BUDGET.say(lang).to_owned()),
        ]
    }
}

impl Grid {
    fn said(&self, index: usize, lang: Lang) -> String {
        let Some(bill) = self.bills.get(index) else { return String::new() };
        let Some(case) = self.cases.get(bill.case) else { return String::new() };
        let mut parts = self.axes.said(case.line, &case.values, lang);
        if self.days.len() > 1 {
            parts.extend(self.days.get(case.day).map(|day| words::date(*day)));
        }
        let what = match case.line {
            true => Phrase("明细", "line of"),
            false => Phrase("政策范围内", "in scope"),
        };
        parts.push(format!("{} {}", what.say(lang), yuan(i128::from(bill.fen))));
        if bill.half {
            parts.push(Phrase("年度累计过半", "half used this year").say(lang).to_owned());
        }
        parts.join(words::and(lang))
    }
}

/// A pack being tried on the grid.
struct Desk<'a> {
    grid: &'a Grid,
    pack: &'a Pack,
    keys: Keys,
    /// By day of the grid.
    plans: Vec<(Plan, i16)>,
    facts: Vec<Option<i64>>,
    /// Keys by day and value indices, where they depend on amounts.
    bound: BTreeMap<(usize, Vec<u8>), Option<Key>>,
}

impl<'a> Desk<'a> {
    fn open(grid: &'a Grid, pack: &'a Pack) -> Option<Self> {
        let params = pack.params.iter().map(|param| {
            let chosen = grid.params.get(&param.name);
            let at = chosen.and_then(|value| param.values.iter().position(|v| v == value));
            at.and_then(|at| u8::try_from(at).ok()).unwrap_or(param.default)
        });
        let params: Vec<u8> = params.collect();
        if pack.to < pack.from {
            return None;
        }
        let plans = grid.days.iter().map(|day| {
            let day = (*day).clamp(pack.from, pack.to);
            let plan = Plan::compile(pack, &params, day).ok()?;
            Some((plan, day.benefit_year(pack.year_start)))
        });
        let plans = plans.collect::<Option<_>>()?;
        let facts = vec![Some(FACT_FEN); pack.facts.len()];
        Some(Self { grid, pack, keys: Keys::new(pack), plans, facts, bound: BTreeMap::new() })
    }

    fn settle_all(mut self) -> Option<Vec<Option<Paid>>> {
        let grid = self.grid;
        let by_amount = |cut: &tongchou_core::pack::Cut| cut.of.is_amount();
        let by_amount = self.pack.dims.iter().any(|dim| dim.cut.as_ref().is_some_and(by_amount));
        let mut answers = Vec::with_capacity(grid.bills.len());
        let mut bound: Option<(usize, Option<Bound>)> = None;
        for bill in &grid.bills {
            let case = grid.cases.get(bill.case)?;
            let ready = match bound.as_ref() {
                Some((at, ready)) if *at == bill.case => *ready,
                _ => {
                    let ready = self.bind(case);
                    bound = Some((bill.case, ready));
                    ready
                }
            };
            let answer = ready.and_then(|bound| self.one(case, *bill, bound, by_amount));
            answers.push(answer);
        }
        Some(answers)
    }

    /// Value indices under this pack; `None` where it does not know a value.
    fn codes(&self, case: &Case, sums: Option<&Sums>) -> Option<Vec<u8>> {
        let axes = &self.grid.axes;
        let codes = self.pack.dims.iter().map(|dim| match &dim.cut {
            Some(cut) => Some(match cut.of {
                CutOf::InScope => sums.map_or(0, |sums| cut.class(sums.in_scope)),
                CutOf::Total => sums.map_or(0, |sums| cut.class(sums.total)),
                CutOf::Admission => 0,
                of => axes.number(case.line, &case.values, of).map_or(0, |n| cut.class(n)),
            }),
            None => match axes.given(case.line, &case.values, &dim.name) {
                Some(value) => {
                    u8::try_from(dim.values.iter().position(|other| other == value)?).ok()
                }
                None => Some(dim.default.unwrap_or(0)),
            },
        });
        codes.collect()
    }

    fn bind(&mut self, case: &Case) -> Option<Bound> {
        let codes = self.codes(case, None)?;
        let (plan, year) = self.plans.get(case.day)?;
        let point = Point { codes: &codes, missing: 0, facts: &self.facts };
        let line = match case.line {
            true => Some(self.keys.bind_line(self.pack, plan, point, None).ok()?),
            false => None,
        };
        let key = self.keys.bind(self.pack, plan, point, *year).ok();
        Some(Bound { key, line })
    }

    fn one(&mut self, case: &Case, bill: Bill, bound: Bound, by_amount: bool) -> Option<Paid> {
        let sums = self.sums(bill.fen, bound.line);
        let (plan, year) = self.plans.get(case.day)?;
        let key = if by_amount {
            let at = (case.day, self.codes(case, Some(&sums))?);
            match self.bound.get(&at) {
                Some(key) => (*key)?,
                None => {
                    let point = Point { codes: &at.1, missing: 0, facts: &self.facts };
                    let key = self.keys.bind(self.pack, plan, point, *year).ok();
                    self.bound.insert(at, key);
                    key?
                }
            }
        } else {
            bound.key?
        };
        let ordinal = self.grid.axes.number(case.line, &case.values, CutOf::Admission);
        let ordinal = u32::try_from(ordinal.unwrap_or(1)).unwrap_or(1);
        let mut record = Record::<WIDTH>::starting(i32::from(*year));
        record.admissions = ordinal.saturating_sub(1);
        if bill.half {
            for counter in &plan.counters {
                let slot = record.slots.get_mut(usize::from(counter.slot));
                if let Some((slot, used)) = slot.zip(self.grid.half.get(&counter.name)) {
                    *slot = *used;
                }
            }
        }
        let purse = Purse { balance: 0, mutual_aid: 0, hospital: 0, use_account: true };
        let mut scratch = Scratch::default();
        let keys = &self.keys;
        let outcome =
            keys.settle(key, sums, purse, &mut record, None, &mut scratch, &mut Silent).ok()?;
        Some(Paid { fund: outcome.fund, person: outcome.person })
    }

    fn sums(&self, fen: i64, line: Option<LineCode>) -> Sums {
        let Some(code) = line else {
            return Sums { total: fen, in_scope: fen, ..Sums::default() };
        };
        let limit = self.keys.rule(code).and_then(|rule| rule.limit(false));
        // One piece, one session, one day: every kind of limit is the same amount.
        let allow = limit.and_then(|(_, amount)| amount).map_or(i64::MAX, |amount| amount.0);
        self.keys.sum_lines(OneLine { fen, allow, code }, &mut Silent, |_| {})
    }
}

/// A case bound under a pack.
#[derive(Clone, Copy)]
struct Bound {
    key: Option<Key>,
    line: Option<LineCode>,
}

struct OneLine {
    fen: i64,
    allow: i64,
    code: LineCode,
}

impl Lines for OneLine {
    fn each(self, mut each: impl FnMut(i64, i64, LineCode)) {
        each(self.fen, self.allow, self.code);
    }
}
