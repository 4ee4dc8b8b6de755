//! What a second policy costs beside the first, for changes of an early or a late stage, with
//! settling everything anew as the control of each.
//!
//! `cargo run -p tongchou-sim --release --example impact [members] [threads] [page.html]`

use std::collections::BTreeMap;
use std::time::Instant;

use tongchou_sim::generate::Generator;
use tongchou_sim::impact::{self, Clock, Impact, Stages};
use tongchou_sim::presets;
use tongchou_sim::report::impact::Report;
use tongchou_sim::run::{Quiet, Terms};
use tongchou_sim::scenario::Scenario;
use tongchou_sim::settle::WIDTH_SMALL;
use tongchou_wire::engine::Engine;
use tongchou_wire::error::Lang;

type Failure = Box<dyn std::error::Error>;

/// The scenario and the pack that is changed.
const SCENARIO: &str = "beijing";
const PACK: &str = "110000-employee";

/// Changes of the pack's text.
const CASES: [(&str, &[(&str, &str)]); 5] = [
    ("nothing", &[]),
    ("cap of the large-amount layer, 400,000 to 600,000", &[("\"400000.00\"", "\"600000.00\"")]),
    (
        "inpatient deductible, 1,300 to 1,500",
        &[(
            "admission = \"first\" }\n  amount = \"1300.00\"",
            "admission = \"first\" }\n  amount = \"1500.00\"",
        )],
    ),
    (
        "outpatient rate of the active, 70 % to 75 %",
        &[("pays = [\"70%\", \"60%\"]", "pays = [\"75%\", \"60%\"]")],
    ),
    (
        "pre-pay share of class B, 10 % to 15 %",
        &[("share = \"10%\"\nclause = \"BJE-14\"", "share = \"15%\"\nclause = \"BJE-14\"")],
    ),
];

struct Watch(Instant);

impl Clock for Watch {
    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

fn terms(changes: &[(&str, &str)]) -> Result<Terms, Failure> {
    let source = tongchou_packs::find(PACK).ok_or("no such pack")?;
    let mut text = source.text.to_owned();
    for (from, to) in changes {
        if !text.contains(from) {
            return Err(format!("the pack does not say {from}").into());
        }
        text = text.replace(from, to);
    }
    let checked = tongchou_policy::check(&text, PACK).map_err(|report| format!("{report:?}"))?;
    let mut engine = Engine::new();
    engine.add_pack(&checked.canonical).map_err(|refusal| refusal.to_string())?;
    let binder = engine.binder(PACK, &BTreeMap::new()).map_err(|refusal| refusal.to_string())?;
    Ok(Terms { binder, facts: BTreeMap::new() })
}

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let members = args.next().map_or(Ok(1_000_000), |text| text.parse::<u64>())?;
    let threads = args.next().map_or(Ok(1), |text| text.parse::<usize>())?;
    let page = args.next();
    let preset = presets::find(SCENARIO).ok_or("no such scenario")?;
    let generator = Generator::new(&Scenario::read(preset.text, preset.id)?, 1)?;
    let baseline = terms(&[])?;
    for (name, changes) in CASES {
        let reform = terms(changes)?;
        let watch = Watch(Instant::now());
        let (a, b) = (&baseline, &reform);
        let run = impact::run::<WIDTH_SMALL>;
        let impact = run(&generator, 0..members, a, b, threads, &Quiet, &watch)?;
        let anew = impact::run_anew::<WIDTH_SMALL>;
        let control = anew(&generator, 0..members, a, b, threads, &Quiet, &watch)?;
        tell(name, &impact, &control);
        if let Some(page) = &page {
            let report = Report { impact: &impact, lang: Lang::Zh, value: plain };
            std::fs::write(page, report.html())?;
        }
    }
    Ok(())
}

/// Values as packs write them.
fn plain<'a>(_: &str, value: &'a str, _: Lang) -> &'a str {
    value
}

fn tell(name: &str, impact: &Impact, control: &Impact) {
    let Impact { reuse, times, changes, totals, .. } = impact;
    let per = |time: u64| time.checked_div(reuse.visits).unwrap_or(0);
    let share = |part: u64, whole: u64| (part * 1_000).checked_div(whole).unwrap_or(0);
    let permille = |number: u64| format!("{}.{} %", number / 10, number % 10);
    println!("{name}");
    println!(
        "  visits {}, lines {}; fund {:+} fen; gainers {}, losers {}",
        reuse.visits,
        reuse.lines,
        totals.b.fund - totals.a.fund,
        changes.gainers.members,
        changes.losers.members
    );
    println!(
        "  classified once {}, members skipped {}, visits skipped {}",
        permille(share(reuse.classified, reuse.visits)),
        permille(share(reuse.members_skipped, reuse.members)),
        permille(share(reuse.visits_skipped, reuse.visits))
    );
    let stages = |of: &Stages| {
        format!("bind {}, classify {}, settle {}", per(of.bind), per(of.classify), per(of.settle))
    };
    println!(
        "  ns a visit: generate {}; first: {}; second: {}; second anew: {}",
        per(times.generate),
        stages(&times.first),
        stages(&times.second),
        stages(&control.times.second)
    );
    println!(
        "  second / (generate + first): {}; anew: {}",
        permille(times.second_permille().unwrap_or(0)),
        permille(control.times.second_permille().unwrap_or(0))
    );
}
