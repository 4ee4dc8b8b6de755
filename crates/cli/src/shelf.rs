//! The loaded packs, asked for the names that people read.

use std::collections::BTreeMap;

use tongchou_core::pack::Text;
use tongchou_policy::Checked;
use tongchou_wire::request::{Event, Request};
use tongchou_wire::response::Ground;

use crate::slip::pick;
use crate::words::{self, Phrase};
use crate::{Language, explain, terms};

/// Packs by their ids, and the language they are asked in.
#[derive(Clone, Copy, Debug)]
pub struct Shelf<'a> {
    /// The packs.
    pub packs: &'a BTreeMap<String, Checked>,
    /// The language of names.
    pub lang: Language,
}

impl<'a> Shelf<'a> {
    /// A pack, without the day behind its id.
    #[must_use]
    pub fn pack(self, id: &str) -> Option<&'a Checked> {
        self.packs.get(id.split_once('@').map_or(id, |(id, _)| id))
    }

    /// A pack's name.
    #[must_use]
    pub fn name<'b>(self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.pack(id).map_or(id, |pack| pick(&pack.pack.name, self.lang))
    }

    /// A phrase in its language.
    #[must_use]
    pub fn say(self, phrase: Phrase) -> &'static str {
        phrase.text(self.lang)
    }

    /// A phrase with what stands in its place.
    #[must_use]
    pub fn fill(self, phrase: Phrase, place: &str, with: &str) -> String {
        self.say(phrase).replace(place, with)
    }

    /// The name of a layer or of anything else that a pack names.
    #[must_use]
    pub fn called<'b>(self, name: Option<&'b Text>, id: &'b str) -> &'b str {
        name.map_or(id, |name| pick(name, self.lang))
    }

    /// The name of a kind of event, in whichever pack declares it.
    #[must_use]
    pub fn event<'b>(self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        let mut events = self.packs.values().flat_map(|pack| &pack.pack.rules.events);
        self.called(events.find(|event| event.id == id).map(|event| &event.name), id)
    }

    /// What an event says beside its name.
    #[must_use]
    pub fn told(self, event: &Event) -> String {
        let mut parts = Vec::new();
        let mut put = |phrase: Phrase, value: &str| {
            parts.push(format!("{} {value}", self.say(phrase)));
        };
        if let Some(reason) = &event.reason {
            put(words::REASON, reason);
        }
        if let Some(by) = &event.by {
            put(words::BY, by);
        }
        if !event.institutions.is_empty() {
            let chosen: Vec<&str> = event.institutions.iter().map(|i| i.id.as_str()).collect();
            put(words::AT_INSTITUTIONS, &chosen.join(self.list()));
        }
        self.joined(&parts)
    }

    /// Parts of a sentence, as the language strings them together.
    #[must_use]
    pub fn joined(self, parts: &[String]) -> String {
        parts.join(self.comma())
    }

    /// What stands between two parts of a sentence.
    #[must_use]
    pub fn comma(self) -> &'static str {
        words::comma(self.lang)
    }

    /// What stands between two things of a list.
    #[must_use]
    pub fn list(self) -> &'static str {
        match self.lang {
            Language::Zh => "、",
            Language::En => ", ",
        }
    }

    /// The value of a dimension that a bill gives, or that its pack takes for it, in words.
    #[must_use]
    pub fn given<'b>(self, bill: &'b Request, pack: &str, dim: &str) -> Option<&'b str>
    where
        'a: 'b,
    {
        let given = bill.encounter.facts.value(dim).or_else(|| bill.member.facts.value(dim));
        let value = given.or_else(|| {
            let dim = self.pack(pack)?.pack.dims.iter().find(|d| d.name == dim)?;
            dim.values.get(usize::from(dim.default?)).map(String::as_str)
        })?;
        Some(terms::value(dim, value, self.lang))
    }

    /// A dimension and its value in words.
    #[must_use]
    pub fn value(self, ground: &Ground) -> String {
        let colon = words::colon(self.lang);
        let dim = terms::dim(&ground.dim, self.lang);
        format!("{dim}{colon}{}", terms::value(&ground.dim, &ground.value, self.lang))
    }

    /// From when until when.
    #[must_use]
    pub fn span(self, from: Option<&str>, to: Option<&str>) -> String {
        match (from, to) {
            (Some(from), Some(to)) => format!("{from} … {to}"),
            (Some(from), None) => self.fill(words::SINCE, "{d}", from),
            (None, Some(to)) => self.fill(words::UNTIL, "{d}", to),
            (None, None) => self.say(words::ALWAYS).to_owned(),
        }
    }

    /// What a value rests on: the event that opened it, whose budget it counts in, the clause.
    #[must_use]
    pub fn reason(self, ground: &Ground) -> String {
        let mut parts = Vec::new();
        if let Some(event) = &ground.event {
            parts.push(format!("← {}", self.event(event)));
        }
        if let Some(budget) = &ground.budget {
            parts.push(format!("{} {budget}", self.say(words::BUDGET)));
        }
        let clause = match &ground.clause {
            Some(clause) => format!("[{clause}]"),
            None if parts.is_empty() => self.say(words::AS_GIVEN).to_owned(),
            None => String::new(),
        };
        let (told, blank) = (self.joined(&parts), if parts.is_empty() { "" } else { "  " });
        format!("{told}{blank}{clause}").trim_end().to_owned()
    }

    /// A value of a dimension, its time and what it rests on, as cells of a row.
    #[must_use]
    pub fn cells(self, ground: &Ground) -> Vec<String> {
        let dim = terms::dim(&ground.dim, self.lang).to_owned();
        let value = terms::value(&ground.dim, &ground.value, self.lang).to_owned();
        let span = self.span(ground.from.as_deref(), ground.to.as_deref());
        vec![dim, value, span, self.reason(ground)]
    }

    /// For which visits only a value of the timeline holds, as far as the pack's rows tell.
    #[must_use]
    pub fn only(self, pack: &str, ground: &Ground) -> String {
        let Some(pack) = self.pack(pack).map(|checked| &checked.pack) else { return String::new() };
        let mut said = Vec::new();
        for row in &pack.rules.coverage {
            let Some(dim) = pack.dims.get(usize::from(row.value.dim)) else { continue };
            let value = dim.values.get(usize::from(row.value.value));
            let clause = pack.clauses.get(usize::from(row.clause)).map(|clause| &clause.id);
            let same = dim.name == ground.dim && value == Some(&ground.value);
            if !same || clause != ground.clause.as_ref() {
                continue;
            }
            if row.when.is_empty() {
                return String::new();
            }
            let conditions = row.when.iter().filter_map(|(dim, values)| {
                let dim = pack.dims.get(usize::from(*dim))?;
                let values = values.iter().filter_map(|at| dim.values.get(usize::from(*at)));
                let values: Vec<&str> =
                    values.map(|value| terms::value(&dim.name, value, self.lang)).collect();
                Some(format!("{} {}", terms::dim(&dim.name, self.lang), values.join("/")))
            });
            said.push(self.joined(&conditions.collect::<Vec<String>>()));
        }
        said.dedup();
        let said = said.join(self.say(words::OR));
        if said.is_empty() { said } else { self.fill(words::ONLY_WHERE, "{c}", &said) }
    }

    /// The clauses of packs that were cited, each with its document.
    #[must_use]
    pub fn clauses<'b>(self, packs: &[&'b str], cited: &[&'b str]) -> String {
        let packs: std::collections::BTreeSet<&&str> = packs.iter().collect();
        let packs = packs.iter().filter_map(|id| self.pack(id));
        let clauses = packs.flat_map(|pack| &pack.pack.clauses);
        let cited = clauses.filter(|clause| cited.contains(&clause.id.as_str()));
        let mut lines: Vec<String> = Vec::new();
        for clause in cited {
            let line = format!("  {}\n", explain::cite(clause, self.lang));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        if lines.is_empty() {
            return String::new();
        }
        format!("\n{}\n{}", self.say(words::CLAUSES), lines.concat())
    }
}
