//! A comparison for people, in Chinese or English, and as JSON with the same content.

use std::fmt::Write;

use serde_json::{Value, json};
use tongchou_core::pack::Text;

use super::impact::{Extreme, Impact, Step};
use super::words::{Phrase, date, pick, signed, yuan};
use super::{Change, Diff};
use crate::report::Lang;

const EMPTY: Phrase = Phrase("没有差异", "no differences");
const ORDER: Phrase = Phrase(
    "从前一个包出发，按结算流程的先后逐项换成后一个包；每项的部分是换入这一项时的变化，\
     各部分之和等于合计。部分与先后有关；单独不成立的几项合为一步。",
    "Walking from the first pack to the second in the order of the pipeline: the part of a change \
     is what moves when it is taken over, and the parts sum to the whole. Parts depend on the \
     order; changes that make no pack alone are one step.",
);

impl Diff {
    /// The comparison as text.
    #[must_use]
    pub fn text(&self, impact: Option<&Impact>, lang: Lang) -> String {
        let mut text = String::new();
        let [a, b] = &self.sides;
        let _ = writeln!(text, "{} → {}", a.label, b.label);
        if self.changes.is_empty() {
            let _ = writeln!(text, "{}", EMPTY.say(lang));
        } else {
            let title = Phrase("一、条款差异", "Differences").say(lang);
            let _ = writeln!(text, "\n{title} ({})", self.changes.len());
            for (number, change) in (1..).zip(&self.changes) {
                let _ = writeln!(text, "{number:>4}. {}", change.say(lang));
                for detail in &change.details {
                    let _ = writeln!(text, "        {}", pick(detail, lang));
                }
            }
        }
        match impact {
            Some(impact) => {
                sums(&mut text, impact, lang);
                if !impact.steps.is_empty() {
                    self.parts(&mut text, impact, lang);
                }
                extremes(&mut text, impact, lang);
            }
            None => {
                let phrase = Phrase(
                    "影响未计算：有一个包不能逐笔结算。",
                    "No impact: one of the packs cannot settle bills one at a time.",
                );
                let _ = writeln!(text, "\n{}", phrase.say(lang));
            }
        }
        text
    }

    fn parts(&self, text: &mut String, impact: &Impact, lang: Lang) {
        let title = Phrase("三、按条款归因", "Attribution").say(lang);
        let _ = writeln!(text, "\n{title}\n  {}", ORDER.say(lang));
        let (fund, person, moved) = columns(lang);
        let _ = writeln!(text, "  {}{}{}", right(fund, 22), right(person, 22), right(moved, 10));
        for step in &impact.steps {
            let (fund, person) = (signed(step.fund), signed(step.person));
            let _ = write!(text, "  {fund:>22}{person:>22}{:>10}  ", step.moved);
            let _ = writeln!(text, "{}", self.step_words(step, lang));
        }
        let sum = Phrase("合计", "sum").say(lang);
        let (fund, person) = (signed(impact.fund), signed(impact.person));
        let _ = writeln!(text, "  {fund:>22}{person:>22}{:>10}  {sum}", "");
    }

    /// The changes of a step: their numbers, and the first of them.
    fn step_words(&self, step: &Step, lang: Lang) -> String {
        let numbers: Vec<String> = step.changes.iter().map(|i| (i + 1).to_string()).collect();
        let first = step.changes.first().and_then(|index| self.changes.get(*index));
        let first = first.map_or(String::new(), |change| pick(&change.what, lang).to_owned());
        let more = match (step.changes.len(), lang) {
            (0 | 1, _) => String::new(),
            (n, Lang::Zh) => format!("等 {n} 项"),
            (n, Lang::En) => format!(" and {} more", n - 1),
        };
        format!("{}. {first}{more}", numbers.join("+"))
    }

    /// The comparison as JSON; texts in both languages, amounts in yuan.
    #[must_use]
    pub fn json(&self, impact: Option<&Impact>) -> Value {
        let [a, b] = &self.sides;
        let changes: Vec<Value> = self.changes.iter().map(change_json).collect();
        json!({
            "before": a.label,
            "after": b.label,
            "equal": self.changes.is_empty(),
            "changes": changes,
            "impact": impact.map(|impact| self.impact_json(impact)),
        })
    }

    fn impact_json(&self, impact: &Impact) -> Value {
        let step = |step: &Step| {
            let numbers: Vec<usize> = step.changes.iter().map(|index| index + 1).collect();
            let text =
                Text { zh: self.step_words(step, Lang::Zh), en: self.step_words(step, Lang::En) };
            json!({
                "changes": numbers,
                "what": text,
                "moved": step.moved,
                "fund": plain(step.fund),
                "person": plain(step.person),
            })
        };
        let steps: Vec<Value> = impact.steps.iter().map(step).collect();
        json!({
            "notes": impact.notes,
            "bills": {
                "compared": impact.compared,
                "refused": impact.refused,
                "gainers": impact.gainers,
                "losers": impact.losers,
                "unchanged": impact.unchanged,
            },
            "fund": plain(impact.fund),
            "person": plain(impact.person),
            "order": Text { zh: ORDER.0.to_owned(), en: ORDER.1.to_owned() },
            "steps": steps,
            "gains": impact.gains.iter().map(extreme_json).collect::<Vec<_>>(),
            "losses": impact.losses.iter().map(extreme_json).collect::<Vec<_>>(),
        })
    }
}

const fn columns(lang: Lang) -> (&'static str, &'static str, &'static str) {
    match lang {
        Lang::Zh => ("基金", "个人", "笔数"),
        Lang::En => ("fund", "person", "bills"),
    }
}

/// A text at the right end of some columns.
fn right(text: &str, width: usize) -> String {
    use unicode_width::UnicodeWidthStr;
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

fn sums(text: &mut String, impact: &Impact, lang: Lang) {
    let title = Phrase("二、样例影响", "Impact on the bills").say(lang);
    let _ = writeln!(text, "\n{title}");
    for note in &impact.notes {
        let _ = writeln!(text, "  {}", pick(note, lang));
    }
    let Impact { compared, refused, gainers, losers, unchanged, .. } = impact;
    let _ = match lang {
        Lang::Zh => writeln!(
            text,
            "  共 {compared} 笔：个人受益 {gainers}，受损 {losers}，不变 {unchanged}；\
             另有 {refused} 笔在某一方不能结算"
        ),
        Lang::En => writeln!(
            text,
            "  {compared} bills: {gainers} gain, {losers} lose, {unchanged} unchanged; \
             {refused} more cannot be settled under one of the packs"
        ),
    };
    let (fund, person) = (signed(impact.fund), signed(impact.person));
    let _ = match lang {
        Lang::Zh => writeln!(text, "  基金支付变化合计 {fund}，个人负担变化合计 {person}"),
        Lang::En => writeln!(text, "  the fund pays {fund} in all, the person {person}"),
    };
}

fn extremes(text: &mut String, impact: &Impact, lang: Lang) {
    let lists = [
        (Phrase("受益最多（每种差额一笔）", "Largest gains (a bill of each size)"), &impact.gains),
        (
            Phrase("受损最多（每种差额一笔）", "Largest losses (a bill of each size)"),
            &impact.losses,
        ),
    ];
    let word = Phrase("个人", "person").say(lang);
    for (title, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
        let _ = writeln!(text, "\n{}", title.say(lang));
        for Extreme { bill, before, after, alike } in *list {
            let (before, after) = (i128::from(before.person), i128::from(after.person));
            let _ = writeln!(
                text,
                "  {:>16} × {alike}  {word} {} → {}  {}",
                signed(after - before),
                yuan(before),
                yuan(after),
                pick(bill, lang)
            );
        }
    }
}

fn change_json(change: &Change) -> Value {
    let [before, after] = &change.clauses;
    json!({
        "what": change.what,
        "before": change.before,
        "after": change.after,
        "from": change.from.map(date),
        "to": change.to.map(date),
        "clauses": [before, after],
        "details": change.details,
        "counts": change.counts,
        "text": Text { zh: change.say(Lang::Zh), en: change.say(Lang::En) },
    })
}

fn extreme_json(extreme: &Extreme) -> Value {
    let paid = |paid: &super::Paid| {
        let (fund, person) = (i128::from(paid.fund), i128::from(paid.person));
        json!({ "fund": plain(fund), "person": plain(person) })
    };
    json!({
        "bill": extreme.bill,
        "alike": extreme.alike,
        "before": paid(&extreme.before),
        "after": paid(&extreme.after),
    })
}

/// Fen as the contract writes them.
fn plain(fen: i128) -> String {
    let size = fen.unsigned_abs();
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", size / 100, size % 100)
}
