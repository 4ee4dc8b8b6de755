//! Builds a request around a target.

use std::collections::BTreeMap;

use tongchou_wire::amount::Date;
use tongchou_wire::request::{
    Bill, CONTRACT, Encounter, EncounterFacts, Member, Request, Stay, Totals,
};

use crate::day::benefit_year;
use crate::pack::{DimSource, Pack};

use super::dice::Dice;
use super::facts::{self, Chosen};
use super::fees::{self, Desk};
use super::history::{History, Mood};
use super::target::{self, Target};
use super::{amount, days, payers, person, spoil, state, used};

/// Of a million bills, how many have thousands of lines.
const LONG_PER_MILLION: i64 = 50;
/// Of a thousand requests, how many are spoilt.
const SPOILT_PER_MILLE: i64 = 8;

/// Of a thousand requests, how many leave out a dimension without default; it may not matter.
const UNSAID_PER_MILLE: i64 = 7;
/// How often a target is drawn before any bill will do.
const TRIES: u32 = 24;

/// What requests are built with.
pub struct Builder<'a> {
    /// The pack.
    pub pack: &'a Pack,
    /// Its rows.
    pub targets: &'a [Target],
    /// Chance.
    pub dice: &'a mut Dice,
}

/// What is decided before a request is written.
struct Plan {
    target: Target,
    chosen: Chosen,
    /// The bill's day.
    day: Date,
    /// The day behind `@`.
    pin: Option<Date>,
}

impl Builder<'_> {
    /// A bill of its own.
    pub fn alone(&mut self, id: String) -> Request {
        let mut plan = self.plan(&Chosen::new(), None);
        if self.dice.percent(3) {
            plan.pin = Some(plan.day);
            plan.day = days::shift(plan.day, self.dice.between(-900, 900));
        }
        let mut request = self.start(id, &plan);
        person::age(self.dice, self.pack, &plan.chosen, plan.day, &mut request.member);
        if self.dice.percent(50) {
            request.member.id = Some("m".to_owned());
        }
        if self.dice.percent(75) {
            used::year_to_date(self.dice, self.pack, &plan.target, &plan.chosen, &mut request);
        }
        if self.is_stay(&plan.chosen) && self.dice.percent(15) {
            request.encounter.stay =
                Some(Stay { id: "s".to_owned(), closes: self.dice.percent(30) });
        }
        self.finish(request, &plan)
    }

    /// The next bill of a history.
    pub fn in_history(&mut self, id: String, history: &mut History) -> Request {
        let day = history.day.map(|last| days::later(self.dice, self.pack, last));
        let mut fixed = Chosen::new();
        let person = history.member.as_ref().and_then(|member| member.facts.person.clone());
        if let Some(person) = person.filter(|_| self.dice.percent(96)) {
            fixed.insert("person".to_owned(), person);
        }
        if let Some(care) = self.care(history.mood) {
            fixed.insert("care".to_owned(), care);
        }
        if self.dice.percent(97) {
            let params = |(key, _): &(&String, &String)| key.starts_with("param.");
            let kept = history.chosen.iter().filter(params);
            fixed.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
        }
        let mut plan = self.plan(&fixed, day);
        history.chosen.clone_from(&plan.chosen);
        if self.dice.percent(1) {
            plan.pin = Some(days::between(self.dice, self.pack.from, self.pack.to));
        }
        let mut request = self.start(id, &plan);
        self.keep_member(history, &plan, &mut request);
        history.day = Some(plan.day);

        let year = benefit_year(self.pack, plan.day);
        let stays = self.is_stay(&plan.chosen);
        request.encounter.stay = stays.then(|| history.stay(self.dice, year)).flatten();
        match &history.held {
            Some((of, seq, held)) if *of == year || self.dice.percent(1) => {
                let member = request.member.id.clone();
                request.state = Some(state(self.pack, member, *of, *seq, held));
            }
            _ if self.dice.percent(50) => {
                used::year_to_date(self.dice, self.pack, &plan.target, &plan.chosen, &mut request);
            }
            _ => {}
        }
        self.finish(request, &plan)
    }

    /// The same person in every bill of a history.
    fn keep_member(&mut self, history: &mut History, plan: &Plan, request: &mut Request) {
        match &history.member {
            Some(member) => {
                request.member.id.clone_from(&member.id);
                (request.member.born, request.member.age) = (member.born, member.age);
            }
            None => {
                let day = days::shift(plan.day, self.dice.pick([0, 0, 40, 300]));
                person::age(self.dice, self.pack, &plan.chosen, day, &mut request.member);
                if self.dice.percent(70) {
                    request.member.id = Some("m".to_owned());
                }
                request.member.born = request.member.born.map(|born| born.min(plan.day));
                history.member = Some(request.member.clone());
            }
        }
    }

    /// The care that a history keeps to.
    fn care(&mut self, mood: Mood) -> Option<String> {
        let dim = self.pack.dims.iter().find(|dim| dim.name == "care")?;
        let DimSource::Given { values, .. } = &dim.source else { return None };
        let wanted: Vec<&String> = match mood {
            Mood::Mixed => return None,
            Mood::Visits => values.iter().filter(|it| !self.pack.stay_care.contains(it)).collect(),
            Mood::Stays | Mood::Wards => self.pack.stay_care.iter().collect(),
        };
        self.dice.one_of(&wanted).map(|care| (*care).clone())
    }

    fn is_stay(&self, chosen: &Chosen) -> bool {
        chosen.get("care").is_some_and(|care| self.pack.stay_care.contains(care))
    }

    /// Draws a target that can apply beside what is fixed, and values under which it does.
    fn plan(&mut self, fixed: &Chosen, day: Option<Date>) -> Plan {
        for _ in 0..TRIES {
            let Some(target) = self.dice.one_of(self.targets) else { break };
            let in_force = |day: Date| target.from <= day && day <= target.to;
            if day.is_some_and(|day| !in_force(day)) {
                continue;
            }
            let day = match day {
                Some(day) => day,
                None => days::around(self.dice, self.pack, target),
            };
            for _ in 0..6 {
                let Some(chosen) = facts::choose(self.dice, self.pack, target, fixed) else {
                    break;
                };
                // On the day before or after its effect a row is not selected, on purpose.
                let hits = target::is_selected(self.pack, target, day, &facts::facts(&chosen));
                if hits || !in_force(day) {
                    return Plan { target: target.clone(), chosen, day, pin: None };
                }
            }
        }
        let target = Target::free(self.pack);
        let chosen = facts::choose(self.dice, self.pack, &target, fixed).unwrap_or_default();
        let day = day.unwrap_or_else(|| days::around(self.dice, self.pack, &target));
        Plan { target, chosen, day, pin: None }
    }

    /// A request that says all but the fees and who pays them.
    fn start(&mut self, id: String, plan: &Plan) -> Request {
        let length = match self.is_stay(&plan.chosen) {
            true => days::stay_length(self.dice),
            false => 0,
        };
        let (admitted, discharged) = match self.pack.dated_by.as_str() {
            "admission" => (plan.day, days::shift(plan.day, length)),
            _ => (days::shift(plan.day, -length), plan.day),
        };
        let unsaid = admitted == discharged && self.dice.percent(60);
        let mut request = Request {
            facts: BTreeMap::new(),
            contract: CONTRACT,
            pack: match plan.pin {
                Some(day) => format!("{}@{day}", self.pack.id),
                None => self.pack.id.clone(),
            },
            params: BTreeMap::new(),
            year_to_date: BTreeMap::new(),
            state: None,
            member: Member::default(),
            encounter: Encounter {
                id,
                facts: EncounterFacts::default(),
                admitted,
                discharged: (!unsaid).then_some(discharged),
                use_account: None,
                stay: None,
            },
            bill: Bill::Totals(Totals::default()),
            stated_total: None,
            hospital_share: None,
            explain: self.dice.percent(25),
        };
        facts::write(self.dice, self.pack, &plan.chosen, &mut request);
        self.foreign_fact(&mut request);
        request
    }

    /// Rarely a dimension that the pack does not have.
    fn foreign_fact(&mut self, request: &mut Request) {
        let unknown = |name: &str| !self.pack.dims.iter().any(|dim| dim.name == name);
        if unknown("group") && self.dice.between(1, 300) == 1 {
            request.member.facts.group = Some("student".to_owned());
        }
        if unknown("emergency") && self.dice.between(1, 300) == 1 {
            request.encounter.facts.emergency = Some("yes".to_owned());
        }
    }

    /// Adds the fees and who pays, and spoils a few requests.
    fn finish(&mut self, mut request: Request, plan: &Plan) -> Request {
        let in_scope = amount::in_scope(self.dice, self.pack, &plan.target, &request);
        let of_lines = plan.target.table.is_of_lines();
        let long = self.dice.between(1, 1_000_000) <= LONG_PER_MILLION;
        let empty = self.dice.between(1, 100) == 1;
        let itemised = of_lines || self.dice.percent(35);
        let mut desk = Desk {
            pack: self.pack,
            target: &plan.target,
            chosen: &plan.chosen,
            day: plan.pin.unwrap_or(plan.day),
            dice: self.dice,
        };
        request.bill = match (long, itemised) {
            (true, _) => desk.many(&request),
            (_, true) if empty => Bill::Lines(Vec::new()),
            (_, true) => {
                // Small amounts leave the row aimed at in front.
                let more = if of_lines && desk.dice.percent(60) { 0 } else { in_scope };
                desk.lines(&request, more)
            }
            (_, false) => fees::totals(desk.dice, in_scope),
        };
        if self.dice.between(1, 1000) <= UNSAID_PER_MILLE {
            for _ in 0..self.dice.between(1, 2) {
                spoil::leave_unsaid(self.dice, self.pack, &mut request);
            }
        }
        payers::add(self.dice, self.pack, &mut request);
        if self.dice.between(1, 1000) <= SPOILT_PER_MILLE {
            spoil::spoil(self.dice, self.pack, &mut request);
        }
        request
    }
}
