//! Layers in paying order: intake, deductible, slice, bands and cap.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use tongchou_wire::amount::Yuan;

use crate::counters::Counters;
use crate::day::Days;
use crate::money::{from_fen, round};
use crate::pack::{Adjust, Bands, Cap, Layer, Pack, Row, Standard, TRANSFER, Takes};
use crate::rates;
use crate::refusal::Refusal;
use crate::select::{self, Decisive, Facts};
use crate::stay::Admission;

/// What a layer did, in yuan: entered = deductible + paid + own + over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// What entered.
    pub entered: Decimal,
    /// What the person bears of it before the deductible; a part of `own`.
    pub upfront: Decimal,
    /// Deductible charged.
    pub deductible: Decimal,
    /// The standard that the bill meets, that of an earlier hospital included.
    pub standard: Decimal,
    /// Paid by the fund.
    pub paid: Decimal,
    /// The person's share inside the bands.
    pub own: Decimal,
    /// Cut off by the cap.
    pub over: Decimal,
    /// Whether the cap bit.
    pub capped: bool,
}

/// What the layers of a bill look at.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The pack.
    pub pack: &'a Pack,
    /// The days of the bill.
    pub days: &'a Days,
    /// Dimensions and parameters.
    pub facts: &'a Facts<'a>,
    /// Counters before the bill.
    pub counters: &'a Counters,
    /// The stay of the bill.
    pub admission: &'a Admission<'a>,
    /// A record that the bill drops, as it begins at a cut of its stay.
    pub dropped: Option<&'a str>,
}

/// What each layer of the pack does with the part in scope; `amounts` are the request's facts.
pub fn pay(
    entry: &Entry<'_>,
    amounts: &BTreeMap<String, Yuan>,
    in_scope: Decimal,
    decisive: &mut Decisive,
) -> Result<Vec<Outcome>, Refusal> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for layer in &entry.pack.layers {
        let outcome = if takes_part(entry, layer)? {
            let entered = intake(entry, layer, in_scope, &outcomes)?;
            let group = Ceiling::of(entry, layer, &outcomes)?;
            Task::of(entry, amounts, layer, group)?.pay(entered, decisive)?
        } else {
            Outcome::default()
        };
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Whether the layer is not skipped.
fn takes_part(entry: &Entry<'_>, layer: &Layer) -> Result<bool, Refusal> {
    let day = entry.days.rows;
    Ok(layer.from <= day && day <= layer.to && entry.facts.meet(&layer.when)?)
}

/// Whether a layer's deductible is one of the bill's: what a layer on the person's share charges
/// was the person's before.
pub fn is_of_bill(entry: &Entry<'_>, layer: &Layer) -> Result<bool, Refusal> {
    let names = taken(entry, layer)?;
    Ok(names.iter().all(|name| name == "in_scope" || name.ends_with(".over")))
}

/// The names of what a layer takes.
fn taken<'a>(entry: &Entry<'a>, layer: &'a Layer) -> Result<&'a [String], Refusal> {
    let fault = |what: &str| Refusal::Pack(format!("`{}` takes no `{what}`", layer.id));
    match &layer.takes {
        Takes::These(names) => Ok(names),
        Takes::AsParam(param, choices) => {
            let value = entry.facts.setting(param)?;
            let choice = choices.iter().find(|(choice, _)| choice == value);
            choice.map(|(_, names)| names.as_slice()).ok_or_else(|| fault(value))
        }
    }
}

fn intake(
    entry: &Entry<'_>,
    layer: &Layer,
    in_scope: Decimal,
    earlier: &[Outcome],
) -> Result<Decimal, Refusal> {
    let fault = |what: &str| Refusal::Pack(format!("`{}` takes no `{what}`", layer.id));
    let mut entered = Decimal::ZERO;
    for name in taken(entry, layer)? {
        entered += match name.as_str() {
            "in_scope" => in_scope,
            "rest" => in_scope - earlier.iter().map(|it| it.paid).sum::<Decimal>(),
            name => {
                let (id, what) = name.split_once('.').ok_or_else(|| fault(name))?;
                let mut done = entry.pack.layers.iter().zip(earlier);
                let (_, of) = done.find(|(it, _)| it.id == id).ok_or_else(|| fault(name))?;
                match what {
                    "over" => of.over,
                    "self" => of.own,
                    "deductible" => of.deductible,
                    _ => return Err(fault(name)),
                }
            }
        };
    }
    Ok(entered)
}

/// What the cap of a group leaves to one of its layers.
struct Ceiling<'a> {
    row: &'a Row<Cap>,
    room: Option<Decimal>,
}

impl<'a> Ceiling<'a> {
    fn of(entry: &Entry<'a>, layer: &Layer, earlier: &[Outcome]) -> Result<Option<Self>, Refusal> {
        let mut groups = entry.pack.groups.iter();
        let Some(group) = groups.find(|group| group.layers.contains(&layer.id)) else {
            return Ok(None);
        };
        if group.cap.is_empty() {
            return Ok(None);
        }
        let row = select::the_row(&group.cap, entry.days.rows, entry.facts, "group.cap")?;
        let before = match row.says.per.as_str() {
            "year" => entry.counters.get(&format!("{}.paid", group.id)).copied().unwrap_or(0),
            _ => 0,
        };
        let members = entry.pack.layers.iter().zip(earlier);
        let members = members.filter(|(other, _)| group.layers.contains(&other.id));
        let in_bill: Decimal = members.map(|(_, outcome)| outcome.paid).sum();
        let room = |cap: Decimal| (cap - from_fen(before) - in_bill).max(Decimal::ZERO);
        Ok(Some(Self { row, room: row.says.amount.map(room) }))
    }
}

/// One layer of one bill, with the rows that it selects.
struct Task<'a> {
    entry: &'a Entry<'a>,
    layer: &'a Layer,
    upfront: Option<&'a Row<Decimal>>,
    deductible: Option<(&'a Row<Standard>, Decimal)>,
    bands: &'a Row<Bands>,
    steps: Vec<&'a Row<Adjust>>,
    cap: Option<&'a Row<Cap>>,
    eligible: Option<&'a Row<Cap>>,
    group: Option<Ceiling<'a>>,
}

/// A part of the slice inside a band.
struct Part {
    amount: Decimal,
    rate: Decimal,
}

/// The sums of a bill's bands so far, for `round = "bill"`.
#[derive(Default)]
struct Sums {
    /// Parts times what the rounded side bears of them, not rounded.
    exact: Decimal,
    /// What the rounded side was charged.
    rounded: Decimal,
}

impl<'a> Task<'a> {
    fn of(
        entry: &'a Entry<'a>,
        amounts: &BTreeMap<String, Yuan>,
        layer: &'a Layer,
        group: Option<Ceiling<'a>>,
    ) -> Result<Self, Refusal> {
        let (day, facts) = (entry.days.rows, entry.facts);
        // What two standards say for this bill is their amount, whatever it is taken of.
        let same = |one: &Standard, other: &Standard| {
            one == other
                || standard(one, amounts).is_ok_and(|it| standard(other, amounts) == Ok(it))
        };
        let deductible = select::row_as(&layer.deductible, day, facts, &same)?;
        if deductible.is_none() && !layer.deductible.is_empty() {
            return Err(select::gap("deductible"));
        }
        Ok(Self {
            entry,
            layer,
            upfront: select::row(&layer.upfront, day, facts)?,
            deductible: match deductible {
                Some(row) => Some((row, standard(&row.says, amounts)?)),
                None => None,
            },
            bands: select::the_row(&layer.band, day, facts, "band")?,
            steps: rates::adjustments(layer, day, facts)?,
            cap: the_row_if_any(entry, &layer.cap, "cap")?,
            eligible: the_row_if_any(entry, &layer.eligible, "eligible cap")?,
            group,
        })
    }

    fn pay(&self, intake: Decimal, decisive: &mut Decisive) -> Result<Outcome, Refusal> {
        let upfront = self.upfront(intake, decisive)?;
        let entered = intake - upfront;
        let deductible = self.deductible(entered, decisive)?;
        let position = self.so_far(self.setting(&self.layer.basis)?, "position");
        let at = match self.setting(&self.layer.origin)? {
            "above" => position,
            _ => position + deductible,
        };
        let whole = entered - deductible;
        let slice = self.eligible(at, whole, decisive);
        let mut outcome = Outcome { entered: intake, upfront, deductible, ..Outcome::default() };
        outcome.own = upfront;
        outcome.standard = self.standard()?;
        let mut room = self.room()?;
        let mut sums = Sums::default();
        for part in self.parts(at, at + slice, decisive)? {
            if outcome.capped {
                outcome.over += part.amount;
                continue;
            }
            let full = self.payment(&part, &mut sums)?;
            let bites = |room: &Decimal| *room < full || room.is_zero() && !part.rate.is_zero();
            let (paid, inside) = match room.filter(bites) {
                None => (full, part.amount),
                Some(room) => (room, self.entered_part(&part, room)?),
            };
            outcome.capped = room.is_some_and(|room| bites(&room));
            outcome.paid += paid;
            outcome.own += inside - paid;
            outcome.over += part.amount - inside;
            room = room.map(|room| room - paid);
        }
        self.note_caps(&outcome, decisive)?;
        outcome.over += whole - slice;
        outcome.capped |= slice < whole;
        Ok(outcome)
    }

    /// Notes the cap and the cap of the group: the one that bit, or one that says there is none.
    fn note_caps(&self, outcome: &Outcome, decisive: &mut Decisive) -> Result<(), Refusal> {
        let own = self.own_room()?;
        let group = self.group.as_ref().and_then(|group| group.room);
        let less = |one: Option<Decimal>, other: Option<Decimal>| match (one, other) {
            (Some(one), Some(other)) => one < other,
            (one, _) => one.is_some(),
        };
        let mut note = |row: &Row<Cap>, is_less| {
            let bare = row.says.amount.is_none();
            let counts = if bare { !outcome.paid.is_zero() } else { outcome.capped && is_less };
            decisive.note(&row.name, counts);
        };
        if let Some(row) = self.cap {
            note(row, less(own, group));
        }
        if let Some(ceiling) = &self.group {
            note(ceiling.row, less(group, own));
        }
        Ok(())
    }

    fn setting(&self, said: &'a str) -> Result<&'a str, Refusal> {
        self.entry.facts.setting(said)
    }

    /// What the person bears of the intake before anything else.
    fn upfront(&self, intake: Decimal, decisive: &mut Decisive) -> Result<Decimal, Refusal> {
        let Some(row) = self.upfront else { return Ok(Decimal::ZERO) };
        let borne = round(intake * row.says, self.setting(&self.layer.rounding)?)?;
        let counts = if row.says.is_zero() { intake } else { borne };
        decisive.note(&row.name, !counts.is_zero());
        Ok(borne)
    }

    fn deductible(&self, entered: Decimal, decisive: &mut Decisive) -> Result<Decimal, Refusal> {
        let Some((row, own)) = self.deductible else { return Ok(Decimal::ZERO) };
        let standard = self.standard()?;
        let used = self.so_far(self.setting(&self.layer.deductible_per)?, "deductible_used");
        let charge = |standard: Decimal| (standard - used).max(Decimal::ZERO).min(entered);
        let charged = charge(standard);
        let counts = if standard.is_zero() { entered } else { charged };
        decisive.note(&row.name, standard == own && !counts.is_zero());
        decisive.note(TRANSFER, charged != charge(own));
        Ok(charged)
    }

    /// The standard of the bill: in a transferred stay the higher of the row's and the record's.
    fn standard(&self) -> Result<Decimal, Refusal> {
        let Some((_, own)) = self.deductible else { return Ok(Decimal::ZERO) };
        let per_stay = self.setting(&self.layer.deductible_per)? == "stay";
        let Entry { admission, counters, pack, .. } = self.entry;
        if !per_stay || !pack.transfer || !admission.is_transferred(counters) {
            return Ok(own);
        }
        let held = admission.held(counters, &format!("{}.standard", self.layer.id));
        Ok(own.max(from_fen(held)))
    }

    /// How much of the slice lies below the cap on what enters.
    fn eligible(&self, at: Decimal, whole: Decimal, decisive: &mut Decisive) -> Decimal {
        let Some(row) = self.eligible else { return whole };
        let Some(cap) = row.says.amount else {
            decisive.note(&row.name, !whole.is_zero());
            return whole;
        };
        let left = whole.min((cap - at).max(Decimal::ZERO));
        decisive.note(&row.name, left < whole);
        left
    }

    /// A counter of the layer: of the year, of the open stay, or 0 for a bill on its own.
    fn so_far(&self, scope: &str, what: &str) -> Decimal {
        let name = format!("{}.{what}", self.layer.id);
        let counters = self.entry.counters;
        let fen = match scope {
            "year" => counters.get(&name).copied().unwrap_or(0),
            "stay" => self.entry.admission.held(counters, &name),
            _ => 0,
        };
        from_fen(fen)
    }

    /// What the caps leave before the bill, if there is any.
    fn room(&self) -> Result<Option<Decimal>, Refusal> {
        let group = self.group.as_ref().and_then(|group| group.room);
        Ok(self.own_room()?.into_iter().chain(group).min())
    }

    /// What the layer's own cap leaves before the bill.
    fn own_room(&self) -> Result<Option<Decimal>, Refusal> {
        let Some(row) = self.cap else { return Ok(None) };
        let paid = self.so_far(self.setting(&row.says.per)?, "paid");
        Ok(row.says.amount.map(|cap| (cap - paid).max(Decimal::ZERO)))
    }

    /// The parts of the slice that are not empty, lowest first.
    fn parts(
        &self,
        start: Decimal,
        end: Decimal,
        decisive: &mut Decisive,
    ) -> Result<Vec<Part>, Refusal> {
        let clamp = self.setting(&self.layer.clamp)?;
        let mut parts = Vec::new();
        for (band, name) in self.bands.says.bands.iter().zip(&self.bands.says.names) {
            let upper = band.end.map_or(end, |upper| upper.min(end));
            let amount = upper - band.start.max(start);
            let (rate, changed) = rates::adjusted(band, &self.steps, clamp)?;
            if amount <= Decimal::ZERO {
                continue;
            }
            decisive.note(name, true);
            for adjustment in changed {
                decisive.note(adjustment, true);
            }
            parts.push(Part { amount, rate });
        }
        Ok(parts)
    }

    /// What the fund would pay for a part if there were no cap. `sums` are those of the parts
    /// below, and then with this one.
    fn payment(&self, part: &Part, sums: &mut Sums) -> Result<Decimal, Refusal> {
        let rounding = self.setting(&self.layer.rounding)?;
        let is_person = self.setting(&self.layer.round_side)? == "person";
        let share = if is_person { Decimal::ONE - part.rate } else { part.rate };
        let rounded = match self.setting(&self.layer.round)? {
            "bill" => {
                sums.exact += part.amount * share;
                let rounded = round(sums.exact, rounding)? - sums.rounded;
                sums.rounded += rounded;
                rounded
            }
            "band" => round(part.amount * share, rounding)?,
            other => return Err(Refusal::Pack(format!("no bill is rounded per `{other}`"))),
        };
        Ok(if is_person { part.amount - rounded } else { rounded })
    }

    /// How much of a part the room still covers.
    fn entered_part(&self, part: &Part, room: Decimal) -> Result<Decimal, Refusal> {
        let how = match self.setting(&self.layer.backsolve)? {
            "truncate" => "down",
            _ => "half_up",
        };
        Ok(round(room / part.rate, how)?.min(part.amount))
    }
}

/// The row that must apply, in a table that may be left out.
fn the_row_if_any<'a, T: PartialEq>(
    entry: &Entry<'a>,
    rows: &'a [Row<T>],
    table: &str,
) -> Result<Option<&'a Row<T>>, Refusal> {
    match rows.is_empty() {
        true => Ok(None),
        false => select::the_row(rows, entry.days.rows, entry.facts, table).map(Some),
    }
}

/// A deductible standard in yuan; one of a fact is rounded half up.
fn standard(standard: &Standard, amounts: &BTreeMap<String, Yuan>) -> Result<Decimal, Refusal> {
    match standard {
        Standard::Amount(amount) => Ok(*amount),
        Standard::OfFact { fact, rate } => {
            let amount = amounts.get(fact).ok_or_else(|| Refusal::FactMissing(fact.clone()))?;
            round(from_fen(amount.0) * rate, "half_up")
        }
    }
}
