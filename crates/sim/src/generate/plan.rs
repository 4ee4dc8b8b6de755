//! The tables of a scenario: shares multiplied out, and frequencies and costs scaled so that the
//! population has the means that the scenario states.
#![expect(clippy::float_arithmetic, reason = "tables are made before anybody is drawn")]

mod places;

use tongchou_core::calendar::Day;
use tongchou_wire::amount::FEN_MAX;
use tongchou_wire::request::MemberFacts;

use self::places::Places;
use super::alias::{Alias, Small, Wheel};
use super::curve::{self, ONE, fixed, float, millionths};
use super::{DAYS, District, Generator, Group, KINDS, Kind, Line, Months, Standing};
use crate::book::{Book, Who};
use crate::dice::Dice;
use crate::fault::{Code, Fault};
use crate::scenario::{self, Dims, Scenario, Sex};

/// Bits behind the point of a price.
const PRICE_BITS: i32 = 36;

/// A fault in parts of a scenario that do not fit together.
fn unfit(scenario: &Scenario, path: &str, what: &str, expected: &str) -> Fault {
    Fault::new(Code::Scenario, scenario.origin.place(path), what, expected)
}

fn incomplete(scenario: &Scenario, path: &str) -> Fault {
    unfit(scenario, path, "nothing can be drawn", "give something a share above 0%")
}

/// The share of a ppm count.
fn share(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}

pub(super) fn generator(scenario: &Scenario, dice: Dice) -> Result<Generator, Fault> {
    let mut book = Book::default();
    let (first_day, days, month) = calendar(scenario)?;
    let classes = Classes::new(scenario);
    let places = Places::new(scenario, &mut book)?;
    let mut groups = people(scenario, &classes)?;
    let costs = calibrate(scenario, &classes, &places, &mut groups)?;
    let kinds = kinds(scenario, &places, &costs, &mut book)?;
    let who = profiles(scenario, &classes, &mut book)?;
    let mut counts = Vec::new();
    let mut drawn = Vec::new();
    for group in &groups {
        counts.push(distribution(scenario, group)?);
        drawn.push((group.share, group.drawn(scenario, &classes, counts.len() - 1)?));
    }
    let openings = scenario.account.as_ref();
    let openings = openings.map(|it| curve::amounts(it.opening, millionths(it.sigma)));
    Ok(Generator {
        book,
        dice,
        members: scenario.members,
        first_day,
        days,
        month,
        groups: Alias::new(&drawn).ok_or_else(|| incomplete(scenario, "cell"))?,
        counts,
        classes: classes.drawn(scenario)?,
        districts: districts(scenario, first_day)?,
        kinds,
        severities: severities(scenario)?,
        gaps: scenario.gap.as_ref().map(gaps).unwrap_or_default(),
        openings,
        places: places.wheels,
        onward: places.onward,
        who,
    })
}

fn calendar(scenario: &Scenario) -> Result<(i32, u16, [u8; DAYS]), Fault> {
    let none = || unfit(scenario, "scenario.year", "no such year", "write a year such as 2025");
    let day = |month| Day::new(scenario.year, month, 1).map(|day| day.0);
    let first = day(1).ok_or_else(none)?;
    let mut of = [0; DAYS];
    for month in 1..12_u8 {
        let start = day(i8::try_from(month).unwrap_or(0) + 1).ok_or_else(none)? - first;
        of.iter_mut().skip(usize::try_from(start).unwrap_or(DAYS)).for_each(|slot| *slot = month);
    }
    let last = Day::new(scenario.year, 12, 31).map(|day| day.0).ok_or_else(none)?;
    Ok((first, u16::try_from(last - first + 1).map_err(|_| none())?, of))
}

/// Cells that differ only in age, use and cost are of one class.
struct Classes {
    /// The class of each cell.
    of: Vec<usize>,
    /// Of each class, the poverty classes, residences and gap lengths with their shares.
    parts: Vec<Parts>,
}

#[derive(Clone, PartialEq)]
struct Parts {
    poverty: Vec<(f64, u16)>,
    /// Numbered from 0 for no residence, else one above the row.
    residence: Vec<(f64, u16)>,
    /// 0 for no gap.
    gap: Vec<(f64, u16)>,
}

impl Classes {
    fn new(scenario: &Scenario) -> Self {
        let groups = |groups: &[scenario::Group], cell: &scenario::Cell, from: u16| {
            let numbered = (from..).zip(groups).filter(|(_, group)| cell.is(&group.when));
            let mut found: Vec<_> = numbered
                .map(|(i, group)| (share(group.share), i))
                .filter(|(w, _)| *w > 0.0)
                .collect();
            if found.is_empty() {
                found.push((1.0, 0));
            }
            found
        };
        let (mut of, mut parts) = (Vec::new(), Vec::<Parts>::new());
        for cell in &scenario.cells {
            let mut gap = vec![(1.0, 0)];
            if let Some(gaps) = scenario.gap.as_ref().filter(|gap| cell.is(&gap.when)) {
                let members = share(gaps.members);
                gap = vec![(1.0 - members, 0)];
                gap.extend(
                    (1..).zip(&gaps.months).map(|(i, (_, part))| (members * share(*part), i)),
                );
                gap.retain(|(weight, _)| *weight > 0.0);
            }
            let here = Parts {
                poverty: groups(&scenario.poverty, cell, 1),
                residence: groups(&scenario.residence, cell, 1),
                gap,
            };
            of.push(parts.iter().position(|known| *known == here).unwrap_or(parts.len()));
            if of.last() == Some(&parts.len()) {
                parts.push(here);
            }
        }
        Self { of, parts }
    }

    fn part(&self, cell: usize) -> Option<&Parts> {
        self.parts.get(*self.of.get(cell)?)
    }

    fn drawn(&self, scenario: &Scenario) -> Result<Vec<Alias<Standing>>, Fault> {
        let alias = |parts: &Parts| {
            let mut all = Vec::new();
            for (a, poverty) in &parts.poverty {
                for (b, residence) in &parts.residence {
                    for (c, gap) in &parts.gap {
                        let (poverty, residence, gap) = (*poverty, *residence, *gap);
                        all.push((a * b * c, Standing { poverty, residence, gap }));
                    }
                }
            }
            Alias::new(&all).ok_or_else(|| incomplete(scenario, "poverty"))
        };
        self.parts.iter().map(alias).collect()
    }
}

/// Members of a cell with the same diseases.
struct People {
    cell: usize,
    share: f64,
    /// Visits a year by kind.
    rates: Vec<f64>,
    /// Relative cost by kind.
    costs: Vec<f64>,
}

impl People {
    fn drawn(&self, scenario: &Scenario, classes: &Classes, counts: usize) -> Result<Group, Fault> {
        let path = format!("cell[{}]", self.cell);
        let none = || incomplete(scenario, &path);
        let cell = scenario.cells.get(self.cell).ok_or_else(none)?;
        let account = scenario.account.as_ref().filter(|account| cell.is(&account.when));
        let credit = account.map_or(0.0, |it| float(it.credit) * millionths(cell.credit));
        let mut cost = [ONE; KINDS];
        for (to, factor) in cost.iter_mut().zip(&self.costs) {
            *to = fixed(*factor).ok_or_else(|| {
                unfit(scenario, &format!("{path}.cost"), "too large a factor", "write below 4000")
            })?;
        }
        let class = classes.of.get(self.cell).and_then(|class| u16::try_from(*class).ok());
        let rows = self.cell * (scenario.poverty.len() + 1);
        Ok(Group {
            class: class.ok_or_else(none)?,
            counts: u16::try_from(counts).map_err(|_| none())?,
            who: u32::try_from(rows).map_err(|_| none())?,
            credit: i64::try_from(curve::nearest(credit)).unwrap_or(i64::MAX),
            has_account: account.is_some(),
            sex: match cell.sex {
                None => 0,
                Some(Sex::Male) => 1,
                Some(Sex::Female) => 2,
            },
            // Nobody without visits draws a kind.
            kinds: Small::new(&self.rates).unwrap_or_default(),
            cost,
        })
    }
}

/// Every cell with and without a chronic disease, by the kinds that only some ever have.
fn people(scenario: &Scenario, classes: &Classes) -> Result<Vec<People>, Fault> {
    let some: Vec<usize> = scenario.some_patients().collect();
    let mut found = Vec::new();
    for (index, cell) in scenario.cells.iter().enumerate() {
        let chronic = share(cell.chronic);
        for (is_chronic, part) in [(false, 1.0 - chronic), (true, chronic)] {
            for bits in 0..1_u32 << some.len() {
                let mut rates = Vec::new();
                let mut weight = share(cell.share) * part;
                for (i, visit) in scenario.visits.iter().enumerate() {
                    let mut has = is_chronic || !visit.chronic;
                    if let Some(bit) = some.iter().position(|kind| *kind == i) {
                        let chosen = bits >> bit & 1 == 1;
                        let patients = if has { share(visit.patients) } else { 0.0 };
                        weight *= if chosen { patients } else { 1.0 - patients };
                        has &= chosen;
                    }
                    let usage = cell.usage.get(i).copied().unwrap_or_default();
                    rates.push(if has { millionths(usage) } else { 0.0 });
                }
                if weight > 0.0 {
                    let costs = cell.cost.iter().map(|cost| millionths(*cost)).collect();
                    found.push(People { cell: index, share: weight, rates, costs });
                }
            }
        }
    }
    if found.is_empty() || classes.of.len() != scenario.cells.len() {
        return Err(incomplete(scenario, "cell"));
    }
    Ok(found)
}

/// Turns relative frequencies into visits a year; gives the mean relative cost of each kind.
fn calibrate(
    scenario: &Scenario,
    classes: &Classes,
    places: &Places,
    groups: &mut [People],
) -> Result<Vec<f64>, Fault> {
    let mut costs = Vec::new();
    for (kind, visit) in scenario.visits.iter().enumerate() {
        let (mut usage, mut cost, mut rows) = (0.0, 0.0, 0.0);
        for group in groups.iter() {
            let rate = group.rates.get(kind).copied().unwrap_or_default() * group.share;
            let factor = group.costs.get(kind).copied().unwrap_or_default();
            usage += rate;
            for (part, residence) in classes.part(group.cell).map_or(&[][..], |it| &it.residence) {
                let (mean, bills) = places.mean(kind, *residence);
                cost += rate * factor * part * mean;
                rows += rate * part * bills;
            }
        }
        if usage <= 0.0 && visit.per_head > 0 {
            let path = format!("visit[{kind}].per_head");
            let who = "give it to some cell, in `use` and `chronic`";
            return Err(unfit(scenario, &path, "no member can have this visit", who));
        }
        let wanted = if rows > 0.0 { millionths(visit.per_head) / rows } else { 0.0 };
        for rate in groups.iter_mut().filter_map(|group| group.rates.get_mut(kind)) {
            *rate *= wanted;
        }
        costs.push(if rows > 0.0 { cost / rows } else { 1.0 });
    }
    Ok(costs)
}

fn distribution(scenario: &Scenario, group: &People) -> Result<Alias<u16>, Fault> {
    let counts = curve::counts(group.rates.iter().sum(), millionths(scenario.spread));
    let counts: Option<Vec<(f64, u16)>> = counts.map(|found| found.into_iter().zip(0..).collect());
    let alias = counts.and_then(|counts| Alias::new(&counts));
    alias.ok_or_else(|| {
        let path = format!("cell[{}].use", group.cell);
        unfit(scenario, &path, "too many visits a member", "lower the use or the `spread`")
    })
}

fn kinds(
    scenario: &Scenario,
    places: &Places,
    costs: &[f64],
    book: &mut Book,
) -> Result<Vec<Kind>, Fault> {
    let mut items = Vec::new();
    for sold in &scenario.items {
        items.push(book.item.add(sold.item.clone())?);
    }
    let sigmas = sigmas(scenario);
    let mut kinds = Vec::new();
    for (number, (visit, cost)) in scenario.visits.iter().zip(costs).enumerate() {
        let path = format!("visit[{number}]");
        let mut lines = Vec::new();
        let mut mean = 0.0;
        for (index, ppm) in visit.items.iter().filter(|(_, ppm)| *ppm > 0) {
            let none = || incomplete(scenario, &path);
            let sold = scenario.items.get(*index).ok_or_else(none)?;
            let item = *items.get(*index).ok_or_else(none)?;
            let each = share(*ppm) / float(i64::try_from(sold.quantity.len()).unwrap_or(1));
            for quantity in &sold.quantity {
                mean += each * float(sold.price) * f64::from(*quantity);
                lines.push((each, float(sold.price), item, *quantity));
            }
        }
        let (fewest, most) = (f64::from(visit.lines.0), f64::from(visit.lines.1));
        let scale = float(visit.cost) / (mean * cost * (fewest + most) / 2.0);
        let highest = places.highest(number) * curve::severity_max(millionths(visit.sigma));
        let factors = scenario.cells.iter().filter_map(|cell| cell.cost.get(number));
        let highest = highest * factors.fold(0.0, |most, cost| millionths(*cost).max(most));
        let dear = |(_, price, _, quantity): &(f64, f64, u16, u16)| {
            price * scale * highest * f64::from(*quantity) * most > float(FEN_MAX)
                || price * scale >= libm::exp2(f64::from(64 - PRICE_BITS))
        };
        if lines.iter().any(dear) || highest * f64::from(ONE) >= libm::exp2(48.0) {
            let lower = "lower `sigma`, the factors of cost or the spread of prices";
            return Err(unfit(scenario, &path, "a bill could be above 10^10 yuan", lower));
        }
        let unit = libm::ldexp(scale, PRICE_BITS);
        let line = |(weight, price, item, quantity): &(f64, f64, u16, u16)| {
            let (item, quantity) = (*item, *quantity);
            (*weight, Line { price: curve::nearest(price * unit), item, quantity })
        };
        let lines: Vec<(f64, Line)> = lines.iter().map(line).collect();
        let many = || unfit(scenario, &format!("{path}.items"), "too many", MANY);
        let nights = visit
            .nights
            .and_then(|(mean, sigma)| curve::nights(millionths(mean), millionths(sigma)));
        kinds.push(Kind {
            places: places.start(number),
            severities: index_of(&sigmas, visit.sigma),
            lines: u32::from(visit.lines.0),
            more_lines: u32::from(visit.lines.1 - visit.lines.0) + 1,
            nights,
            line: Wheel::new(&lines).ok_or_else(many)?,
        });
    }
    Ok(kinds)
}

/// What a kind of visits can hold.
const MANY: &str = "at most 256 quantities of all items of a kind of visits";

/// Sigmas of severities, each once.
fn sigmas(scenario: &Scenario) -> Vec<i64> {
    let mut sigmas: Vec<i64> = scenario.visits.iter().map(|visit| visit.sigma).collect();
    sigmas.sort_unstable();
    sigmas.dedup();
    sigmas
}

fn index_of(sigmas: &[i64], sigma: i64) -> u16 {
    u16::try_from(sigmas.partition_point(|known| *known < sigma)).unwrap_or_default()
}

fn severities(scenario: &Scenario) -> Result<Vec<Box<[u32; curve::STEPS]>>, Fault> {
    let table = |sigma: &i64| curve::severities(millionths(*sigma));
    let tables: Option<Vec<_>> = sigmas(scenario).iter().map(table).collect();
    tables.ok_or_else(|| unfit(scenario, "visit", "a sigma is too large", "write a smaller one"))
}

fn gaps(gap: &scenario::Gap) -> Vec<[Months; 12]> {
    let bits = |from: u32, to: u32| {
        (from.min(12)..to.min(12)).fold(0_u16, |bits, month| bits | 1 << month)
    };
    let of_length = |(length, _): &(u8, u32)| {
        let mut months = [Months::default(); 12];
        for (slot, start) in months.iter_mut().zip(0_u32..) {
            let end = start + u32::from(*length);
            let (from, to) = (u32::from(gap.frozen_from), u32::from(gap.resume_after));
            *slot = Months { unpaid: bits(start, end), frozen: bits(start + from, end + to) };
        }
        months
    };
    gap.months.iter().map(of_length).collect()
}

fn districts(scenario: &Scenario, first_day: i32) -> Result<Alias<District>, Fault> {
    let district = |(number, district): (u16, &scenario::District)| {
        let mut bits = Box::new([0_u64; 6]);
        for (first, last) in &district.outages {
            for day in first.0 - first_day..=last.0 - first_day {
                let day = usize::try_from(day).unwrap_or(usize::MAX);
                if let Some(word) = bits.get_mut(day / 64) {
                    *word |= 1 << (day % 64);
                }
            }
        }
        let outages = (!district.outages.is_empty()).then_some(bits);
        (share(district.share), District { number, outages })
    };
    let all: Vec<_> = (0..).zip(&scenario.districts).map(district).collect();
    Alias::new(&all).ok_or_else(|| incomplete(scenario, "district"))
}

/// Profiles of members by cell and poverty class; only those that occur are in the book.
fn profiles(
    scenario: &Scenario,
    classes: &Classes,
    book: &mut Book,
) -> Result<Vec<[u16; 2]>, Fault> {
    let width = scenario.poverty.len() + 1;
    let mut who = vec![[0; 2]; scenario.cells.len() * width];
    let cells = scenario.cells.iter().zip(who.chunks_mut(width)).enumerate();
    for (index, (cell, row)) in cells.filter(|(_, (cell, _))| cell.share > 0) {
        let Some(parts) = classes.part(index) else { continue };
        for (_, poverty) in &parts.poverty {
            let more = usize::from(*poverty).checked_sub(1).and_then(|i| scenario.poverty.get(i));
            let mut dims = cell.dims.clone();
            dims.extend(more.map(|group| group.dims.clone()).unwrap_or_default());
            let plain = book.who.add(member(cell.age, &dims))?;
            let gap = scenario.gap.as_ref().filter(|_| parts.gap.iter().any(|(_, gap)| *gap > 0));
            let frozen = match gap {
                None => plain,
                Some(gap) => {
                    dims.extend(gap.dims.clone());
                    book.who.add(member(cell.age, &dims))?
                }
            };
            if let Some(slot) = row.get_mut(usize::from(*poverty)) {
                *slot = [plain, frozen];
            }
        }
    }
    Ok(who)
}

fn member(age: u8, dims: &Dims) -> Who {
    let mut facts = MemberFacts::default();
    for (dim, value) in dims {
        if let Some(slot) = facts.slot(dim) {
            *slot = Some(value.clone());
        }
    }
    Who { age: Some(age), facts }
}
