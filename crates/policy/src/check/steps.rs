//! Adjustments of the person's share: one step a `seq`, exact in ppm, clamps shown.

use std::collections::BTreeSet;

use tongchou_core::money::PPM;
use tongchou_core::pack::{Adjust, AdjustStep, Bands, Choice, Clamp, Row};

use super::domain::{Cursor, Domain, Entry, Set};
use super::tables::within;
use crate::problem::{Dates, Problem};
use crate::read::{Findings, LayerDraft, Note, Placed, Vocabulary};
use crate::units::percent_text;

/// Largest share between two steps, in ppm; a share beyond it is a slip, and products stay exact.
const SHARE_MAX: i64 = 1000 * PPM;

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
    let life = layer.life.unwrap_or(life);
    let mut domain = match Domain::of(names, life, &entries) {
        Ok(domain) => domain,
        Err(names) => {
            let (title, names) = (layer.adjust.title.clone(), names.join(", "));
            out.report(first.span.clone(), &Problem::TooManyCases { title, names });
            return;
        }
    };
    for (name, accepted) in within(names, layer) {
        domain.restrict(&name, &accepted);
    }
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
        let clamps = self.layer.layer.as_ref().map_or(&[][..], |layer| match &layer.clamp {
            Choice::Is(clamp) => std::slice::from_ref(clamp),
            Choice::Param(_, clamps) => clamps,
        });
        let (each, end) = (clamps.contains(&Clamp::Each), clamps.contains(&Clamp::End));
        for rate in &band.item.value.pays {
            let at = (band, cursor, dates);
            for clamp in [(Clamp::Each, each), (Clamp::End, end)] {
                if let (clamp, true) = clamp {
                    self.shares(PPM - i64::from(rate.0), clamp, &steps, at);
                }
            }
        }
    }

    /// Carries one share through all steps.
    fn shares(
        &mut self,
        mut share: i64,
        clamp: Clamp,
        steps: &[(usize, &Placed<Row<Adjust>>)],
        place: (&Placed<Row<Bands>>, &Cursor, Dates),
    ) {
        for (at, row) in steps {
            let Some((next, words)) = self.step(share, *at, row, place) else { return };
            let outside = !(0..=PPM).contains(&next);
            if clamp == Clamp::Each && outside && self.reported.insert(("clamp", *at)) {
                let (share, case) = (percent_text(share, 0), self.domain.words(place.1));
                self.out.report(
                    row.mark.clone(),
                    &Problem::Clamped { share, step: words, case, dates: place.2 },
                );
            }
            share = if clamp == Clamp::Each { next.clamp(0, PPM) } else { next };
        }
        let Some((at, row)) = steps.last() else { return };
        if !(0..=PPM).contains(&share) && self.reported.insert(("end", *at)) {
            let (share, case) = (percent_text(share, 0), self.domain.words(place.1));
            self.out
                .report(row.mark.clone(), &Problem::ClampedAtEnd { share, case, dates: place.2 });
        }
    }

    /// The share after a step with the step in words, or `None` if it is not whole.
    fn step(
        &mut self,
        share: i64,
        at: usize,
        row: &Placed<Row<Adjust>>,
        (band, cursor, dates): (&Placed<Row<Bands>>, &Cursor, Dates),
    ) -> Option<(i64, String)> {
        let next = match row.item.value.step {
            AdjustStep::Set(replacement) => (i64::from(replacement.0), String::new()),
            AdjustStep::Add(points) => {
                let sign = if points < 0 { '−' } else { '+' };
                let size = percent_text(i64::from(points).abs(), 0);
                (share + i64::from(points), format!("{sign} {size}"))
            }
            AdjustStep::Times(factor) => {
                // The share is within bounds before each step, so the product fits.
                let product = share * i64::from(factor);
                let factor = percent_text(i64::from(factor), 0);
                if product % PPM != 0 {
                    if self.reported.insert(("whole", at)) {
                        let exact = percent_text(product / PPM, product % PPM);
                        let (share, case) = (percent_text(share, 0), self.domain.words(cursor));
                        let problem = Problem::NotWhole { share, factor, exact, case, dates };
                        let (span, other) = (row.mark.clone(), band.mark.clone());
                        self.out.report_pair(span, &problem, other, Note::Band);
                    }
                    return None;
                }
                (product / PPM, format!("× {factor}"))
            }
        };
        if SHARE_MAX < next.0.abs() {
            if self.reported.insert(("bounds", at)) {
                let case = self.domain.words(cursor);
                self.out.report(row.mark.clone(), &Problem::ShareRunsAway { case, dates });
            }
            return None;
        }
        Some(next)
    }
}
