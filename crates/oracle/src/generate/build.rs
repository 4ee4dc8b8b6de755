//! Builds a request around a target.

use std::collections::BTreeMap;

use tongchou_wire::amount::{Date, FEN_MAX, Yuan};
use tongchou_wire::request::{
    Bill, CONTRACT, Encounter, EncounterFacts, Member, Request, Stay, Totals,
};

use crate::day::{benefit_year, number};
use crate::pack::{DimSource, Pack};
use crate::settle::settle;
use crate::stay;

use super::dice::Dice;
use super::facts::{self, Chosen};
use super::fees::{self, Desk};
use super::history::{History, Mood};
use super::target::{self, Table, Target};
use super::{amount, cuts, days, payers, person, spoil, state, used};

/// Of a million bills, how many have thousands of lines.
const LONG_PER_MILLION: i64 = 50;
/// Of a thousand requests, how many are spoilt.
const SPOILT_PER_MILLE: i64 = 8;

/// Of a thousand requests, how many leave out a dimension without default; it may not matter.
const UNSAID_PER_MILLE: i64 = 12;
/// How often a bill is made for a target before one will do in which its row decides nothing.
const ATTEMPTS: u32 = 3;
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
    /// Whether thresholds are looked for with trial settlements only now and then.
    pub quick: bool,
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
        let mut aim = None;
        for _ in 1..ATTEMPTS {
            let plan = self.plan(aim.take(), &Chosen::new(), None);
            let target = plan.target.clone();
            let request = self.alone_for(id.clone(), plan);
            let missed =
                settle(self.pack, &request).is_ok_and(|it| !it.decisive.contains(&target.name));
            let is_row = target.table != Table::Free;
            if !missed || !is_row || self.dice.percent(25) {
                return request;
            }
            aim = Some(target);
        }
        let plan = self.plan(aim, &Chosen::new(), None);
        self.alone_for(id, plan)
    }

    fn alone_for(&mut self, id: String, mut plan: Plan) -> Request {
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
                Some(Stay { id: "s".to_owned(), closes: self.dice.percent(30), joins: None });
        }
        self.finish(request, &plan)
    }

    /// The next bill of a history.
    pub fn in_history(&mut self, id: String, history: &mut History) -> Request {
        let day = history.day.map(|last| match history.step {
            Some(step) => days::soon(self.dice, self.pack, last, step),
            None => days::later(self.dice, self.pack, last),
        });
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
        let mut plan = self.plan(None, &fixed, day);
        history.chosen.clone_from(&plan.chosen);
        if self.dice.percent(1) {
            plan.pin = Some(days::between(self.dice, self.pack.from, self.pack.to));
        }
        let mut request = self.start(id, &plan);
        self.keep_member(history, &plan, &mut request);
        history.day = Some(plan.day);
        if history.apart && self.is_stay(&plan.chosen) {
            self.keep_apart(history, &mut request);
        }

        let year = benefit_year(self.pack, plan.day);
        let stays = self.is_stay(&plan.chosen);
        let from = request.encounter.admitted;
        request.encounter.stay = match stays {
            true => history.stay(self.dice, self.pack, year, from),
            false => None,
        };
        self.fit_period(history, &mut request);
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

    /// Admits after the end of the stays before.
    fn keep_apart(&mut self, history: &mut History, request: &mut Request) {
        let encounter = &mut request.encounter;
        if let Some(busy) = history.busy.filter(|_| !self.dice.percent(1)) {
            let last = encounter.discharged.unwrap_or(encounter.admitted);
            encounter.admitted = encounter.admitted.max(busy.min(last));
        }
        let last = encounter.discharged.unwrap_or(encounter.admitted);
        history.busy = history.busy.max(Some(last));
        history.day = history.day.max(history.busy).map(|day| day.min(self.pack.to));
    }

    /// Mostly admits a bill of an open stay where it lies in one period of the stay.
    fn fit_period(&mut self, history: &History, request: &mut Request) {
        let rows = self.pack.period.iter().filter_map(|row| row.says);
        let lengths: Vec<i64> = rows.collect();
        let Some(length) = self.dice.one_of(&lengths).copied() else { return };
        let mut encounter = request.encounter.clone();
        let opened = match (&history.held, &encounter.stay) {
            (Some((_, _, held)), Some(stay)) => stay::of_stay(held, &stay.id, "opened"),
            _ => 0,
        };
        let (from, to) = (encounter.admitted, encounter.discharged.unwrap_or(encounter.admitted));
        let opened = if opened == 0 { number(from) } else { opened };
        let last = (number(to) - opened).max(0);
        let edge = length * (last / length) + opened - number(to);
        let by_discharge = self.pack.dated_by != "admission";
        if from < to && number(from) - number(to) < edge && by_discharge && self.dice.percent(85) {
            encounter.admitted = days::shift(to, edge);
            request.encounter = encounter;
        }
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

    /// Draws a target that can apply beside what is fixed, and values under which it does; the
    /// target may be given.
    fn plan(&mut self, aim: Option<Target>, fixed: &Chosen, day: Option<Date>) -> Plan {
        for _ in 0..TRIES {
            let drawn = match &aim {
                Some(target) => Some(target),
                None => self.dice.one_of(self.targets),
            };
            let Some(target) = drawn.cloned() else { break };
            if let Some(plan) = self.plan_for(target, fixed, day) {
                return plan;
            }
        }
        let target = Target::free(self.pack);
        let chosen = facts::choose(self.dice, self.pack, &target, fixed).unwrap_or_default();
        let day = day.unwrap_or_else(|| days::around(self.dice, self.pack, &target));
        Plan { target, chosen, day, pin: None }
    }

    fn plan_for(&mut self, target: Target, fixed: &Chosen, day: Option<Date>) -> Option<Plan> {
        let in_force = |day: Date| target.from <= day && day <= target.to;
        if day.is_some_and(|day| !in_force(day)) {
            return None;
        }
        let day = match day {
            Some(day) => day,
            None => days::around(self.dice, self.pack, &target),
        };
        for _ in 0..6 {
            let chosen = facts::choose(self.dice, self.pack, &target, fixed);
            let Some(chosen) = chosen else { continue };
            let values = facts::facts(&chosen);
            let hits = target::is_selected(self.pack, &target, day, &values);
            let paid = target.table == Table::Standing
                || target::is_paid(self.pack, day, &values)
                || self.dice.percent(8);
            // On the day before or after its effect a row is not selected, on purpose.
            if hits && paid || !in_force(day) {
                return Some(Plan { target, chosen, day, pin: None });
            }
        }
        None
    }

    /// A request that says all but the fees and who pays them.
    fn start(&mut self, id: String, plan: &Plan) -> Request {
        let range = cuts::range(self.pack, &plan.chosen, "days");
        let length = match range.filter(|_| self.dice.percent(92)) {
            Some(range) => range.draw(self.dice, 40),
            None if self.is_stay(&plan.chosen) => days::stay_length(self.dice),
            None => 0,
        };
        let periods = self.pack.period.iter().filter_map(|row| row.says);
        let length = match periods.min().filter(|_| self.dice.percent(95)) {
            Some(period) => length.min(period - 1).max(0),
            None => length,
        };
        let (admitted, discharged) = match self.pack.dated_by.as_str() {
            "admission" => (plan.day, days::shift(plan.day, length)),
            _ => (days::shift(plan.day, -length), plan.day),
        };
        let unsaid = admitted == discharged && self.dice.percent(60);
        let mut request = Request {
            facts: self.amounts(),
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
                time: None,
                institution: None,
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

    /// The facts, from nothing up, and those that make two standards meet; a few are left out.
    fn amounts(&mut self) -> BTreeMap<String, Yuan> {
        let mut facts = BTreeMap::new();
        for name in &self.pack.facts {
            let fen = match self.dice.weighted([10, 10, 35, 30, 13, 2]) {
                0 => 0,
                1 => self.dice.between(1, 9),
                2 => self.dice.any_size(10_000_000),
                3 => self.dice.between(0, 10_000_000),
                4 => used::meeting(self.dice, self.pack, name) + self.dice.pick([-1, 0, 0, 1]),
                _ => continue,
            };
            facts.insert(name.clone(), Yuan(fen.clamp(0, FEN_MAX)));
        }
        facts
    }

    /// Rarely a dimension that the pack does not have.
    fn foreign_fact(&mut self, request: &mut Request) {
        let unknown = |name: &str| !self.pack.dims.iter().any(|dim| dim.name == name);
        if unknown("group") && self.dice.between(1, 300) == 1 {
            request.member.facts.group = Some("student".to_owned());
        }
        if unknown("supplement") && self.dice.between(1, 300) == 1 {
            request.member.facts.supplement = Some("yes".to_owned());
        }
        if unknown("status") && self.dice.between(1, 300) == 1 {
            let arrears = self.dice.percent(50);
            let status = if arrears { "arrears" } else { "normal" };
            request.member.facts.status = Some(status.to_owned());
        }
        if unknown("emergency") && self.dice.between(1, 300) == 1 {
            request.encounter.facts.emergency = Some("yes".to_owned());
        }
    }

    /// Adds the fees and who pays, and spoils a few requests.
    fn finish(&mut self, mut request: Request, plan: &Plan) -> Request {
        let quick = self.quick && !self.dice.percent(2);
        let in_scope =
            amount::in_scope(self.dice, self.pack, &plan.target, &plan.chosen, &request, quick);
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
        desk.reach_total(&mut request);
        // Of a list of facts one refused bill is enough.
        let of = if self.quick { 6 } else { 1 };
        if self.dice.between(1, 1000 * of) <= UNSAID_PER_MILLE {
            for _ in 0..self.dice.between(1, 2) {
                spoil::leave_unsaid(self.dice, self.pack, &mut request);
            }
        }
        match quick {
            true => payers::add_unseen(self.dice, &mut request),
            false => payers::add(self.dice, self.pack, &plan.target, &mut request),
        }
        if self.dice.between(1, 1000 * of) <= SPOILT_PER_MILLE {
            spoil::spoil(self.dice, self.pack, &mut request);
        }
        request
    }
}
