//! Who pays: fund, hospital, account, mutual aid, cash.

use rust_decimal::Decimal;

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::Request;
use tongchou_wire::response::Amounts;

use crate::layers::{self, Entry, Outcome};
use crate::lines::Parts;
use crate::money::{from_fen, in_range, to_yuan};
use crate::pack::{Row, Standing};
use crate::refusal::Refusal;
use crate::select::{self, Decisive};

/// What the payers of a bill look at.
#[derive(Clone, Copy, Debug)]
pub struct Paid<'a> {
    /// Pack, days, dimensions and parameters.
    pub entry: &'a Entry<'a>,
    /// The request.
    pub request: &'a Request,
    /// The parts of the bill.
    pub parts: &'a Parts,
    /// The standing.
    pub standing: Standing,
    /// What the layers did.
    pub layers: &'a [Outcome],
}

/// Who bears the bill.
#[derive(Clone, Copy, Debug)]
pub struct Bearing {
    /// The amounts of the bill.
    pub amounts: Amounts,
    /// The balance that is left.
    pub balance: Yuan,
    /// How far the account may reach.
    pub reach: Yuan,
}

/// Who bears the bill.
pub fn amounts(paid: &Paid<'_>, decisive: &mut Decisive) -> Result<Bearing, Refusal> {
    let Paid { request, parts, standing, layers, .. } = *paid;
    let by_layers: Decimal = layers.iter().map(|layer| layer.paid).sum();
    let total = parts.total();
    let fund = by_layers + parts.fixed;
    let share = given("hospital_share", request.hospital_share)?;
    if total - fund < share {
        return Err(Refusal::HospitalShare);
    }
    let all_hospital = !standing.fund && standing.hospital;
    let hospital = if all_hospital { total } else { share };
    let person = total - fund - hospital;
    let row = personal(paid.entry)?;
    let reach = match (standing.fund, row) {
        (true, Some(row)) => reach(&row.says, parts, by_layers)?.min(person),
        (true, None) => Decimal::ZERO,
        (false, _) => person,
    };
    let (account, mutual_aid, balance) = account(request, standing.account, reach)?;
    if let Some(row) = row {
        let (most, _, _) = self::account(request, standing.account, person)?;
        decisive.note(&row.name, standing.fund && !most.is_zero());
    }
    let mut deductible = Decimal::ZERO;
    for (layer, outcome) in paid.entry.pack.layers.iter().zip(layers) {
        if layers::is_of_bill(paid.entry, layer)? {
            deductible += outcome.deductible;
        }
    }
    let amounts = Amounts {
        total: to_yuan(total)?,
        full_self: to_yuan(parts.full_self)?,
        over_limit: to_yuan(parts.over_limit)?,
        prepay: to_yuan(parts.prepay)?,
        in_scope: to_yuan(parts.in_scope)?,
        fixed: to_yuan(parts.fixed)?,
        fixed_self: to_yuan(parts.fixed_self)?,
        deductible: to_yuan(deductible)?,
        fund: to_yuan(fund)?,
        hospital: to_yuan(hospital)?,
        account: to_yuan(account)?,
        mutual_aid: to_yuan(mutual_aid)?,
        cash: to_yuan(person - account)?,
        person: to_yuan(person)?,
    };
    Ok(Bearing { amounts, balance: to_yuan(balance)?, reach: to_yuan(reach)? })
}

/// The personal row that applies; it must exist whether or not the fund pays.
fn personal<'a>(entry: &Entry<'a>) -> Result<Option<&'a Row<Vec<String>>>, Refusal> {
    let rows = &entry.pack.personal;
    match rows.is_empty() {
        true => Ok(None),
        false => select::the_row(rows, entry.days.rows, entry.facts, "personal").map(Some),
    }
}

/// How far the account may reach: the sum of the parts that the row names.
fn reach(pays: &[String], parts: &Parts, paid: Decimal) -> Result<Decimal, Refusal> {
    let mut reach = Decimal::ZERO;
    for part in pays {
        reach += match part.as_str() {
            "in_scope" => parts.in_scope + parts.fixed_self - paid,
            "prepay" => parts.prepay,
            "over_limit" => parts.over_limit,
            "full_self" => parts.full_self,
            other => return Err(Refusal::Pack(format!("the account pays no `{other}`"))),
        };
    }
    Ok(reach)
}

/// What account and mutual aid pay together, what mutual aid pays, and the balance left.
fn account(
    request: &Request,
    allowed: bool,
    reach: Decimal,
) -> Result<(Decimal, Decimal, Decimal), Refusal> {
    let held = request.member.account.unwrap_or_default();
    let balance = given("balance", Some(held.balance))?;
    let aid = given("mutual_aid", held.mutual_aid)?;
    if !allowed || request.encounter.use_account == Some(false) {
        return Ok((Decimal::ZERO, Decimal::ZERO, balance));
    }
    let own = balance.min(reach);
    let aid = aid.min(reach - own);
    Ok((own + aid, aid, balance - own))
}

fn given(name: &str, amount: Option<Yuan>) -> Result<Decimal, Refusal> {
    Ok(from_fen(in_range(name, amount.unwrap_or_default().0)?))
}
