//! A proof in words, and as JSON.

use std::fmt::Write;

use serde_json::{Value, json};
use tongchou_core::pack::{CutOf, Text};

use super::caps::Line;
use super::kernel::Parting;
use super::ratio::Ratio;
use super::space::Table;
use super::steps::Step;
use super::words::{self, both, yuan};
use super::{CapLine, Finding, Kind, Proof, Prover};
use crate::report::Lang;

/// Most findings of one kind that are printed.
const SHOWN: usize = 20;

impl Prover<'_> {
    /// Puts what was found into words.
    pub(super) fn finish(mut self) -> Proof {
        let steps = std::mem::take(&mut self.steps);
        steps.all().for_each(|step| self.step(step));
        let caps = std::mem::take(&mut self.caps);
        caps.0.iter().for_each(|((table, row), line)| self.cap(*table, *row, line));
        for (layer, a, b) in std::mem::take(&mut self.rising) {
            let table = Table::Deductible(layer);
            let rows = [a, b].map(|row| words::row(self.pack, table, Some(row)));
            let (name, [a, b]) = (words::table(self.pack, table), rows);
            let zh = format!("{name}：起付线随住院次数升高：{a} → {b}");
            let en = format!("{name}: the deductible rises with the admission: {a} → {b}");
            self.find(Kind::Deductible, zh, en);
        }
        for (layer, group) in std::mem::take(&mut self.falling) {
            let layer = self.pack.layers.get(layer).map_or("", |layer| layer.id.as_str());
            let group = words::table(self.pack, Table::Group(group));
            let zh = format!("{layer}：在前的层用去 {group} 的余额时，本层支付会减少");
            let en = format!("{layer}: pays less as earlier layers use up what {group} has left");
            self.proof.notes.push(both(zh, en));
        }
        for layer in std::mem::take(&mut self.inexact) {
            let name = self.pack.layers.get(layer).map_or("", |layer| layer.id.as_str());
            let zh = format!("{name}：调整后的比例不是整 ppm");
            let en = format!("{name}: an adjusted rate is not whole in ppm");
            self.find(Kind::Damaged, zh, en);
        }
        for (table, row) in std::mem::take(&mut self.notes) {
            let name = words::table(self.pack, table);
            let row = words::row(self.pack, table, Some(row));
            let zh = format!("{name} {row}：调整后的自付比例被限制在 0–100% 之内");
            let en = format!("{name} {row}: an adjusted share is held within 0–100%");
            self.proof.notes.push(both(zh, en));
        }
        if self.pack.layers.iter().any(tongchou_core::plan::is_columnar_only) {
            let zh = "有只在列式入口舍入一次的层：未与单笔内核比对";
            let en =
                "a layer rounds once, in columns only: not compared with the kernel bill by bill";
            self.proof.notes.push(both(zh, en));
        }
        self.proof.bills = self.kernel.bills;
        let widest = self.kernel.widest * Ratio::whole(100);
        self.proof.widest = format!("{}.{:02}", widest.ceil() / 100, widest.ceil() % 100);
        let layers = self.highest.iter().filter_map(|(layer, slope)| {
            let layer = self.pack.layers.get(*layer)?;
            Some((layer.id.clone(), words::slope(*slope)))
        });
        self.proof.layers = layers.collect();
        self.proof.findings.sort_by_key(|finding| finding.kind);
        self.proof.findings.dedup();
        self.proof
    }

    fn step(&mut self, step: &Step) {
        let rows = step.rows.iter().map(|(table, left, right)| {
            let name = words::table(self.pack, *table);
            let left = words::row(self.pack, *table, *left);
            format!("{name} {left} → {}", words::row(self.pack, *table, *right))
        });
        let rows = rows.collect::<Vec<String>>().join(", ");
        let amount = words::fen(step.amount);
        let (low, high) = (signed(step.jump.0), signed(step.jump.1));
        let range = if low == high { low } else { format!("{low} … {high}") };
        let (x, before, after, fresh) = step.widest;
        let (before, after) = (yuan(before), yuan(after));
        let (place, count) =
            (words::place(self.pack, &step.place, &self.space.spells), step.places);
        let (what_zh, what_en) = match step.of {
            CutOf::Total => ("总费用", "a total of"),
            _ => ("政策范围内", "in scope"),
        };
        let at = match step.of {
            CutOf::Total => {
                both(format!("（政策范围内 {}）", yuan(x)), format!(" (with {} in scope)", yuan(x)))
            }
            _ => both("", ""),
        };
        let (first_zh, first_en) =
            if fresh { ("首笔", "first bill") } else { ("有累计时", "with a history") };
        let zh = format!(
            "{what_zh} {amount} 元{}：基金 {range}（{first_zh} {before} → {after}）：{rows}；\
             {place}，共 {count} 处",
            at.zh
        );
        let en = format!(
            "{what_en} {amount}{}: the fund jumps by {range} ({first_en} {before} → {after}): \
             {rows}; {place}, {count} places",
            at.en
        );
        match step.declared(self.pack) {
            None => self.find(Kind::Step, zh, en),
            Some(clauses) => {
                let ids = clauses.iter().map(|clause| words::clause(self.pack, *clause));
                let ids = ids.collect::<Vec<&str>>().join(", ");
                self.proof.declared.push(both(format!("[{ids}] {zh}"), format!("[{ids}] {en}")));
            }
        }
    }

    fn cap(&mut self, table: Table, row: usize, line: &Line) {
        let name = words::table(self.pack, table);
        let cap = words::row(self.pack, table, Some(row));
        let amounts = match line.at.as_slice() {
            [] => String::new(),
            all @ ([_] | [_, _] | [_, _, _]) => {
                all.iter().map(|x| yuan(*x)).collect::<Vec<String>>().join(", ")
            }
            [first, .., last] => format!("{} … {} ({})", yuan(*first), yuan(*last), line.at.len()),
        };
        let most = line.most.map(yuan).unwrap_or_default();
        let missed = line.never + line.empty;
        let reached = match (line.reached, missed, line.bills) {
            (0, 0, _) => both("支付比例为 0", "the rate is 0"),
            (0, _, None) if line.never == 0 => {
                let zh = format!("{name} {cap}：永远达不到，没有金额进入该层");
                let en = format!("{name} {cap}: can never be reached; nothing ever enters");
                self.find(Kind::Cap, zh, en);
                both("达不到（没有进入额）", "never (nothing enters)")
            }
            (0, _, None) => {
                let zh = format!("{name} {cap}：永远达不到，至多 {most} 元");
                let en = format!("{name} {cap}: can never be reached; {most} at most");
                self.find(Kind::Cap, zh, en);
                both(format!("达不到（至多 {most}）"), format!("never (at most {most})"))
            }
            (0, _, Some((bills, x))) => both(
                format!("{bills} 笔，每笔政策范围内 {} 元", yuan(x)),
                format!("{bills} bills of {} in scope each", yuan(x)),
            ),
            _ => but(&amounts, line.never, &most, line.empty),
        };
        self.proof.caps.push(CapLine { table: name, cap, reached });
    }
}

/// Where a cap is reached, and in how many combinations it is not.
fn but(amounts: &str, never: usize, most: &str, empty: usize) -> Text {
    let mut text = both(amounts, amounts);
    if never > 0 {
        let _ = write!(text.zh, "；{never} 种情形一笔达不到（至多 {most}）");
        let _ = write!(text.en, "; in {never} combinations not by one bill (at most {most})");
    }
    if empty > 0 {
        let _ = write!(text.zh, "；该层在 {empty} 种情形没有进入额");
        let _ = write!(text.en, "; nothing enters in {empty} combinations");
    }
    text
}

fn signed(amount: Ratio) -> String {
    if amount > Ratio::ZERO { format!("+{}", yuan(amount)) } else { yuan(amount) }
}

/// A disagreement of the kernel in words.
pub(super) fn parting(parting: &Parting, place: &str) -> (Kind, Text) {
    let text = match parting {
        Parting::Refused(error) => both(
            format!("{place}：不能编译：{error:?}"),
            format!("{place}: does not compile: {error:?}"),
        ),
        Parting::Counter { in_scope, layer } => {
            let amount = words::fen(*in_scope);
            both(
                format!("{place}：政策范围内 {amount} 元时 {layer} 的累计与所结金额不符"),
                format!("{place}: at {amount} in scope the counters of {layer} move otherwise"),
            )
        }
        Parting::Sum { in_scope } => {
            let amount = words::fen(*in_scope);
            both(
                format!("{place}：政策范围内 {amount} 元时各付款方之和不等于总额"),
                format!("{place}: at {amount} in scope the payers do not add up"),
            )
        }
        Parting::Amount { in_scope, what, exact, kernel, bound } => {
            let (amount, kernel) = (words::fen(*in_scope), words::fen(*kernel));
            let (exact, bound) = (yuan(*exact), yuan(*bound));
            both(
                format!(
                    "{place}：政策范围内 {amount} 元时 {what} 内核 {kernel}，精确值 {exact}，\
                     允许相差 {bound}"
                ),
                format!(
                    "{place}: at {amount} in scope {what} is {kernel} by the kernel and {exact} \
                     exactly; {bound} allowed"
                ),
            )
        }
    };
    (parting.kind(), text)
}

fn pick(text: &Text, lang: Lang) -> &str {
    match lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    }
}

impl Proof {
    /// The proof as a short block of text.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        let word =
            |chinese: &'static str, english: &'static str| if zh { chinese } else { english };
        let mut text = format!("{}\n", self.id);
        if self.combinations == 0 {
            // Nothing was looked at, and a note says why.
            for note in &self.notes {
                let _ = writeln!(text, "  {}", pick(note, lang));
            }
            return text;
        }
        let Self { choices, intervals, combinations, classes, pieces, cells, bills, .. } = self;
        let scope = match zh {
            true => format!(
                "参数 {choices} 种 × 日期 {intervals} 段 × 组合 {combinations} 种，不同者 {classes}"
            ),
            false => format!(
                "choices of parameters: {choices} × spells of days: {intervals} × combinations: \
                 {combinations}; different: {classes}"
            ),
        };
        let proved = match zh {
            true => format!(
                "已证 {pieces} 段线性、{cells} 个状态；内核核对 {bills} 笔，最大相差 {} 分",
                self.widest
            ),
            false => format!(
                "{pieces} linear pieces and {cells} cells proved; {bills} bills of the kernel, at \
                 most {} fen off",
                self.widest
            ),
        };
        let (yearly, compared) = self.yearly;
        let yearly = match zh {
            true => {
                format!("年内可加：{yearly}/{classes} 类（{compared} 次比较），其余按次或按住院计")
            }
            false => format!(
                "a year's bills add up in {yearly} of {classes} classes ({compared} comparisons); \
                 the others count by the bill or stay"
            ),
        };
        let slopes = self.layers.iter().map(|(id, slope)| format!("{id} 0–{slope}"));
        let slopes = slopes.collect::<Vec<String>>().join("  ");
        let _ = writeln!(text, "  {scope}\n  {proved}\n  {yearly}");
        let _ = writeln!(text, "  {}: {slopes}", word("每增 1 元基金所付", "slopes of the fund"));
        for CapLine { table, cap, reached } in &self.caps {
            let at = word("达到于", "reached at");
            let _ = writeln!(text, "  {table} {cap}: {at} {}", pick(reached, lang));
        }
        for step in &self.declared {
            let _ =
                writeln!(text, "  {}: {}", word("已声明的台阶", "declared step"), pick(step, lang));
        }
        for note in &self.notes {
            let _ = writeln!(text, "  {}: {}", word("注意", "note"), pick(note, lang));
        }
        self.render_findings(&mut text, lang);
        let verdict = match (self.findings.len(), zh) {
            (0, true) => "证明成立".to_owned(),
            (0, false) => "proved".to_owned(),
            (n, true) => format!("证明不成立：{n} 处"),
            (n, false) => format!("not proved: {n} findings"),
        };
        let _ = writeln!(text, "  {verdict}");
        text
    }

    fn render_findings(&self, text: &mut String, lang: Lang) {
        let mut before: Option<(Kind, usize)> = None;
        for Finding { kind, text: found } in &self.findings {
            let nth = before.filter(|(known, _)| known == kind).map_or(1, |(_, n)| n + 1);
            before = Some((*kind, nth));
            if nth <= SHOWN {
                let _ = writeln!(text, "  ! {} {}", kind.word(lang), pick(found, lang));
            } else if nth == SHOWN + 1 {
                let _ = writeln!(text, "  ! …");
            }
        }
    }

    /// The proof as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let both = |text: &Text| json!({ "zh": text.zh, "en": text.en });
        let caps = self.caps.iter().map(
            |line| json!({ "table": line.table, "cap": line.cap, "reached": both(&line.reached) }),
        );
        let findings = self.findings.iter().map(
            |finding| json!({ "kind": finding.kind.word(Lang::En), "text": both(&finding.text) }),
        );
        let slopes = self.layers.iter().map(|(id, slope)| json!({ "layer": id, "highest": slope }));
        json!({
            "pack": self.id,
            "choices": self.choices.to_string(),
            "intervals": self.intervals,
            "combinations": self.combinations.to_string(),
            "classes": self.classes,
            "pieces": self.pieces,
            "cells": self.cells,
            "bills": self.bills,
            "widest_fen": self.widest,
            "yearly_classes": self.yearly.0,
            "slopes": slopes.collect::<Vec<Value>>(),
            "caps": caps.collect::<Vec<Value>>(),
            "declared": self.declared.iter().map(both).collect::<Vec<Value>>(),
            "notes": self.notes.iter().map(both).collect::<Vec<Value>>(),
            "findings": findings.collect::<Vec<Value>>(),
            "proved": self.holds(),
        })
    }
}

impl Kind {
    /// The kind as a word.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Damaged => ("不能编译", "damaged"),
            Self::Range => ("超出范围", "range"),
            Self::Slope => ("增速", "slope"),
            Self::Curve => ("不连续", "curve"),
            Self::Step => ("台阶", "step"),
            Self::Cap => ("封顶", "cap"),
            Self::Deductible => ("起付线", "deductible"),
            Self::Kernel => ("内核", "kernel"),
            Self::Year => ("年内可加", "year"),
        };
        if lang == Lang::Zh { zh } else { en }
    }
}
