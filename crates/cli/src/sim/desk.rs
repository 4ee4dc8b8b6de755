//! Scenarios and packs by their names.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use tongchou_core::pack::{Pack, Param};
use tongchou_policy::Checked;
use tongchou_sim::fault::{Code, Fault, said};
use tongchou_sim::presets;
use tongchou_sim::run::Terms;
use tongchou_sim::scenario::{MEMBERS_MAX, Scenario};
use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::engine::Engine;

use super::{Common, Much, Stopped};
use crate::{Ended, Failure, Language, packs};

/// A pack and its terms.
#[derive(Debug)]
pub struct Chosen {
    /// The pack as it was checked.
    pub checked: Checked,
    /// The day whose rows hold for every visit, where one was chosen.
    pub day: Option<Date>,
    /// What it is settled with.
    pub terms: Terms,
}

/// `sim scenarios`.
pub fn scenarios(id: Option<&str>, lang: Language, out: &mut dyn Write) -> Result<Ended, Stopped> {
    if let Some(id) = id {
        let (_, text) = scenario_text(id)?;
        write!(out, "{text}")?;
        return Ok(Ended::Done);
    }
    for presets::Preset { id, text } in presets::ALL {
        let scenario = Scenario::read(text, id)?;
        let name = match lang {
            Language::Zh => &scenario.name.zh,
            Language::En => &scenario.name.en,
        };
        writeln!(out, "{id}  {name}  ({}, {})", scenario.pack, scenario.year)?;
    }
    Ok(Ended::Done)
}

/// A scenario by its id or its file.
pub fn scenario(name: &str) -> Result<Scenario, Stopped> {
    let (name, text) = scenario_text(name)?;
    Ok(Scenario::read(&text, &name)?)
}

fn scenario_text(name: &str) -> Result<(String, String), Stopped> {
    if let Some(preset) = presets::find(name) {
        return Ok((preset.id.to_owned(), preset.text.to_owned()));
    }
    if !Path::new(name).exists() {
        let known: Vec<&str> = presets::ALL.iter().map(|preset| preset.id).collect();
        return Err(Failure::new(format!(
            "no scenario `{name}`: give a TOML file, or one of {}",
            known.join(", ")
        ))
        .into());
    }
    Ok((name.to_owned(), packs::read(name)?))
}

/// How many of a scenario's members are made.
pub fn members(scenario: &Scenario, much: &Much) -> Result<u64, Stopped> {
    if let Some(members) = much.members {
        let help = || format!("1 … {MEMBERS_MAX}");
        let known = (1..=MEMBERS_MAX).contains(&members).then_some(members);
        let fault = || Fault::new(Code::Usage, "--members", members.to_string(), help());
        return Ok(known.ok_or_else(fault)?);
    }
    let Some(sample) = &much.sample else { return Ok(scenario.members) };
    let help = || said("写成 1/N，如 1/100", "write 1/N, such as 1/100");
    let parts = sample.strip_prefix("1/").and_then(|n| n.parse::<u64>().ok()).filter(|n| *n > 0);
    let parts = parts.ok_or_else(|| Fault::new(Code::Usage, "--sample", sample, help()))?;
    Ok(scenario.members.div_ceil(parts))
}

/// Choices and amounts that were made for some pack.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// Values of parameters.
    pub params: &'a BTreeMap<String, String>,
    /// Amounts that are given with every bill, in fen.
    pub facts: &'a BTreeMap<String, i64>,
    /// Whether they were made for the very pack that they go to: it must know them all. Another
    /// pack gets those that it knows.
    pub own: bool,
}

impl<'a> Made<'a> {
    /// What a scenario chose for its pack, for a pack under a name.
    pub fn of(scenario: &'a Scenario, pack: &str) -> Self {
        let (params, facts) = (&scenario.params, &scenario.facts);
        Self { params, facts, own: scenario.pack == pack }
    }

    fn params(&self, pack: &Pack) -> BTreeMap<String, String> {
        let known = |(name, value): &(&String, &String)| {
            let of_name = |param: &&Param| param.name == **name;
            let param = pack.params.iter().find(of_name);
            self.own || param.is_some_and(|param| param.values.contains(value))
        };
        let params = self.params.iter().filter(known);
        params.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn facts(&self, pack: &Pack) -> BTreeMap<String, Yuan> {
        let known = |name: &str| self.own || pack.facts.iter().any(|fact| fact.id == name);
        let facts = self.facts.iter().filter(|(name, _)| known(name));
        facts.map(|(name, fen)| (name.clone(), Yuan(*fen))).collect()
    }
}

/// The pack that the command line asks for, or the scenario's own.
pub fn chosen(common: &Common, scenario: &Scenario) -> Result<Chosen, Stopped> {
    let pack = common.pack.as_ref().unwrap_or(&scenario.pack);
    terms(pack, &Made::of(scenario, pack), &common.params, common.lang)
}

/// A pack by its id, its id with a day, or its file, under what was made for it and then `given`.
pub fn terms(
    name: &str,
    made: &Made<'_>,
    given: &[String],
    lang: Language,
) -> Result<Chosen, Stopped> {
    let dated = name.rsplit_once('@').filter(|(_, day)| Date::read(day).is_some());
    let (bare, day) = match dated.filter(|_| !Path::new(name).exists()) {
        Some((bare, day)) => (bare, Some(day)),
        None => (name, None),
    };
    let checked = match tongchou_packs::find(bare) {
        Some(source) => packs::load(source.text, source.id, lang)?,
        None if Path::new(bare).exists() => packs::load(&packs::read(bare)?, bare, lang)?,
        None => {
            return Err(Failure::new(format!(
                "no pack `{bare}`: give a TOML file, or an id of `tongchou packs list`"
            ))
            .into());
        }
    };
    let mut engine = Engine::new();
    let refused = |refusal| Fault::refused(name, refusal);
    let id = engine.add_pack(&checked.canonical).map_err(refused)?;
    let reference = day.map_or(id.clone(), |day| format!("{id}@{day}"));
    let params = params(given, &made.params(&checked.pack))?;
    let binder = engine.binder(&reference, &params).map_err(refused)?;
    let facts = made.facts(&checked.pack);
    let day = day.and_then(Date::read);
    Ok(Chosen { checked, day, terms: Terms { binder, facts } })
}

/// Parameters as the command line gives them, over those that were there.
fn params(
    given: &[String],
    base: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Stopped> {
    let help = || said("写成 名称=值", "write NAME=VALUE");
    let mut params = base.clone();
    for text in given {
        let pair =
            text.split_once('=').ok_or_else(|| Fault::new(Code::Usage, "--param", text, help()))?;
        params.insert(pair.0.to_owned(), pair.1.to_owned());
    }
    Ok(params)
}

/// The number of threads: what was asked for, or all of the machine's.
pub fn threads(asked: Option<usize>) -> Result<usize, Stopped> {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    match asked {
        Some(threads) if (1..=1_024).contains(&threads) => Ok(threads),
        Some(threads) => {
            let fault = Fault::new(Code::Usage, "--threads", threads.to_string(), "1 … 1024");
            Err(fault.into())
        }
        None => Ok(all()),
    }
}
