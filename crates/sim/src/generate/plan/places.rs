//! Where visits take place: hospital level, away or at home, marks of the bill, transfers.

use tongchou_core::columns::flag;

use super::{share, unfit};
use crate::batch::mark;
use crate::book::{Book, What};
use crate::fault::Fault;
use crate::generate::Place;
use crate::generate::alias::{Alias, Wheel};
use crate::generate::curve::{fixed, millionths};
use crate::scenario::{self, Dims, Group, Scenario};

/// Places of every kind of visits for every residence.
pub(super) struct Places {
    pub(super) wheels: Vec<Wheel<Place>>,
    pub(super) onward: Vec<Alias<Place>>,
    /// Mean relative cost of all bills of a drawn visit, and bills a drawn visit.
    means: Vec<(f64, f64)>,
    highest: Vec<f64>,
    residences: usize,
}

/// A level with a way to be away.
struct Spot {
    weight: f64,
    level: usize,
    away: usize,
    cost: f64,
    what: u16,
    what_outage: u16,
}

impl Places {
    pub(super) fn new(scenario: &Scenario, book: &mut Book) -> Result<Self, Fault> {
        let residences = scenario.residence.len() + 1;
        let mut places = Self {
            wheels: Vec::new(),
            onward: Vec::new(),
            means: Vec::new(),
            highest: Vec::new(),
            residences,
        };
        for (number, visit) in scenario.visits.iter().enumerate() {
            let mut highest = 0.0_f64;
            for index in 0..residences {
                let residence = index.checked_sub(1).and_then(|i| scenario.residence.get(i));
                let spots = spots(scenario, visit, residence, occurs(scenario, index), book)?;
                highest = spots.iter().fold(highest, |most, spot| most.max(spot.cost));
                places.add(scenario, number, visit, &spots)?;
            }
            places.highest.push(highest);
        }
        Ok(places)
    }

    /// Index of the first residence of a kind.
    pub(super) fn start(&self, kind: usize) -> u32 {
        u32::try_from(kind * self.residences).unwrap_or(u32::MAX)
    }

    /// Mean relative cost of all bills of a drawn visit, and bills a drawn visit.
    pub(super) fn mean(&self, kind: usize, residence: u16) -> (f64, f64) {
        let index = kind * self.residences + usize::from(residence);
        self.means.get(index).copied().unwrap_or((0.0, 0.0))
    }

    /// The highest relative cost of a kind.
    pub(super) fn highest(&self, kind: usize) -> f64 {
        self.highest.get(kind).copied().unwrap_or(1.0)
    }

    fn add(
        &mut self,
        scenario: &Scenario,
        number: usize,
        visit: &scenario::Visit,
        spots: &[Spot],
    ) -> Result<(), Fault> {
        let path = format!("visit[{number}].level");
        let large = || unfit(scenario, &path, "too large a factor of cost", "write below 4000");
        let many = || unfit(scenario, &path, "too many levels and ways to be away", MANY);
        let (moved, back, late) =
            (share(visit.transfer), share(visit.taken_back), share(visit.late));
        let (mut outcomes, mut cost, mut bills) = (Vec::new(), 0.0, 0.0);
        for spot in spots {
            let place = |flags: u8, onward: u16| {
                let (what, what_outage) = (spot.what, spot.what_outage);
                let cost = fixed(spot.cost).ok_or_else(large)?;
                Ok::<_, Fault>(Place { what, what_outage, cost, onward, flags })
            };
            let stays = spot.weight * (1.0 - moved);
            for (part, flags) in [
                ((1.0 - back) * (1.0 - late), 0),
                (back * (1.0 - late), flag::TAKEN_BACK),
                ((1.0 - back) * late, mark::LATE),
                (back * late, flag::TAKEN_BACK | mark::LATE),
            ] {
                outcomes.push((stays * part, place(flags, 0)?));
            }
            cost += spot.weight * spot.cost;
            bills += spot.weight;
            if moved > 0.0 {
                let (mean, onward) = self.onward(spot, spots).ok_or_else(many)?;
                outcomes.push((spot.weight * moved, place(flag::GOES_ON, onward)?));
                cost += spot.weight * moved * mean;
                bills += spot.weight * moved;
            }
        }
        outcomes.retain(|(weight, _)| *weight > 0.0);
        self.wheels.push(Wheel::new(&outcomes).ok_or_else(many)?);
        self.means.push((cost, bills));
        Ok(())
    }

    /// The table of where a transfer from a spot goes: another level in the same place, or the
    /// same level where there is no other; with its mean cost.
    fn onward(&mut self, from: &Spot, spots: &[Spot]) -> Option<(f64, u16)> {
        let near = |spot: &&Spot| spot.away == from.away && spot.weight > 0.0;
        let mut to: Vec<&Spot> =
            spots.iter().filter(near).filter(|spot| spot.level != from.level).collect();
        if to.is_empty() {
            to = spots.iter().filter(near).collect();
        }
        let mut outcomes = Vec::new();
        let (mut cost, mut weight) = (0.0, 0.0);
        for spot in to {
            let (what, what_outage) = (spot.what, spot.what_outage);
            let flags = flag::JOINS | flag::TRANSFER;
            let place = Place { what, what_outage, cost: fixed(spot.cost)?, onward: 0, flags };
            outcomes.push((spot.weight, place));
            cost += spot.weight * spot.cost;
            weight += spot.weight;
        }
        let index = u16::try_from(self.onward.len()).ok()?;
        self.onward.push(Alias::new(&outcomes)?);
        Some((cost / weight, index))
    }
}

/// What the levels of a kind of visits can hold.
const MANY: &str = "at most 51 levels times ways to be away";

/// Whether some member has a residence.
fn occurs(scenario: &Scenario, index: usize) -> bool {
    let lives = |cell: &scenario::Cell| {
        let mut rows = scenario.residence.iter().filter(|group| cell.is(&group.when));
        match index.checked_sub(1).and_then(|i| scenario.residence.get(i)) {
            None => rows.next().is_none(),
            Some(row) => row.share > 0 && cell.is(&row.when),
        }
    };
    scenario.cells.iter().any(|cell| cell.share > 0 && lives(cell))
}

/// Levels and ways to be away with their profiles; what does not occur is not in the book.
fn spots(
    scenario: &Scenario,
    visit: &scenario::Visit,
    residence: Option<&Group>,
    occurs: bool,
    book: &mut Book,
) -> Result<Vec<Spot>, Fault> {
    let home = residence.is_none_or(Group::is_home);
    let none = || scenario::Place { share: 1_000_000, dims: Dims::new(), cost: 1_000_000 };
    let levels = if visit.level.is_empty() { vec![none()] } else { visit.level.clone() };
    let mut ways = vec![none()];
    if home {
        let away: u32 = visit.away.iter().map(|way| way.share).sum();
        ways = vec![scenario::Place { share: 1_000_000_u32.saturating_sub(away), ..none() }];
        ways.extend(visit.away.iter().cloned());
    }
    let outages = scenario.districts.iter().any(|district| !district.outages.is_empty());
    let mut spots = Vec::new();
    for (level, at) in levels.iter().enumerate().filter(|(_, at)| at.share > 0) {
        for (away, way) in ways.iter().enumerate().filter(|(_, way)| way.share > 0) {
            let mut dims = visit.dims.clone();
            dims.extend(residence.map(|group| group.dims.clone()).unwrap_or_default());
            dims.extend(at.dims.clone());
            dims.extend(way.dims.clone());
            let (mut what, mut what_outage) = (0, 0);
            if occurs && visit.per_head > 0 {
                what = book.what.add(encounter(&dims))?;
                what_outage = what;
                if outages {
                    dims.extend(scenario.outage.clone());
                    what_outage = book.what.add(encounter(&dims))?;
                }
            }
            let weight = share(at.share) * share(way.share);
            let cost = millionths(at.cost) * millionths(way.cost);
            spots.push(Spot { weight, level, away, cost, what, what_outage });
        }
    }
    Ok(spots)
}

fn encounter(dims: &Dims) -> What {
    let mut what = What::default();
    for (dim, value) in dims {
        if let Some(slot) = what.facts.slot(dim) {
            *slot = Some(value.clone());
        }
    }
    what
}
