//! From names back to indices: the pack that the kernel reads.

use std::collections::BTreeSet;

use tongchou_core::calendar::Day;
use tongchou_core::pack::{
    Adjust, Choice, Classify, Clause, Cut, CutOf, Dim, FORMAT, Fact, Group, Layer, Pack, Param,
    Row, Standard, Stay, Take,
};

use super::member::{self, Lowered};
use super::named::{
    EVER, Kind, NEVER, Named, NamedLayer, Names, RowKey, Setting, Table, Value, When,
};

impl Named {
    /// The canonical pack; `None` where a name is not defined, so that it says nothing.
    pub(super) fn lower(&self) -> Option<Pack> {
        Writer::new(self).pack()
    }
}

/// Numbers the names of a pack in their sorted order.
struct Writer<'a> {
    named: &'a Named,
    clauses: Vec<&'a str>,
    params: Vec<&'a str>,
    facts: Vec<&'a str>,
    dims: Vec<&'a str>,
}

impl<'a> Writer<'a> {
    fn new(named: &'a Named) -> Self {
        // Clauses decide nothing: each that is cited counts as defined.
        let cited = named.tables.values().flat_map(|rows| rows.values());
        let cited = cited.flat_map(|timeline| &timeline.pieces).map(|piece| &piece.clause);
        let params = named.params.values().map(|param| &param.clause);
        let facts = named.facts.values().map(|fact| &fact.clause);
        let dims = named.dims.values().filter_map(|dim| dim.steps.as_ref());
        let layers = named.layers.values().map(|layer| &layer.clause);
        let groups = named.groups.values().map(|group| &group.clause);
        let items = named.items.values().filter_map(|item| item.clause.as_ref());
        let cited =
            cited.chain(items).chain(params).chain(facts).chain(dims).chain(layers).chain(groups);
        let clauses: BTreeSet<&str> = cited.chain(named.clauses.keys()).map(|s| &**s).collect();
        Self {
            named,
            clauses: clauses.into_iter().collect(),
            params: named.params.keys().map(|s| &**s).collect(),
            facts: named.facts.keys().map(|s| &**s).collect(),
            dims: named.dims.keys().map(|s| &**s).collect(),
        }
    }

    fn pack(&self) -> Option<Pack> {
        let Named { head, .. } = self.named;
        let stay = match &head.stay {
            Some((dim, values)) => Some(self.accepted(dim, values)?),
            None => None,
        };
        let lowered = self.lowered()?;
        let mut stay =
            Stay { care: stay, transfer: None, readmission_days: None, period: lowered.period };
        member::stay(&self.named.items, &mut stay)?;
        Some(Pack {
            format: FORMAT,
            id: head.id.clone(),
            name: head.name.clone(),
            programme: head.programme.clone(),
            confidence: head.confidence.clone(),
            from: head.life.from,
            to: head.life.to,
            dated_by: head.dated_by,
            year_start: head.year_start,
            clauses: self.clauses.iter().map(|id| self.whole_clause(id)).collect(),
            params: self.all_params()?,
            facts: self.all_facts()?,
            dims: self.all_dims()?,
            stay,
            classify: self.classify()?,
            standing: self.rows(Kind::Standing, "", |_, value| match value {
                Value::Standing(standing) => Some(*standing),
                _ => None,
            })?,
            layers: self.layers()?,
            groups: self.groups()?,
            personal: self.rows(Kind::Personal, "", |_, value| match value {
                Value::Personal(personal) => Some(*personal),
                _ => None,
            })?,
            rules: lowered.rules,
        })
    }

    /// What the pack says about members, in its numbers.
    fn lowered(&self) -> Option<Lowered> {
        let params = self.named.params.iter();
        let params = params.map(|(name, p)| (&**name, p.values.iter().cloned().collect()));
        let dims = self.named.dims.iter().map(|(name, dim)| (&**name, dim.values.as_slice()));
        let names = member::Names {
            clauses: &self.clauses,
            params: params.collect(),
            facts: &self.facts,
            dims: dims.collect(),
            life: self.named.head.life,
        };
        member::lower(&self.named.items, names)
    }

    fn whole_clause(&self, id: &str) -> Clause {
        let unknown = || Clause {
            id: id.to_owned(),
            doc: id.to_owned(),
            text: String::new(),
            confidence: "unverified".to_owned(),
        };
        self.named.clauses.get(id).cloned().unwrap_or_else(unknown)
    }

    fn all_params(&self) -> Option<Vec<Param>> {
        let params = self.named.params.iter().map(|(name, param)| {
            let values: Vec<String> = param.values.iter().cloned().collect();
            let default = code(&values, &param.default)?;
            let clause = self.clause(&param.clause)?;
            Some(Param { name: name.clone(), values, default, assumed: param.assumed, clause })
        });
        params.collect()
    }

    fn all_facts(&self) -> Option<Vec<Fact>> {
        let facts = self.named.facts.iter().map(|(id, fact)| {
            let clause = self.clause(&fact.clause)?;
            Some(Fact { id: id.clone(), name: fact.name.clone(), clause })
        });
        facts.collect()
    }

    fn all_dims(&self) -> Option<Vec<Dim>> {
        let dims = self.named.dims.iter().map(|(name, dim)| {
            let default = match &dim.default {
                Some(value) => Some(code(&dim.values, value)?),
                None => None,
            };
            let steps = match &dim.steps {
                Some(clause) => Some(self.clause(clause)?),
                None => None,
            };
            let (name, values, mut cut) = (name.clone(), dim.values.clone(), dim.cut.clone());
            if let (Some(Cut { of, .. }), Some(number)) = (&mut cut, &dim.number) {
                *of = CutOf::Number(position(&member::numbers(&self.named.items), number)?);
            }
            let fits = |cut: &Cut| cut.starts.len() + 1 == values.len();
            cut.as_ref().is_none_or(fits).then_some(())?;
            Some(Dim { name, values, default, cut, steps })
        });
        dims.collect()
    }

    fn classify(&self) -> Option<Classify> {
        let head = &self.named.head;
        Some(Classify {
            prepay_basis: self.choice(&head.prepay_basis, |basis| Some(*basis))?,
            rounding: head.rounding,
            prepay: self.rows(Kind::Prepay, "", |_, value| match value {
                Value::Prepay(prepay) => Some(*prepay),
                _ => None,
            })?,
            limit: self.rows(Kind::Limit, "", |_, value| match value {
                Value::Limit(limit) => Some(*limit),
                _ => None,
            })?,
            fixed: self.rows(Kind::Fixed, "", |_, value| match value {
                Value::Fixed(fixed) => Some(fixed.clone()),
                _ => None,
            })?,
        })
    }

    fn layers(&self) -> Option<Vec<Layer>> {
        let order = &self.named.order;
        order.iter().map(|id| self.layer(id, self.named.layers.get(id)?)).collect()
    }

    fn layer(&self, id: &str, layer: &NamedLayer) -> Option<Layer> {
        let cap = |_: &RowKey, value: &Value| match value {
            Value::Cap(cap) => Some(*cap),
            _ => None,
        };
        let life = self.named.head.life;
        // A layer that is never in force stands behind the last day.
        let (from, to) = match layer.dates {
            NEVER => (Day(life.to.0.saturating_add(1)), Day(life.to.0.saturating_add(1))),
            dates => (dates.from.max(life.from), dates.to.min(life.to)),
        };
        let takes = |takes: &Vec<String>| takes.iter().map(|take| self.take(take)).collect();
        Some(Layer {
            id: id.to_owned(),
            name: layer.name.clone(),
            fund: layer.fund.clone(),
            from,
            to,
            when: self.when(&layer.when)?,
            params: self.params(&layer.params)?,
            takes: self.choice(&layer.takes, takes)?,
            deductible_scope: self.choice(&layer.deductible_scope, |per| Some(*per))?,
            basis: self.choice(&layer.basis, |basis| Some(*basis))?,
            origin: self.choice(&layer.origin, |origin| Some(*origin))?,
            rounding: layer.rounding,
            round: layer.round,
            round_side: self.choice(&layer.round_side, |side| Some(*side))?,
            backsolve: self.choice(&layer.backsolve, |backsolve| Some(*backsolve))?,
            clamp: self.choice(&layer.clamp, |clamp| Some(*clamp))?,
            clause: self.clause(&layer.clause)?,
            upfront: self.rows(Kind::Upfront, id, |_, value| match value {
                Value::Share(share) => Some(*share),
                _ => None,
            })?,
            deductible: self.rows(Kind::Deductible, id, |_, value| match value {
                Value::Amount(amount) => Some(Standard::Amount(*amount)),
                Value::OfFact(fact, rate) => {
                    Some(Standard::OfFact(position(&self.facts, fact)?, *rate))
                }
                _ => None,
            })?,
            band: self.rows(Kind::Band, id, |_, value| match value {
                Value::Bands(bands) => Some(bands.clone()),
                _ => None,
            })?,
            adjust: self.rows(Kind::Adjust, id, |key, value| match value {
                Value::Step(step) => Some(Adjust { seq: key.seq, step: *step }),
                _ => None,
            })?,
            cap: self.rows(Kind::Cap, id, cap)?,
            eligible: self.rows(Kind::Eligible, id, cap)?,
        })
    }

    fn groups(&self) -> Option<Vec<Group>> {
        let groups = self.named.groups.iter().map(|(id, group)| {
            let layer = |name: &String| {
                let at = self.named.order.iter().position(|other| other == name)?;
                u8::try_from(at).ok()
            };
            let cap = |_: &RowKey, value: &Value| match value {
                Value::Cap(cap) => Some(*cap),
                _ => None,
            };
            Some(Group {
                id: id.clone(),
                layers: group.layers.iter().map(layer).collect::<Option<_>>()?,
                clause: self.clause(&group.clause)?,
                cap: self.rows(Kind::Group, id, cap)?,
            })
        });
        groups.collect()
    }

    fn rows<V>(
        &self,
        kind: Kind,
        owner: &str,
        value: impl Fn(&RowKey, &Value) -> Option<V>,
    ) -> Option<Vec<Row<V>>> {
        let life = self.named.head.life;
        let rows = self.named.tables.get(&Table::new(kind, owner));
        let mut sorted: Vec<_> = rows.into_iter().flatten().collect();
        sorted.sort_by_key(|(key, timeline)| (key.seq, timeline.at));
        let mut list = Vec::new();
        for (key, timeline) in sorted {
            let (when, params) = (self.when(&key.when)?, self.params(&key.params)?);
            for piece in &timeline.pieces {
                let from = piece.dates.from.max(life.from);
                let to = piece.dates.to.min(life.to);
                if to < from {
                    continue;
                }
                list.push(Row {
                    when: when.clone(),
                    params: params.clone(),
                    from,
                    to,
                    priority: key.priority,
                    clause: self.clause(&piece.clause)?,
                    value: value(key, &piece.value)?,
                });
            }
        }
        Some(list)
    }

    fn clause(&self, id: &str) -> Option<u16> {
        position(&self.clauses, id)
    }

    fn accepted(&self, dim: &str, values: &Names) -> Option<(u16, Vec<u8>)> {
        let all = &self.named.dims.get(dim)?.values;
        Some((position(&self.dims, dim)?, codes(all, values)?))
    }

    fn when(&self, when: &When) -> Option<Vec<(u16, Vec<u8>)>> {
        when.iter().map(|(dim, values)| self.accepted(dim, values)).collect()
    }

    fn params(&self, params: &When) -> Option<Vec<(u16, Vec<u8>)>> {
        let accepted = params.iter().map(|(param, values)| {
            let all: Vec<String> = self.named.params.get(param)?.values.iter().cloned().collect();
            Some((position(&self.params, param)?, codes(&all, values)?))
        });
        accepted.collect()
    }

    fn choice<T, N>(
        &self,
        setting: &Setting<N>,
        value: impl Fn(&N) -> Option<T>,
    ) -> Option<Choice<T>> {
        match setting {
            Setting::Is(word) => Some(Choice::Is(value(word)?)),
            Setting::Param(param, words) => {
                let all = &self.named.params.get(param)?.values;
                let values = all.iter().map(|word| value(words.get(word)?));
                let values = values.collect::<Option<_>>()?;
                Some(Choice::Param(position(&self.params, param)?, values))
            }
        }
    }

    fn take(&self, word: &str) -> Option<Take> {
        let Some((layer, field)) = word.split_once('.') else {
            return Some(if word == "rest" { Take::Rest } else { Take::InScope });
        };
        let at = self.named.order.iter().position(|id| id == layer)?;
        let at = u8::try_from(at).ok()?;
        Some(match field {
            "over" => Take::Over(at),
            "self" => Take::SelfShare(at),
            _ => Take::Deductible(at),
        })
    }
}

/// First and last day of effect that say something.
pub(super) fn bounds(from: Day, to: Day) -> (Option<Day>, Option<Day>) {
    let some = |day: Day, open: Day| (day != open).then_some(day);
    (some(from, EVER.from), some(to, EVER.to))
}

fn position(all: &[&str], name: &str) -> Option<u16> {
    u16::try_from(all.iter().position(|other| *other == name)?).ok()
}

fn code(all: &[String], name: &str) -> Option<u8> {
    u8::try_from(all.iter().position(|other| other == name)?).ok()
}

fn codes(all: &[String], names: &Names) -> Option<Vec<u8>> {
    let codes = names.iter().map(|name| code(all, name));
    let mut codes: Vec<u8> = codes.collect::<Option<_>>()?;
    codes.sort_unstable();
    Some(codes)
}
