//! What a member is entitled to: standing over time, ends of periods, levies, verdicts.

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::case::Case;
use tongchou_core::money::FEN_MAX;
use tongchou_core::pack::{Clause, CutOf, Later as PackLater, Pack};
use tongchou_core::rules::{Levy, Months, Verdict};
use tongchou_core::upper::upper;

use crate::amount::{Date, Yuan};
use crate::error::{Code, Refusal, one_of};
use crate::request::{
    Bill, CONTRACT, Encounter, EncounterFacts, Entitle, Fact, Replay, Request, Totals,
};
use crate::response::{Entitled, FundStanding, Judged, Later, Levied, PackStamp, Visit};

use super::dims::{self, Facts, Moment};
use super::replay::shared::Shared;
use super::standing::{self, Log, Timeline};
use super::{Engine, pack_reference};

/// A question with its pack.
struct Asked<'a> {
    pack: &'a Pack,
    question: &'a Entitle,
    params: Vec<u8>,
    /// The day of verdicts and levies.
    day: Day,
    log: Log,
}

pub(super) fn entitle(engine: &Engine, question: &Entitle) -> Result<Entitled, Refusal> {
    let (id, at) = pack_reference(&question.pack)?;
    let loaded = engine.packs.get(id).ok_or_else(|| engine.unknown(id))?;
    let pack = &loaded.pack;
    let day = at.map_or(pack.to, dims::day);
    if day < pack.from || pack.to < day {
        return Err(dims::outside(pack, "$.pack", day));
    }
    let params = dims::params(pack, &question.params)?;
    let message = Replay {
        contract: CONTRACT,
        pack: Some(question.pack.clone()),
        params: question.params.clone(),
        facts: BTreeMap::new(),
        member: Some(question.member.clone()),
        replay: Vec::new(),
    };
    let mut shared = Shared::of(&message);
    let log = read(pack, question, &mut shared)?;
    let asked = Asked { pack, question, params, day, log };
    numbers_known(&asked)?;
    let timeline = Timeline::of(pack, &asked.log)?;
    if let Some((fact, event)) = asked.log.closing_nothing(&[pack])?.first() {
        let path = format!("$.entitle[{fact}].event");
        return Err(Refusal::new(Code::ClosesNothing, path, *event, ""));
    }
    let mut visits = Vec::with_capacity(question.visits.len());
    for (index, encounter) in question.visits.iter().enumerate() {
        let visit = visit(&asked, &shared, &timeline, encounter);
        visits.push(visit.map_err(|refusal| refused_visit(refusal, index))?);
    }
    let (mut levies, mut verdicts) = (Vec::new(), Vec::new());
    for (index, name) in question.ask.iter().enumerate() {
        let rules = &pack.rules;
        let levy = rules.levies.iter().find(|levy| levy.id == *name);
        let verdict = rules.verdicts.iter().find(|verdict| verdict.id == *name);
        match (levy, verdict) {
            (Some(levy), _) => levies.push(levied(&asked, &shared, levy)?),
            (None, Some(verdict)) => verdicts.push(judged(&asked, &shared, verdict)?),
            (None, None) => {
                let levies = rules.levies.iter().map(|levy| levy.id.as_str());
                let names = rules.verdicts.iter().map(|verdict| verdict.id.as_str());
                let names: Vec<&str> = levies.chain(names).collect();
                let (path, known) = (format!("$.ask[{index}]"), one_of(name, &names));
                return Err(Refusal::new(Code::AskUnknown, path, name, known));
            }
        }
    }
    Ok(Entitled {
        contract: CONTRACT,
        status: "entitled".into(),
        pack: PackStamp { id: pack.id.clone(), date: dims::date(day), hash: loaded.hash.clone() },
        timeline: timeline.all(pack, &asked.log, &asked.params),
        periods: timeline.periods(pack, &asked.log)?,
        windows: timeline.windows(pack, &asked.log),
        visits,
        levies,
        verdicts,
    })
}

/// A visit's refusals point into the list of visits, but for what the member says.
fn refused_visit(refusal: Refusal, index: usize) -> Refusal {
    match refusal.path.strip_prefix("$.encounter") {
        Some(rest) => Refusal { path: format!("$.visits[{index}]{rest}"), ..refusal },
        None => refusal,
    }
}

/// The facts of a question: events, contributions and changes of the member.
fn read<'m>(pack: &Pack, question: &'m Entitle, shared: &mut Shared<'m>) -> Result<Log, Refusal> {
    let mut log = Log::default();
    let mut keys: Vec<&str> = Vec::new();
    for (index, fact) in question.entitle.iter().enumerate() {
        let path = format!("$.entitle[{index}]");
        match fact {
            Fact::Event(event) => {
                let known: Vec<&str> = pack.rules.events.iter().map(|e| e.id.as_str()).collect();
                if !known.contains(&event.event.as_str()) {
                    let (value, known) = (&event.event, one_of(&event.event, &known));
                    let path = format!("{path}.event");
                    return Err(Refusal::new(Code::EventUnknown, path, value, known));
                }
                if let Some(id) = &event.id {
                    if keys.contains(&id.as_str()) {
                        return Err(Refusal::new(Code::KeyUsed, format!("{path}.id"), id, ""));
                    }
                    keys.push(id);
                }
                standing::allowed(pack, event).map_err(|refusal| refusal.under(&path))?;
                log.events.push((index, event.clone()));
            }
            Fact::Contribution(record) => log.contributions.push((index, record.clone())),
            Fact::Becomes(becomes) => shared.becomes.push(becomes),
            _ => {
                let expected = "event, contribution, becomes";
                return Err(Refusal::new(Code::FactKind, path, "", expected));
            }
        }
    }
    Ok(log)
}

/// Refuses numbers and given dimensions that the pack does not know.
fn numbers_known(asked: &Asked<'_>) -> Result<(), Refusal> {
    for (name, value) in &asked.question.given {
        let path = format!("$.given.{name}");
        let dims = || asked.pack.dims.iter().filter(|dim| dim.cut.is_none());
        let Some(dim) = dims().find(|dim| dim.name == *name) else {
            let names: Vec<&str> = dims().map(|dim| dim.name.as_str()).collect();
            return Err(Refusal::new(Code::DimValue, path, name, one_of(name, &names)));
        };
        if dims::code(&dim.values, value).is_none() {
            let values: Vec<&str> = dim.values.iter().map(String::as_str).collect();
            return Err(Refusal::new(Code::DimValue, path, value, one_of(value, &values)));
        }
    }
    let known: Vec<&str> = asked.pack.rules.numbers.iter().map(|n| n.id.as_str()).collect();
    let strange = asked.question.numbers.keys().find(|name| !known.contains(&name.as_str()));
    let Some(name) = strange else { return Ok(()) };
    let path = format!("$.numbers.{name}");
    Err(Refusal::new(Code::NumberUnknown, path, name, one_of(name, &known)))
}

/// A bill without fees, on which dimensions are read.
fn empty_bill(asked: &Asked<'_>, shared: &Shared<'_>, encounter: &Encounter) -> Request {
    let question = asked.question;
    let bill = Request {
        contract: CONTRACT,
        pack: question.pack.clone(),
        params: question.params.clone(),
        facts: BTreeMap::new(),
        year_to_date: BTreeMap::new(),
        state: None,
        member: crate::request::Member::default(),
        encounter: encounter.clone(),
        bill: Bill::Totals(Totals::default()),
        stated_total: None,
        hospital_share: None,
        explain: false,
    };
    shared.whole(&bill, encounter.discharged.unwrap_or(encounter.admitted))
}

/// The dimensions of a question that is about no visit.
fn member_facts(asked: &Asked<'_>, shared: &Shared<'_>) -> Result<Facts, Refusal> {
    let on: Date = dims::date(asked.day);
    let encounter = Encounter {
        id: String::new(),
        facts: EncounterFacts::default(),
        admitted: on,
        discharged: None,
        time: None,
        institution: None,
        use_account: None,
        stay: None,
    };
    let request = empty_bill(asked, shared, &encounter);
    let moment = Moment::of(&request, asked.pack, Some(on))?;
    let mut facts = dims::facts(asked.pack, &request, moment)?;
    for (index, dim) in asked.pack.dims.iter().enumerate() {
        if let Some(value) = asked.question.given.get(&dim.name) {
            facts.set(index, dims::code(&dim.values, value));
        }
        let Some(CutOf::Number(number)) = dim.cut.as_ref().map(|cut| cut.of) else { continue };
        let value = number_of(asked, number);
        facts.set(index, dim.cut.as_ref().zip(value).map(|(cut, value)| cut.class(value)));
    }
    Ok(facts)
}

fn number_of(asked: &Asked<'_>, number: u16) -> Option<i64> {
    let number = asked.pack.rules.numbers.get(usize::from(number))?;
    asked.question.numbers.get(&number.id).copied()
}

/// A number that must be there.
fn needed(asked: &Asked<'_>, number: u16) -> Result<i64, Refusal> {
    number_of(asked, number).ok_or_else(|| {
        let name = asked.pack.rules.numbers.get(usize::from(number));
        let name = name.map_or("", |number| number.id.as_str());
        Refusal::new(Code::NumberMissing, format!("$.numbers.{name}"), name, "")
    })
}

fn clause(pack: &Pack, index: u16) -> String {
    pack.clauses.get(usize::from(index)).map_or_else(String::new, |c: &Clause| c.id.clone())
}

fn visit(
    asked: &Asked<'_>,
    shared: &Shared<'_>,
    timeline: &Timeline,
    encounter: &Encounter,
) -> Result<Visit, Refusal> {
    let pack = asked.pack;
    let (_, at) = pack_reference(&asked.question.pack)?;
    let request = empty_bill(asked, shared, encounter);
    let moment = Moment::of(&request, pack, at)?;
    let mut own = request.clone();
    // Only the visit itself can contradict the facts.
    own.member = crate::request::Member::default();
    let derived = timeline.derive(pack, &asked.log, &asked.params, (request, &own), moment)?;
    if let Some(fault) = derived.fault {
        return Err(fault);
    }
    let (codes, missing) = derived.facts.codes();
    let case = Case { codes, missing, params: &asked.params };
    let row = case.pick(&pack.standing, moment.rows);
    let row = row.map_err(|dim| dims::without(pack, dim, ""))?;
    let pays = row.is_none_or(|row| row.value.fund);
    let later = row.and_then(|row| match row.value.later {
        PackLater::None => None,
        PackLater::Manual => Some(Later::Manual),
        PackLater::Recovery => Some(Later::Recovery),
    });
    Ok(Visit {
        id: encounter.id.clone(),
        dims: derived.grounds,
        fund_standing: if pays { FundStanding::Normal } else { FundStanding::None },
        account: row.is_none_or(|row| row.value.account),
        later,
        clause: row.map(|row| clause(pack, row.clause)),
    })
}

/// An amount that the question brings.
fn brought(asked: &Asked<'_>, fact: u16) -> Result<i64, Refusal> {
    let name = asked.pack.facts.get(usize::from(fact)).map_or("", |fact| fact.id.as_str());
    let missing = || Refusal::new(Code::FactMissing, format!("$.facts.{name}"), name, "");
    asked.question.facts.get(name).map(|yuan| yuan.0).ok_or_else(missing)
}

/// A share of an amount, rounded to the fen.
fn share(amount: i64, ppm: i64, times: i64) -> Option<i64> {
    let exact = i128::from(amount) * i128::from(ppm) * i128::from(times);
    let fen = (2 * exact + 1_000_000) / 2_000_000;
    i64::try_from(fen).ok().filter(|fen| *fen <= FEN_MAX)
}

fn levied(asked: &Asked<'_>, shared: &Shared<'_>, levy: &Levy) -> Result<Levied, Refusal> {
    let mut base = brought(asked, levy.base)?;
    let bound = || Refusal::new(Code::AmountBound, "$.facts", levy.id.as_str(), "10000000000.00");
    if let Some((fact, low, high)) = levy.held {
        let of = brought(asked, fact)?;
        let low = share(of, i64::from(low), 1).ok_or_else(bound)?;
        let high = share(of, i64::from(high), 1).ok_or_else(bound)?;
        base = base.clamp(low, high.max(low));
    }
    let months = match &levy.months {
        Months::One => 1,
        Months::Of(number) => needed(asked, *number)?,
        Months::Missing(required, held) => {
            let held = held.iter().map(|number| needed(asked, *number));
            let held = held.collect::<Result<Vec<i64>, _>>()?;
            let sum = held.iter().fold(0_i64, |sum, months| sum.saturating_add(*months));
            i64::from(*required).saturating_sub(sum).max(0)
        }
    };
    let facts = member_facts(asked, shared)?;
    let (codes, missing) = facts.codes();
    let case = Case { codes, missing, params: &asked.params };
    let row = case.pick(&levy.rate, asked.day);
    let none = || Refusal::new(Code::NoVerdict, "$.ask", levy.id.as_str(), "");
    let row = row.map_err(|dim| dims::without(asked.pack, dim, ""))?.ok_or_else(none)?;
    let amount = share(base, i64::from(row.value), months).ok_or_else(bound)?;
    Ok(Levied {
        levy: levy.id.clone(),
        base: Yuan(base),
        rate_ppm: row.value,
        months,
        amount: Yuan(amount),
        upper: upper(amount),
        clause: clause(asked.pack, row.clause),
    })
}

fn judged(asked: &Asked<'_>, shared: &Shared<'_>, verdict: &Verdict) -> Result<Judged, Refusal> {
    let facts = member_facts(asked, shared)?;
    let (codes, missing) = facts.codes();
    let case = Case { codes, missing, params: &asked.params };
    let row = case.pick(&verdict.rows, asked.day);
    let none = || Refusal::new(Code::NoVerdict, "$.ask", verdict.id.as_str(), "");
    let row = row.map_err(|dim| dims::without(asked.pack, dim, ""))?.ok_or_else(none)?;
    Ok(Judged {
        verdict: verdict.id.clone(),
        results: row.value.iter().cloned().collect(),
        clause: clause(asked.pack, row.clause),
    })
}
