//! The impact as one page: charts, tables, nothing fetched, no script.

use tongchou_wire::error::Lang;

use crate::impact::{Class, Group, Impact, Pair};

use super::chart::{self, Bar, Kind};
use super::columns::Cell;
use super::impact::{Report, Table, share as change};
use super::numbers::{count, percent, ratio, short, signed, yuan};
use super::words;

const STYLE: &str = "
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;
--track:#eef1f4;--whole:#8c96a1;--gain:#1f6fb2;--loss:#c2571a}
@media (prefers-color-scheme:dark){:root{--paper:#14181c;--ink:#e6e9ec;--soft:#9aa4ae;
--line:#343b43;--track:#22282e;--whole:#77818b;--gain:#5aa9e6;--loss:#ee8f4f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);line-height:1.5;
font:16px/1.5 system-ui,-apple-system,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.15rem;margin:0 0 .5rem}
section{margin:2.2rem 0 0}
p,dl{margin:.3rem 0}
.soft,caption{color:var(--soft);font-size:.88rem}
.badge{display:inline-block;padding:.1rem .6rem;border-radius:1rem;background:var(--loss);
color:var(--paper);font-weight:600}
dl.sides{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .8rem;font-size:.92rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.8rem;
margin:1.4rem 0 0;padding:0;list-style:none}
.cards li{border:1px solid var(--line);border-radius:.6rem;padding:.7rem .9rem}
.cards b{display:block;font-size:1.4rem;line-height:1.3;font-variant-numeric:tabular-nums}
.cards span{color:var(--soft);font-size:.88rem}
.pair{columns:26rem 2;column-gap:3rem;margin-top:2.2rem}
.pair section{margin:0;padding:0 0 2.2rem;break-inside:avoid}.pair+section{margin-top:0}
.pair+.pair{margin-top:0}
figure{margin:0}figcaption{color:var(--soft);font-size:.88rem;margin:.3rem 0 0}
svg{display:block;width:100%;height:auto;max-width:36rem}
svg text{font-size:13px;fill:var(--ink)}
svg .value{text-anchor:end;font-variant-numeric:tabular-nums}
.track{fill:var(--track)}.whole{fill:var(--whole)}rect.gain{fill:var(--gain)}
rect.loss{fill:var(--loss)}.axis{stroke:var(--soft);stroke-width:1}
.wide{overflow-x:auto}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table{border-collapse:collapse;font-size:.88rem;min-width:min(100%,30rem)}
caption{text-align:left;padding:0 0 .3rem}
th,td{padding:.28rem .7rem .28rem 0;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top}
thead th{color:var(--soft);font-weight:500;white-space:nowrap}
tbody th{font-weight:400;min-width:5.5rem}
@media (min-width:44rem){tbody th{white-space:nowrap}}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;padding-left:.7rem}
#clauses td:nth-child(2){min-width:14rem}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;
--track:#eee;--whole:#888;--gain:#1f6fb2;--loss:#c2571a}
body{font-size:10pt}main{max-width:none;padding:0}.wide{overflow:visible}
@page{size:A4;margin:12mm}
table{font-size:8pt}#clauses table,#most table{font-size:6.5pt}
#clauses td:nth-child(2){min-width:0}th,td,.n{padding:.15rem .35rem .15rem 0}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
figure,tr,.cards li{break-inside:avoid}h2{break-after:avoid}}
";

/// A text in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Neither is allowed in a document.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// What a difference means to persons, for colours.
fn kind(persons_pay_more: i64) -> Kind {
    if persons_pay_more > 0 { Kind::Loss } else { Kind::Gain }
}

impl Report<'_> {
    /// A page that needs nothing else: no script, no request, charts inline.
    #[must_use]
    pub fn html(&self) -> String {
        let lang = match self.lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        };
        let title = self.say(words::TITLE);
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        );
        page.push_str(&self.header());
        page.push_str(&self.cards());
        page.push_str(&self.charts());
        let tables = self.tables();
        // Tables of few columns stand side by side where there is room.
        for tables in tables.chunk_by(|one, next| narrow(one) && narrow(next)) {
            let sections: String = tables.iter().map(section).collect();
            match tables {
                [_] => page.push_str(&sections),
                _ => page.push_str(&format!("<div class=\"pair\">\n{sections}</div>\n")),
            }
        }
        page.push_str(&self.footer());
        page.push_str("</main>\n</body>\n</html>\n");
        page
    }

    fn header(&self) -> String {
        let row = |(phrase, said): (words::Phrase, String)| {
            let said = escaped(&said);
            let said = match self.impact.partial && phrase == words::SIMULATED {
                true => format!("<span class=\"badge\">{said}</span>"),
                false => said,
            };
            format!("<dt>{}</dt><dd>{said}</dd>\n", self.say(phrase))
        };
        let rows: String = self.heading().into_iter().map(row).collect();
        let item = |said: String| format!("<li>{}</li>\n", escaped(&said));
        let differences: String = self.differences().into_iter().map(item).collect();
        format!(
            "<header>\n<h1>{}</h1>\n<dl class=\"sides\" aria-label=\"{}\">\n{rows}</dl>\n\
             </header>\n<section id=\"differences\"><h2>{}</h2>\n<ul>\n{differences}</ul>\n\
             </section>\n",
            self.say(words::TITLE),
            self.say(words::RUN),
            self.say(words::DIFFERENCES),
        )
    }

    /// The figures that one looks for first.
    fn cards(&self) -> String {
        let Impact { totals: Pair { a, b }, changes, persons, .. } = self.impact;
        let all = i64::try_from(*persons).unwrap_or(i64::MAX);
        let money = |name, pair: Pair| {
            let [from, to] = [pair.a, pair.b].map(|fen| short(fen, self.lang));
            let change = change(pair);
            let more = format!("{from} → {to} ({change})");
            (name, signed_short(pair.difference(), self.lang), more)
        };
        let heads = |name, members: u64| {
            let members = i64::try_from(members).unwrap_or(i64::MAX);
            (name, count(members), percent(members, all))
        };
        let cards = [
            money(words::FUND, Pair { a: a.fund, b: b.fund }),
            money(words::PERSON, Pair { a: a.person(), b: b.person() }),
            heads(words::GAINERS, changes.gainers.members),
            heads(words::LOSERS, changes.losers.members),
            heads(words::UNCHANGED, changes.unchanged),
        ];
        let card = |(name, figure, more): &(words::Phrase, String, String)| {
            let (name, figure) = (self.say(*name), escaped(figure));
            format!("<li><span>{name}</span><b>{figure}</b><span>{}</span></li>\n", escaped(more))
        };
        format!("<ul class=\"cards\">\n{}</ul>\n", cards.iter().map(card).collect::<String>())
    }

    fn charts(&self) -> String {
        let none = format!("<p class=\"soft\">{}</p>\n", self.say(words::NO_CHANGE));
        let charts = [
            (words::WATERFALL, self.waterfall()),
            (words::AGE_BARS, self.age_bars()),
            (words::HISTOGRAM, self.histogram()),
        ];
        let chart = |(title, drawn): (words::Phrase, Option<(String, String)>)| {
            let title = self.say(title);
            let (svg, note) = drawn.unwrap_or_else(|| (none.clone(), String::new()));
            let note = match note.is_empty() {
                true => String::new(),
                false => format!("<figcaption>{}</figcaption>\n", escaped(&note)),
            };
            format!("<section><h2>{title}</h2>\n<figure>\n{svg}{note}</figure></section>\n")
        };
        let charts = charts.map(chart).concat();
        format!("<div class=\"pair\">\n{charts}</div>\n")
    }

    /// The fund's total under A, what each layer adds or takes away, the total under B.
    fn waterfall(&self) -> Option<(String, String)> {
        let Pair { a, b } = &self.impact.totals;
        let mut at = a.fund;
        let (mut low, mut high) = (at.min(b.fund), at.max(b.fund));
        let mut steps = Vec::new();
        for of in &self.impact.layers {
            let change = of.paid.difference();
            if change != 0 {
                steps.push(Bar {
                    name: self.named(&of.layer.name).to_owned(),
                    value: signed_short(change, self.lang),
                    from: at,
                    to: at + change,
                    kind: kind(-change),
                });
                at += change;
                (low, high) = (low.min(at), high.max(at));
            }
        }
        if steps.is_empty() {
            return None;
        }
        // A change is small beside the whole, so the axis begins a little below the least total.
        let margin = (high - low) / 3 + 1;
        let (low, high) = ((low - margin).max(0), high + margin / 6);
        let whole = |phrase, fen| Bar {
            name: format!("{} {}", self.say(words::FUND), self.say(phrase)),
            value: short(fen, self.lang),
            from: low,
            to: fen,
            kind: Kind::Whole,
        };
        steps.insert(0, whole(words::BASELINE, a.fund));
        steps.push(whole(words::REFORM, b.fund));
        let note = words::AXIS.fill(self.lang, &short(low, self.lang));
        let title = self.say(words::WATERFALL);
        Some((chart::bars(title, &note, [low, high, low], &steps), note))
    }

    /// What a member of each age pays more or less, on average.
    fn age_bars(&self) -> Option<(String, String)> {
        let bar = |group: &Group| {
            let members = group.heads.map_or(0, |heads| heads.members);
            let each = ratio(group.person().difference(), 1, members);
            let name = self.name(&group.of);
            Bar { name, value: signed(each, yuan), from: 0, to: each, kind: kind(each) }
        };
        let bars: Vec<Bar> = self.impact.ages.iter().map(bar).collect();
        let low = bars.iter().map(|bar| bar.to).min()?.min(0);
        let high = bars.iter().map(|bar| bar.to).max()?.max(0);
        let title = self.say(words::AGE_BARS);
        let drawn = || chart::bars(title, "", [low, high, 0], &bars);
        (low != high).then(|| (drawn(), String::new()))
    }

    /// Members by class of difference; those unchanged are too many to be drawn beside them.
    fn histogram(&self) -> Option<(String, String)> {
        let changes = &self.impact.changes;
        let moved = |class: &&Class| class.from != Some(0) || class.to != Some(0);
        let members = |class: &Class| i64::try_from(class.members).unwrap_or(i64::MAX);
        let bar = |class: &Class| Bar {
            name: self.class(class),
            value: count(members(class)),
            from: 0,
            to: members(class),
            kind: kind(class.from.unwrap_or(-1)),
        };
        let mut bars: Vec<Bar> = changes.classes.iter().filter(moved).map(bar).collect();
        // Classes at either end in which there is nobody tell nothing.
        let met = |bar: &Bar| bar.to > 0;
        let last = bars.iter().rposition(met)?;
        bars.truncate(last + 1);
        bars.drain(..bars.iter().position(met).unwrap_or(0));
        let most = bars.iter().map(|bar| bar.to).max()?;
        let unchanged = i64::try_from(changes.unchanged).unwrap_or(i64::MAX);
        let note = format!("{}: {}", self.say(words::UNCHANGED), count(unchanged));
        let title = self.say(words::HISTOGRAM);
        Some((chart::bars(title, &note, [0, most, 0], &bars), note))
    }

    fn footer(&self) -> String {
        let lines = self.computing();
        let lines = lines.iter().map(|line| format!("<p class=\"soft\">{}</p>\n", escaped(line)));
        let lines = lines.collect::<String>();
        format!("<section id=\"reuse\"><h2>{}</h2>\n{lines}</section>\n", self.say(words::REUSE))
    }
}

fn signed_short(fen: i64, lang: Lang) -> String {
    let text = short(fen, lang);
    if fen > 0 { format!("+{text}") } else { text }
}

/// Whether a table may stand beside the next one.
fn narrow(table: &Table) -> bool {
    matches!(table.id, "changes" | "quantiles" | "classes")
}

/// A table with its caption; the first cell of a row names it.
fn section(table: &Table) -> String {
    let numeric = |column: usize| {
        let mut cells = table.rows.iter().filter_map(|row| row.get(column));
        cells.any(|cell| matches!(cell, Cell::Number(_)))
    };
    let class = |numeric: bool| if numeric { " class=\"n\"" } else { "" };
    let head = |(column, head): (usize, &String)| {
        format!("<th scope=\"col\"{}>{}</th>", class(numeric(column)), escaped(head))
    };
    let heads: String = table.heads.iter().enumerate().map(head).collect();
    let cell = |(column, cell): (usize, &Cell)| {
        let (class, text) = (class(matches!(cell, Cell::Number(_))), escaped(cell.as_str()));
        match column {
            0 => format!("<th scope=\"row\"{class}>{text}</th>"),
            _ => format!("<td{class}>{text}</td>"),
        }
    };
    let row = |row: &Vec<Cell>| {
        format!("<tr>{}</tr>\n", row.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = table.rows.iter().map(row).collect();
    let title = escaped(&table.title);
    let caption = match &table.note {
        Some(note) => format!("<caption>{}</caption>", escaped(note)),
        // The heading says it to those who see it.
        None => format!("<caption><span class=\"unseen\">{title}</span></caption>"),
    };
    format!(
        "<section id=\"{}\"><h2>{title}</h2>\n<div class=\"wide\" tabindex=\"0\">\n<table>\n\
         {caption}\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n</div></section>\n",
        table.id
    )
}
