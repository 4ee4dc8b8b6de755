//! Layers in paying order: intake, deductible, slice, bands and cap.

use rust_decimal::Decimal;

use crate::counters::Counters;
use crate::day::Days;
use crate::money::{from_fen, round};
use crate::pack::{Adjust, Bands, Cap, Layer, Pack, Row, Takes};
use crate::rates;
use crate::refusal::Refusal;
use crate::select::{self, Decisive, Facts};
use crate::stay::{self, Admission};

/// What a layer did, in yuan: entered = deductible + paid + own + over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// What entered.
    pub entered: Decimal,
    /// Deductible charged.
    pub deductible: Decimal,
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
}

/// What each layer of the pack does with the part in scope.
pub fn pay(
    entry: &Entry<'_>,
    in_scope: Decimal,
    decisive: &mut Decisive,
) -> Result<Vec<Outcome>, Refusal> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for layer in &entry.pack.layers {
        let outcome = if entry.facts.meet(&layer.when)? {
            let entered = intake(entry, layer, in_scope, &outcomes)?;
            Task::of(entry, layer)?.pay(entered, decisive)?
        } else {
            Outcome::default()
        };
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// All layers at zero, where the fund does not pay. A missing dimension is refused all the same.
pub fn pay_nothing(entry: &Entry<'_>) -> Result<Vec<Outcome>, Refusal> {
    for layer in &entry.pack.layers {
        if entry.facts.meet(&layer.when)? {
            Task::of(entry, layer)?;
        }
    }
    Ok(vec![Outcome::default(); entry.pack.layers.len()])
}

fn intake(
    entry: &Entry<'_>,
    layer: &Layer,
    in_scope: Decimal,
    earlier: &[Outcome],
) -> Result<Decimal, Refusal> {
    let fault = |what: &str| Refusal::Pack(format!("`{}` takes no `{what}`", layer.id));
    let names = match &layer.takes {
        Takes::These(names) => names,
        Takes::AsParam(param, choices) => {
            let value = entry.facts.setting(param)?;
            let choice = choices.iter().find(|(choice, _)| choice == value);
            choice.map(|(_, names)| names).ok_or_else(|| fault(value))?
        }
    };
    let mut entered = Decimal::ZERO;
    for name in names {
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

/// One layer of one bill, with the rows that it selects.
struct Task<'a> {
    entry: &'a Entry<'a>,
    layer: &'a Layer,
    deductible: Option<&'a Row<Decimal>>,
    bands: &'a Row<Bands>,
    steps: Vec<&'a Row<Adjust>>,
    cap: Option<&'a Row<Cap>>,
}

/// A part of the slice inside a band.
struct Part {
    amount: Decimal,
    rate: Decimal,
}

impl<'a> Task<'a> {
    fn of(entry: &'a Entry<'a>, layer: &'a Layer) -> Result<Self, Refusal> {
        let (day, facts) = (entry.days.rows, entry.facts);
        Ok(Self {
            entry,
            layer,
            deductible: match layer.deductible.is_empty() {
                true => None,
                false => Some(select::the_row(&layer.deductible, day, facts, "deductible")?),
            },
            bands: select::the_row(&layer.band, day, facts, "band")?,
            steps: rates::adjustments(layer, day, facts)?,
            cap: match layer.cap.is_empty() {
                true => None,
                false => Some(select::the_row(&layer.cap, day, facts, "cap")?),
            },
        })
    }

    fn pay(&self, entered: Decimal, decisive: &mut Decisive) -> Result<Outcome, Refusal> {
        let deductible = self.deductible(entered, decisive)?;
        let position = self.so_far(self.setting(&self.layer.basis)?, "position");
        let at = match self.setting(&self.layer.origin)? {
            "above" => position,
            _ => position + deductible,
        };
        let mut room = self.room()?;
        let mut outcome = Outcome { entered, deductible, ..Outcome::default() };
        for part in self.parts(at, at + (entered - deductible), decisive)? {
            if outcome.capped {
                outcome.over += part.amount;
                continue;
            }
            let full = self.payment(&part)?;
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
        if let Some(row) = self.cap {
            let bare = row.says.amount.is_none();
            let counts = if bare { !outcome.paid.is_zero() } else { outcome.capped };
            decisive.note(&row.name, counts);
        }
        Ok(outcome)
    }

    fn setting(&self, said: &'a str) -> Result<&'a str, Refusal> {
        self.entry.facts.setting(said)
    }

    fn deductible(&self, entered: Decimal, decisive: &mut Decisive) -> Result<Decimal, Refusal> {
        let Some(row) = self.deductible else { return Ok(Decimal::ZERO) };
        let used = self.so_far(self.setting(&self.layer.deductible_per)?, "deductible_used");
        let charged = (row.says - used).max(Decimal::ZERO).min(entered);
        let counts = if row.says.is_zero() { entered } else { charged };
        decisive.note(&row.name, !counts.is_zero());
        Ok(charged)
    }

    /// A counter of the layer: of the year, of the open stay, or 0 for a bill on its own.
    fn so_far(&self, scope: &str, what: &str) -> Decimal {
        let name = format!("{}.{what}", self.layer.id);
        let counters = self.entry.counters;
        let fen = match (scope, self.entry.admission) {
            ("year", _) => counters.get(&name).copied().unwrap_or(0),
            ("stay", Admission::Joins(stay)) => stay::of_stay(counters, &stay.id, &name),
            _ => 0,
        };
        from_fen(fen)
    }

    /// What the cap leaves before the bill, if there is a cap.
    fn room(&self) -> Result<Option<Decimal>, Refusal> {
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
        let mut parts = Vec::new();
        for (band, name) in self.bands.says.bands.iter().zip(&self.bands.says.names) {
            let upper = band.end.map_or(end, |upper| upper.min(end));
            let amount = upper - band.start.max(start);
            let (rate, changed) = rates::adjusted(band, &self.steps)?;
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

    /// What the fund would pay for a part if there were no cap.
    fn payment(&self, part: &Part) -> Result<Decimal, Refusal> {
        let rounding = self.setting(&self.layer.rounding)?;
        match self.setting(&self.layer.round_side)? {
            "person" => {
                let own = round(part.amount * (Decimal::ONE - part.rate), rounding)?;
                Ok(part.amount - own)
            }
            _ => round(part.amount * part.rate, rounding),
        }
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
