//! Schemes that follow one another, and interim bills that meet where a bill would be cut.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use tongchou_wire::amount::{Date, Measure, Yuan};
use tongchou_wire::request::{Bill, Joins, Line, LineFacts, Request, Stay, Totals};

use crate::day::{first_day, number};
use crate::money::to_fen;
use crate::pack::{DimSource, Pack};
use crate::settle::settle;

use super::days::{between, shift};
use super::dice::Dice;
use super::story::Told;

/// Most interim bills that are made of one.
const BILLS_MAX: i64 = 4;

/// The packs that can follow a pack: with a cut between schemes, and with the same dimensions,
/// parameters, days of bills and rule for late facts.
pub fn followers<'p>(pack: &Pack, all: &[&'p Pack]) -> Vec<&'p Pack> {
    let cuts = pack.rules.splits.iter().any(|row| row.says.of == "scheme");
    let follows = |other: &&&Pack| {
        cuts && same_words(pack, other)
            && pack.rules.later_bills == other.rules.later_bills
            && pack.dated_by == other.dated_by
            && pack.facts == other.facts
    };
    all.iter().filter(follows).copied().collect()
}

fn same_words(one: &Pack, other: &Pack) -> bool {
    let dims = |pack: &Pack| -> Vec<(String, Vec<String>)> {
        let words = |dim: &crate::pack::Dim| match &dim.source {
            DimSource::Given { values, .. } => values.clone(),
            DimSource::Cut { names, .. } => names.clone(),
        };
        pack.dims.iter().map(|dim| (dim.name.clone(), words(dim))).collect()
    };
    let params = |pack: &Pack| -> Vec<(String, Vec<String>)> {
        pack.params.iter().map(|it| (it.name.clone(), it.values.clone())).collect()
    };
    dims(one) == dims(other) && params(one) == params(other)
}

/// Some parameters of a pack.
pub fn params(dice: &mut Dice, pack: &Pack) -> BTreeMap<String, String> {
    let mut params = BTreeMap::new();
    for param in &pack.params {
        let said = dice.percent(60);
        if let Some(value) = dice.one_of(&param.values).filter(|_| said) {
            params.insert(param.name.clone(), value.clone());
        }
    }
    params
}

/// Makes interim bills of one stay of a bill of the list, two of which meet on the first day of a
/// benefit year or on another day, which is given.
pub fn meet(pack: &Pack, dice: &mut Dice, told: &mut Vec<Told>) -> Option<Date> {
    if pack.rules.splits.is_empty() || pack.stay_care.is_empty() {
        return None;
    }
    let is_stay = |bill: &Told| crate::dims::is_stay(pack, &bill.request) == Ok(true);
    let at = told.iter().position(is_stay)?;
    let model = told.get(at)?.request.clone();
    let years: Vec<i16> = (pack.from.year..=pack.to.year).collect();
    let cut = match dice.percent(60) {
        true => first_day(pack, *dice.one_of(&years)?),
        false => between(dice, shift(pack.from, 40), shift(pack.to, -60)),
    };
    if cut <= shift(pack.from, 30) || shift(pack.to, -120) <= cut {
        return None;
    }
    let params = params(dice, pack);
    let dated = dice.percent(92);
    let count = dice.between(2, BILLS_MAX);
    let mut from = shift(cut, -dice.between(1, 25));
    let mut to = shift(cut, -1);
    let mut bills = Vec::new();
    for place in 1..=count {
        let mut request = model.clone();
        let encounter = &mut request.encounter;
        encounter.id = format!("{}-{place}", encounter.id);
        (encounter.admitted, encounter.discharged) = (from, Some(to));
        let closes = place == count && dice.percent(60);
        let joins = (place > 1 && pack.transfer && dice.percent(30)).then_some(Joins::Transfer);
        encounter.stay = Some(Stay { id: "meet".to_owned(), closes, joins });
        request.params.clone_from(&params);
        (request.stated_total, request.hospital_share) = (None, None);
        fees(pack, dice, &mut request, dated);
        bills.push(told_of(pack, request));
        // Mostly on the day of the cut, or where the bill before ended.
        let gap = dice.pick([0, 0, 1]);
        from = if place == 1 && dice.percent(90) { cut } else { shift(to, gap) };
        let over = dice.pick([3, 10, 25, 40]);
        to = shift(from, dice.between(0, over));
    }
    let (first, last) = (bills.first()?.day, bills.last()?.day);
    let apart = |bill: &Told| {
        let encounter = &bill.request.encounter;
        encounter.discharged.unwrap_or(encounter.admitted) < shift(first, -30)
            || last < encounter.admitted
    };
    told.retain(apart);
    told.extend(bills);
    told.sort_by_key(|bill| number(bill.day));
    Some(cut)
}

/// Whether a bill is cut by the dates of its lines, as far as its parameters say.
fn is_dated(pack: &Pack, request: &Request) -> bool {
    let value = |key: &str| {
        let param = pack.params.iter().find(|param| param.key == key);
        param.map(|param| request.params.get(&param.name).unwrap_or(&param.default))
    };
    let meets =
        |(key, values): &(String, Vec<String>)| value(key).is_none_or(|it| values.contains(it));
    let mut rows = pack.rules.splits.iter().filter(|row| row.when.iter().all(meets));
    !rows.any(|row| row.says.by == "days")
}

/// Gives the stays of a list mostly lines that are dated, or totals where those are divided.
pub fn date(pack: &Pack, dice: &mut Dice, told: &mut [Told]) {
    for bill in told {
        let is_stay = crate::dims::is_stay(pack, &bill.request) == Ok(true);
        if is_stay && dice.percent(92) {
            (bill.request.stated_total, bill.request.hospital_share) = (None, None);
            fees(pack, dice, &mut bill.request, true);
            bill.verdict = settle(pack, &bill.request).ok();
        }
    }
}

/// Lines on some days of a bill, or totals.
fn fees(pack: &Pack, dice: &mut Dice, request: &mut Request, dated: bool) {
    let own = match &request.bill {
        Bill::Lines(lines) => lines.iter().find(|line| 0 < line.amount.0).cloned(),
        Bill::Totals(_) => None,
    };
    let dated = dated == is_dated(pack, request);
    let made = plain(dice.any_size(40_000_000_000));
    let Some(model) = own.or(Some(made)).filter(|_| dated) else {
        let in_scope = Yuan(dice.any_size(1_500_000));
        request.bill = Bill::Totals(Totals { in_scope, ..Totals::default() });
        return;
    };
    let admitted = request.encounter.admitted;
    let last = request.encounter.discharged.unwrap_or(admitted);
    let count = dice.between(1, 4);
    let line = |place: i64| {
        let mut line = model.clone();
        line.id = place.to_string();
        line.date = Some(between(dice, admitted, last));
        line
    };
    request.bill = Bill::Lines((1..=count).map(line).collect());
}

/// A line of class A at a price in millionths of a yuan.
fn plain(price: i64) -> Line {
    let price = Decimal::new(price / 10_000, 2);
    let fee = to_fen(price).unwrap_or(0);
    let facts = LineFacts { class: Some("A".to_owned()), ..LineFacts::default() };
    let (id, quantity) = (String::new(), Measure(Decimal::ONE));
    let price = Measure(price.normalize());
    Line { id, facts, price, quantity, amount: Yuan(fee), limit: None, prepay: None, date: None }
}

fn told_of(pack: &Pack, mut request: Request) -> Told {
    request.state = None;
    let day = crate::member::own_day(pack, &request);
    let verdict = settle(pack, &request).ok();
    Told { request, verdict, day }
}
