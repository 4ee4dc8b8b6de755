//! Visits for the columns of the kernel, bound by the names of the contract.
//!
//! Columns carry a small key a visit and a small code a line. A binder finds both with the same
//! functions that a request goes through, so a visit means the same either way; it refuses what a
//! request would be refused for.

use std::collections::BTreeMap;

use tongchou_core::keys::{Key, Keys, LineCode};
use tongchou_core::pack::{CutOf, Pack};
use tongchou_core::plan::{Counter, counters};
use tongchou_core::settle::Sums;

use crate::amount::Date;
use crate::error::{Code, Refusal};
use crate::request::{Line, Request};

use super::dims::{self, Moment};
use super::{Engine, Open, Variant, fees, is_of_rules_only, pack_reference, stays};

/// A pack under one choice of parameters, for visits by columns.
#[derive(Debug)]
pub struct Binder {
    pack: Pack,
    hash: String,
    params: Vec<u8>,
    /// The day whose rows are used, if the caller chose one.
    at: Option<Date>,
    variant: Variant,
}

/// The rows in force on a day, and the benefit year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    plan: u16,
    year: i16,
}

/// What a member and an encounter mean to a pack on a day: equal places settle equal lines alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    slot: Slot,
    codes: Vec<u8>,
    missing: u64,
}

/// A bound fee line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundLine {
    /// Its fee, in fen.
    pub fee: i64,
    /// How much of the fee is within the limit, in fen; `i64::MAX` without a limit.
    pub allow: i64,
    /// What the rules say of it.
    pub code: LineCode,
}

impl Slot {
    /// The benefit year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }
}

impl Place {
    /// The rows in force and the benefit year.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.slot
    }
}

impl Engine {
    /// A binder for a loaded pack, `id` or `id@YYYY-MM-DD` as in a request.
    ///
    /// # Errors
    /// P006 for a pack that is not loaded, P009 for one of rules only, I… for unknown parameters,
    /// P010 for a pack that asks for the amounts of a bill before it picks its rows.
    pub fn binder(
        &self,
        reference: &str,
        params: &BTreeMap<String, String>,
    ) -> Result<Binder, Refusal> {
        let (id, at) = pack_reference(reference)?;
        let Some(loaded) = self.packs.get(id) else { return Err(self.unknown(id)) };
        if is_of_rules_only(&loaded.pack) {
            return Err(Refusal::new(Code::PackOfRules, "$.pack", id, ""));
        }
        let by_amount = |dim: &&tongchou_core::pack::Dim| {
            let of = dim.cut.as_ref().map(|cut| cut.of);
            matches!(of, Some(CutOf::InScope | CutOf::Total))
        };
        if let Some(dim) = loaded.pack.dims.iter().find(by_amount) {
            return Err(Refusal::new(Code::NotByColumns, "$.pack", id, &dim.name));
        }
        let params = dims::params(&loaded.pack, params)?;
        let (pack, hash) = (loaded.pack.clone(), loaded.hash.clone());
        let variant = Variant::new(&pack);
        Ok(Binder { pack, hash, params, at, variant })
    }
}

impl Binder {
    fn open(&mut self) -> Open<'_> {
        let Self { pack, hash, params, variant, .. } = self;
        Open { pack, hash, variant, params: params.clone() }
    }

    /// The pack.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// The pack as a request names it: its id, with the day whose rows are used if one was chosen.
    #[must_use]
    pub fn reference(&self) -> String {
        let id = &self.pack.id;
        self.at.map_or_else(|| id.clone(), |day| format!("{id}@{day}"))
    }

    /// SHA-256 of the canonical pack, in hex.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The yearly counters of a record, by slot from 1.
    #[must_use]
    pub fn counters(&self) -> Vec<Counter> {
        counters(&self.pack, &self.params)
    }

    /// What is bound so far.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.variant.keys
    }

    /// The parameters, by name.
    #[must_use]
    pub fn params(&self) -> BTreeMap<String, String> {
        let values = |(param, code): (&tongchou_core::pack::Param, &u8)| {
            let value = param.values.get(usize::from(*code))?;
            Some((param.name.clone(), value.clone()))
        };
        self.pack.params.iter().zip(&self.params).filter_map(values).collect()
    }

    fn moment(&self, request: &Request) -> Result<Moment, Refusal> {
        Moment::of(request, &self.pack, self.at)
    }

    fn slot(&mut self, moment: Moment) -> Result<Slot, Refusal> {
        let plan = self.open().plan(moment.rows)?;
        let plan = u16::try_from(plan).map_err(|_| {
            Refusal::new(Code::PackLimit, "$.pack", &self.pack.id, "65536 intervals")
        })?;
        Ok(Slot { plan, year: moment.year })
    }

    /// A binder of the same pack with nothing bound.
    #[must_use]
    pub fn anew(&self) -> Self {
        let (pack, hash, params) = (self.pack.clone(), self.hash.clone(), self.params.clone());
        Self { variant: Variant::new(&pack), pack, hash, params, at: self.at }
    }

    /// What the member and the encounter of a bill mean.
    ///
    /// # Errors
    /// As a request with these dimensions would be refused, but for those that are missing and
    /// matter: these [`Binder::key`] refuses.
    pub fn place(&mut self, request: &Request) -> Result<Place, Refusal> {
        let moment = self.moment(request)?;
        let slot = self.slot(moment)?;
        let facts = dims::facts(&self.pack, request, moment)?;
        let (codes, missing) = facts.codes();
        Ok(Place { slot, codes: codes.to_vec(), missing })
    }

    /// The key of a bill: its member and its encounter.
    ///
    /// # Errors
    /// As a request with these dimensions would be refused.
    pub fn key(&mut self, request: &Request) -> Result<Key, Refusal> {
        let moment = self.moment(request)?;
        let facts = dims::facts(&self.pack, request, moment)?;
        self.open().bind(&facts, moment)
    }

    /// After how many days a stay like that of a bill begins a new period; `None` is never.
    ///
    /// # Errors
    /// As the request would be refused for want of a dimension that decides it.
    pub fn stay_period(&self, request: &Request) -> Result<Option<u16>, Refusal> {
        let moment = self.moment(request)?;
        let facts = dims::facts(&self.pack, request, moment)?;
        stays::period_days(&self.pack, &self.params, &facts, moment)
    }

    /// A fee line of a bill.
    ///
    /// # Errors
    /// As a request with this line would be refused.
    pub fn line(&mut self, request: &Request, line: &Line) -> Result<BoundLine, Refusal> {
        let moment = self.moment(request)?;
        let facts = dims::facts(&self.pack, request, moment)?;
        let mut open = self.open();
        let bound = fees::bind_lines(&mut open, std::slice::from_ref(line), &facts, moment)?;
        let gone = || Refusal::new(Code::PackDamaged, "$.pack", "", "");
        bound.first().copied().ok_or_else(gone)
    }

    /// The lines of a whole bill, and what they come to.
    ///
    /// # Errors
    /// As the request would be refused.
    pub fn lines(&mut self, request: &Request) -> Result<(Vec<BoundLine>, Sums), Refusal> {
        let moment = self.moment(request)?;
        let facts = dims::facts(&self.pack, request, moment)?;
        let mut open = self.open();
        let fees = fees::bind(&mut open, request, &facts, moment)?;
        let mut parts = Vec::new();
        let mut silent = tongchou_core::trace::Silent;
        let sums = fees.sum(&open.variant.keys, request, &mut silent, &mut parts)?;
        Ok((fees.into_lines(), sums))
    }
}
