//! Histories: one member, bills in the order of their days, the state handed on.

use std::collections::BTreeMap;

use tongchou_wire::amount::Date;
use tongchou_wire::request::{Member, Stay};

use crate::stay::OPEN_MAX;

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
        Self { mood, member: None, chosen: Chosen::new(), day: None, held: None, stays: 0 }
    }

    /// The stay that the next bill names.
    pub fn stay(&mut self, dice: &mut Dice, year: i16) -> Option<Stay> {
        let held = self.held.as_ref().filter(|(of, _, _)| *of == year);
        let counters = held.map(|(_, _, counters)| counters.keys());
        let open = counters.into_iter().flatten().filter_map(|name| {
            name.strip_prefix("stay:").and_then(|name| name.strip_suffix(".ordinal"))
        });
        let open: Vec<String> = open.map(str::to_owned).collect();
        // Wards fill up; then most bills are of the stays that are open.
        let (joins, closes) = match self.mood {
            Mood::Wards if open.len() < OPEN_MAX => (20, 5),
            Mood::Wards => (70, 50),
            _ => (60, 35),
        };
        if let Some(id) = dice.one_of(&open)
            && dice.percent(joins)
        {
            return Some(Stay { id: id.clone(), closes: dice.percent(closes) });
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
        Stay { id: format!("s{}", self.stays), closes }
    }
}
