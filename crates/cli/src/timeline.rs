//! What became of a member's facts, kind by kind: what was paid when, what a late fact changed,
//! what the facts say about the member, where everything stands.

use std::fmt::Write;

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::Fact;
use tongchou_wire::response::{
    Amounts, Change, Claimed, Grounds, Refunded, Replayed, Settlement, Transaction,
};
use unicode_width::UnicodeWidthStr;

use crate::columns::{left, right, signed, table};
use crate::facts::Facts;
use crate::member::counters;
use crate::shelf::Shelf;
use crate::words::{self, Phrase};
use crate::{explain, slip};

/// Width of a column of amounts.
const AMOUNT: usize = 14;
/// Width of the column of ids.
const NAME: usize = 18;
/// Width of the column of dates.
const DATE: usize = 12;

/// The whole answer as text.
#[must_use]
pub fn replayed(answer: &Replayed, facts: Facts<'_>, shelf: Shelf<'_>, explain: bool) -> String {
    let mut text = format!("{}\n", shelf.say(words::TIMELINE));
    money(&mut text, answer, facts, shelf);
    changes(&mut text, &answer.changes, facts, shelf);
    inconsistent(&mut text, answer, shelf);
    rests(&mut text, &answer.grounds, shelf);
    transactions(&mut text, &answer.transactions, shelf);
    for state in &answer.states {
        counters::section(&mut text, state, answer, facts, shelf);
    }
    let _ = writeln!(text, "\n{} {}", shelf.say(words::CLOSING), answer.balance);
    if explain {
        for settlement in &answer.settlements {
            let pack = shelf.pack(&settlement.pack.id);
            let _ = write!(text, "\n{} ", settlement.id);
            text.push_str(&explain::steps(settlement, pack, shelf.lang));
        }
    }
    text
}

/// Bills, refunds and claims under the same columns; what goes back carries a minus.
fn money(text: &mut String, answer: &Replayed, facts: Facts<'_>, shelf: Shelf<'_>) {
    let bills: Vec<Row> =
        answer.settlements.iter().map(|settlement| bill(settlement, facts, shelf)).collect();
    let mut refunds: Vec<Row> =
        answer.refunds.iter().map(|refund| given_back(refund, facts)).collect();
    refunds.sort_by(|a, b| a.on.cmp(&b.on));
    let claims: Vec<Row> = answer.claims.iter().map(claimed).collect();
    let rows = bills.iter().chain(&refunds).chain(&claims);
    let name = rows.map(|row| row.name.width() + 2).max().unwrap_or(NAME).max(NAME);
    let heads = [
        words::TOTAL,
        words::FUND_PART,
        words::ACCOUNT_PART,
        words::CASH_PART,
        words::BALANCE_HEAD,
    ];
    let heads: Vec<String> = heads.iter().map(|head| shelf.say(*head).to_owned()).collect();
    let wide = DATE + name + AMOUNT * heads.len();
    let (on, what) = (shelf.say(words::DATE).to_owned(), shelf.say(words::BILL).to_owned());
    line(text, &Row { on, name: what, amounts: heads }, name);
    text.push_str(&slip::rule(wide));
    bills.iter().for_each(|row| line(text, row, name));
    section(text, words::REFUNDS, &refunds, shelf, |text, row| line(text, row, name));
    section(text, words::CLAIMS, &claims, shelf, |text, row| line(text, row, name));
}

/// A line of the table.
struct Row {
    on: String,
    name: String,
    amounts: Vec<String>,
}

fn line(text: &mut String, row: &Row, name: usize) {
    let amounts: String = row.amounts.iter().map(|amount| right(amount, AMOUNT)).collect();
    let line = format!("{}{}{amounts}", left(&row.on, DATE), left(&row.name, name));
    let _ = writeln!(text, "{}", line.trim_end());
}

/// A heading and its lines; nothing at all without any.
fn section<T>(
    text: &mut String,
    title: Phrase,
    items: &[T],
    shelf: Shelf<'_>,
    mut line: impl FnMut(&mut String, &T),
) {
    if !items.is_empty() {
        let _ = writeln!(text, "\n{}", shelf.say(title));
    }
    for item in items {
        line(text, item);
    }
}

fn bill(settlement: &Settlement, facts: Facts<'_>, shelf: Shelf<'_>) -> Row {
    let a = &settlement.amounts;
    let amounts = [a.total, a.fund, a.account, a.cash, settlement.balance];
    let amounts = amounts.iter().map(Yuan::to_string).collect();
    let on = facts.day(settlement, shelf.pack(&settlement.pack.id)).to_string();
    Row { on, name: settlement.id.clone(), amounts }
}

fn given_back(refund: &Refunded, facts: Facts<'_>) -> Row {
    let on = facts.refund(&refund.id).map_or(String::new(), |fact| fact.on.to_string());
    let back = |amount: Yuan| signed(Yuan(amount.0.saturating_neg()));
    let (fund, account) = (back(refund.fund), back(refund.account));
    let amounts = vec![String::new(), fund, account, back(refund.cash), refund.balance.to_string()];
    Row { on, name: format!("{} ← {}", refund.id, refund.of), amounts }
}

fn claimed(claim: &Claimed) -> Row {
    let cash = signed(Yuan(claim.paid.0.saturating_neg()));
    let amounts = vec![String::new(), signed(claim.paid), String::new(), cash];
    Row { on: claim.on.to_string(), name: format!("{} ← {}", claim.id, claim.of), amounts }
}

fn rests(text: &mut String, grounds: &[Grounds], shelf: Shelf<'_>) {
    let mut rows = Vec::new();
    for grounds in grounds {
        let mut id = grounds.id.as_str();
        for ground in &grounds.dims {
            let mut row = vec![id.to_owned()];
            row.extend(shelf.cells(ground));
            rows.push(row);
            id = "";
        }
    }
    if !rows.is_empty() {
        let _ = writeln!(text, "\n{}", shelf.say(words::GROUNDS));
        text.push_str(&table("  ", &rows));
    }
}

/// What late facts changed, bill by bill.
pub fn changes(text: &mut String, changes: &[Change], facts: Facts<'_>, shelf: Shelf<'_>) {
    section(text, words::CHANGES, changes, shelf, |text, change| {
        let by = shelf.fill(words::CHANGED_BY, "{n}", &(change.fact + 1).to_string());
        let named = shelf.event(&change.id);
        let fact = usize::try_from(change.fact).ok().and_then(|at| facts.all().nth(at));
        let kind = fact.and_then(kind);
        let named = kind.map_or(named.to_owned(), |kind| format!("{} {named}", shelf.say(kind)));
        let _ = writeln!(text, "  {}", by.replace("{id}", &named));
        for later in &change.later {
            let _ = writeln!(text, "    {}{}", later.id, moved(&later.before, &later.after, shelf));
        }
    });
}

/// What a fact is called before its key; the name of an event says it already.
fn kind(fact: &Fact) -> Option<Phrase> {
    match fact {
        Fact::Bill(_) => Some(words::BILL),
        Fact::Cancel(_) => Some(words::CANCEL),
        Fact::Refund(_) => Some(words::REFUND),
        Fact::Claim(_) => Some(words::MANUAL_CLAIM),
        Fact::Contribution(_) => Some(words::CONTRIBUTION),
        Fact::Credit(_) => Some(words::CREDIT),
        Fact::Becomes(_) => Some(words::BECOMES),
        Fact::Scheme(_) => Some(words::SCHEME),
        Fact::Event(_) => None,
    }
}

/// What differs between two settlements of a bill.
fn moved(before: &Amounts, after: &Amounts, shelf: Shelf<'_>) -> String {
    let parts = [
        (words::TOTAL, before.total, after.total),
        (words::FUND, before.fund, after.fund),
        (words::HOSPITAL, before.hospital, after.hospital),
        (words::ACCOUNT, before.account, after.account),
        (words::CASH, before.cash, after.cash),
    ];
    let moved = parts.iter().filter(|(_, before, after)| before != after);
    let said = moved.map(|(name, before, after)| {
        let difference = signed(Yuan(after.0.saturating_sub(before.0)));
        let difference = words::in_brackets(&difference, shelf.lang);
        format!("  {} {before} → {after}{difference}", shelf.say(*name))
    });
    said.collect()
}

/// Bills that were kept although others before them changed.
pub fn inconsistent(text: &mut String, answer: &Replayed, shelf: Shelf<'_>) {
    section(text, words::INCONSISTENT, &answer.inconsistent, shelf, |text, id| {
        let _ = writeln!(text, "  {id}");
    });
}

/// What moved the account.
pub fn transactions(text: &mut String, transactions: &[Transaction], shelf: Shelf<'_>) {
    let name = transactions.iter().map(|moved| moved.id.width() + 2).max();
    let name = name.unwrap_or(NAME).max(NAME);
    section(text, words::TRANSACTIONS, transactions, shelf, |text, moved| {
        let what = left(words::movement(&moved.kind, shelf.lang), 12);
        let what = format!("{}{what}{}", left(&moved.on.to_string(), DATE), left(&moved.id, name));
        let balance = right(&moved.balance.to_string(), AMOUNT);
        let _ = writeln!(text, "  {what}{}{balance}", right(&signed(moved.amount), AMOUNT));
    });
}
