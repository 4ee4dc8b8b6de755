//! The parts of all threads as one result; parts that do not add up are no result.

use std::collections::BTreeMap;

use tongchou_core::pack::Text;
use tongchou_wire::request::EncounterFacts;

use crate::book::{Book, What, Who};
use crate::fault::{Code, Fault};
use crate::run::Terms;
use crate::tally::{Amounts, Year};

use super::names::Names;
use super::spread::Spread;
use super::tables::{BOTH, FIRST, Mover, PAYERS, Part, Persons, SECOND, Shares, Table};
use super::{
    CLASS_ENDS, Changed, Changes, Class, Clause, Group, Heads, Impact, Layer, Moved, Of, OfClause,
    OfLayer, Pair, Policy,
};

/// First years of the age bands.
const AGES: [u8; 9] = [0, 10, 20, 30, 40, 50, 60, 70, 80];

/// Everything together.
pub(super) fn impact(
    (a, b): (&Terms, &Terms),
    (persons, partial): (u64, bool),
    names: Names,
    part: &Part,
    book: &Book,
) -> Result<Impact, Fault> {
    let whats = amounts(part);
    let mut totals = Pair::<Amounts>::default();
    for Pair { a, b } in &whats {
        totals.a.merge(a);
        totals.b.merge(b);
    }
    let layers = layers(part, &names);
    let shares = shares(part);
    agrees(&totals, &layers, &shares)?;
    let (ages, kinds) = (members(part, book, age), members(part, book, kind));
    let districts = part.by_district.iter().enumerate();
    let districts = districts.map(|(number, of)| person_group(Of::District(number), of));
    Ok(Impact {
        policies: Pair { a: policy(a), b: policy(b) },
        persons,
        partial,
        totals,
        layers,
        clauses: clauses(names, &shares),
        ages,
        kinds,
        care: care(&whats, book),
        districts: districts.filter(|group| group.heads.is_some_and(|h| h.members > 0)).collect(),
        changes: changes(&part.spread),
        most: part.most.iter().map(|mover| changed(mover, book)).collect(),
        reuse: part.reuse,
        times: part.times,
    })
}

fn policy(terms: &Terms) -> Policy {
    let pack = terms.binder.pack();
    Policy {
        id: terms.binder.reference(),
        name: pack.name.clone(),
        hash: terms.binder.hash().to_owned(),
        params: terms.binder.params().into_iter().collect(),
    }
}

/// A table of both packs: what they share and what is each one's own.
fn tables<T>(tables: &[T; 4]) -> (Option<&T>, Option<&T>, Option<&T>) {
    let of = |place: u8| tables.get(usize::from(place));
    (of(BOTH), of(FIRST), of(SECOND))
}

/// By profile of the encounter, under both packs.
fn amounts(part: &Part) -> Vec<Pair<Amounts>> {
    let (Some(both), Some(first), Some(second)) = tables(&part.tables.visits) else {
        return Vec::new();
    };
    let own = both.by_what.iter().zip(first.by_what.iter().zip(&second.by_what));
    let sum = |(both, (first, second)): (&Amounts, (&Amounts, &Amounts))| {
        let mut pair = Pair { a: *both, b: *both };
        pair.a.merge(first);
        pair.b.merge(second);
        pair
    };
    own.map(sum).collect()
}

fn layers(part: &Part, names: &Names) -> Vec<OfLayer> {
    let (Some(both), Some(first), Some(second)) = tables(&part.tables.visits) else {
        return Vec::new();
    };
    let paid = |of: fn(&Table, usize) -> i64, index: usize| Pair {
        a: of(both, index) + of(first, index),
        b: of(both, index) + of(second, index),
    };
    let layer = |table: &Table, index: usize| table.layers.get(index).copied().unwrap_or(0);
    let of_layer =
        |(index, of): (usize, &Layer)| OfLayer { layer: of.clone(), paid: paid(layer, index) };
    let mut layers: Vec<OfLayer> = names.layers.iter().enumerate().map(of_layer).collect();
    let fixed = paid(|table, _| table.fixed, 0);
    if fixed != Pair::default() {
        let name = Text { zh: "定额支付".to_owned(), en: "fixed amounts".to_owned() };
        let layer = Layer { id: String::new(), fund: names.fixed.join("/"), name };
        layers.push(OfLayer { layer, paid: fixed });
    }
    layers
}

/// By clause, under both packs.
fn shares(part: &Part) -> Vec<Pair<Shares>> {
    let (Some(both), Some(first), Some(second)) = tables(&part.tables.clauses) else {
        return Vec::new();
    };
    let own = both.iter().zip(first.iter().zip(second));
    let sum = |(both, (first, second)): (&Shares, (&Shares, &Shares))| {
        let mut pair = Pair { a: *both, b: *both };
        pair.a.iter_mut().zip(first).for_each(|(sum, own)| *sum += own);
        pair.b.iter_mut().zip(second).for_each(|(sum, own)| *sum += own);
        pair
    };
    own.map(sum).collect()
}

fn clauses(names: Names, shares: &[Pair<Shares>]) -> Vec<OfClause> {
    let named = names.clauses.into_iter().chain([Clause::default()]);
    let rows = named.zip(shares).map(|(clause, Pair { a, b })| {
        let of = |payer: usize| Pair {
            a: a.get(payer).copied().unwrap_or(0),
            b: b.get(payer).copied().unwrap_or(0),
        };
        OfClause { clause, fund: of(0), person: of(1), hospital: of(2) }
    });
    let none = Pair::default();
    rows.filter(|row| [row.fund, row.person, row.hospital].iter().any(|of| *of != none)).collect()
}

/// Whether layers and clauses add up to the amounts, under either pack.
fn agrees(
    totals: &Pair<Amounts>,
    layers: &[OfLayer],
    shares: &[Pair<Shares>],
) -> Result<(), Fault> {
    let mut sums = Pair::<[i64; PAYERS]>::default();
    for Pair { a, b } in shares {
        sums.a.iter_mut().zip(a).for_each(|(sum, share)| *sum += share);
        sums.b.iter_mut().zip(b).for_each(|(sum, share)| *sum += share);
    }
    let mut paid = Pair::default();
    layers.iter().for_each(|layer| paid.add(layer.paid));
    let sides = [(&totals.a, sums.a, paid.a), (&totals.b, sums.b, paid.b)];
    for (of, sums, paid) in sides {
        let amounts = [of.fund, of.person(), of.hospital, of.account, of.cash];
        if sums != amounts || paid != of.fund {
            let found = format!("{sums:?}, {paid}");
            return Err(Fault::new(Code::Usage, "clauses", found, format!("{amounts:?}")));
        }
        if of.total != of.fund + of.hospital + of.person() {
            return Err(Fault::new(Code::Usage, "payers", "", of.total.to_string()));
        }
    }
    Ok(())
}

/// Groups of members in the order of `rank`.
fn members<R: Ord>(part: &Part, book: &Book, rank: impl Fn(&Who) -> (R, Of)) -> Vec<Group> {
    let mut groups: BTreeMap<R, (Of, Persons)> = BTreeMap::new();
    for (who, persons) in book.who.iter().zip(&part.by_who) {
        if persons.members > 0 {
            let (rank, of) = rank(who);
            groups.entry(rank).or_insert((of, Persons::default())).1.merge(persons);
        }
    }
    groups.into_values().map(|(of, persons)| person_group(of, &persons)).collect()
}

fn person_group(of: Of, persons: &Persons) -> Group {
    let Persons { members, with_visits, gainers, losers, years: [a, b] } = *persons;
    let pair = |of: fn(&Year) -> i64| Pair { a: of(&a), b: of(&b) };
    Group {
        of,
        heads: Some(Heads { members, with_visits, gainers, losers }),
        visits: a.visits,
        total: a.total,
        fund: pair(|year| year.fund),
        account: pair(|year| year.account),
        cash: pair(|year| year.cash),
    }
}

fn age(who: &Who) -> (u16, Of) {
    let Some(age) = who.age else { return (u16::MAX, Of::Age(None)) };
    let place = AGES.partition_point(|from| *from <= age);
    let from = AGES.get(place.wrapping_sub(1)).copied().unwrap_or(0);
    let to = AGES.get(place).map(|next| next - 1);
    (u16::from(from), Of::Age(Some((from, to))))
}

/// Kind of member: of employees `person`, of residents `group`.
fn kind(who: &Who) -> (Vec<(String, String)>, Of) {
    let known = ["person", "group"].iter().filter_map(|dim| Some((*dim, who.facts.value(dim)?)));
    let pairs: Vec<(String, String)> =
        known.map(|(dim, value)| (dim.to_owned(), value.to_owned())).collect();
    // Those of no kind come last.
    let rank = if pairs.is_empty() { vec![("~".to_owned(), String::new())] } else { pairs.clone() };
    (rank, Of::Dims(pairs))
}

/// By kind of care and level, in the order of the contract's usual values.
fn care(whats: &[Pair<Amounts>], book: &Book) -> Vec<Group> {
    let mut groups: BTreeMap<Vec<(usize, String)>, Group> = BTreeMap::new();
    for (what, Pair { a, b }) in book.what.iter().zip(whats) {
        if a.visits == 0 {
            continue;
        }
        let (rank, of) = care_of(what);
        let group = groups.entry(rank).or_insert_with(|| Group {
            of,
            heads: None,
            visits: 0,
            total: 0,
            fund: Pair::default(),
            account: Pair::default(),
            cash: Pair::default(),
        });
        group.visits += a.visits;
        group.total += a.total;
        group.fund.add(Pair { a: a.fund, b: b.fund });
        group.account.add(Pair { a: a.account, b: b.account });
        group.cash.add(Pair { a: a.cash, b: b.cash });
    }
    groups.into_values().collect()
}

fn care_of(what: &What) -> (Vec<(usize, String)>, Of) {
    let usual = |dim: &str, value: &str| {
        let values = EncounterFacts::DIMS.iter().find(|(name, _)| *name == dim);
        let place = values.and_then(|(_, values)| values.iter().position(|known| *known == value));
        (place.unwrap_or(usize::MAX), value.to_owned())
    };
    let known = ["care", "level"].iter().map(|dim| (*dim, what.facts.value(dim)));
    let rank = known.clone().map(|(dim, value)| usual(dim, value.unwrap_or(""))).collect();
    let pairs = known.filter_map(|(dim, value)| Some((dim.to_owned(), value?.to_owned())));
    (rank, Of::Dims(pairs.collect()))
}

fn changed(mover: &Mover, book: &Book) -> Changed {
    let who = book.who.text(mover.who).unwrap_or_default().to_owned();
    Changed { person: mover.person, who, years: mover.years }
}

fn changes(spread: &Spread) -> Changes {
    let moved = |within: fn(i64) -> bool| {
        let (members, amount) = spread.part(within);
        Moved { members, amount }
    };
    let gains = |fen: i64| fen < 0;
    let loses = |fen: i64| fen > 0;
    Changes {
        gainers: moved(gains),
        losers: moved(loses),
        unchanged: moved(|fen| fen == 0).members,
        of_all: spread.quantiles(|_| true),
        of_gainers: spread.quantiles(gains),
        of_losers: spread.quantiles(loses),
        classes: classes(spread),
    }
}

/// Members by class: ends mirrored below zero, zero by itself.
fn classes(spread: &Spread) -> Vec<Class> {
    let mut losers = Vec::new();
    let mut from = 1;
    for end in CLASS_ENDS {
        losers.push((Some(from), Some(end)));
        from = end + 1;
    }
    losers.push((Some(from), None));
    let mirrored = |(from, to): &(Option<i64>, Option<i64>)| (to.map(|t| -t), from.map(|f| -f));
    let gainers = losers.iter().rev().map(mirrored);
    let bounds: Vec<_> = gainers.chain([(Some(0), Some(0))]).chain(losers.clone()).collect();
    let class = |(from, to): (Option<i64>, Option<i64>)| {
        let within = |fen: i64| from.is_none_or(|f| f <= fen) && to.is_none_or(|t| fen <= t);
        Class { from, to, members: spread.part(within).0 }
    };
    bounds.into_iter().map(class).collect()
}
