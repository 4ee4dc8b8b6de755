//! Totality and disjointness: exactly one row applies to each case of a table on each day.

use std::collections::BTreeSet;

use tongchou_core::calendar::Day;
use tongchou_core::pack::{Row, Text};
use tongchou_core::rules::Split;

use super::domain::{Domain, Entry};
use crate::Lang;
use crate::problem::{Case, Dates, Problem, Say, Title};
use crate::read::{Draft, Fees, Findings, LayerDraft, Note, Placed, Rows, Vocabulary};

/// Most gaps, and most pairs of overlapping rows, that are reported for one table.
const FOUND_MAX: usize = 5;

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
    gaps: Vec<Gap>,
    overlaps: Vec<Overlap>,
    /// Rows that win or clash somewhere.
    seen: BTreeSet<usize>,
}

/// Days without a row, with the first case that has none.
struct Gap {
    dates: Dates,
    case: Case,
    /// How many other cases have none on the same days.
    others: usize,
    /// The rows of this case that end before and begin after, where there are any.
    around: [Option<usize>; 2],
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
    if !draft.rules_only {
        checker.required(prepay, 0..0, "share = \"0%\"");
        checker.required(&draft.personal, 0..0, "account_pays = [\"in_scope\"]");
    }
    checker.total(prepay, None);
    checker.total(limit, None);
    checker.fixed(fixed);
    checker.fixed_kinds(&draft.fees);
    checker.total(&draft.standing, None);
    checker.total(&draft.personal, None);
    checker.disjoint(&draft.stay.period);
    checker.splits(&draft.member.splits);
    for levy in draft.member.levies.iter().filter_map(|named| named.item.as_ref()) {
        checker.required(&levy.rate, levy.span.clone(), "rate = \"0.8%\"");
        checker.total(&levy.rate, None);
    }
    for verdict in draft.member.verdicts.iter().filter_map(|named| named.item.as_ref()) {
        checker.required(&verdict.rows, verdict.span.clone(), "gives = { key = \"…\" }");
        checker.total(&verdict.rows, None);
    }
    for layer in &draft.layers {
        let within = within(&draft.vocabulary, layer);
        let life = layer.life.unwrap_or(life);
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
pub(super) fn within(names: &Vocabulary, layer: &LayerDraft) -> Vec<(String, Vec<String>)> {
    let Some(when) = &layer.when else { return Vec::new() };
    let accepted = |values: &[String], chosen: &[u8]| {
        chosen.iter().filter_map(|v| values.get(usize::from(*v)).cloned()).collect()
    };
    let dims = when.dims.iter().filter_map(|(at, chosen)| {
        let dim = names.dims.get(usize::from(*at))?.item.as_ref()?;
        Some((dim.name.clone(), accepted(&dim.values, chosen)))
    });
    let params = when.params.iter().filter_map(|(at, chosen)| {
        let param = names.params.get(usize::from(*at))?.item.as_ref()?;
        Some((format!("param.{}", param.name), accepted(&param.values, chosen)))
    });
    dims.chain(params).collect()
}

impl Checker<'_> {
    fn required<V>(self, table: &Rows<V>, span: crate::Span, sample: &'static str) {
        if table.whole && table.rows.is_empty() {
            self.out.report_absent(span, &Problem::NoRows { title: table.title.clone(), sample });
        }
    }

    /// Exactly one row for each case, or for each case of the kinds given; no rows is no table.
    fn total<V>(self, table: &Rows<V>, kinds: Option<&[String]>) {
        match self.coverage(table, kinds) {
            Some(coverage) if table.whole => self.report(table, coverage),
            // What a broken row would have covered is unknown, but two others still overlap.
            Some(coverage) => {
                let seen = (0..table.rows.len()).collect();
                self.report(table, Coverage { gaps: Vec::new(), seen, ..coverage });
            }
            None => {}
        }
    }

    /// At most one row for each case.
    fn disjoint<V>(self, table: &Rows<V>) {
        if let Some(coverage) = self.coverage(table, None) {
            let seen = if table.whole { coverage.seen } else { (0..table.rows.len()).collect() };
            self.report(table, Coverage { gaps: Vec::new(), seen, ..coverage });
        }
    }

    /// At most one row for each case and each thing that a bill is cut at.
    fn splits(self, table: &Rows<Split>) {
        let mut cut_at = Vec::new();
        for row in &table.rows {
            if !cut_at.contains(&row.item.value.of) {
                cut_at.push(row.item.value.of);
            }
        }
        for of in cut_at {
            let same = |row: &&Placed<Row<Split>>| row.item.value.of == of;
            let rows = table.rows.iter().filter(same).cloned().collect();
            self.disjoint(&Rows { title: table.title.clone(), rows, whole: table.whole });
        }
    }

    /// What each case of a table finds; `None` if the table has no rows or too many cases.
    fn coverage<V>(self, table: &Rows<V>, kinds: Option<&[String]>) -> Option<Coverage> {
        let first = table.rows.first()?;
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
        let start = rows.first().map(|row| row.span.clone()).unwrap_or_default();
        for Gap { dates, case, others, around: [before, after] } in coverage.gaps {
            let row = |at: Option<usize>| at.and_then(|at| rows.get(at));
            let ends = row(before).map(|row| {
                let day = row.item.to.say(Lang::En);
                (row.span.clone(), text(format!("ends on {day}"), format!("{day} 止")))
            });
            let begins = row(after).map(|row| {
                let day = row.item.from.say(Lang::En);
                (row.span.clone(), text(format!("begins on {day}"), format!("{day} 起")))
            });
            let title = title.clone();
            let mut places = ends.into_iter().chain(begins);
            match places.next() {
                Some(place) => {
                    let problem = Problem::Hole { title, case, dates, others };
                    self.out.report_labelled(&problem, place, places.next());
                }
                None => {
                    let problem = Problem::Gap { title, case, dates, others };
                    let here = text("the table begins here".into(), "此表从这里开始".into());
                    self.out.report_labelled(&problem, (start.clone(), here), None);
                }
            }
        }
        for Overlap { first, second, case, dates } in coverage.overlaps {
            if let (Some(first), Some(second)) = (rows.get(first), rows.get(second)) {
                let title = title.clone();
                if same_bills(&first.item, &second.item) {
                    self.overlap_in_days(title, [first, second], dates);
                    continue;
                }
                let problem = Problem::Overlap { title, case, dates };
                let (span, other) = (second.mark.clone(), first.mark.clone());
                self.out.report_pair(span, &problem, other, Note::OtherRow);
            }
        }
        for (_, row) in rows.iter().enumerate().filter(|(at, _)| !coverage.seen.contains(at)) {
            let problem = Problem::NeverApplies { title: title.clone() };
            self.out.report(row.mark.clone(), &problem);
        }
    }

    /// Two rows for the same bills, of which one should end before the other begins.
    fn overlap_in_days<V>(self, title: Title, rows: [&Placed<Row<V>>; 2], dates: Dates) {
        let [first, second] = rows;
        let in_order = (first.item.from, first.item.to) < (second.item.from, second.item.to);
        let (earlier, later) = if in_order { (first, second) } else { (second, first) };
        let (ends, begins) = (earlier.item.to, later.item.from);
        let ([_, to], [from, _]) = (&earlier.days, &later.days);
        let to = to.clone().unwrap_or_else(|| earlier.span.clone());
        let from = from.clone().unwrap_or_else(|| later.span.clone());
        let day = ends.say(Lang::En);
        let until = text(format!("this row holds until {day}"), format!("此行有效至 {day}"));
        let day = begins.say(Lang::En);
        let since = text(format!("this row holds from {day}"), format!("此行自 {day} 起有效"));
        let end = Day(begins.0 - 1);
        let problem = Problem::OverlapInDays { title, dates, end };
        self.out.report_labelled(&problem, (from, since), Some((to, until)));
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
            let close = |coverage: &mut Self, gap: Option<Dates>| {
                if let Some(dates) = gap {
                    coverage.gap(dates, words, around(rows, matching.members(), dates));
                }
            };
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
                        close(&mut coverage, gap.take());
                    }
                    (Some(first), Some(second)) => {
                        coverage.seen.extend([first, second]);
                        coverage.clash(first, second, spell.dates, words);
                        close(&mut coverage, gap.take());
                    }
                }
            }
            close(&mut coverage, gap);
            if !domain.advance(&mut cursor) {
                return coverage;
            }
        }
    }

    /// Books a gap that has ended; cases of the same days and the same kind are counted together.
    fn gap(&mut self, dates: Dates, words: impl Fn() -> Case, around: [Option<usize>; 2]) {
        let hole = |around: &[Option<usize>; 2]| around.iter().any(Option::is_some);
        let same = |gap: &&mut Gap| gap.dates == dates && hole(&gap.around) == hole(&around);
        if let Some(known) = self.gaps.iter_mut().find(same) {
            known.others += 1;
        } else if self.gaps.len() < FOUND_MAX {
            self.gaps.push(Gap { dates, case: words(), others: 0, around });
        }
    }

    fn clash(&mut self, first: usize, second: usize, dates: Dates, words: impl Fn() -> Case) {
        let known = self.overlaps.iter().any(|o| (o.first, o.second) == (first, second));
        if !known && self.overlaps.len() < FOUND_MAX {
            self.overlaps.push(Overlap { first, second, case: words(), dates });
        }
    }
}

/// Whether two rows differ in nothing but their days.
fn same_bills<V>(first: &Row<V>, second: &Row<V>) -> bool {
    (&first.when, &first.params) == (&second.when, &second.params) && first.from != second.from
}

fn text(en: String, zh: String) -> Text {
    Text { zh, en }
}

/// Among the rows of a case, the last that ends before some days and the first that begins after.
fn around<V>(
    rows: &[Placed<Row<V>>],
    matching: impl Iterator<Item = usize>,
    dates: Dates,
) -> [Option<usize>; 2] {
    let rows: Vec<_> = matching.filter_map(|at| Some((at, &rows.get(at)?.item))).collect();
    let before = rows.iter().filter(|(_, row)| row.to < dates.from).max_by_key(|(_, row)| row.to);
    let after = rows.iter().filter(|(_, row)| dates.to < row.from).min_by_key(|(_, row)| row.from);
    [before.map(|(at, _)| *at), after.map(|(at, _)| *at)]
}

/// The rows of the highest priority among those that apply.
pub(super) fn winners<V>(
    rows: &[Placed<Row<V>>],
    applying: impl Iterator<Item = usize>,
) -> impl Iterator<Item = usize> {
    let ranked = applying.filter_map(|at| rows.get(at).map(|row| (row.item.priority, at)));
    let ranked: Vec<_> = ranked.collect();
    let highest = ranked.iter().map(|(priority, _)| *priority).max();
    ranked.into_iter().filter(move |(priority, _)| Some(*priority) == highest).map(|(_, at)| at)
}
