//! The contract answered by the kernel: a request becomes numbers, the outcome becomes a response.
//!
//! Everything the kernel does not know lives here: names, dates, decimal text, hashes. Nothing
//! here decides an amount.

mod answer;
mod binder;
mod cancel;
mod counters;
mod dims;
#[cfg(feature = "member")]
mod entitle;
mod fees;
#[cfg(feature = "member")]
mod refund;
#[cfg(feature = "member")]
mod replay;
#[cfg(feature = "member")]
mod standing;
mod stays;

use std::collections::BTreeMap;

use tongchou_core::calendar::Day;
use tongchou_core::keys::{Key, Keys};
use tongchou_core::layer::Scratch;
use tongchou_core::money::FEN_MAX;
use tongchou_core::pack::{FORMAT, Pack};
use tongchou_core::plan::{Plan, PlanError, is_columnar_only};
use tongchou_core::settle::Purse;
use tongchou_core::trace::Recorder;

use crate::amount::{Date, Yuan};
use crate::error::{Code, Lang, Refusal, one_of};
use crate::json;
use crate::read::{self, Message};
use crate::request::{CONTRACT, Cancel, Request};
#[cfg(feature = "member")]
use crate::request::{Entitle, Refund, Replay};
use crate::response::{Cancellation, Refused, Settlement};
#[cfg(feature = "member")]
use crate::response::{Entitled, Refunded, Replayed};
use crate::tree;
use crate::write;

use dims::Moment;
use stays::Visit;

pub use binder::{Binder, BoundLine, Place, Slot};

/// Line codes and layer rows kept before the bound rows are thrown away and built anew.
const CODES_KEPT: usize = 4_096;

/// Longest canonical pack: 4 MiB.
pub const PACK_BYTES_MAX: usize = 4 << 20;

/// How a bill is settled among a member's facts.
#[derive(Clone, Copy, Debug, Default)]
struct How<'a> {
    /// Whether it is a claim.
    claimed: bool,
    /// A stay whose record ends where the bill begins.
    drops: Option<&'a str>,
}

/// Loaded packs, ready to settle.
#[derive(Debug, Default)]
pub struct Engine {
    packs: BTreeMap<String, Loaded>,
}

#[derive(Debug)]
struct Loaded {
    pack: Pack,
    hash: String,
    variants: BTreeMap<Vec<u8>, Variant>,
}

/// A pack under one choice of parameters.
#[derive(Debug)]
struct Variant {
    plans: Vec<Plan>,
    keys: Keys,
    scratch: Scratch,
}

/// What a message was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A bill was settled.
    Settled(Box<Settlement>),
    /// A settlement was taken back.
    Cancelled(Box<Cancellation>),
    /// A member's facts were settled.
    #[cfg(feature = "member")]
    Replayed(Box<Replayed>),
    /// Part of a payment was given back.
    #[cfg(feature = "member")]
    Refunded(Box<Refunded>),
    /// A question about a member's standing was answered.
    #[cfg(feature = "member")]
    Entitled(Box<Entitled>),
    /// Nothing was done.
    Refused(Box<Refusal>),
}

impl Answer {
    /// The answer as JSON text, with refusals in a language.
    #[must_use]
    pub fn json(&self, lang: Lang) -> String {
        match self {
            Self::Settled(settlement) => write::json(settlement),
            Self::Cancelled(cancellation) => write::json(cancellation),
            #[cfg(feature = "member")]
            Self::Replayed(replayed) => write::json(replayed),
            #[cfg(feature = "member")]
            Self::Refunded(refunded) => write::json(refunded),
            #[cfg(feature = "member")]
            Self::Entitled(entitled) => write::json(entitled),
            Self::Refused(refusal) => write::json(&Refused {
                contract: CONTRACT,
                status: "refused".into(),
                errors: vec![refusal.render(lang)],
            }),
        }
    }
}

impl Engine {
    /// An engine without packs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads a canonical pack and compiles it under its default parameters; returns its id.
    ///
    /// # Errors
    /// P005 to P008: the text is no canonical pack, or its tables are not complete.
    pub fn add_pack(&mut self, canonical: &str) -> Result<String, Refusal> {
        let damaged = |what: &str| Refusal::new(Code::PackDamaged, "$", what, "");
        if PACK_BYTES_MAX < canonical.len() {
            return Err(Refusal::new(Code::PackLimit, "$", "pack", "4194304 bytes"));
        }
        let pack: Pack = tree::read(&json::parse(canonical)?).map_err(damaged)?;
        if pack.format != FORMAT {
            return Err(damaged(&format!("format {}", pack.format)));
        }
        if pack.layers.iter().any(is_columnar_only) {
            return Err(Refusal::new(Code::PackColumnsOnly, "$.layers", &pack.id, ""));
        }
        let hash = counters::hex_sha256(canonical.as_bytes());
        let id = pack.id.clone();
        let mut loaded = Loaded { pack, hash, variants: BTreeMap::new() };
        let defaults: Vec<u8> = loaded.pack.params.iter().map(|p| p.default).collect();
        let mut day = loaded.pack.from;
        let settles = !is_of_rules_only(&loaded.pack);
        let mut open = loaded.variant(&defaults);
        while settles && day <= open.pack.to {
            let plan = open.plan(day)?;
            let last = open.variant.plans.get(plan).map_or(open.pack.to, |plan| plan.to);
            day = Day(last.0.saturating_add(1));
        }
        self.packs.insert(id.clone(), loaded);
        Ok(id)
    }

    /// Ids of the loaded packs.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.packs.keys().map(String::as_str)
    }

    /// A loaded pack.
    #[cfg(feature = "member")]
    pub(crate) fn pack(&self, id: &str) -> Option<&Pack> {
        self.packs.get(id).map(|loaded| &loaded.pack)
    }

    /// Answers one message of the contract.
    pub fn call(&mut self, text: &str) -> Answer {
        let answer = read::message(text).and_then(|message| match message {
            Message::Settle(request) => self.settle(&request).map(|s| Answer::Settled(Box::new(s))),
            Message::Cancel(cancel) => self.cancel(&cancel).map(|c| Answer::Cancelled(Box::new(c))),
            #[cfg(feature = "member")]
            Message::Replay(replay) => self.replay(&replay).map(|r| Answer::Replayed(Box::new(r))),
            #[cfg(feature = "member")]
            Message::Refund(refund) => self.refund(&refund).map(|r| Answer::Refunded(Box::new(r))),
            #[cfg(feature = "member")]
            Message::Entitle(question) => {
                self.entitle(&question).map(|e| Answer::Entitled(Box::new(e)))
            }
        });
        answer.unwrap_or_else(|refusal| Answer::Refused(Box::new(refusal)))
    }

    /// Settles one bill.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing has changed then.
    pub fn settle(&mut self, request: &Request) -> Result<Settlement, Refusal> {
        self.settle_as(request, How::default())
    }

    /// The refusal of a pack that is not loaded.
    fn unknown(&self, id: &str) -> Refusal {
        let known: Vec<&str> = self.ids().collect();
        Refusal::new(Code::PackUnknown, "$.pack", id, one_of(id, &known))
    }

    /// Settles a bill, or, `claimed`, the fund's part of one that its standing had blocked.
    fn settle_as(&mut self, request: &Request, how: How<'_>) -> Result<Settlement, Refusal> {
        let (id, at) = pack_reference(&request.pack)?;
        if !self.packs.contains_key(id) {
            return Err(self.unknown(id));
        }
        let lost = || Refusal::new(Code::PackDamaged, "$.pack", id, "");
        let loaded = self.packs.get_mut(id).ok_or_else(lost)?;
        let params = dims::params(&loaded.pack, &request.params)?;
        let moment = Moment::of(request, &loaded.pack, at)?;
        if is_of_rules_only(&loaded.pack) {
            return Err(Refusal::new(Code::PackOfRules, "$.pack", id, ""));
        }
        loaded.variant(&params).settle(request, &params, moment, how)
    }

    /// Takes a settlement back.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing has changed then.
    pub fn cancel(&self, request: &Cancel) -> Result<Cancellation, Refusal> {
        cancel::cancel(request)
    }
}

#[cfg(feature = "member")]
impl Engine {
    /// Settles what stands of a member's facts, in order of service.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing has changed then.
    pub fn replay(&mut self, request: &Replay) -> Result<Replayed, Refusal> {
        replay::replay(self, request)
    }

    /// Gives part of a payment back.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing has changed then.
    pub fn refund(&mut self, request: &Refund) -> Result<Refunded, Refusal> {
        refund::refund(self, request)
    }

    /// Says what a member is entitled to.
    ///
    /// # Errors
    /// A [`Refusal`]: contradictory facts, or names that the pack does not know.
    pub fn entitle(&mut self, request: &Entitle) -> Result<Entitled, Refusal> {
        entitle::entitle(self, request)
    }
}

/// A pack with one of its variants.
struct Open<'a> {
    pack: &'a Pack,
    hash: &'a str,
    variant: &'a mut Variant,
    params: Vec<u8>,
}

impl Loaded {
    fn variant(&mut self, params: &[u8]) -> Open<'_> {
        let pack = &self.pack;
        let variant = self.variants.entry(params.to_vec()).or_insert_with(|| Variant::new(pack));
        Open { pack, hash: &self.hash, variant, params: params.to_vec() }
    }
}

impl Variant {
    fn new(pack: &Pack) -> Self {
        Self { plans: Vec::new(), keys: Keys::new(pack), scratch: Scratch::default() }
    }
}

impl Open<'_> {
    /// Index of the plan in force on a day, compiled when first needed.
    fn plan(&mut self, day: Day) -> Result<usize, Refusal> {
        let plans = &mut self.variant.plans;
        if let Some(index) = plans.iter().position(|p| p.from <= day && day <= p.to) {
            return Ok(index);
        }
        let plan = Plan::compile(self.pack, &self.params, day);
        plans.push(plan.map_err(|error| plan_refusal(self.pack, &error))?);
        Ok(plans.len() - 1)
    }

    fn settle(
        &mut self,
        request: &Request,
        params: &[u8],
        moment: Moment,
        How { claimed, drops }: How<'_>,
    ) -> Result<Settlement, Refusal> {
        if self.variant.keys.bound() > CODES_KEPT {
            self.variant.keys = Keys::new(self.pack);
        }
        let pack = self.pack;
        let mut facts = dims::facts(pack, request, moment)?;
        let mut ledger = counters::open(pack, params, request, moment.year)?;
        let fees = fees::bind(self, request, &facts, moment)?;
        let mut recorder = Recorder::default();
        let mut parts = Vec::with_capacity(fees.len());
        let sums = fees.sum(&self.variant.keys, request, &mut recorder, &mut parts)?;
        facts.set_amounts(pack, &sums);
        let key = self.bind(&facts, moment)?;
        let Variant { keys, scratch, .. } = &mut *self.variant;
        ledger.open_stay(&Visit {
            pack,
            params,
            request,
            facts: &facts,
            moment,
            is_stay: keys.is_stay(key),
            moves: (claimed || keys.fund_pays(key)) && sums.total > 0,
            drops,
        })?;
        let purse = purse(request)?;
        let claim = if claimed { None } else { answer::claim(keys, key, sums, &ledger) };
        let (record, stay) = (&mut ledger.record, ledger.stay.as_mut());
        let outcome = match claimed {
            false => keys.settle_one(key, sums, purse, record, stay, scratch, &mut recorder),
            true => {
                let hospital = purse.hospital;
                keys.settle_claim(key, sums, hospital, record, stay, scratch, &mut recorder)
            }
        };
        let outcome = outcome.map_err(|refusal| fees::refused(request, refusal))?;
        let (parts, entries) = (parts.as_slice(), recorder.entries.as_slice());
        let settled = answer::Settled { outcome, parts, entries, key, claim, claimed };
        answer::compose(self, request, settled, ledger, moment)
    }

    fn bind(&mut self, facts: &dims::Facts, moment: Moment) -> Result<Key, Refusal> {
        let pack = self.pack;
        let plan = self.plan(moment.rows)?;
        let Variant { plans, keys, .. } = &mut *self.variant;
        let damaged = || Refusal::new(Code::PackDamaged, "$.pack", pack.id.as_str(), "");
        let plan = plans.get(plan).ok_or_else(damaged)?;
        let key = keys.bind(pack, plan, facts.point(), moment.year);
        key.map_err(|error| dims::unbound(pack, &error, ""))
    }
}

fn purse(request: &Request) -> Result<Purse, Refusal> {
    let account = request.member.account.unwrap_or_default();
    let bounded = |path: &str, amount: Option<Yuan>| {
        let Yuan(fen) = amount.unwrap_or_default();
        let refusal = || Refusal::new(Code::AmountBound, path, Yuan(fen).to_string(), "");
        (0..=FEN_MAX).contains(&fen).then_some(fen).ok_or_else(refusal)
    };
    Ok(Purse {
        balance: bounded("$.member.account.balance", Some(account.balance))?,
        mutual_aid: bounded("$.member.account.mutual_aid", account.mutual_aid)?,
        hospital: bounded("$.hospital_share", request.hospital_share)?,
        use_account: request.encounter.use_account.unwrap_or(true),
    })
}

fn pack_reference(text: &str) -> Result<(&str, Option<Date>), Refusal> {
    let malformed = || Refusal::new(Code::PackReference, "$.pack", text, "");
    let Some((id, date)) = text.split_once('@') else {
        return if text.is_empty() { Err(malformed()) } else { Ok((text, None)) };
    };
    let date = Date::read(date).ok_or_else(malformed)?;
    if id.is_empty() { Err(malformed()) } else { Ok((id, Some(date))) }
}

/// Whether a pack answers questions about members only.
fn is_of_rules_only(pack: &Pack) -> bool {
    pack.layers.is_empty() && pack.classify.prepay.is_empty()
}

fn plan_refusal(pack: &Pack, error: &PlanError) -> Refusal {
    let id = pack.id.as_str();
    match error {
        PlanError::Table(table, _) => Refusal::new(Code::PackNotTotal, "$.pack", id, table),
        PlanError::TooLarge(what) => Refusal::new(Code::PackLimit, "$.pack", id, *what),
        PlanError::NotInForce => Refusal::new(Code::PackDay, "$.pack", id, ""),
        PlanError::Damaged(what) => Refusal::new(Code::PackDamaged, "$.pack", id, *what),
        PlanError::InexactRate(layer) => Refusal::new(Code::PackDamaged, "$.pack", id, layer),
        PlanError::Missing(_) => Refusal::new(Code::DimMissing, "$", id, ""),
        PlanError::MissingFact(_) => Refusal::new(Code::FactMissing, "$.facts", id, ""),
    }
}
