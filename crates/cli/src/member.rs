//! A member's year in the terminal: who, what happened month by month and who paid, then where
//! the counters, the open stays and the account stand.

pub mod counters;
mod entries;

use std::collections::BTreeMap;
use std::fmt::Write;

use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::response::{Entitled, Replayed};

use crate::columns::{left, right};
use crate::facts::Facts;
use crate::shelf::Shelf;
use crate::slip::rule;
use crate::{Language, terms, timeline, words};

use entries::Entry;

/// Width of the column of days.
const DAY: usize = 7;
/// Width of the column of what happened.
const WHAT: usize = 38;
/// Least width of a column of amounts.
const AMOUNT: usize = 11;

/// The year, or the years, as text.
#[must_use]
pub fn year(
    answer: &Replayed,
    facts: Facts<'_>,
    standing: &[Entitled],
    shelf: Shelf<'_>,
) -> String {
    let mut text = String::new();
    head(&mut text, answer, facts, shelf);
    let entries = entries::of(answer, facts, standing, shelf);
    table(&mut text, &entries, shelf);
    timeline::changes(&mut text, &answer.changes, facts, shelf);
    timeline::inconsistent(&mut text, answer, shelf);
    for state in &answer.states {
        counters::section(&mut text, state, answer, facts, shelf);
    }
    timeline::transactions(&mut text, &answer.transactions, shelf);
    let packs: Vec<&str> = answer.states.iter().map(|state| state.pack.as_str()).collect();
    text.push_str(&shelf.clauses(&packs, &cited(answer, &entries)));
    text
}

/// The clauses behind refunds and changes of standing.
fn cited<'a>(answer: &'a Replayed, entries: &'a [Entry]) -> Vec<&'a str> {
    let refunds = answer.refunds.iter().map(|refund| refund.clause.as_str());
    entries.iter().flat_map(|entry| &entry.clauses).map(String::as_str).chain(refunds).collect()
}

/// Who it is, under which packs, and the account before and after.
fn head(text: &mut String, answer: &Replayed, facts: Facts<'_>, shelf: Shelf<'_>) {
    let member = facts.0.member.as_ref().or_else(|| {
        let first = answer.settlements.first()?;
        Some(&facts.bill(&first.id)?.member)
    });
    let id = member.and_then(|member| member.id.as_deref()).unwrap_or_default();
    let mut said = Vec::new();
    let names = tongchou_wire::request::MemberFacts::DIMS.iter().map(|(dim, _)| *dim);
    for dim in names {
        if let Some(value) = member.and_then(|member| member.facts.value(dim)) {
            said.push(match value {
                "yes" | "no" => format!(
                    "{} {}",
                    terms::dim(dim, shelf.lang),
                    terms::value(dim, value, shelf.lang)
                ),
                _ => terms::value(dim, value, shelf.lang).to_owned(),
            });
        }
    }
    let title = format!("{}  {id}  {}", shelf.say(words::MEMBER), shelf.joined(&said));
    let _ = writeln!(text, "{}", title.trim_end());
    let mut years: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for state in &answer.states {
        years.entry(&state.pack).or_default().push(state.year.to_string());
    }
    if let (true, Some(pack)) = (years.is_empty(), facts.0.pack.as_deref()) {
        let _ = writeln!(text, "{}  {pack}", shelf.name(pack));
    }
    for (pack, years) in years {
        let years = shelf.fill(words::YEAR, "{y}", &years.join(shelf.list()));
        let _ = writeln!(text, "{}  {pack}  {years}", shelf.name(pack));
    }
    let first = answer.transactions.first();
    if first.is_none() && member.is_none_or(|member| member.account.is_none()) {
        return;
    }
    let opening =
        first.map_or(answer.balance, |moved| Yuan(moved.balance.0.saturating_sub(moved.amount.0)));
    let (before, after) = (shelf.say(words::OPENING), shelf.say(words::CLOSING));
    let _ = writeln!(text, "{before} {opening}    {after} {}", answer.balance);
}

/// The months with what happened in them, then the sums.
fn table(text: &mut String, entries: &[Entry], shelf: Shelf<'_>) {
    let heads = [
        words::TOTAL,
        words::FUND_PART,
        words::ACCOUNT_PART,
        words::CASH_PART,
        words::BALANCE_HEAD,
    ];
    let mut sums = [Yuan(0); 4];
    for entry in entries {
        for (sum, amount) in sums.iter_mut().zip(entry.amounts) {
            sum.0 = sum.0.saturating_add(amount.unwrap_or_default().0);
        }
    }
    let shown = entries.iter().flat_map(|entry| entry.amounts.iter().chain([&entry.balance]));
    let shown = shown.flatten().chain(&sums).map(|amount| amount.to_string().len() + 1);
    let amount = shown.max().unwrap_or(AMOUNT).max(AMOUNT);
    let line = rule(DAY + WHAT + amount * heads.len());
    text.push_str(&line);
    let amounts: String = heads.iter().map(|head| right(shelf.say(*head), amount)).collect();
    let what = left(shelf.say(words::WHAT), WHAT);
    let _ = writeln!(text, "{}{what}{amounts}", left(shelf.say(words::DATE), DAY));
    text.push_str(&line);
    let mut month = None;
    for entry in entries {
        if month != Some((entry.on.year, entry.on.month)) {
            month = Some((entry.on.year, entry.on.month));
            let _ = writeln!(text, "{}", month_name(entry.on, shelf.lang));
        }
        row(text, entry, amount);
    }
    text.push_str(&line);
    let amounts: String = sums.iter().map(|sum| right(&sum.to_string(), amount)).collect();
    let _ = writeln!(text, "{}{}{amounts}", left("", DAY), left(shelf.say(words::SUM), WHAT));
}

fn month_name(on: Date, lang: Language) -> String {
    match lang {
        Language::Zh => format!("{} 年 {} 月", on.year, on.month),
        Language::En => format!("{:04}-{:02}", on.year, on.month),
    }
}

/// A day, what happened, amounts if money moved; below it what is to be said about it.
fn row(text: &mut String, entry: &Entry, width: usize) {
    let day = left(&format!("  {:02}", entry.on.day), DAY);
    let amount = |amount: &Option<Yuan>| {
        right(&amount.map_or(String::new(), |amount| amount.to_string()), width)
    };
    let mut amounts: String = entry.amounts.iter().map(amount).collect();
    amounts.push_str(&amount(&entry.balance));
    let amounts = amounts.trim_end();
    if amounts.is_empty() {
        let _ = writeln!(text, "{day}{}", entry.what);
    } else if unicode_width::UnicodeWidthStr::width(entry.what.as_str()) >= WHAT {
        let _ = writeln!(text, "{day}{}", entry.what);
        let _ = writeln!(text, "{}{amounts}", left("", DAY + WHAT));
    } else {
        let _ = writeln!(text, "{day}{}{amounts}", left(&entry.what, WHAT));
    }
    for note in &entry.notes {
        let _ = writeln!(text, "{}{note}", left("", DAY + 2));
    }
}
