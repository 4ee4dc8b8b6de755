//! The committed counts, and how new ones are judged by them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::{Failure, Outcome};

/// What stands at the head of the file, for those who open it.
const ABOUT: &str = "Instructions of each workload: those of the program itself, and its calls \
                     into system libraries. Written by `cargo xtask bench --gate --bless`; \
                     benches/CI.md says when.";
/// A rise above this is red, a fall below it asks for a new baseline. In per cent.
pub const PER_CENT: u64 = 2;
/// Calls may rise by one in so many items besides, since few are made where none must be.
const CALL_OF_ITEMS: u64 = 100;

/// What a workload took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Items that were settled, answered or loaded.
    pub items: u64,
    /// Instructions of the program's own.
    pub instructions: u64,
    /// Calls into other libraries: memory asked for, given back, copied, compared.
    pub calls: u64,
}

/// Counts by workload.
pub type Counts = BTreeMap<String, Count>;

/// The counts that were committed, and what they were counted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The processor's architecture and the operating system.
    pub machine: String,
    /// The compiler, as it names itself.
    pub rustc: String,
    /// The tool that counted.
    pub valgrind: String,
    /// Every workload.
    pub counts: Counts,
}

impl Baseline {
    /// Reads the committed file.
    pub fn read(text: &str) -> Outcome<Self> {
        let wrong = |what: &str| Failure(format!("the baseline is damaged: {what}"));
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        let word = |name: &str| {
            let word = value.get(name).and_then(Value::as_str);
            word.map(str::to_owned).ok_or_else(|| wrong(name))
        };
        let all = value.get("workloads").and_then(Value::as_object);
        let all = all.filter(|all| !all.is_empty()).ok_or_else(|| wrong("no workloads"))?;
        let mut counts = Counts::new();
        for (name, count) in all {
            let number = |field: &str| {
                let number = count.get(field).and_then(Value::as_u64);
                number.ok_or_else(|| wrong(&format!("{name}: {field}")))
            };
            let (items, instructions) = (number("items")?, number("instructions")?);
            if items == 0 || instructions == 0 {
                return Err(wrong(&format!("{name}: nothing was counted")));
            }
            let count = Count { items, instructions, calls: number("calls")? };
            counts.insert(name.clone(), count);
        }
        let (machine, rustc) = (word("machine")?, word("rustc")?);
        Ok(Self { machine, rustc, valgrind: word("valgrind")?, counts })
    }

    /// The file as it is committed.
    pub fn text(&self) -> String {
        let counts = self.counts.iter().map(|(name, count)| {
            let Count { items, instructions, calls } = count;
            let count = json!({ "items": items, "instructions": instructions, "calls": calls });
            (name.clone(), count)
        });
        let value = json!({
            "about": ABOUT,
            "machine": self.machine,
            "rustc": self.rustc,
            "valgrind": self.valgrind,
            "workloads": counts.collect::<Map<_, _>>(),
        });
        format!("{value:#}\n")
    }
}

/// How a workload stands to the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Within the tolerance.
    Same,
    /// Fewer instructions or calls than the tolerance: good, but the baseline is out of date.
    Fell,
    /// More instructions than the tolerance.
    Rose,
    /// More calls into other libraries than the tolerance.
    Calls,
    /// In this run alone.
    New,
    /// In the baseline alone.
    Gone,
}

impl Verdict {
    /// Whether it fails the gate.
    pub fn is_red(self) -> bool {
        !matches!(self, Self::Same | Self::Fell)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Fell => "fell: lower the baseline in a commit of its own",
            Self::Rose => "RED: more instructions",
            Self::Calls => "RED: more calls into system libraries",
            Self::New => "RED: not in the baseline",
            Self::Gone => "RED: gone, but in the baseline",
        }
    }
}

/// Judges one workload; at least one count must be there.
pub fn judge(now: Option<Count>, before: Option<Count>) -> Verdict {
    let (now, before) = match (now, before) {
        (Some(now), Some(before)) => (now, before),
        (Some(_), None) => return Verdict::New,
        (None, _) => return Verdict::Gone,
    };
    // Items may differ: what is compared are fractions, brought to one denominator.
    let scaled = |count: u64, items: u64, per_cent: u64| {
        u128::from(count) * u128::from(items) * u128::from(per_cent)
    };
    let spent = |per_cent| scaled(now.instructions, before.items, per_cent);
    let known = |per_cent| scaled(before.instructions, now.items, per_cent);
    let slack = scaled(before.items, now.items, 100 / CALL_OF_ITEMS);
    let calls = |per_cent| scaled(now.calls, before.items, per_cent);
    let known_calls = |per_cent| scaled(before.calls, now.items, per_cent);
    if spent(100) > known(100 + PER_CENT) {
        Verdict::Rose
    } else if calls(100) > known_calls(100 + PER_CENT) + slack {
        Verdict::Calls
    } else if spent(100) < known(100 - PER_CENT) || calls(100) + slack < known_calls(100 - PER_CENT)
    {
        Verdict::Fell
    } else {
        Verdict::Same
    }
}

/// The table of a run, and whether it is green.
pub fn table(now: &Counts, before: &Counts) -> (String, bool) {
    let mut names: Vec<&String> = now.keys().chain(before.keys()).collect();
    names.sort();
    names.dedup();
    let mut green = true;
    let mut text = format!(
        "{:20}{:>13}{:>13}{:>9}{:>11}{:>11}\n",
        "workload", "instructions", "baseline", "change", "calls", "baseline"
    );
    for name in names {
        let (now, before) = (now.get(name).copied(), before.get(name).copied());
        let verdict = judge(now, before);
        green &= !verdict.is_red();
        let cell = |count: Option<Count>, of: fn(Count) -> u64| {
            count.map_or_else(|| "-".into(), |count| per_item(of(count), count.items))
        };
        let change = now.zip(before).map_or_else(|| "-".into(), |(now, then)| change(now, then));
        let (spent, known) = (cell(now, |it| it.instructions), cell(before, |it| it.instructions));
        let (calls, then) = (cell(now, |it| it.calls), cell(before, |it| it.calls));
        let words = verdict.words();
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "{name:20}{spent:>13}{known:>13}{change:>9}{calls:>11}{then:>11}  {words}"
        );
    }
    (text, green)
}

/// A count for one item, with two decimals.
fn per_item(count: u64, items: u64) -> String {
    let hundredths = u128::from(count) * 100 / u128::from(items.max(1));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The change of the instructions an item, in per cent with two decimals.
fn change(now: Count, before: Count) -> String {
    let known = i128::from(before.instructions) * i128::from(now.items);
    let spent = i128::from(now.instructions) * i128::from(before.items);
    let hundredths = (spent - known) * 10_000 / known.max(1);
    let sign = if hundredths < 0 { "-" } else { "+" };
    let size = hundredths.abs();
    format!("{sign}{}.{:02} %", size / 100, size % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Count = Count { items: 1_000, instructions: 500_000, calls: 2_000 };

    fn of(instructions: u64, calls: u64) -> Verdict {
        judge(Some(Count { instructions, calls, ..BEFORE }), Some(BEFORE))
    }

    #[test]
    fn two_per_cent_are_the_limit_either_way() {
        assert_eq!(of(500_000, 2_000), Verdict::Same);
        assert_eq!(of(510_000, 2_000), Verdict::Same);
        assert_eq!(of(510_001, 2_000), Verdict::Rose);
        assert_eq!(of(525_000, 2_000), Verdict::Rose);
        assert_eq!(of(490_000, 2_000), Verdict::Same);
        assert_eq!(of(489_999, 2_000), Verdict::Fell);
        assert!(!Verdict::Fell.is_red());
    }

    #[test]
    fn calls_have_the_same_limit_and_one_in_a_hundred_items() {
        assert_eq!(of(500_000, 2_050), Verdict::Same);
        assert_eq!(of(500_000, 2_051), Verdict::Calls);
        assert_eq!(of(500_000, 1_949), Verdict::Fell);
        let none = Count { calls: 0, ..BEFORE };
        let some = |calls| judge(Some(Count { calls, ..none }), Some(none));
        assert_eq!([some(10), some(11)], [Verdict::Same, Verdict::Calls]);
    }

    #[test]
    fn what_counts_is_an_item() {
        let twice = Count { items: 2_000, instructions: 1_020_000, calls: 4_000 };
        assert_eq!(judge(Some(twice), Some(BEFORE)), Verdict::Same);
        let more = Count { instructions: 1_020_001, ..twice };
        assert_eq!(judge(Some(more), Some(BEFORE)), Verdict::Rose);
    }

    #[test]
    fn a_workload_that_comes_or_goes_is_red() {
        let counts = |names: &[&str]| -> Counts {
            names.iter().map(|name| ((*name).to_owned(), BEFORE)).collect()
        };
        assert!(table(&counts(&["a", "b"]), &counts(&["a", "b"])).1);
        let (text, green) = table(&counts(&["a", "c"]), &counts(&["a", "b"]));
        assert!(!green);
        assert!(text.contains("RED: gone") && text.contains("RED: not in the baseline"), "{text}");
        assert!(!table(&counts(&["a"]), &Counts::new()).1);
    }

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let baseline = Baseline {
            machine: "m".into(),
            rustc: "r".into(),
            valgrind: "v".into(),
            counts: [("a".to_owned(), BEFORE)].into(),
        };
        assert_eq!(Baseline::read(&baseline.text()), Ok(baseline.clone()));
        let without = |field: &str| baseline.text().replace(field, "other");
        for field in ["machine", "rustc", "valgrind", "workloads", "items", "instructions"] {
            assert!(Baseline::read(&without(field)).is_err(), "{field}");
        }
        let nothing = baseline.text().replace("500000", "0");
        assert!(Baseline::read(&nothing).is_err());
    }
}
