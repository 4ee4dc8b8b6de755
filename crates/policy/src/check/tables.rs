//! Totality and disjointness: exactly one row applies to each case of a table on each day.

use std::collections::BTreeSet;

use tongchou_core::pack::Row;

use super::domain::{Domain, Entry};
use crate::problem::{Case, Dates, Others, Problem};
use crate::read::{Draft, Fees, Findings, LayerDraft, Note, Placed, Rows, Vocabulary};

/// Most pairs of overlapping rows that are reported for one table.
const PAIRS_MAX: usize = 5;

/// What every table is checked with.
#[derive(Clone, Copy)]
struct Checker<'a> {
    out: &'a Findings<'a>,
    names: &'a Vocabulary,
    life: Dates,
    /// Values of dimensions and parameters outside which a table is not asked.
    within: &'a [(String, Vec<String>)],
}

/// What the enumeration of one table found.
#[derive(Default)]
struct Coverage {
    /// The first case without a row, and how many others there are.
    gap: Option<(Case, Dates, usize)>,
    overlaps: Vec<Overlap>,
    /// Rows that win or clash somewhere.
    seen: BTreeSet<usize>,
}

/// Two rows that rank equally in one case.
struct Overlap {
    first: usize,
    second: usize,
    case: Case,
    dates: Dates,
}

pub(super) fn check(out: &Findings<'_>, draft: &Draft) {
    let Some(life) = draft.vocabulary.life else { return };
    let checker = Checker { out, names: &draft.vocabulary, life, within: &[] };
    let Fees { prepay, limit, fixed, .. } = &draft.fees;
    checker.required(prepay, 0..0, "share = \"0%\"");
    checker.total(prepay, None);
    checker.total(limit, None);
    checker.fixed(fixed);
    checker.fixed_kinds(&draft.fees);
    checker.total(&draft.standing, None);
    checker.required(&draft.personal, 0..0, "account_pays = [\"in_scope\"]");
    checker.total(&draft.personal, None);
    for layer in &draft.layers {
        let within = within(&draft.vocabulary, layer);
        let life = layer.layer.as_ref().map_or(life, |l| Dates { from: l.from, to: l.to });
        let checker = Checker { life, within: &within, ..checker };
        checker.required(&layer.band, layer.span.clone(), "pays = [\"85%\"]");
        checker.total(&layer.band, None);
        checker.total(&layer.deductible, None);
        checker.total(&layer.cap, None);
        checker.total(&layer.eligible, None);
        checker.disjoint(&layer.upfront);
    }
    for group in &draft.groups {
        checker.required(&group.cap, group.span.clone(), "amount = \"100000.00\"");
        checker.total(&group.cap, None);
    }
}

/// The values that a layer's conditions accept, by name.
fn within(names: &Vocabulary, layer: &LayerDraft) -> Vec<(String, Vec<String>)> {
    let Some(layer) = &layer.layer else { return Vec::new() };
    let accepted = |values: &[String], chosen: &[u8]| {
        chosen.iter().filter_map(|v| values.get(usize::from(*v)).cloned()).collect()
    };
    let dims = layer.when.iter().filter_map(|(at, chosen)| {
        let dim = names.dims.get(usize::from(*at))?.item.as_ref()?;
        Some((dim.name.clone(), accepted(&dim.values, chosen)))
    });
    let params = layer.params.iter().filter_map(|(at, chosen)| {
        let param = names.params.get(usize::from(*at))?.item.as_ref()?;
        Some((format!("param.{}", param.name), accepted(&param.values, chosen)))
    });
    dims.chain(params).collect()
}

impl Checker<'_> {
    fn required<V>(self, table: &Rows<V>, span: crate::Span, sample: &'static str) {
        if table.whole && table.rows.is_empty() {
            self.out.report(span, &Problem::NoRows { title: table.title.clone(), sample });
        }
    }

    /// Exactly one row for each case, or for each case of the kinds given; no rows is no table.
    fn total<V>(self, table: &Rows<V>, kinds: Option<&[String]>) {
        if let Some(coverage) = self.coverage(table, kinds) {
            self.report(table, coverage);
        }
    }

    /// At most one row for each case.
    fn disjoint<V>(self, table: &Rows<V>) {
        if let Some(coverage) = self.coverage(table, None) {
            self.report(table, Coverage { gap: None, ..coverage });
        }
    }

    /// What each case of a table finds; `None` if the table has no rows or too many cases.
    fn coverage<V>(self, table: &Rows<V>, kinds: Option<&[String]>) -> Option<Coverage> {
        let first = table.rows.first().filter(|_| table.whole)?;
        let entries: Vec<_> = table.rows.iter().map(|row| Entry::of(&row.item)).collect();
        let mut domain = match Domain::of(self.names, self.life, &entries) {
            Ok(domain) => domain,
            Err(names) => {
                let (title, names) = (table.title.clone(), names.join(", "));
                self.out.report(first.span.clone(), &Problem::TooManyCases { title, names });
                return None;
            }
        };
        if let Some(kinds) = kinds {
            domain.restrict("kind", kinds);
        }
        for (name, accepted) in self.within {
            domain.restrict(name, accepted);
        }
        Some(Coverage::of(&domain, &table.rows))
    }

    fn report<V>(self, Rows { title, rows, .. }: &Rows<V>, coverage: Coverage) {
        if let Some(((case, dates, others), first)) = coverage.gap.zip(rows.first()) {
            let (title, others) = (title.clone(), Others(others));
            self.out.report(first.span.clone(), &Problem::Gap { title, case, dates, others });
        }
        for Overlap { first, second, case, dates } in coverage.overlaps {
            if let (Some(first), Some(second)) = (rows.get(first), rows.get(second)) {
                let problem = Problem::Overlap { title: title.clone(), case, dates };
                let (span, other) = (second.mark.clone(), first.mark.clone());
                self.out.report_pair(span, &problem, other, Note::OtherRow);
            }
        }
        for (_, row) in rows.iter().enumerate().filter(|(at, _)| !coverage.seen.contains(at)) {
            let problem = Problem::NeverApplies { title: title.clone() };
            self.out.report(row.mark.clone(), &problem);
        }
    }

    /// Fixed rows name their kinds, and cover each kind that they name.
    fn fixed(self, table: &Rows<tongchou_core::pack::Fixed>) {
        let mut kinds: BTreeSet<u8> = BTreeSet::new();
        let mut named = true;
        for row in &table.rows {
            match self.kinds_of(&row.item) {
                Some(accepted) => kinds.extend(accepted),
                None => {
                    named = false;
                    self.out.report(row.span.clone(), &Problem::KindMissing {});
                }
            }
        }
        if named {
            let kinds: Vec<_> = kinds.iter().map(|kind| self.kind_name(*kind)).collect();
            self.total(table, Some(&kinds));
        }
    }

    /// A kind that is always paid by a fixed amount has no prepay or limit row of its own.
    fn fixed_kinds(self, fees: &Fees) {
        if !fees.fixed.whole {
            return;
        }
        let kinds = |paid: bool| -> BTreeSet<u8> {
            let rows = fees.fixed.rows.iter().filter(|row| row.item.value.pays.is_some() == paid);
            rows.filter_map(|row| self.kinds_of(&row.item)).flatten().copied().collect()
        };
        let always: BTreeSet<u8> = kinds(true).difference(&kinds(false)).copied().collect();
        self.unreachable(&fees.prepay, &always);
        self.unreachable(&fees.limit, &always);
    }

    fn unreachable<V>(self, table: &Rows<V>, always: &BTreeSet<u8>) {
        for row in &table.rows {
            let Some(kinds) = self.kinds_of(&row.item) else { continue };
            if kinds.iter().all(|kind| always.contains(kind)) {
                let names: Vec<_> = kinds.iter().map(|kind| self.kind_name(*kind)).collect();
                let problem = Problem::FixedKind { kind: names.join(", ") };
                self.out.report(row.mark.clone(), &problem);
            }
        }
    }

    /// The kinds of line that a row names.
    fn kinds_of<V>(self, row: &Row<V>) -> Option<&Vec<u8>> {
        let (at, _) = self.names.dim_named("kind")?;
        row.when.iter().find(|(dim, _)| *dim == at).map(|(_, kinds)| kinds)
    }

    fn kind_name(self, kind: u8) -> String {
        let kinds = self.names.dim_named("kind").map(|(_, dim)| dim.values.as_slice());
        kinds.unwrap_or_default().get(usize::from(kind)).cloned().unwrap_or_default()
    }
}

impl Coverage {
    fn of<V>(domain: &Domain, rows: &[Placed<Row<V>>]) -> Self {
        let mut coverage = Self::default();
        let mut cursor = domain.start();
        loop {
            let matching = domain.matching(&cursor, rows.len());
            let words = || domain.words(&cursor);
            let mut gap: Option<Dates> = None;
            for spell in domain.spells() {
                let applying = matching.and(&spell.rows);
                let mut winners = winners(rows, applying.members());
                match (winners.next(), winners.next()) {
                    (None, _) => {
                        let from = gap.map_or(spell.dates.from, |dates| dates.from);
                        gap = Some(Dates { from, to: spell.dates.to });
                    }
                    (Some(winner), None) => {
                        coverage.seen.insert(winner);
                        coverage.close(gap.take(), words);
                    }
                    (Some(first), Some(second)) => {
                        coverage.seen.extend([first, second]);
                        coverage.clash(first, second, spell.dates, words);
                        coverage.close(gap.take(), words);
                    }
                }
            }
            coverage.close(gap, words);
            if !domain.advance(&mut cursor) {
                return coverage;
            }
        }
    }

    /// Books a gap that has ended.
    fn close(&mut self, gap: Option<Dates>, words: impl Fn() -> Case) {
        match (&mut self.gap, gap) {
            (_, None) => {}
            (Some((_, _, others)), Some(_)) => *others += 1,
            (none, Some(dates)) => *none = Some((words(), dates, 0)),
        }
    }

    fn clash(&mut self, first: usize, second: usize, dates: Dates, words: impl Fn() -> Case) {
        let known = self.overlaps.iter().any(|o| (o.first, o.second) == (first, second));
        if !known && self.overlaps.len() < PAIRS_MAX {
            self.overlaps.push(Overlap { first, second, case: words(), dates });
        }
    }
}

/// The rows of the highest priority among those that apply.
fn winners<V>(
    rows: &[Placed<Row<V>>],
    applying: impl Iterator<Item = usize>,
) -> impl Iterator<Item = usize> {
    let ranked = applying.filter_map(|at| rows.get(at).map(|row| (row.item.priority, at)));
    let ranked: Vec<_> = ranked.collect();
    let highest = ranked.iter().map(|(priority, _)| *priority).max();
    ranked.into_iter().filter(move |(priority, _)| Some(*priority) == highest).map(|(_, at)| at)
}
