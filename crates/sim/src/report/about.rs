//! What a report is of: enough to repeat the run, and to tell what its sums stand for.

use crate::impact::Pair;
use crate::scenario::{Name, Scenario};

/// Where an impact comes from.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Id of the scenario.
    pub scenario: &'a str,
    /// Its name.
    pub name: &'a Name,
    /// Members that the scenario stands for.
    pub represents: u64,
    /// Published figures that the scenario is held against; all else in it is assumed.
    pub published: usize,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Version of the program.
    pub version: &'a str,
    /// The packs as they were asked for: ids, or names of files.
    pub asked: Pair<&'a str>,
    /// What is different between the packs, in the language of the report.
    pub differences: &'a [String],
}

impl<'a> About<'a> {
    /// A run of a scenario under two packs.
    #[must_use]
    pub fn new(
        scenario: &'a Scenario,
        seed: u64,
        version: &'a str,
        asked: Pair<&'a str>,
        differences: &'a [String],
    ) -> Self {
        let judged = scenario.targets.iter().filter(|target| target.confidence.is_judged());
        Self {
            scenario: &scenario.id,
            name: &scenario.name,
            represents: scenario.members,
            published: judged.count(),
            seed,
            version,
            asked,
            differences,
        }
    }

    /// How many times the simulated members the whole population is, in hundredths; `None` where
    /// nobody was simulated.
    #[must_use]
    pub fn factor(&self, persons: u64) -> Option<u64> {
        let hundredths = u128::from(self.represents) * 100 + u128::from(persons) / 2;
        hundredths.checked_div(persons.into()).and_then(|factor| u64::try_from(factor).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_of_the_members_that_were_simulated() {
        let name = Name::default();
        let about = About {
            scenario: "s",
            name: &name,
            represents: 15_000_000,
            published: 0,
            seed: 1,
            version: "0",
            asked: Pair { a: "a", b: "b" },
            differences: &[],
        };
        let persons = [3_000, 15_000_000, 7_000, 30_000_000, 0];
        let factors = persons.map(|persons| about.factor(persons));
        assert_eq!(factors, [Some(500_000), Some(100), Some(214_286), Some(50), None]);
    }
}
