//! Every combination of days, parameters and dimensions, folded where the pack does not tell them
//! apart.
//!
//! Days, parameters and dimensions are variables alike, and rows are conditions on them. The
//! variables are fixed one after another; values that the remaining rows treat alike make one
//! branch, and a state of the remaining rows that was met before is not visited again.
//!
//! INVARIANT: every combination takes a branch that leads to the rows it selects; folding only
//! leaves out a branch whose remaining rows are those of another.

use std::collections::HashSet;

use tongchou_core::calendar::Day;
use tongchou_core::pack::{Cap, Choice, Cut, CutOf, Pack, Row};

use super::words::date;

/// Most families that are visited; a pack with more is not proved.
pub(super) const FAMILIES_MAX: usize = 100_000;

/// What a table of rows decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Table {
    Stay,
    Enabled(usize),
    Standing,
    Takes(usize),
    Basis(usize),
    Origin(usize),
    Backsolve(usize),
    Clamp(usize),
    Scope(usize),
    Side(usize),
    Upfront(usize),
    Deductible(usize),
    Band(usize),
    Adjust(usize, u16),
    Cap(usize),
    Eligible(usize),
    Group(usize),
}

impl Table {
    /// The layer without which the table is not read.
    fn layer(self) -> Option<usize> {
        match self {
            Self::Stay | Self::Standing | Self::Group(_) => None,
            Self::Enabled(l) | Self::Takes(l) | Self::Basis(l) | Self::Origin(l) => Some(l),
            Self::Scope(l) | Self::Side(l) => Some(l),
            Self::Backsolve(l) | Self::Clamp(l) | Self::Upfront(l) | Self::Deductible(l) => Some(l),
            Self::Band(l) | Self::Adjust(l, _) | Self::Cap(l) | Self::Eligible(l) => Some(l),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Stay => 0,
            Self::Enabled(_) => 1,
            Self::Standing => 2,
            _ => 3,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    Spell,
    Param(u16),
    Dim(u16),
}

#[derive(Clone, Debug)]
struct Rule {
    /// Accepted values of variables, by their place in the order.
    when: Vec<(usize, Vec<bool>)>,
    /// Number of variables after which the rule is decided.
    decided: usize,
    priority: i32,
    row: usize,
}

/// The combinations of a pack.
#[derive(Debug)]
pub(super) struct Space<'p> {
    pack: &'p Pack,
    /// Intervals of days in which no row begins or ends.
    pub(super) spells: Vec<(Day, Day)>,
    order: Vec<Variable>,
    /// How many variables come before those cut from the admission and from amounts.
    early: usize,
    tables: Vec<(Table, Vec<Rule>)>,
    ordinals: Vec<i64>,
    in_scope: Vec<i64>,
    total: Vec<i64>,
    seen: HashSet<(usize, Live)>,
    found: usize,
}

/// Amounts from the first to the one before the second.
pub(super) type Range = (i64, Option<i64>);

/// The rules of each table that may still apply.
type Live = Vec<Vec<u16>>;

/// Combinations that differ only in the admission ordinal and in amounts.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) leaves: Vec<Leaf>,
}

/// One combination.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) at: At,
    pub(super) rows: Vec<(Table, usize)>,
}

/// Where a combination is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) spell: usize,
    /// Value of each parameter; the default where it makes no difference.
    pub(super) params: Vec<u8>,
    /// Value of each dimension; 0 where it makes no difference.
    pub(super) codes: Vec<u8>,
    /// The dimensions and parameters that make a difference.
    pub(super) named: Vec<(bool, u16, u8)>,
    pub(super) ordinal: i64,
    /// The in-scope amounts `[from, to)` of the combination.
    pub(super) in_scope: Range,
    /// The totals `[from, to)` of the combination.
    pub(super) total: Range,
}

impl Leaf {
    pub(super) fn row(&self, table: Table) -> Option<usize> {
        let at = self.rows.binary_search_by_key(&table, |(table, _)| *table).ok()?;
        self.rows.get(at).map(|(_, row)| *row)
    }
}

/// For each variable of a space, the values of a set of combinations.
pub(super) type Region = Vec<Vec<bool>>;

/// A row of a table: the combinations it names, its priority, and its number.
pub(super) type RowRegion = (Region, i32, usize);

type Raw = (Table, Vec<(Variable, Vec<bool>)>, i32, usize);

impl<'p> Space<'p> {
    pub(super) fn new(pack: &'p Pack) -> Self {
        let spells = spells(pack);
        let raw = raw_rules(pack, &spells);
        let (order, early) = order(pack, &raw);
        let place = |v: &Variable| order.iter().position(|o| o == v);
        let mut tables: Vec<(Table, Vec<Rule>)> = Vec::new();
        for (table, conditions, priority, row) in raw {
            let when = conditions.into_iter().filter_map(|(v, ok)| Some((place(&v)?, ok)));
            let when: Vec<(usize, Vec<bool>)> = when.collect();
            let decided = when.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
            let rule = Rule { when, decided, priority, row };
            match tables.iter_mut().find(|(known, _)| *known == table) {
                Some((_, rules)) => rules.push(rule),
                None => tables.push((table, vec![rule])),
            }
        }
        tables.sort_by_key(|(table, _)| *table);
        let starts = |of: CutOf, first: i64| {
            let cuts = pack.dims.iter().filter_map(|dim| dim.cut.as_ref());
            let starts = cuts.filter(|cut| cut.of == of).flat_map(|cut| &cut.starts);
            let mut starts: Vec<i64> = starts.copied().filter(|s| *s > first).collect();
            starts.push(first);
            starts.sort_unstable();
            starts.dedup();
            starts
        };
        let (ordinals, in_scope) = (starts(CutOf::Admission, 1), starts(CutOf::InScope, 0));
        let total = starts(CutOf::Total, 0);
        let (seen, found) = (HashSet::new(), 0);
        Self { pack, spells, order, early, tables, ordinals, in_scope, total, seen, found }
    }

    /// Choices of parameters, and combinations of the dimensions that the tables name.
    pub(super) fn counts(&self) -> (u128, u128) {
        let count = |n: u128, size: usize| n.saturating_mul(u128::try_from(size).unwrap_or(1));
        let params = self.pack.params.iter().map(|param| param.values.len());
        let personal = self.pack.personal.iter().flat_map(|row| row.when.iter().map(|w| w.0));
        let ordered = self.order.iter().filter_map(|variable| match variable {
            Variable::Dim(dim) => Some(*dim),
            _ => None,
        });
        let dims: std::collections::BTreeSet<u16> = ordered.chain(personal).collect();
        let dims = dims.into_iter().map(|dim| self.size(Variable::Dim(dim)));
        (params.fold(1, count), dims.fold(1, count))
    }

    /// Every combination.
    pub(super) fn whole(&self) -> Region {
        self.order.iter().map(|variable| vec![true; self.size(*variable)]).collect()
    }

    /// The combinations that each row of a table names.
    pub(super) fn regions(&self, table: Table) -> Vec<RowRegion> {
        let rules = self.tables.iter().find(|(known, _)| *known == table);
        let region = |rule: &Rule| {
            let mut region = self.whole();
            for (at, ok) in &rule.when {
                region.get_mut(*at).into_iter().for_each(|values| values.clone_from(ok));
            }
            (region, rule.priority, rule.row)
        };
        rules.map_or_else(Vec::new, |(_, rules)| rules.iter().map(region).collect())
    }

    /// What a region asks of each variable that it does not leave open.
    pub(super) fn said(&self, region: &Region) -> Vec<String> {
        let asked = self.order.iter().zip(region).filter(|(_, values)| values.contains(&false));
        let asked = asked.map(|(variable, values)| {
            let chosen = values.iter().enumerate().filter(|(_, ok)| **ok).map(|(at, _)| at);
            let names = chosen.map(|at| self.value(*variable, at));
            let names = names.collect::<Vec<String>>().join("|");
            match variable {
                Variable::Spell => names,
                Variable::Param(p) => {
                    let param = self.pack.params.get(usize::from(*p));
                    format!("param.{}={names}", param.map_or("?", |param| &param.name))
                }
                Variable::Dim(d) => {
                    let dim = self.pack.dims.get(usize::from(*d));
                    format!("{}={names}", dim.map_or("?", |dim| &dim.name))
                }
            }
        });
        asked.collect()
    }

    fn value(&self, variable: Variable, at: usize) -> String {
        let (dims, params) = (&self.pack.dims, &self.pack.params);
        let name = match variable {
            Variable::Spell => {
                let days = self.spells.get(at).map(|(from, to)| [from, to].map(|d| date(*d)));
                return days.map_or_else(String::new, |days| days.join("…"));
            }
            Variable::Param(p) => params.get(usize::from(p)).and_then(|p| p.values.get(at)),
            Variable::Dim(d) => dims.get(usize::from(d)).and_then(|d| d.values.get(at)),
        };
        name.map_or_else(|| "?".to_owned(), String::clone)
    }

    /// Calls `visit` with every family of combinations that differs from those before.
    pub(super) fn families(&mut self, visit: &mut dyn FnMut(Family)) {
        let live = self
            .tables
            .iter()
            .map(|(_, rules)| (0..rules.len()).filter_map(|i| u16::try_from(i).ok()).collect());
        let live = self.reduced(live.collect(), 0);
        self.descend(0, live, &mut Vec::new(), visit);
    }

    fn descend(
        &mut self,
        depth: usize,
        live: Live,
        chosen: &mut Vec<Option<usize>>,
        visit: &mut dyn FnMut(Family),
    ) {
        if self.found >= FAMILIES_MAX || !self.seen.insert((depth, live.clone())) {
            return;
        }
        if depth == self.early {
            self.found += 1;
            visit(self.family(&live, chosen));
            return;
        }
        let size = self.order.get(depth).map_or(1, |v| self.size(*v));
        let mut patterns: Vec<Vec<bool>> = Vec::new();
        for value in 0..size {
            let pattern = self.pattern(&live, depth, value);
            if patterns.contains(&pattern) {
                continue;
            }
            let matters = !pattern.is_empty();
            patterns.push(pattern);
            chosen.push(matters.then_some(value));
            let next = self.reduced(self.restricted(&live, depth, value), depth + 1);
            self.descend(depth + 1, next, chosen, visit);
            chosen.pop();
            if !matters {
                break;
            }
        }
    }

    /// What each live rule that names the variable says to a value.
    fn pattern(&self, live: &Live, depth: usize, value: usize) -> Vec<bool> {
        let rules = self.live(live);
        let named = rules.filter_map(|(_, rule)| rule.when.iter().find(|(at, _)| *at == depth));
        named.map(|(_, ok)| ok.get(value).copied().unwrap_or(false)).collect()
    }

    fn live<'a>(&'a self, live: &'a Live) -> impl Iterator<Item = (Table, &'a Rule)> {
        let tables = self.tables.iter().zip(live);
        tables.flat_map(|((table, rules), kept)| {
            kept.iter().filter_map(|at| Some((*table, rules.get(usize::from(*at))?)))
        })
    }

    fn restricted(&self, live: &Live, depth: usize, value: usize) -> Live {
        let tables = self.tables.iter().zip(live);
        let kept = tables.map(|((_, rules), kept)| {
            let keeps = |at: &&u16| {
                let rule = rules.get(usize::from(**at));
                let named = rule.and_then(|rule| rule.when.iter().find(|(at, _)| *at == depth));
                named.is_none_or(|(_, ok)| ok.get(value).copied().unwrap_or(false))
            };
            kept.iter().filter(keeps).copied().collect()
        });
        kept.collect()
    }

    /// Without rules that can no longer make a difference.
    fn reduced(&self, mut live: Live, depth: usize) -> Live {
        let mut blocked = false;
        let mut off = Vec::new();
        for ((table, rules), kept) in self.tables.iter().zip(&mut live) {
            let rule = |at: &u16| rules.get(usize::from(*at));
            let decided = kept.iter().filter_map(rule).filter(|rule| rule.decided <= depth);
            if let Some(best) = decided.map(|rule| rule.priority).max() {
                kept.retain(|at| rule(at).is_some_and(|rule| rule.priority >= best));
            }
            match table {
                Table::Enabled(layer) if kept.is_empty() => off.push(*layer),
                Table::Standing => {
                    let says = |rule: &Rule| self.pack.standing.get(rule.row);
                    let mut rows = kept.iter().filter_map(rule).filter_map(says);
                    blocked = !kept.is_empty() && rows.all(|row| !row.value.fund);
                }
                _ => {}
            }
        }
        for ((table, _), kept) in self.tables.iter().zip(&mut live) {
            let skipped = table.layer().is_some_and(|layer| blocked || off.contains(&layer));
            let idle = match table {
                Table::Group(group) => {
                    let group = self.pack.groups.get(*group);
                    let on = |l: &u8| !off.contains(&usize::from(*l));
                    blocked || group.is_none_or(|group| !group.layers.iter().any(on))
                }
                _ => skipped,
            };
            if idle {
                kept.clear();
            }
        }
        live
    }

    fn size(&self, variable: Variable) -> usize {
        match variable {
            Variable::Spell => self.spells.len(),
            Variable::Param(p) => {
                self.pack.params.get(usize::from(p)).map_or(1, |p| p.values.len())
            }
            Variable::Dim(d) => self.pack.dims.get(usize::from(d)).map_or(1, |d| d.values.len()),
        }
    }

    fn family(&self, live: &Live, chosen: &[Option<usize>]) -> Family {
        let named = |of: CutOf| {
            let late = self.order.iter().enumerate().skip(self.early);
            let mut late = late.filter(|(_, v)| self.cut(**v).is_some_and(|cut| cut.of == of));
            late.any(|(at, _)| self.live(live).any(|(_, r)| r.when.iter().any(|(w, _)| *w == at)))
        };
        let starts = |of: CutOf, all: &[i64]| {
            let count = if named(of) { all.len() } else { 1 };
            all.iter().take(count).copied().collect::<Vec<i64>>()
        };
        let ordinals = starts(CutOf::Admission, &self.ordinals);
        let in_scope = ranges(&starts(CutOf::InScope, &self.in_scope));
        let total = ranges(&starts(CutOf::Total, &self.total));
        let mut leaves = Vec::new();
        for ordinal in ordinals {
            for scope in &in_scope {
                // A total is never below the amount in scope.
                let possible = total.iter().filter(|t| t.1.is_none_or(|end| end > scope.0));
                for total in possible {
                    leaves.push(self.leaf(live, chosen, (ordinal, *scope, *total)));
                }
            }
        }
        Family { leaves }
    }

    fn leaf(
        &self,
        live: &Live,
        chosen: &[Option<usize>],
        (ordinal, in_scope, total): (i64, Range, Range),
    ) -> Leaf {
        let mut at = At {
            spell: 0,
            params: self.pack.params.iter().map(|p| p.default).collect(),
            codes: vec![0; self.pack.dims.len()],
            named: Vec::new(),
            ordinal,
            in_scope,
            total,
        };
        let mut live = live.clone();
        for (depth, variable) in self.order.iter().enumerate() {
            let late = self.cut(*variable).map(|cut| match cut.of {
                CutOf::Admission => usize::from(cut.class(ordinal)),
                CutOf::InScope => usize::from(cut.class(in_scope.0)),
                _ => usize::from(cut.class(total.0)),
            });
            let late = late.filter(|_| depth >= self.early);
            let picked = chosen.get(depth).copied().flatten();
            if let Some(value) = late {
                live = self.restricted(&live, depth, value);
            }
            let code = picked.or(late).and_then(|value| u8::try_from(value).ok());
            match (*variable, code) {
                (Variable::Spell, _) => at.spell = picked.unwrap_or(0),
                (Variable::Param(p), Some(value)) => {
                    at.params.get_mut(usize::from(p)).into_iter().for_each(|v| *v = value);
                    at.named.push((true, p, value));
                }
                (Variable::Dim(d), Some(value)) => {
                    at.codes.get_mut(usize::from(d)).into_iter().for_each(|v| *v = value);
                    if late.is_none() {
                        at.named.push((false, d, value));
                    }
                }
                (_, None) => {}
            }
        }
        let live = self.reduced(live, usize::MAX);
        let picks = self.tables.iter().zip(&live).filter_map(|((table, rules), kept)| {
            let rule = rules.get(usize::from(*kept.first()?))?;
            Some((*table, rule.row))
        });
        Leaf { rows: picks.collect(), at }
    }

    fn cut(&self, variable: Variable) -> Option<&Cut> {
        match variable {
            Variable::Dim(d) => self.pack.dims.get(usize::from(d))?.cut.as_ref(),
            _ => None,
        }
    }
}

fn ranges(starts: &[i64]) -> Vec<Range> {
    let ends = starts.iter().skip(1).copied().map(Some).chain([None]);
    starts.iter().copied().zip(ends).collect()
}

/// The order in which variables are fixed: those that exclude most come first, and those cut from
/// the admission or from amounts last, so that what differs by them stays together.
fn order(pack: &Pack, raw: &[Raw]) -> (Vec<Variable>, usize) {
    let mut named: Vec<(u8, u8, Variable)> = Vec::new();
    for (table, conditions, ..) in raw {
        for (variable, _) in conditions {
            let of = match variable {
                Variable::Dim(d) => pack.dims.get(usize::from(*d)).and_then(|d| d.cut.as_ref()),
                _ => None,
            };
            let late = match of.map(|cut| cut.of) {
                Some(CutOf::Admission) => 1,
                Some(CutOf::InScope | CutOf::Total) => 2,
                _ => 0,
            };
            let rank = if late == 0 { table.rank() } else { 0 };
            match named.iter_mut().find(|(_, _, known)| known == variable) {
                Some(known) => known.1 = known.1.min(rank),
                None => named.push((late, rank, *variable)),
            }
        }
    }
    named.sort_unstable();
    let early = named.iter().filter(|(late, ..)| *late == 0).count();
    (named.into_iter().map(|(_, _, variable)| variable).collect(), early)
}

/// Intervals of days in which no row that a plan reads begins or ends.
fn spells(pack: &Pack) -> Vec<(Day, Day)> {
    fn days<'a, V>(rows: &'a [Row<V>]) -> impl Iterator<Item = (Day, Day)> + 'a {
        rows.iter().map(|row| (row.from, row.to))
    }
    let lines = &pack.classify;
    let mut bounds: Vec<(Day, Day)> = days(&lines.prepay).chain(days(&lines.limit)).collect();
    bounds.extend(days(&lines.fixed).chain(days(&pack.standing)).chain(days(&pack.personal)));
    for layer in &pack.layers {
        bounds.push((layer.from, layer.to));
        bounds.extend(days(&layer.upfront).chain(days(&layer.deductible)).chain(days(&layer.band)));
        bounds.extend(days(&layer.adjust).chain(days(&layer.cap)).chain(days(&layer.eligible)));
    }
    bounds.extend(pack.groups.iter().flat_map(|group| days(&group.cap)));
    let mut starts = vec![pack.from];
    starts.extend(bounds.iter().flat_map(|(from, to)| [*from, Day(to.0.saturating_add(1))]));
    starts.retain(|day| pack.from <= *day && *day <= pack.to);
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|day| Day(day.0 - 1)).chain([pack.to]);
    starts.iter().copied().zip(ends).collect()
}

/// Every row of a pack as a condition on variables.
fn raw_rules(pack: &Pack, spells: &[(Day, Day)]) -> Vec<Raw> {
    let mut raw = Vec::new();
    let sets = Sets { pack, spells };
    if let Some((dim, values)) = &pack.stay.care {
        raw.push((Table::Stay, sets.conditions(&[(*dim, values.clone())], &[]), 0, 0));
    }
    sets.rows(&mut raw, Table::Standing, &pack.standing);
    for (index, layer) in pack.layers.iter().enumerate() {
        let mut on = sets.conditions(&layer.when, &layer.params);
        on.extend(sets.days(layer.from, layer.to));
        raw.push((Table::Enabled(index), on, 0, 0));
        sets.choice(&mut raw, Table::Takes(index), &layer.takes);
        sets.choice(&mut raw, Table::Basis(index), &layer.basis);
        sets.choice(&mut raw, Table::Origin(index), &layer.origin);
        sets.choice(&mut raw, Table::Backsolve(index), &layer.backsolve);
        sets.choice(&mut raw, Table::Clamp(index), &layer.clamp);
        sets.choice(&mut raw, Table::Scope(index), &layer.deductible_scope);
        sets.choice(&mut raw, Table::Side(index), &layer.round_side);
        sets.rows(&mut raw, Table::Upfront(index), &layer.upfront);
        sets.rows(&mut raw, Table::Deductible(index), &layer.deductible);
        sets.rows(&mut raw, Table::Band(index), &layer.band);
        for (at, row) in layer.adjust.iter().enumerate() {
            sets.row(&mut raw, Table::Adjust(index, row.value.seq), row, at);
        }
        sets.rows::<Cap>(&mut raw, Table::Cap(index), &layer.cap);
        sets.rows::<Cap>(&mut raw, Table::Eligible(index), &layer.eligible);
    }
    for (index, group) in pack.groups.iter().enumerate() {
        sets.rows(&mut raw, Table::Group(index), &group.cap);
    }
    raw
}

struct Sets<'a> {
    pack: &'a Pack,
    spells: &'a [(Day, Day)],
}

impl Sets<'_> {
    fn rows<V>(&self, raw: &mut Vec<Raw>, table: Table, rows: &[Row<V>]) {
        rows.iter().enumerate().for_each(|(at, row)| self.row(raw, table, row, at));
    }

    fn row<V>(&self, raw: &mut Vec<Raw>, table: Table, row: &Row<V>, at: usize) {
        let mut conditions = self.conditions(&row.when, &row.params);
        conditions.extend(self.days(row.from, row.to));
        raw.push((table, conditions, row.priority, at));
    }

    /// The condition that a day lies in some, unless every day does.
    fn days(&self, first: Day, last: Day) -> Option<(Variable, Vec<bool>)> {
        let within = |(from, to): &(Day, Day)| first <= *from && *to <= last;
        let days: Vec<bool> = self.spells.iter().map(within).collect();
        days.contains(&false).then_some((Variable::Spell, days))
    }

    fn conditions(
        &self,
        dims: &[(u16, Vec<u8>)],
        params: &[(u16, Vec<u8>)],
    ) -> Vec<(Variable, Vec<bool>)> {
        let of_dim = |d: &u16| self.pack.dims.get(usize::from(*d)).map_or(0, |d| d.values.len());
        let of_param =
            |p: &u16| self.pack.params.get(usize::from(*p)).map_or(0, |p| p.values.len());
        let set = |size: usize, values: &[u8]| {
            (0..size).map(|v| values.iter().any(|ok| usize::from(*ok) == v)).collect()
        };
        let dims = dims.iter().map(|(d, ok)| (Variable::Dim(*d), set(of_dim(d), ok)));
        let params = params.iter().map(|(p, ok)| (Variable::Param(*p), set(of_param(p), ok)));
        dims.chain(params).collect()
    }

    /// A setting chosen by a parameter, as one row for each of its values.
    fn choice<T>(&self, raw: &mut Vec<Raw>, table: Table, choice: &Choice<T>) {
        let Choice::Param(param, values) = choice else { return };
        for at in 0..values.len() {
            let Ok(value) = u8::try_from(at) else { continue };
            raw.push((table, self.conditions(&[], &[(*param, vec![value])]), 0, at));
        }
    }
}
