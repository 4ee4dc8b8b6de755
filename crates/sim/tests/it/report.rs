//! Reports of an impact: complete, aligned, well-formed, in both languages.

use std::sync::LazyLock;

use tongchou_sim::impact::{self, Impact, Pair, Unmeasured};
use tongchou_sim::report::about::About;
use tongchou_sim::report::impact::Report;
use tongchou_sim::run::Quiet;
use tongchou_sim::scenario::Name;
use tongchou_sim::settle::WIDTH_SMALL;
use tongchou_wire::error::Lang;

use crate::impact::{CAP, CITED, PERSONS, PREPAY, RATE, changed, people};

fn sample() -> Impact {
    let (_, a) = changed(&[]);
    let (_, b) = changed(&[CAP, RATE, PREPAY, CITED[0], CITED[1]]);
    impact::run::<WIDTH_SMALL>(&people(), 0..PERSONS, &a, &b, 2, &Quiet, &Unmeasured).unwrap()
}

fn plain<'a>(_: &str, value: &'a str, _: Lang) -> &'a str {
    value
}

fn report(impact: &Impact, lang: Lang) -> Report<'_> {
    static NAME: LazyLock<Name> =
        LazyLock::new(|| Name { zh: "某地".to_owned(), en: "somewhere".to_owned() });
    static DIFFERENCES: LazyLock<[String; 1]> = LazyLock::new(|| ["cap 1 → 2".to_owned()]);
    let about = About {
        scenario: "place-7",
        name: &NAME,
        represents: 10 * PERSONS,
        published: 3,
        seed: 90_210,
        version: "9.8.7",
        asked: Pair { a: "110000-employee", b: "reform.toml" },
        differences: &*DIFFERENCES,
    };
    Report { impact, about, lang, value: plain }
}

/// Whoever reads a report can repeat its run and scale its sums.
#[test]
fn a_report_says_what_it_is_of() {
    let impact = sample();
    for lang in [Lang::Zh, Lang::En] {
        let report = report(&impact, lang);
        let hash = impact.policies.b.hash.get(..12).unwrap();
        let same = ["place-7", "90210", "9.8.7", "reform.toml", "2,500", "25,000", hash];
        let own = match lang {
            Lang::Zh => ["某地", "约为其 10 倍", "以 3 项公布数据", "cap 1 → 2"],
            Lang::En => ["somewhere", "about × 10", "against 3 published", "cap 1 → 2"],
        };
        for (form, text) in [("text", report.text()), ("html", report.html())] {
            let words = same.iter().chain(&own);
            words.for_each(|word| assert!(text.contains(word), "{form}: {word}\n{text}"));
        }
        let csv = report.csv();
        for (key, value) in [
            ("scenario", "place-7,place-7"),
            ("seed", "90210,90210"),
            ("version", "9.8.7,9.8.7"),
            ("members_simulated", "2500,2500"),
            ("members_represented", "25000,25000"),
            ("factor", "10.00,10.00"),
            ("asked", "110000-employee,reform.toml"),
        ] {
            let mut rows = csv.lines().filter(|row| row.starts_with(&format!("about,{key},")));
            assert!(rows.any(|row| row.contains(&format!(",text,{value},"))), "{key}: {csv}");
        }
        assert!(csv.contains("\nchanged,1,cap 1 → 2,text,"));
    }
}

/// Fixed amounts are the fund's under one clause and taken back under another: said, not hidden.
#[test]
fn an_amount_below_zero_is_explained() {
    let impact = sample();
    let below = impact.clauses.iter().filter(|clause| clause.fund.a < 0);
    let below: Vec<&str> = below.map(|clause| clause.clause.id.as_str()).collect();
    assert_eq!(below, ["BJA-2", "BJA-3"]);
    assert!(report(&impact, Lang::Zh).text().contains("负数（BJA-2, BJA-3）"));
    assert!(report(&impact, Lang::En).html().contains("below zero (BJA-2, BJA-3)"));
}

#[test]
fn a_fund_is_paid_by_the_sum_of_its_layers() {
    let impact = sample();
    let csv = report(&impact, Lang::En).csv();
    let mut codes: Vec<&str> = impact.layers.iter().map(|of| of.layer.fund.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.len() < impact.layers.len(), "layers share a fund");
    for code in codes {
        let of = impact.layers.iter().filter(|of| of.layer.fund == code);
        let (a, b) = of.fold((0, 0), |(a, b), of| (a + of.paid.a, b + of.paid.b));
        let row = format!("\nfund,{code},fund,fen,{a},{b},");
        assert_eq!(csv.matches(&row).count(), 1, "{row}");
    }
}

/// Elements in order of their opening; every one is closed where it must be.
fn elements(html: &str) -> Vec<String> {
    let (mut open, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        assert!(!text.contains('>'), "{text}");
        let (inner, after) = tag.strip_prefix('<').unwrap().split_once('>').unwrap();
        assert_eq!(inner.matches('"').count() % 2, 0, "{inner}");
        rest = after;
        match inner.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name)),
            None => {
                let name = inner.split([' ', '/']).next().unwrap().to_owned();
                all.push(name.clone());
                if !inner.ends_with('/') && name != "meta" {
                    open.push(name);
                }
            }
        }
    }
    assert_eq!(open, Vec::<String>::new());
    all
}

#[test]
fn a_page_is_well_formed_and_asks_for_nothing() {
    let impact = sample();
    for lang in [Lang::Zh, Lang::En] {
        let html = report(&impact, lang).html();
        let all = elements(&html);
        let count = |name: &str| all.iter().filter(|element| *element == name).count();
        assert_eq!((count("svg"), count("script"), count("img"), count("link")), (3, 0, 0, 0));
        assert_eq!(count("table"), count("caption"));
        assert!(count("table") >= 9, "{}", count("table"));
        // A title for the page and one for every chart.
        assert_eq!(count("title"), 4);
        for outside in ["http:", "https:", "url(", "@import", "src="] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(html.contains("prefers-color-scheme:dark") && html.contains("@media print"));
        let title = if lang == Lang::Zh { "政策影响" } else { "Policy impact" };
        assert!(html.contains(&format!("<h1>{title}</h1>")));
    }
}

#[test]
fn names_are_escaped_wherever_they_stand() {
    let mut impact = sample();
    let evil = "<b onload=\"x('&')\">";
    impact.policies.b.name.en = evil.to_owned();
    impact.layers[0].layer.name.en = evil.to_owned();
    impact.layers[0].layer.fund = evil.to_owned();
    impact.clauses[0].clause.text = evil.to_owned();
    impact.clauses[0].clause.id = evil.to_owned();
    impact.most[0].who = format!("person={evil}");
    let html = report(&impact, Lang::En).html();
    assert!(!html.contains("<b onload"));
    assert!(html.matches("&lt;b onload=&quot;x(&#39;&amp;&#39;)&quot;&gt;").count() >= 6);
    elements(&html);
    let csv = report(&impact, Lang::En).csv();
    assert!(csv.contains("\"<b onload=\"\"x('&')\"\">\""));
}

/// The rows of a CSV without quotes in its fields.
fn rows(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().filter(|line| !line.contains('"')).map(|line| line.split(',').collect()).collect()
}

#[test]
fn the_long_table_holds_every_amount_and_its_parts_add_up() {
    let impact = sample();
    let csv = report(&impact, Lang::En).csv();
    let rows = rows(&csv);
    assert!(rows.iter().all(|row| row.len() == 10));
    let fen = |text: &str| text.parse::<i64>().unwrap();
    let of = |section: &str, key: &str| {
        let row = rows.iter().find(|row| row[0] == section && row[1] == key).unwrap();
        (fen(row[4]), fen(row[5]), fen(row[6]))
    };
    let totals = &impact.totals;
    let fund = (totals.a.fund, totals.b.fund, totals.b.fund - totals.a.fund);
    assert_eq!(of("totals", "fund"), fund);
    for section in
        ["fund", "layer", "clause.fund", "age.fund", "kind.fund", "care.fund", "district.fund"]
    {
        let parts = csv.lines().filter_map(|line| {
            // Texts may hold commas; the numbers are the last six fields.
            let fields: Vec<&str> = line.rsplitn(7, ',').collect();
            (line.split(',').next() == Some(section)).then(|| (fen(fields[5]), fen(fields[4])))
        });
        let sum = parts.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        assert_eq!(sum, (fund.0, fund.1), "{section}");
    }
    let row = rows.iter().find(|row| row[0] == "totals" && row[1] == "person").unwrap();
    let yuan = format!("{}.{:02}", totals.a.person() / 100, totals.a.person() % 100);
    assert_eq!(row[7], yuan);
    assert_eq!(csv.lines().filter(|line| line.starts_with("most.person,")).count(), impact::MOST);
    assert_eq!(csv.lines().filter(|line| line.starts_with("quantile.")).count(), 33);
}

#[test]
fn a_terminal_sees_every_section_in_either_language() {
    let impact = sample();
    let zh = report(&impact, Lang::Zh).text();
    let en = report(&impact, Lang::En).text();
    for (text, words) in [
        (&zh, ["合计", "各基金支付", "受益与受损", "按条款", "统筹基金", "BJE-1r", "少付 10–50"]),
        (
            &en,
            [
                "Totals",
                "Paid by each fund",
                "Gainers",
                "By clause",
                "pool",
                "BJE-1r",
                "pays less 10–50",
            ],
        ),
    ] {
        words.iter().for_each(|word| assert!(text.contains(word), "{word}\n{text}"));
    }
    assert_eq!(zh.lines().count(), en.lines().count());
    assert!(en.is_ascii() || en.contains('–'));
    // Nothing English is left in the Chinese headings, and nothing Chinese in the English ones.
    assert!(!zh.contains("difference") && !en.contains("差额"));
}

#[test]
fn an_impact_without_a_difference_is_told_too() {
    let (_, a) = changed(&[]);
    let impact = impact::run::<WIDTH_SMALL>(&people(), 0..500, &a, &a, 1, &Quiet, &Unmeasured);
    let impact = impact.unwrap();
    let html = report(&impact, Lang::En).html();
    let all = elements(&html);
    assert_eq!(all.iter().filter(|element| *element == "svg").count(), 0);
    assert_eq!(html.matches("no difference").count(), 3);
    let none = Impact { persons: 0, partial: true, ..impact };
    assert!(report(&none, Lang::Zh).html().contains("提前结束"));
}
