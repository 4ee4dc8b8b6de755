//! A member's bills as a table: what was paid when, what a late fact changed, where it stands.

use std::fmt::Write;

use tongchou_wire::amount::Yuan;
use tongchou_wire::request::Count;
use tongchou_wire::response::{Change, Replayed, Settlement};
use tongchou_wire::state::State;
use unicode_width::UnicodeWidthStr;

use crate::words::{self, Phrase};
use crate::{Language, slip};

/// Width of a column of amounts.
const AMOUNT: usize = 14;
/// Width of the column of ids.
const NAME: usize = 18;

/// The whole answer as text.
#[must_use]
pub fn replayed(answer: &Replayed, lang: Language) -> String {
    let mut text = format!("{}\n", words::TIMELINE.text(lang));
    let heads = [words::TOTAL, words::FUND, words::ACCOUNT, words::CASH, words::BALANCE];
    let heads: Vec<String> = heads.iter().map(|head| head.text(lang).to_owned()).collect();
    row(&mut text, words::DATE.text(lang), words::BILL.text(lang), &heads);
    text.push_str(&slip::rule(12 + NAME + AMOUNT * heads.len()));
    for settlement in &answer.settlements {
        bill(&mut text, settlement);
    }
    if !answer.changes.is_empty() {
        let _ = writeln!(text, "\n{}", words::CHANGES.text(lang));
    }
    for change in &answer.changes {
        changed(&mut text, change, lang);
    }
    for state in &answer.states {
        counters(&mut text, state, lang);
    }
    text
}

fn bill(text: &mut String, settlement: &Settlement) {
    let a = &settlement.amounts;
    let amounts = [a.total, a.fund, a.account, a.cash, settlement.balance];
    let amounts: Vec<String> = amounts.iter().map(Yuan::to_string).collect();
    row(text, &settlement.pack.date.to_string(), &settlement.id, &amounts);
}

fn changed(text: &mut String, change: &Change, lang: Language) {
    let number = (change.fact + 1).to_string();
    let by = words::CHANGED_BY.text(lang).replace("{n}", &number).replace("{id}", &change.id);
    let _ = writeln!(text, "  {by}");
    for later in &change.later {
        let moved = |name: Phrase, before: Yuan, after: Yuan| match before == after {
            true => String::new(),
            false => format!("  {} {before} → {after}", name.text(lang)),
        };
        let (b, a) = (&later.before, &later.after);
        let fund = moved(words::FUND, b.fund, a.fund);
        let account = moved(words::ACCOUNT, b.account, a.account);
        let cash = moved(words::CASH, b.cash, a.cash);
        let _ = writeln!(text, "    {}{fund}{account}{cash}", later.id);
    }
}

fn counters(text: &mut String, state: &State, lang: Language) {
    let title = words::COUNTERS.text(lang);
    let _ = writeln!(text, "\n{title} {} {}", state.pack, state.year);
    for (name, count) in &state.counters {
        let value = match count {
            Count::Money(yuan) => yuan.to_string(),
            Count::Number(n) => n.to_string(),
        };
        let _ = writeln!(text, "  {name}{}{value}", gap(name, 34, &value, AMOUNT));
    }
}

/// One line: a date, a name and amounts, each in its column.
fn row(text: &mut String, date: &str, name: &str, amounts: &[String]) {
    let mut line = format!("{date}{}{name}{}", gap(date, 12, "", 0), gap(name, NAME, "", 0));
    for amount in amounts {
        line.push_str(&gap("", 0, amount, AMOUNT));
        line.push_str(amount);
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// What stands between two texts so that the first fills its column and the second ends its own.
fn gap(left: &str, left_width: usize, right: &str, right_width: usize) -> String {
    let blank = (left_width + right_width).saturating_sub(left.width() + right.width());
    " ".repeat(blank.max(1))
}
