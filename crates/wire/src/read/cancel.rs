//! A settlement to take back, as it was answered.
//!
//! Its trace explains and is not read; everything else must be there, so that its hash can be
//! checked.

use crate::amount::Yuan;
use crate::error::Code;
use crate::request::Cancel;
use crate::response::{
    Amounts, Claim, FundStanding, Later, LayerResult, LineResult, PackStamp, Posting, Settlement,
};

use super::counters::{self, Sign};
use super::fields::{At, Fields};
use super::request::{list, params};
use super::scalars::{DECIMAL, LIST, OBJECT, TEXT};
use super::{contract, state};

/// Reads a cancel whose contract number is known.
pub fn read(fields: &Fields<'_>, contract: u32) -> Cancel {
    fields.only(&["contract", "cancel", "state"], &[]);
    Cancel {
        contract,
        cancel: settlement(&fields.need("cancel", OBJECT)),
        state: fields.get("state").map(|at| state::read(&at)),
    }
}

pub fn settlement(at: &At<'_>) -> Settlement {
    let fields = at.fields();
    let contract = contract(&fields);
    // Another answer than a settlement is named as such, not by its first strange field.
    let status = fields.need("status", "settled");
    if status.text() != "settled" {
        status.refuse(Code::WrongType, "settled");
    }
    fields.only(OWN, &[]);
    Settlement {
        contract,
        status: "settled".to_owned(),
        id: fields.id("id"),
        member: fields.id_if_given("member"),
        pack: stamp(&fields.need("pack", OBJECT)),
        params: params(&fields.need("params", OBJECT)),
        year: fields.whole("year", state::YEAR),
        fund_standing: standing(&fields.need("fund_standing", "normal or none")),
        claim: fields.get("claim").map(|at| claim(&at)),
        admission: fields
            .get("admission")
            .map(|_| fields.whole("admission", (0, counters::NUMBER_MAX))),
        amounts: amounts(&fields.need("amounts", OBJECT)),
        layers: list(&fields.need("layers", LIST), layer),
        lines: list(&fields.need("lines", LIST), line),
        postings: list(&fields.need("postings", LIST), posting),
        balance: fields.yuan("balance"),
        seq: fields.whole("seq", state::SEQ),
        previous: fields.get("previous").map(|at| state::last(&at)),
        hash: fields.text("hash"),
        state: fields.get("state").map(|at| state::read(&at)),
        trace: None,
    }
}

const OWN: &[&str] = &[
    "contract",
    "status",
    "id",
    "member",
    "pack",
    "params",
    "year",
    "fund_standing",
    "claim",
    "admission",
    "amounts",
    "layers",
    "lines",
    "postings",
    "balance",
    "seq",
    "previous",
    "hash",
    "state",
    "trace",
];

fn stamp(at: &At<'_>) -> PackStamp {
    let fields = at.fields_of(&["id", "date", "hash"]);
    PackStamp {
        id: fields.need("id", TEXT).pack(),
        date: fields.date("date"),
        hash: fields.text("hash"),
    }
}

fn standing(at: &At<'_>) -> FundStanding {
    match at.text() {
        "normal" => return FundStanding::Normal,
        "none" => {}
        _ => at.refuse(Code::WrongType, "normal or none"),
    }
    FundStanding::None
}

fn claim(at: &At<'_>) -> Claim {
    let fields = at.fields_of(&["later", "fund"]);
    let later = fields.need("later", "manual or recovery");
    let word = match later.text() {
        "manual" => Later::Manual,
        "recovery" => Later::Recovery,
        _ => {
            later.refuse(Code::WrongType, "manual or recovery");
            Later::Manual
        }
    };
    Claim { later: word, fund: fields.yuan("fund") }
}

fn amounts(at: &At<'_>) -> Amounts {
    let mut out = Amounts::default();
    let places: [(&str, &mut Yuan); 14] = [
        ("total", &mut out.total),
        ("full_self", &mut out.full_self),
        ("over_limit", &mut out.over_limit),
        ("prepay", &mut out.prepay),
        ("in_scope", &mut out.in_scope),
        ("fixed", &mut out.fixed),
        ("fixed_self", &mut out.fixed_self),
        ("deductible", &mut out.deductible),
        ("fund", &mut out.fund),
        ("hospital", &mut out.hospital),
        ("account", &mut out.account),
        ("mutual_aid", &mut out.mutual_aid),
        ("cash", &mut out.cash),
        ("person", &mut out.person),
    ];
    let fields = at.fields_of(&places.each_ref().map(|(name, _)| *name));
    for (name, slot) in places {
        *slot = fields.yuan(name);
    }
    out
}

fn layer(at: &At<'_>) -> LayerResult {
    let own = ["id", "fund_code", "entered", "deductible", "paid", "self", "over", "capped"];
    let fields = at.fields_of(&own);
    LayerResult {
        id: fields.id("id"),
        fund_code: fields.text("fund_code"),
        entered: fields.yuan("entered"),
        deductible: fields.yuan("deductible"),
        paid: fields.yuan("paid"),
        self_share: fields.yuan("self"),
        over: fields.yuan("over"),
        capped: fields.flag("capped"),
    }
}

fn line(at: &At<'_>) -> LineResult {
    let own = ["id", "full_self", "over_limit", "prepay", "in_scope", "fixed", "fixed_self"];
    let fields = at.fields_of(&own);
    LineResult {
        id: fields.id("id"),
        full_self: fields.yuan("full_self"),
        over_limit: fields.yuan("over_limit"),
        prepay: fields.yuan("prepay"),
        in_scope: fields.yuan("in_scope"),
        fixed: fields.yuan("fixed"),
        fixed_self: fields.yuan("fixed_self"),
    }
}

fn posting(at: &At<'_>) -> Posting {
    let fields = at.fields_of(&["counter", "delta"]);
    let name = fields.need("counter", TEXT);
    let counter = name.text();
    counters::check_name(&name, counter);
    let delta = counters::value(&fields.need("delta", DECIMAL), counter, Sign::Either);
    Posting { counter: counter.to_owned(), delta }
}
