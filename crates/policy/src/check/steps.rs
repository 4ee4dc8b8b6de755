//! Adjustments of the person's share: one step a `seq`, exact in ppm, clamps shown.

use std::collections::BTreeSet;

use tongchou_core::money::PPM;
use tongchou_core::pack::{Adjust, AdjustStep, Bands, Row};

use super::domain::{Cursor, Domain, Entry, Set};
use crate::problem::{Dates, Problem};
use crate::read::{Findings, LayerDraft, Note, Placed, Vocabulary};
use crate::units::percent_text;

/// The rates of a layer in each of its cases, and what was already said about them.
struct Steps<'a> {
    out: &'a Findings<'a>,
    layer: &'a LayerDraft,
    domain: Domain,
    /// Sets of rows already followed: the same rows give the same shares.
    followed: BTreeSet<Set>,
    /// Rows of adjustments already reported, by code.
    reported: BTreeSet<(&'static str, usize)>,
}

/// Checks the adjustments of a layer wherever its bands and adjustments say something.
pub(super) fn check(out: &Findings<'_>, names: &Vocabulary, layer: &LayerDraft) {
    let (Some(life), Some(first)) = (names.life, layer.adjust.rows.first()) else { return };
    if !layer.adjust.whole || !layer.band.whole {
        return;
    }
    let bands = layer.band.rows.iter().map(|row| Entry::of(&row.item));
    let steps = layer.adjust.rows.iter().map(|row| Entry::of(&row.item));
    let entries: Vec<_> = bands.chain(steps).collect();
    let domain = match Domain::of(names, life, &entries) {
        Ok(domain) => domain,
        Err(names) => {
            let (title, names) = (layer.adjust.title.clone(), names.join(", "));
            out.report(first.span.clone(), &Problem::TooManyCases { title, names });
            return;
        }
    };
    let (followed, reported) = (BTreeSet::new(), BTreeSet::new());
    Steps { out, layer, domain, followed, reported }.run(entries.len());
}

impl Steps<'_> {
    fn run(&mut self, rows: usize) {
        let mut cursor = self.domain.start();
        loop {
            let matching = self.domain.matching(&cursor, rows);
            let applying = self.domain.spells().iter();
            let applying: Vec<_> =
                applying.map(|spell| (matching.and(&spell.rows), spell.dates)).collect();
            for (set, dates) in applying {
                if self.followed.insert(set.clone()) {
                    self.follow(&set, &cursor, dates);
                }
            }
            if !self.domain.advance(&mut cursor) {
                return;
            }
        }
    }

    /// Follows the shares of one case through its steps.
    fn follow(&mut self, set: &Set, cursor: &Cursor, dates: Dates) {
        let count = self.layer.band.rows.len();
        let bands = set.members().filter_map(|at| self.layer.band.rows.get(at));
        let Some(band) = bands.max_by_key(|row| row.item.priority) else { return };
        let steps = set.members().filter_map(|at| at.checked_sub(count));
        let steps = steps.filter_map(|at| Some((at, self.layer.adjust.rows.get(at)?)));
        let mut steps: Vec<_> = steps.collect();
        steps.sort_by_key(|(_, row)| row.item.value.seq);
        for ((_, first), (at, second)) in steps.iter().zip(steps.iter().skip(1)) {
            let seq = second.item.value.seq;
            if first.item.value.seq == seq && self.reported.insert(("seq", *at)) {
                let (title, case) = (self.layer.adjust.title.clone(), self.domain.words(cursor));
                let problem = Problem::SameSeq { seq: i64::from(seq), title, case, dates };
                let (span, other) = (second.mark.clone(), first.mark.clone());
                self.out.report_pair(span, &problem, other, Note::OtherRow);
            }
        }
        for rate in &band.item.value.pays {
            let mut share = PPM - i64::from(rate.0);
            for (at, row) in &steps {
                match self.step(share, *at, row, (band, cursor, dates)) {
                    Some(next) => share = next,
                    None => break,
                }
            }
        }
    }

    /// The share after a step, or `None` if it is not whole.
    fn step(
        &mut self,
        share: i64,
        at: usize,
        row: &Placed<Row<Adjust>>,
        (band, cursor, dates): (&Placed<Row<Bands>>, &Cursor, Dates),
    ) -> Option<i64> {
        let (next, words) = match row.item.value.step {
            AdjustStep::Set(replacement) => (i64::from(replacement.0), String::new()),
            AdjustStep::Add(points) => {
                let sign = if points < 0 { '−' } else { '+' };
                let size = percent_text(i64::from(points).abs(), 0);
                (share + i64::from(points), format!("{sign} {size}"))
            }
            AdjustStep::Times(factor) => {
                let product = share * i64::from(factor);
                let (whole, part) = (product.div_euclid(PPM), product.rem_euclid(PPM));
                let factor = percent_text(i64::from(factor), 0);
                if part != 0 {
                    if self.reported.insert(("whole", at)) {
                        let (share, exact) = (percent_text(share, 0), percent_text(whole, part));
                        let case = self.domain.words(cursor);
                        let problem = Problem::NotWhole { share, factor, exact, case, dates };
                        let (span, other) = (row.mark.clone(), band.mark.clone());
                        self.out.report_pair(span, &problem, other, Note::Band);
                    }
                    return None;
                }
                (whole, format!("× {factor}"))
            }
        };
        if !(0..=PPM).contains(&next) && self.reported.insert(("clamp", at)) {
            let (share, case) = (percent_text(share, 0), self.domain.words(cursor));
            self.out.report(row.mark.clone(), &Problem::Clamped { share, step: words, case });
        }
        Some(next.clamp(0, PPM))
    }
}
