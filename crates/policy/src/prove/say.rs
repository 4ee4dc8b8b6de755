//! A proof in words, and as JSON.

use std::fmt::Write;

use serde_json::{Value, json};
use tongchou_core::pack::{CutOf, Text};

use super::caps::Line;
use super::kernel::Parting;
use super::ratio::Ratio;
use super::space::Table;
use super::steps::Step;
use super::words::{self, both, grouped, yuan};
use super::{CapLine, Finding, Kind, Proof, Prover, Slope};
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
            let (highest, of_a_yuan) = (words::slope(*slope), words::of_a_yuan(*slope));
            Some(Slope { layer: layer.id.clone(), name: layer.name.clone(), highest, of_a_yuan })
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
        let most = line.most.map(yuan).unwrap_or_default();
        let missed = line.never + line.empty;
        let reached = match (line.reached, missed, line.bills) {
            (0, 0, _) => both("支付比例为 0", "the rate is 0"),
            (0, _, None) if line.never == 0 => {
                let zh = format!("{name} {cap}：永远达不到，没有金额进入该层");
                let en = format!("{name} {cap}: can never be reached; nothing ever enters");
                self.find(Kind::Cap, zh, en);
                both("达不到（没有费用进入）", "never reached (nothing enters)")
            }
            (0, _, None) => {
                let zh = format!("{name} {cap}：永远达不到，至多 {most} 元");
                let en = format!("{name} {cap}: can never be reached; {most} at most");
                self.find(Kind::Cap, zh, en);
                let most = line.most.map(grouped).unwrap_or_default();
                both(
                    format!("达不到（至多 {most} 元）"),
                    format!("never reached (at most {most} yuan)"),
                )
            }
            (0, _, Some((bills, x))) => both(
                format!("一笔达不到；{bills} 笔、每笔政策范围内 {} 元时触及", grouped(x)),
                format!(
                    "not reached by one bill, but by {bills} of {} yuan in scope each",
                    grouped(x)
                ),
            ),
            _ => reached(line),
        };
        let name = words::cap_line(self.pack, table, row);
        let table = words::table(self.pack, table);
        self.proof.caps.push(CapLine { table, cap, name, reached });
    }
}

/// The in-scope amounts at which a cap is reached, and in how many combinations it is not.
fn reached(line: &Line) -> Text {
    let all: Vec<String> = line.at.iter().map(|x| grouped(*x)).collect();
    let (zh, en) = match all.as_slice() {
        few @ ([] | [_] | [_, _] | [_, _, _]) => {
            (format!("{} 元", few.join("、")), format!("{} yuan", few.join(" / ")))
        }
        [first, .., last] => (
            format!("{first} 至 {last} 元（依情形共 {} 个数额）", all.len()),
            format!("{first} to {last} yuan ({} amounts, by case)", all.len()),
        ),
    };
    let mut text =
        both(format!("触及封顶线的政策范围内费用 {zh}"), format!("reached at in-scope cost {en}"));
    if line.never > 0 {
        let most = line.most.map(grouped).unwrap_or_default();
        let never = line.never;
        let _ = write!(text.zh, "；另有 {never} 种组合一笔单据达不到（至多 {most} 元）");
        let _ = write!(text.en, "; in {never} combinations not by one bill (at most {most} yuan)");
    }
    if line.empty > 0 {
        let _ = write!(text.zh, "；{} 种组合没有费用进入该层", line.empty);
        let _ = write!(text.en, "; nothing enters in {} combinations", line.empty);
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
        let mut text = format!("{}  {}\n", self.id, pick(&self.name, lang));
        if self.combinations == 0 {
            // Nothing was looked at, and a note says why.
            for note in &self.notes {
                let _ = writeln!(text, "  {}", pick(note, lang));
            }
            return text;
        }
        self.render_scope(&mut text, zh);
        let slopes = self.layers.iter().map(|slope| {
            let unit = if zh { " 元" } else { "" };
            format!("{} 0–{}{unit}", pick(&slope.name, lang), slope.of_a_yuan)
        });
        let slopes = slopes.collect::<Vec<String>>().join(if zh { "；" } else { "; " });
        let colon = if zh { "：" } else { ": " };
        let mut line = |label: &str, said: &str| {
            let _ = writeln!(text, "  {label}{colon}{said}");
        };
        let word = |chinese: &'static str, english| if zh { chinese } else { english };
        let slope = word("费用每增 1 元，基金多付", "of each further yuan of cost, the fund pays");
        line(slope, &slopes);
        self.caps.iter().for_each(|cap| line(pick(&cap.name, lang), pick(&cap.reached, lang)));
        let declared = word("条款规定的台阶", "declared step");
        self.declared.iter().for_each(|step| line(declared, pick(step, lang)));
        self.notes.iter().for_each(|note| line(word("注意", "note"), pick(note, lang)));
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

    /// What was looked at, and what was proved of it.
    fn render_scope(&self, text: &mut String, zh: bool) {
        let Self { choices, intervals, combinations, classes, pieces, cells, bills, .. } = self;
        let ((yearly, compared), widest) = (self.yearly, &self.widest);
        let others = classes.saturating_sub(yearly);
        let mut lines = match zh {
            true => vec![
                format!(
                    "范围：参数取法 {choices} 种 × 日期 {intervals} 段 × 人员与就诊组合 \
                     {combinations} 种，归并后不同的情形 {classes} 种"
                ),
                format!(
                    "已证明 {pieces} 段线性、{cells} 个累计状态；与结算内核核对 {bills} 笔，\
                     最大相差 {widest} 分"
                ),
                format!(
                    "分次结算：{yearly} 种情形已证明年内分几次结算与合并一次结算所付相同\
                     （比较 {compared} 次）"
                ),
            ],
            false => vec![
                format!(
                    "choices of parameters: {choices} × spells of days: {intervals} × \
                     combinations: {combinations}; different cases: {classes}"
                ),
                format!(
                    "{pieces} linear pieces and {cells} states of the counters proved; {bills} \
                     bills of the kernel, at most {widest} fen off"
                ),
                format!(
                    "split bills: proved in {yearly} cases that the bills of a year pay what \
                     one bill of their sum pays ({compared} comparisons)"
                ),
            ],
        };
        if others > 0 {
            lines.push(match zh {
                true => format!(
                    "其余 {others} 种不作此要求：按次或按住院计，随住院次数或金额而变，\
                     或几层合并封顶"
                ),
                false => format!(
                    "not asked of the other {others}: they count by the bill or stay, go by the \
                     admission or an amount, or share a cap"
                ),
            });
        }
        lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
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
        let slopes = self
            .layers
            .iter()
            .map(|slope| json!({ "layer": slope.layer, "highest": slope.highest }));
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
            Self::Year => ("分次结算", "year"),
        };
        if lang == Lang::Zh { zh } else { en }
    }
}
