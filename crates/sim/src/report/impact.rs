//! What a reform does, told: tables for a terminal, one long table as CSV, a page with charts.

use std::fmt::Write;

use tongchou_core::pack::Text;
use tongchou_wire::amount::Yuan;
use tongchou_wire::error::Lang;

use crate::impact::spread::PERCENTS;
use crate::impact::{Class, Group, Impact, Of, OfClause, OfLayer, Pair, Policy};
use crate::tally::Amounts;

use super::about::About;
use super::columns::{self, Cell};
use super::numbers::{count, percent, ratio, signed, yuan};
use super::words::{self, Phrase};

/// Words for values of the contract's dimensions, by dimension and value.
pub type Value = for<'a> fn(&str, &'a str, Lang) -> &'a str;

/// An impact in a language.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What is told.
    pub impact: &'a Impact,
    /// What it is of.
    pub about: About<'a>,
    /// The language.
    pub lang: Lang,
    /// How values are called in it.
    pub value: Value,
}

/// A table of the report.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Its place on the page.
    pub id: &'static str,
    pub title: String,
    pub note: Option<String>,
    pub heads: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn number(text: impl Into<String>) -> Cell {
    Cell::Number(text.into())
}

/// Both amounts and their difference.
fn amounts(pair: Pair) -> [Cell; 3] {
    [number(yuan(pair.a)), number(yuan(pair.b)), number(signed(pair.difference(), yuan))]
}

/// The difference as a share of the baseline, with its sign.
pub(super) fn share(pair: Pair) -> String {
    let text = percent(pair.difference(), pair.a);
    if pair.difference() > 0 && !text.is_empty() { format!("+{text}") } else { text }
}

/// The baseline and the difference.
fn change(pair: Pair) -> [Cell; 2] {
    [number(yuan(pair.a)), number(signed(pair.difference(), yuan))]
}

/// The sums over all visits, by a stable name; counts are no amounts.
fn measures(totals: &Pair<Amounts>) -> [(&'static str, Phrase, Pair); 11] {
    let of = |of: fn(&Amounts) -> i64| Pair { a: of(&totals.a), b: of(&totals.b) };
    [
        ("total", words::TOTAL, of(|sums| sums.total)),
        ("full_self", words::FULL_SELF, of(|sums| sums.full_self)),
        ("over_limit", words::OVER_LIMIT, of(|sums| sums.over_limit)),
        ("prepay", words::PREPAY, of(|sums| sums.prepay)),
        ("in_scope", words::IN_SCOPE, of(|sums| sums.in_scope)),
        ("deductible", words::DEDUCTIBLE, of(|sums| sums.deductible)),
        ("fund", words::FUND, of(|sums| sums.fund)),
        ("hospital", words::HOSPITAL, of(|sums| sums.hospital)),
        ("person", words::PERSON, of(Amounts::person)),
        ("account", words::ACCOUNT, of(|sums| sums.account)),
        ("cash", words::CASH, of(|sums| sums.cash)),
    ]
}

/// A number of hundredths with its point.
fn plain(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The same for people: whole numbers without a point.
fn hundredths(number: u64) -> String {
    let whole = count(i64::try_from(number / 100).unwrap_or(i64::MAX));
    if number.is_multiple_of(100) { whole } else { format!("{whole}.{:02}", number % 100) }
}

impl Report<'_> {
    pub(super) fn say(&self, phrase: Phrase) -> &'static str {
        phrase.text(self.lang)
    }

    fn heads(&self, phrases: &[Phrase]) -> Vec<String> {
        phrases.iter().map(|phrase| self.say(*phrase).to_owned()).collect()
    }

    pub(super) fn named<'b>(&self, name: &'b Text) -> &'b str {
        match self.lang {
            Lang::Zh => &name.zh,
            Lang::En => &name.en,
        }
    }

    /// What a group is called.
    pub(super) fn name(&self, of: &Of) -> String {
        match of {
            Of::Age(None) => self.say(words::UNKNOWN).to_owned(),
            Of::Age(Some((from, Some(to)))) => words::AGE.fill(self.lang, &format!("{from}–{to}")),
            Of::Age(Some((from, None))) => words::AND_ABOVE.fill(self.lang, &from.to_string()),
            Of::Dims(pairs) if pairs.is_empty() => self.say(words::UNKNOWN).to_owned(),
            Of::Dims(pairs) => {
                let values = pairs.iter().map(|(dim, value)| (self.value)(dim, value, self.lang));
                values.collect::<Vec<_>>().join(" · ")
            }
            Of::District(number) => words::DISTRICT.fill(self.lang, &number.to_string()),
        }
    }

    /// A profile, value by value.
    fn profile(&self, who: &str) -> String {
        let pairs = who.split(',').filter_map(|pair| pair.split_once('='));
        let told = pairs.map(|(dim, value)| match dim {
            "age" => words::AGE.fill(self.lang, value),
            _ => (self.value)(dim, value, self.lang).to_owned(),
        });
        told.collect::<Vec<_>>().join(" · ")
    }

    /// A pack as one line: name, id, the first digits of its hash, where it is from, parameters.
    fn policy(&self, policy: &Policy, asked: &str) -> String {
        let short: String = policy.hash.chars().take(12).collect();
        let mut more = String::new();
        if asked != policy.id {
            more.push_str(&format!("; {}", words::ASKED.fill(self.lang, asked)));
        }
        let params = policy.params.iter().map(|(name, value)| format!("{name}={value}"));
        let params = params.collect::<Vec<_>>().join(", ");
        if !params.is_empty() {
            more.push_str(&format!("; {}: {params}", self.say(words::PARAMS)));
        }
        format!("{} ({}, {short}{more})", self.named(&policy.name), policy.id)
    }

    /// What the report is of, line by line: enough to repeat the run and to scale its sums.
    pub(super) fn heading(&self) -> Vec<(Phrase, String)> {
        let (about, Pair { a, b }) = (&self.about, &self.impact.policies);
        let name = match self.lang {
            Lang::Zh => &about.name.zh,
            Lang::En => &about.name.en,
        };
        let inputs = match about.published {
            0 => self.say(words::ALL_ASSUMED).to_owned(),
            some => words::HELD.fill(self.lang, &some.to_string()),
        };
        let members = |members: u64| count(i64::try_from(members).unwrap_or(i64::MAX));
        let persons = members(self.impact.persons);
        let simulated = match self.impact.partial {
            true => words::PARTIAL.fill(self.lang, &persons),
            false => persons,
        };
        let sums = match about.factor(self.impact.persons) {
            Some(100) | None => self.say(words::WHOLE).to_owned(),
            Some(factor) => words::SCALED.fill(self.lang, &hundredths(factor)),
        };
        vec![
            (words::SCENARIO, format!("{} ({name})", about.scenario)),
            (words::INPUTS, inputs),
            (words::SEED, about.seed.to_string()),
            (words::PROGRAM, format!("tongchou {}", about.version)),
            (words::BASELINE, self.policy(a, about.asked.a)),
            (words::REFORM, self.policy(b, about.asked.b)),
            (words::SIMULATED, simulated),
            (words::REPRESENTED, members(about.represents)),
            (words::SUMS_OF, sums),
            (words::UNIT, self.say(words::YUAN).to_owned()),
        ]
    }

    /// What is different between the packs.
    pub(super) fn differences(&self) -> Vec<String> {
        match self.about.differences {
            [] => vec![self.say(words::NO_DIFFERENCES).to_owned()],
            differences => differences.to_vec(),
        }
    }

    /// What was not done again.
    pub(super) fn computing(&self) -> Vec<String> {
        let reuse = &self.impact.reuse;
        let of = |part: u64, whole: u64| {
            let [part, whole] = [part, whole].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
            format!("{} / {} ({})", count(part), count(whole), percent(part, whole))
        };
        let members = words::PEOPLE.fill(self.lang, &of(reuse.members_skipped, reuse.members));
        let visits = words::OF_VISITS.fill(self.lang, &of(reuse.visits_skipped, reuse.visits));
        vec![
            words::CLASSIFIED.fill(self.lang, &of(reuse.classified, reuse.visits)),
            words::SKIPPED.fill(self.lang, &format!("{members}; {visits}")),
        ]
    }

    fn table(&self, id: &'static str, title: Phrase, heads: &[Phrase]) -> Table {
        let title = self.say(title).to_owned();
        Table { id, title, note: None, heads: self.heads(heads), rows: Vec::new() }
    }

    /// All tables, in order.
    pub(super) fn tables(&self) -> Vec<Table> {
        let impact = self.impact;
        let groups = [
            ("ages", words::AGES, &impact.ages),
            ("kinds", words::KINDS, &impact.kinds),
            ("care", words::CARE, &impact.care),
            ("districts", words::DISTRICTS, &impact.districts),
        ];
        let groups = groups.into_iter().filter(|(_, _, groups)| !groups.is_empty());
        let mut tables = vec![self.totals(), self.funds(), self.layers()];
        tables.extend([self.changes(), self.quantiles(), self.classes()]);
        tables.extend(groups.map(|(id, title, groups)| self.groups(id, title, groups)));
        tables.push(self.clauses());
        if !impact.most.is_empty() {
            tables.push(self.most());
        }
        tables
    }

    fn totals(&self) -> Table {
        let heads = [words::ITEM, words::BASELINE, words::REFORM, words::DIFFERENCE, words::CHANGE];
        let mut table = self.table("totals", words::TOTALS, &heads);
        let visits = count(self.impact.totals.a.visits);
        let same = [text(self.say(words::VISITS)), number(visits.clone()), number(visits)];
        table.rows.push(same.into_iter().chain([number("0"), number("")]).collect());
        for (_, phrase, pair) in measures(&self.impact.totals) {
            let mut row = vec![text(self.say(phrase))];
            row.extend(amounts(pair));
            row.push(number(share(pair)));
            table.rows.push(row);
        }
        table
    }

    /// What every fund pays: the sum of its layers.
    fn funds(&self) -> Table {
        let [a, b] = [words::BASELINE, words::REFORM];
        let heads = [words::CODE, words::ITEM, a, b, words::DIFFERENCE, words::CHANGE];
        let mut table = self.table("funds", words::FUNDS, &heads);
        for (fund, paid) in self.impact.funds() {
            let layers = self.impact.layers.iter().filter(|of| of.layer.fund == fund);
            let names: Vec<&str> = layers.map(|of| self.named(&of.layer.name)).collect();
            self.paid(&mut table, [fund, &names.join(" + ")], paid);
        }
        self.paid(&mut table, ["", self.say(words::SUM)], self.fund());
        table
    }

    /// What every layer pays.
    fn layers(&self) -> Table {
        let [a, b] = [words::BASELINE, words::REFORM];
        let heads = [words::ITEM, words::CODE, a, b, words::DIFFERENCE, words::CHANGE];
        let mut table = self.table("layers", words::LAYERS, &heads);
        for OfLayer { layer, paid } in &self.impact.layers {
            self.paid(&mut table, [self.named(&layer.name), &layer.fund], *paid);
        }
        self.paid(&mut table, [self.say(words::SUM), ""], self.fund());
        table
    }

    fn fund(&self) -> Pair {
        let totals = &self.impact.totals;
        Pair { a: totals.a.fund, b: totals.b.fund }
    }

    fn paid(&self, table: &mut Table, names: [&str; 2], paid: Pair) {
        let mut row: Vec<Cell> = names.into_iter().map(text).collect();
        row.extend(amounts(paid));
        row.push(number(share(paid)));
        table.rows.push(row);
    }

    fn changes(&self) -> Table {
        let changes = &self.impact.changes;
        let heads = [words::ITEM, words::MEMBERS, words::SHARE, words::AMOUNT, words::EACH];
        let mut table = self.table("changes", words::CHANGES, &heads);
        table.note = Some(self.say(words::CHANGES_NOTE).to_owned());
        let all = i64::try_from(self.impact.persons).unwrap_or(i64::MAX);
        let rows = [
            (words::GAINERS, changes.gainers.members, changes.gainers.amount),
            (words::LOSERS, changes.losers.members, changes.losers.amount),
            (words::UNCHANGED, changes.unchanged, 0),
        ];
        for (phrase, members, amount) in rows {
            let members = i64::try_from(members).unwrap_or(i64::MAX);
            table.rows.push(vec![
                text(self.say(phrase)),
                number(count(members)),
                number(percent(members, all)),
                number(signed(amount, yuan)),
                number(signed(ratio(amount, 1, members), yuan)),
            ]);
        }
        table
    }

    fn quantiles(&self) -> Table {
        let changes = &self.impact.changes;
        let heads = [words::SHARE, words::EVERYBODY, words::GAINERS, words::LOSERS];
        let mut table = self.table("quantiles", words::QUANTILES, &heads);
        table.note = Some(self.say(words::QUANTILES_NOTE).to_owned());
        let columns = [changes.of_all, changes.of_gainers, changes.of_losers];
        for (place, percent) in PERCENTS.into_iter().enumerate() {
            let name = match percent {
                0 => self.say(words::LEAST).to_owned(),
                100 => self.say(words::GREATEST).to_owned(),
                _ => format!("p{percent}"),
            };
            let value = |column: &Option<[i64; PERCENTS.len()]>| {
                let fen = column.as_ref().and_then(|values| values.get(place));
                number(fen.map_or_else(|| "–".to_owned(), |fen| signed(*fen, yuan)))
            };
            table.rows.push(std::iter::once(text(name)).chain(columns.iter().map(value)).collect());
        }
        table
    }

    /// The bounds of a class in whole yuan: `少付 10–50`.
    pub(super) fn class(&self, class: &Class) -> String {
        let bounds = match (class.from, class.to) {
            (Some(0), Some(0)) => return self.say(words::UNCHANGED).to_owned(),
            (Some(from), to) if from > 0 => (words::MORE, from, to),
            (from, to) => (words::LESS, -to.unwrap_or(0), from.map(|fen| -fen)),
        };
        let (phrase, from, to) = bounds;
        let (said, from) = (self.say(phrase), count(from / 100));
        match to {
            Some(to) => format!("{said} {from}–{}", count(to / 100)),
            None => format!("{said} {from} {}", self.say(words::OVER)),
        }
    }

    fn classes(&self) -> Table {
        let heads = [words::DIFFERENCE, words::MEMBERS, words::SHARE];
        let mut table = self.table("classes", words::CLASSES, &heads);
        let all = i64::try_from(self.impact.persons).unwrap_or(i64::MAX);
        for class in &self.impact.changes.classes {
            let members = i64::try_from(class.members).unwrap_or(i64::MAX);
            let (heads, share) = (number(count(members)), number(percent(members, all)));
            table.rows.push(vec![text(self.class(class)), heads, share]);
        }
        table
    }

    fn groups(&self, id: &'static str, title: Phrase, groups: &[Group]) -> Table {
        let diff = words::DIFFERENCE;
        let heads: &[Phrase] = match id {
            "care" => &[words::ITEM, words::VISITS],
            _ => &[words::ITEM, words::MEMBERS, words::GAINERS, words::LOSERS],
        };
        let more = [words::FUND_A, diff, words::PERSON_A, diff];
        let mut table = self.table(id, title, &[heads, &more].concat());
        for group in groups {
            let mut row = vec![text(self.name(&group.of))];
            match group.heads {
                None => row.push(number(count(group.visits))),
                Some(heads) => {
                    let counts = [heads.members, heads.gainers, heads.losers];
                    row.extend(counts.map(|heads| number(count(heads))));
                }
            }
            row.extend(change(group.fund));
            row.extend(change(group.person()));
            table.rows.push(row);
        }
        table
    }

    /// What a clause is called, and what it says.
    fn clause<'b>(&'b self, of: &'b OfClause) -> (&'b str, &'b str) {
        match of.clause.id.is_empty() {
            true => (self.say(words::GIVEN), self.say(words::GIVEN)),
            false => (&of.clause.id, &of.clause.text),
        }
    }

    /// Clauses, those that move most first.
    fn clauses(&self) -> Table {
        let diff = words::DIFFERENCE;
        let own = [words::FUND_A, words::FUND_B, diff, words::PERSON_A, words::PERSON_B, diff];
        let heads = [&[words::CLAUSE, words::TEXT][..], &own].concat();
        let mut table = self.table("clauses", words::CLAUSES, &heads);
        let mut clauses: Vec<&OfClause> = self.impact.clauses.iter().collect();
        let moved = |of: &OfClause| of.fund.difference().abs().max(of.person.difference().abs());
        clauses.sort_by_key(|of| -moved(of));
        let below =
            |of: &&&OfClause| [of.fund, of.person].iter().any(|Pair { a, b }| *a < 0 || *b < 0);
        let below: Vec<&str> = clauses.iter().filter(below).map(|of| self.clause(of).0).collect();
        if !below.is_empty() {
            table.note = Some(words::NEGATIVE.fill(self.lang, &below.join(", ")));
        }
        for of in clauses {
            let mut row = vec![text(&of.clause.id), text(self.clause(of).1)];
            row.extend(amounts(of.fund));
            row.extend(amounts(of.person));
            table.rows.push(row);
        }
        let totals = &self.impact.totals;
        let mut row = vec![text(""), text(self.say(words::SUM))];
        row.extend(amounts(Pair { a: totals.a.fund, b: totals.b.fund }));
        // What clauses leave to the person: the hospital's part is taken off by its own clause.
        row.extend(amounts(Pair { a: totals.a.person(), b: totals.b.person() }));
        table.rows.push(row);
        table
    }

    fn most(&self) -> Table {
        let [a, b] = [words::PERSON_A, words::PERSON_B];
        let own = [words::NUMBER, words::PROFILE, a, b, words::DIFFERENCE];
        let heads = [&own[..], &[words::FUND_A, words::FUND_B]].concat();
        let mut table = self.table("most", words::MOST, &heads);
        for changed in &self.impact.most {
            let mut row =
                vec![number(changed.person.to_string()), text(self.profile(&changed.who))];
            row.extend(amounts(changed.pays()));
            let fund = changed.fund();
            row.extend([number(yuan(fund.a)), number(yuan(fund.b))]);
            table.rows.push(row);
        }
        table
    }

    /// Tables for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{}\n\n", self.say(words::TITLE));
        for (phrase, said) in self.heading() {
            out.push_str(&format!("  {}: {said}\n", self.say(phrase)));
        }
        out.push_str(&format!("\n{}\n", self.say(words::DIFFERENCES)));
        for difference in self.differences() {
            out.push_str(&format!("  {difference}\n"));
        }
        for table in self.tables() {
            out.push_str(&format!("\n{}\n", table.title));
            out.push_str(&columns::table(&table.heads, &table.rows));
            if let Some(note) = table.note {
                out.push_str(&format!("  {note}\n"));
            }
        }
        out.push_str(&format!("\n{}\n", self.say(words::REUSE)));
        self.computing().iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        out
    }

    /// One long table: `section,key,name,unit,a,b,difference,a_yuan,b_yuan,difference_yuan`.
    ///
    /// Amounts are whole fen, beside them in yuan; numbers of members and visits have no yuan.
    /// What is a difference by itself (quantiles, gainers) has no A and B. The first rows say what
    /// the table is of, as texts.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut csv = Csv::new();
        let impact = self.impact;
        self.csv_about(&mut csv);
        let visits = Pair { a: impact.totals.a.visits, b: impact.totals.b.visits };
        csv.number("totals", "visits", self.say(words::VISITS), "visits", visits);
        for (key, phrase, pair) in measures(&impact.totals) {
            csv.fen("totals", key, self.say(phrase), pair);
        }
        for (fund, paid) in impact.funds() {
            csv.fen("fund", fund, self.say(words::FUND), paid);
        }
        for of in &impact.layers {
            let (id, fund) = (&of.layer.id, &of.layer.fund);
            let key = if id.is_empty() { "fixed" } else { id };
            csv.fen("layer", &format!("{key}@{fund}"), self.named(&of.layer.name), of.paid);
        }
        for of in &impact.clauses {
            let (key, said) = (of.clause.id.as_str(), self.clause(of).1);
            csv.fen("clause.fund", key, said, of.fund);
            csv.fen("clause.person", key, said, of.person);
            csv.fen("clause.hospital", key, said, of.hospital);
        }
        let sections = [
            ("age", &impact.ages),
            ("kind", &impact.kinds),
            ("care", &impact.care),
            ("district", &impact.districts),
        ];
        for (section, groups) in sections {
            groups.iter().for_each(|group| self.csv_group(&mut csv, section, group));
        }
        self.csv_changes(&mut csv);
        for changed in &impact.most {
            let (key, name) = (changed.person.to_string(), self.profile(&changed.who));
            csv.fen("most.person", &key, &name, changed.pays());
            csv.fen("most.fund", &key, &name, changed.fund());
        }
        csv.0
    }

    /// What the table is of: nothing in it is a sum.
    fn csv_about(&self, csv: &mut Csv) {
        let (about, Impact { policies, persons, partial, .. }) = (&self.about, self.impact);
        let params = |policy: &Policy| {
            let params = policy.params.iter().map(|(name, value)| format!("{name}={value}"));
            params.collect::<Vec<_>>().join(" ")
        };
        let Pair { a, b } = policies;
        csv.texts("about", "pack", self.say(words::BASELINE), [&a.id, &b.id]);
        csv.texts("about", "hash", "SHA-256", [&a.hash, &b.hash]);
        csv.texts("about", "params", self.say(words::PARAMS), [&params(a), &params(b)]);
        csv.texts("about", "asked", "", [about.asked.a, about.asked.b]);
        let both = [
            ("scenario", words::SCENARIO, about.scenario.to_owned()),
            ("published_figures", words::INPUTS, about.published.to_string()),
            ("seed", words::SEED, about.seed.to_string()),
            ("version", words::PROGRAM, about.version.to_owned()),
            ("members_simulated", words::SIMULATED, persons.to_string()),
            ("members_represented", words::REPRESENTED, about.represents.to_string()),
            ("factor", words::SUMS_OF, about.factor(*persons).map_or(String::new(), plain)),
            ("partial", words::SIMULATED, if *partial { "yes" } else { "no" }.to_owned()),
        ];
        for (key, phrase, value) in &both {
            csv.texts("about", key, self.say(*phrase), [value, value]);
        }
        for (number, said) in (1..).zip(about.differences) {
            csv.texts("changed", &number.to_string(), said, ["", ""]);
        }
    }

    fn csv_group(&self, csv: &mut Csv, section: &str, group: &Group) {
        let (key, name) = (group.of.key(), self.name(&group.of));
        let both = |number: i64| Pair { a: number, b: number };
        let at = |measure: &str| format!("{section}.{measure}");
        if let Some(heads) = group.heads {
            csv.number(&at("members"), &key, &name, "members", both(heads.members));
            csv.difference(&at("gainers"), &key, &name, "members", heads.gainers);
            csv.difference(&at("losers"), &key, &name, "members", heads.losers);
        }
        csv.number(&at("visits"), &key, &name, "visits", both(group.visits));
        csv.fen(&at("total"), &key, &name, both(group.total));
        csv.fen(&at("fund"), &key, &name, group.fund);
        csv.fen(&at("account"), &key, &name, group.account);
        csv.fen(&at("cash"), &key, &name, group.cash);
    }

    fn csv_changes(&self, csv: &mut Csv) {
        let changes = &self.impact.changes;
        let members = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let moved = [
            ("gainers", words::GAINERS, changes.gainers.members, changes.gainers.amount),
            ("losers", words::LOSERS, changes.losers.members, changes.losers.amount),
            ("unchanged", words::UNCHANGED, changes.unchanged, 0),
        ];
        for (key, phrase, count, amount) in moved {
            csv.difference("changes.members", key, self.say(phrase), "members", members(count));
            csv.difference("changes.amount", key, self.say(phrase), "fen", amount);
        }
        let quantiles = [
            ("quantile.all", words::EVERYBODY, changes.of_all),
            ("quantile.gainers", words::GAINERS, changes.of_gainers),
            ("quantile.losers", words::LOSERS, changes.of_losers),
        ];
        for (section, phrase, values) in quantiles {
            for (percent, fen) in PERCENTS.iter().zip(values.into_iter().flatten()) {
                csv.difference(section, &format!("p{percent}"), self.say(phrase), "fen", fen);
            }
        }
        for class in &changes.classes {
            let end = |end: Option<i64>| end.map_or_else(String::new, |fen| fen.to_string());
            let key = format!("{}..{}", end(class.from), end(class.to));
            csv.difference("class", &key, &self.class(class), "members", members(class.members));
        }
    }
}

/// Rows of the long table.
struct Csv(String);

impl Csv {
    fn new() -> Self {
        let heads = "section,key,name,unit,a,b,difference,a_yuan,b_yuan,difference_yuan\n";
        Self(heads.to_owned())
    }

    fn row(&mut self, head: [&str; 4], numbers: [String; 6]) {
        let fields = head.into_iter().chain(numbers.iter().map(String::as_str));
        let fields: Vec<String> = fields.map(field).collect();
        self.0.push_str(&fields.join(","));
        self.0.push('\n');
    }

    fn texts(&mut self, section: &str, key: &str, name: &str, [a, b]: [&str; 2]) {
        let none = String::new;
        let texts = [a.to_owned(), b.to_owned(), none(), none(), none(), none()];
        self.row([section, key, name, "text"], texts);
    }

    fn fen(&mut self, section: &str, key: &str, name: &str, pair: Pair) {
        let fen = [pair.a, pair.b, pair.difference()];
        let [a, b, difference] = fen.map(|fen| fen.to_string());
        let [a_yuan, b_yuan, in_yuan] = fen.map(|fen| Yuan(fen).to_string());
        self.row([section, key, name, "fen"], [a, b, difference, a_yuan, b_yuan, in_yuan]);
    }

    fn number(&mut self, section: &str, key: &str, name: &str, unit: &str, pair: Pair) {
        let numbers = [pair.a, pair.b, pair.difference()].map(|number| number.to_string());
        let [a, b, difference] = numbers;
        let none = String::new;
        self.row([section, key, name, unit], [a, b, difference, none(), none(), none()]);
    }

    fn difference(&mut self, section: &str, key: &str, name: &str, unit: &str, difference: i64) {
        let mut yuan = String::new();
        if unit == "fen" {
            // Writing to a string cannot fail.
            let _ = write!(yuan, "{}", Yuan(difference));
        }
        let none = String::new;
        let numbers = [none(), none(), difference.to_string(), none(), none(), yuan];
        self.row([section, key, name, unit], numbers);
    }
}

/// A field, in quotes where its text needs them.
fn field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
