//! Histories: one member, bills in the order of their days, the state handed on.

use std::collections::BTreeMap;

use tongchou_wire::amount::Date;
use tongchou_wire::request::{Joins, Member, Stay};

use crate::day::number;
use crate::pack::Pack;
use crate::stay::{OPEN_MAX, ids, of_stay};

use super::dice::Dice;
use super::facts::Chosen;

/// What a history is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Any care.
    Mixed,
    /// Other care than stays.
    Visits,
    /// Stays, whole and in several bills.
    Stays,
    /// Stays that are opened and seldom closed.
    Wards,
}

/// A history in the making.
#[derive(Clone, Debug)]
pub struct History {
    /// What it is about.
    pub mood: Mood,
    /// The member, once there is a bill.
    pub member: Option<Member>,
    /// What was chosen for the last bill.
    pub chosen: Chosen,
    /// The day of the last bill.
    pub day: Option<Date>,
    /// Year, place and counters of the last settlement.
    pub held: Option<(i16, u32, BTreeMap<String, i64>)>,
    /// About how many days lie between its bills, where that matters.
    pub step: Option<i64>,
    /// Whether its stays do not overlap.
    pub apart: bool,
    /// The last day of the stays so far.
    pub busy: Option<Date>,
    /// Stays opened so far.
    stays: u32,
}

impl History {
    /// A history without a bill.
    pub fn new(dice: &mut Dice) -> Self {
        let mood = match dice.weighted([35, 20, 38, 7]) {
            0 => Mood::Mixed,
            1 => Mood::Visits,
            2 => Mood::Stays,
            _ => Mood::Wards,
        };
        Self {
            mood,
            member: None,
            chosen: Chosen::new(),
            day: None,
            held: None,
            step: None,
            apart: false,
            busy: None,
            stays: 0,
        }
    }

    /// The stay that the next bill names, on this day of admission.
    pub fn stay(&mut self, dice: &mut Dice, pack: &Pack, year: i16, from: Date) -> Option<Stay> {
        let mut stay = self.plain_stay(dice, year);
        let rules = pack.transfer || pack.readmission_days.is_some();
        if !rules && !dice.percent(1) {
            return stay;
        }
        if dice.percent(25) {
            stay = self.readmission(dice, pack, year, from).or(stay);
        }
        if let Some(stay) = &mut stay
            && stay.joins.is_none()
            && pack.transfer
        {
            let held = self.held.as_ref().filter(|(of, _, _)| *of == year);
            let there = held.is_some_and(|(_, _, held)| of_stay(held, &stay.id, "ordinal") != 0);
            stay.joins = dice.percent(if there { 70 } else { 1 }).then_some(Joins::Transfer);
        } else if let Some(stay) = &mut stay
            && dice.percent(4)
        {
            stay.joins = Some(if dice.percent(50) { Joins::Transfer } else { Joins::Readmission });
        }
        stay
    }

    /// A stay that was left within the days of a readmission, or a little before them.
    fn readmission(&self, dice: &mut Dice, pack: &Pack, year: i16, from: Date) -> Option<Stay> {
        let (_, _, held) = self.held.as_ref().filter(|(of, _, _)| *of == year)?;
        let most = pack.readmission_days? + i64::from(dice.percent(10));
        let left = |id: &&str| {
            let out = of_stay(held, id, "out");
            out != 0 && (0..=most).contains(&(number(from) - out))
        };
        let left: Vec<&str> = ids(held).into_iter().filter(left).collect();
        let id = (*dice.one_of(&left)?).to_owned();
        let joins = (!dice.percent(2)).then_some(Joins::Readmission);
        Some(Stay { id, closes: dice.percent(60), joins })
    }

    fn plain_stay(&mut self, dice: &mut Dice, year: i16) -> Option<Stay> {
        let held = self.held.as_ref().filter(|(of, _, _)| *of == year);
        let open = held.map(|(_, _, counters)| {
            let open = ids(counters).into_iter().filter(|id| of_stay(counters, id, "out") == 0);
            open.map(str::to_owned).collect()
        });
        let open: Vec<String> = open.unwrap_or_default();
        // Wards fill up; then most bills are of the stays that are open.
        let (joins, closes) = match self.mood {
            Mood::Wards if open.len() < OPEN_MAX => (20, 5),
            Mood::Wards => (70, 50),
            _ => (60, 35),
        };
        if let Some(id) = dice.one_of(&open)
            && dice.percent(joins)
        {
            return Some(Stay { id: id.clone(), closes: dice.percent(closes), joins: None });
        }
        if self.mood == Mood::Wards {
            let closes = dice.percent(8);
            return Some(self.new_stay(closes));
        }
        match dice.weighted([50, 43, 7]) {
            0 => None,
            1 => Some(self.new_stay(false)),
            _ => Some(self.new_stay(true)),
        }
    }

    fn new_stay(&mut self, closes: bool) -> Stay {
        self.stays += 1;
        Stay { id: format!("s{}", self.stays), closes, joins: None }
    }
}
