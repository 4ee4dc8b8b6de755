//! Who pays: fund, hospital, account, mutual aid, cash.

use rust_decimal::Decimal;

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::Request;
use tongchou_wire::response::Amounts;

use crate::layers::Outcome;
use crate::lines::Parts;
use crate::money::{from_fen, in_range, to_yuan};
use crate::pack::{Pack, Standing};
use crate::refusal::Refusal;

/// The amounts of the bill, and the balance that is left.
pub fn amounts(
    pack: &Pack,
    request: &Request,
    parts: &Parts,
    standing: Standing,
    layers: &[Outcome],
) -> Result<(Amounts, Yuan), Refusal> {
    let paid: Decimal = layers.iter().map(|layer| layer.paid).sum();
    let total = parts.total();
    let fund = paid + parts.fixed;
    let hospital = given("hospital_share", request.hospital_share)?;
    if total - fund < hospital {
        return Err(Refusal::HospitalShare);
    }
    let person = total - fund - hospital;
    let reach = if standing.fund { reach(pack, parts, paid)?.min(person) } else { person };
    let (account, mutual_aid, balance) = account(request, standing.account, reach)?;
    let amounts = Amounts {
        total: to_yuan(total)?,
        full_self: to_yuan(parts.full_self)?,
        over_limit: to_yuan(parts.over_limit)?,
        prepay: to_yuan(parts.prepay)?,
        in_scope: to_yuan(parts.in_scope)?,
        fixed: to_yuan(parts.fixed)?,
        fixed_self: to_yuan(parts.fixed_self)?,
        deductible: to_yuan(layers.iter().map(|layer| layer.deductible).sum())?,
        fund: to_yuan(fund)?,
        hospital: to_yuan(hospital)?,
        account: to_yuan(account)?,
        mutual_aid: to_yuan(mutual_aid)?,
        cash: to_yuan(person - account)?,
        person: to_yuan(person)?,
    };
    Ok((amounts, to_yuan(balance)?))
}

/// How far the account may reach: the sum of the parts that the pack names.
fn reach(pack: &Pack, parts: &Parts, paid: Decimal) -> Result<Decimal, Refusal> {
    let mut reach = Decimal::ZERO;
    for part in &pack.account_pays {
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
