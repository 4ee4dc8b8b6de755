//! Hospital share, account and mutual aid around what the person has to pay.

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::{Account, Request};

use crate::pack::Pack;
use crate::settle::settle;

use super::dice::Dice;
use super::target::{Table, Target};

/// Adds who pays beside the fund, without knowing what the person has to pay.
pub fn add_unseen(dice: &mut Dice, request: &mut Request) {
    if dice.percent(2) {
        request.hospital_share = Some(Yuan(dice.any_size(2_000)));
    }
    request.encounter.use_account = match dice.weighted([80, 12, 8]) {
        0 => None,
        1 => Some(false),
        _ => Some(true),
    };
    let mutual_aid = dice.percent(10).then(|| Yuan(dice.any_size(100_000)));
    let balance = Yuan(dice.any_size(1_000_000));
    request.member.account = Some(Account { balance, mutual_aid });
}

/// Adds who pays beside the fund.
pub fn add(dice: &mut Dice, pack: &Pack, target: &Target, request: &mut Request) {
    let aimed = target.table == Table::Personal;
    if !aimed && dice.percent(45) {
        return;
    }
    let Ok(verdict) = settle(pack, request) else { return };
    let rest = verdict.amounts.total.0 - verdict.amounts.fund.0;
    let mut person = rest;
    if dice.percent(20) {
        let any = dice.between(0, rest);
        let hospital = dice.pick([0, rest, (rest - 1).max(0), any, any, any]);
        request.hospital_share = Some(Yuan(hospital));
        person -= hospital;
    }
    if dice.percent(25) {
        request.stated_total = Some(verdict.amounts.total);
    }
    request.encounter.use_account = match dice.weighted([60, 20, 20]) {
        0 => None,
        2 if !aimed => Some(false),
        _ => Some(true),
    };
    if !aimed && dice.percent(20) {
        return;
    }
    let reach = verdict.reach.0.min(person);
    let any = dice.any_size(10_000_000);
    let some = dice.between(0, reach);
    let balance = dice.pick([0, reach - 1, reach, reach + 1, person, some, some, any]).max(0);
    let left = (reach - balance).max(0);
    let mutual_aid = match dice.weighted([40, 15, 25, 20]) {
        0 => None,
        1 => Some(dice.any_size(1_000_000)),
        2 => Some((left + dice.pick([-1, 0, 1])).max(0)),
        _ => Some(dice.between(0, left)),
    };
    request.member.account =
        Some(Account { balance: Yuan(balance), mutual_aid: mutual_aid.map(Yuan) });
}
