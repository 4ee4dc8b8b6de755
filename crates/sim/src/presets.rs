//! The scenarios that ship with the simulator, as the text their authors wrote.
//!
//! `presets/` holds one file a scenario, named `<id>.toml`. The two national ones are calibrated
//! to published figures, which stand in their `[[target]]` rows.

/// A shipped scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its id, equal to the file's name without its ending.
    pub id: &'static str,
    /// The TOML text.
    pub text: &'static str,
}

macro_rules! presets {
    ($($id:literal),+ $(,)?) => {
        /// Every shipped scenario, in order of its id.
        pub const ALL: &[Preset] = &[
            $(Preset { id: $id, text: include_str!(concat!("../presets/", $id, ".toml")) }),+
        ];
    };
}

presets!["beijing", "cn-employee-2025", "cn-resident-2025", "huadian"];

/// The shipped scenario of that id.
#[must_use]
pub fn find(id: &str) -> Option<Preset> {
    ALL.iter().copied().find(|preset| preset.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tongchou_core::calendar::Day;
    use tongchou_policy::Checked;
    use tongchou_wire::amount::{Yuan, scaled};
    use tongchou_wire::engine::Engine;

    use super::*;
    use crate::batch::{Batch, QUANTITY_ONE};
    use crate::bind::Bound;
    use crate::calibrate::{Row, Unit, Verdict, calibrate, measure};
    use crate::generate::Generator;
    use crate::run::{Quiet, Terms};
    use crate::scenario::Scenario;
    use crate::settle::WIDTH_SMALL;

    fn scenario(id: &str) -> Scenario {
        Scenario::read(find(id).unwrap().text, id).unwrap()
    }

    /// The scenario's pack and what it is settled with.
    fn terms(scenario: &Scenario) -> (Checked, Terms) {
        let source = tongchou_packs::find(&scenario.pack).unwrap();
        let checked = tongchou_policy::check(source.text, source.id).unwrap();
        let mut engine = Engine::new();
        engine.add_pack(&checked.canonical).unwrap();
        let binder = engine.binder(&scenario.pack, &scenario.params).unwrap();
        let facts = scenario.facts.iter().map(|(name, fen)| (name.clone(), Yuan(*fen)));
        let facts: BTreeMap<String, Yuan> = facts.collect();
        (checked, Terms { binder, facts })
    }

    fn rows(scenario: &Scenario, members: u64) -> Vec<Row> {
        let (checked, terms) = terms(scenario);
        let generator = Generator::new(scenario, 1).unwrap();
        let parts = measure::<WIDTH_SMALL>(&generator, 0..members, 20, &terms, 2, &Quiet).unwrap();
        calibrate(scenario, &checked.pack, generator.book(), &parts).unwrap()
    }

    #[test]
    fn every_preset_reads_under_its_id() {
        assert!(ALL.is_sorted_by_key(|preset| preset.id));
        for preset in ALL {
            let scenario = scenario(preset.id);
            assert_eq!(scenario.id, preset.id);
            Generator::new(&scenario, 1).unwrap();
        }
        assert_eq!(find("nowhere"), None);
    }

    /// Every member at every encounter with every item, on the first and the last day of the year.
    #[test]
    fn every_profile_of_a_preset_is_accepted_by_its_pack() {
        for preset in ALL {
            let scenario = scenario(preset.id);
            let (_, terms) = terms(&scenario);
            let generator = Generator::new(&scenario, 1).unwrap();
            let book = generator.book();
            let mut batch = Batch::default();
            batch.clear();
            let first = Day::new(scenario.year, 1, 1).unwrap().0;
            for who in 0..u16::try_from(book.who.len()).unwrap() {
                batch.person.push(u64::from(who));
                batch.person_who.push(who);
                for day in [first, first + 364] {
                    for what in 0..u16::try_from(book.what.len()).unwrap() {
                        batch.member.push(u32::from(who));
                        batch.day.push(day);
                        batch.nights.push(0);
                        batch.who.push(who);
                        batch.what.push(what);
                        batch.flags.push(0);
                        batch.balance.push(0);
                        for item in 0..u16::try_from(book.item.len()).unwrap() {
                            batch.item.push(item);
                            batch.quantity.push(QUANTITY_ONE);
                            batch.fee.push(10_000);
                        }
                        batch.line_start.push(u32::try_from(batch.fee.len()).unwrap());
                    }
                }
            }
            assert!(batch.is_sound());
            let mut bound = Bound::new(terms.binder, terms.facts);
            let refused = bound.bind(&batch, book).err().map(|fault| fault.to_string());
            assert_eq!(refused, None, "{}", preset.id);
        }
    }

    #[test]
    fn the_presets_without_published_figures_settle_too() {
        for id in ["beijing", "huadian"] {
            let scenario = scenario(id);
            assert!(scenario.targets.is_empty());
            let (_, terms) = terms(&scenario);
            let generator = Generator::new(&scenario, 1).unwrap();
            let parts = measure::<WIDTH_SMALL>(&generator, 0..4_000, 1, &terms, 1, &Quiet);
            let [part] = <[_; 1]>::try_from(parts.unwrap()).unwrap();
            let sums = part.tally.sums();
            assert!(sums.fund > 0 && sums.cash > 0 && sums.account > 0, "{id}");
            assert!(part.tally.taken_back > 0 && part.tally.late > 0, "{id}");
        }
    }

    /// The fund sees nothing of a stay in frozen months, so a transfer out of one is a stay anew.
    #[test]
    fn transfers_of_frozen_members_settle() {
        let mut scenario = scenario("cn-employee-2025");
        let inpatient = scenario.visit("inpatient").unwrap();
        scenario.visits.get_mut(inpatient).unwrap().transfer = 500_000;
        let gap = scenario.gap.as_mut().unwrap();
        (gap.members, gap.months) = (1_000_000, vec![(6, 1_000_000)]);
        let (_, terms) = terms(&scenario);
        let generator = Generator::new(&scenario, 1).unwrap();
        let parts = measure::<WIDTH_SMALL>(&generator, 0..4_000, 1, &terms, 1, &Quiet).unwrap();
        assert!(parts.iter().all(|part| part.tally.blocked > 1_000));
    }

    /// 20,000 members leave more to chance than the tolerances allow, so chance is added: three
    /// standard errors. The command line's own run is larger and keeps to the tolerances.
    #[test]
    fn the_national_presets_come_out_as_published() {
        for id in ["cn-employee-2025", "cn-resident-2025"] {
            let scenario = scenario(id);
            let rows = rows(&scenario, 20_000);
            assert_eq!(rows.len(), scenario.targets.len());
            for row in &rows {
                let (error, chance) = (row.error.unwrap(), row.sampling.unwrap());
                let most = i64::from(row.tolerance) + 3 * chance;
                assert!(error.abs() <= most, "{id} {}: {error} ppm, {chance}", row.figure);
                assert!(chance < 100_000, "{id} {}: {chance} ppm", row.figure);
                assert_ne!(row.verdict, Verdict::Missing);
            }
            let judged = rows.iter().filter(|row| row.confidence.is_judged());
            assert!(judged.count() >= 15);
        }
    }

    #[test]
    fn a_wrong_price_is_beyond_the_tolerance() {
        let mut scenario = scenario("cn-resident-2025");
        let inpatient = scenario.visit("inpatient").unwrap();
        scenario.visits.get_mut(inpatient).unwrap().cost *= 2;
        let rows = rows(&scenario, 20_000);
        let row = rows.iter().find(|row| row.figure == "inpatient.cost").unwrap();
        assert_eq!((row.unit, row.verdict), (Unit::Yuan, Verdict::Beyond));
        let share = rows.iter().find(|row| row.figure == "inpatient.nights").unwrap();
        assert_eq!(share.verdict, Verdict::Within);
    }

    /// What is stated by kind adds up to what is stated a head: nobody mistyped a published figure.
    #[test]
    fn published_figures_agree_with_each_other() {
        for id in ["cn-employee-2025", "cn-resident-2025"] {
            let scenario = scenario(id);
            let value = |figure: &str| {
                let target = scenario.targets.iter().find(|target| target.figure == figure);
                i128::from(scaled(&target.unwrap().value, 6, i64::MAX).unwrap())
            };
            let by_kind = |kind: &&str| {
                value(&format!("{kind}.per_head")) * value(&format!("{kind}.cost")) / 1_000_000
            };
            let sum: i128 =
                ["outpatient", "special_outpatient", "inpatient"].iter().map(by_kind).sum();
            let published = value("institutions.cost_per_head");
            assert!((sum - published).abs() * 1_000 < published, "{id}: {sum}, {published}");
        }
    }
}
