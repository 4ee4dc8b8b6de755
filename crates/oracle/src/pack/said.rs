//! Takes apart what a pack says about a member's dated facts.

use toml::{Table, Value};
use tongchou_wire::amount::Date;

use crate::pack::PackFault;
use crate::rules::{
    Calendar, Coverage, Edge, Kind, Period, Refund, Rules, Selection, Split, Window,
};

use super::read::{
    Read, array, date, integer, missing, month_day, optional_table, rows, tables, text, text_or,
    texts,
};

pub fn rules(file: &Table, life: (Date, Date)) -> Read<Rules> {
    let head = optional_table(file, "pack");
    let stay = optional_table(file, "stay");
    let contribution = optional_table(file, "contribution");
    Ok(Rules {
        later_bills: text_or(head, "later_bills", "replay")?,
        claim_order: text_or(head, "claim_order", "claimed")?,
        cross_year: text_or(stay, "cross_year", "continue")?,
        events: named(file, "event", kind)?,
        cutoff_day: match contribution {
            Some(said) => Some(small(integer(said, "cutoff_day")?)?),
            None => None,
        },
        periods: named(file, "period", period)?,
        calendar: optional_table(file, "calendar").map(calendar).transpose()?,
        windows: tables(file, "window")?.map(|it| window(it?)).collect::<Read<_>>()?,
        coverage: rows(file, "coverage", "coverage", life, coverage)?,
        splits: rows(file, "split", "split", life, split)?,
        refund: optional_table(file, "refund").map(refund).transpose()?,
    })
}

fn named<T>(file: &Table, key: &str, read: impl Fn(&str, &Table) -> Read<T>) -> Read<Vec<T>> {
    let Some(section) = optional_table(file, key) else { return Ok(Vec::new()) };
    let one = |(name, said): (&String, &Value)| match said {
        Value::Table(said) => read(name, said),
        _ => Err(missing(name, "a table")),
    };
    section.iter().map(one).collect()
}

fn small(number: i64) -> Read<i8> {
    i8::try_from(number).map_err(|_| PackFault(format!("too large: {number}")))
}

fn kind(name: &str, said: &Table) -> Read<Kind> {
    Ok(Kind {
        name: name.to_owned(),
        turn: optional_text(said, "turn")?,
        reasons: optional_texts(said, "reasons")?,
        selects: optional_table(said, "selects").map(selection).transpose()?,
    })
}

fn selection(said: &Table) -> Read<Selection> {
    Ok(Selection {
        least: integer(said, "least")?,
        most: integer(said, "most")?,
        levels: optional_texts(said, "levels")?,
    })
}

fn period(name: &str, said: &Table) -> Read<Period> {
    Ok(Period {
        name: name.to_owned(),
        n: integer(said, "n")?,
        unit: text(said, "unit")?.to_owned(),
        count_start: flag(said, "count_start"),
        end: text(said, "end")?.to_owned(),
        roll: flag(said, "roll"),
        from_event: optional_text(said, "from_event")?,
    })
}

fn calendar(said: &Table) -> Read<Calendar> {
    Ok(Calendar {
        from: date(said, "from")?,
        to: date(said, "to")?,
        off: dates(said, "off")?,
        on: dates(said, "on")?,
    })
}

fn dates(said: &Table, key: &str) -> Read<Vec<Date>> {
    if !said.contains_key(key) {
        return Ok(Vec::new());
    }
    let read = |it: &Value| Date::read(&it.as_datetime()?.to_string());
    array(said, key)?.iter().map(|it| read(it).ok_or_else(|| missing(key, "dates"))).collect()
}

fn window(said: &Table) -> Read<Window> {
    let yearly = match said.contains_key("from") {
        true => Some((month_day(text(said, "from")?)?, month_day(text(said, "to")?)?)),
        false => None,
    };
    let after = match said.contains_key("after") {
        true => Some((text(said, "after")?.to_owned(), text(said, "lasts")?.to_owned())),
        false => None,
    };
    Ok(Window {
        id: text(said, "id")?.to_owned(),
        event: text(said, "event")?.to_owned(),
        yearly,
        after,
        reasons: optional_texts(said, "reasons")?,
    })
}

fn coverage(said: &Table) -> Read<Coverage> {
    let sets = optional_table(said, "sets").and_then(|sets| sets.iter().next());
    let Some((dim, Value::String(value))) = sets else {
        return Err(missing("sets", "a dimension and its value"));
    };
    Ok(Coverage {
        dim: dim.clone(),
        value: value.clone(),
        opens: edges(said, "opens")?,
        closes: edges(said, "closes")?,
        lasts: optional_text(said, "lasts")?,
        institutions: flag(said, "institutions"),
        admission: text_or(Some(said), "read", "day")? == "admission",
    })
}

fn edges(said: &Table, key: &str) -> Read<Vec<Edge>> {
    match said.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Table(one)) => Ok(vec![edge(one)?]),
        Some(_) => tables(said, key)?.map(|it| edge(it?)).collect(),
    }
}

fn edge(said: &Table) -> Read<Edge> {
    let number = |key: &str| match said.contains_key(key) {
        true => integer(said, key).map(Some),
        false => Ok(None),
    };
    let windows = match said.get("window") {
        Some(Value::String(one)) => vec![one.clone()],
        _ => optional_texts(said, "window")?,
    };
    Ok(Edge {
        event: text(said, "event")?.to_owned(),
        days: number("days")?,
        months: number("months")?,
        windows,
    })
}

fn split(said: &Table) -> Read<Split> {
    let on = match said.contains_key("on") {
        true => Some(date(said, "on")?),
        false => None,
    };
    Ok(Split {
        of: text_or(Some(said), "of", "")?,
        on,
        by: text(said, "by")?.to_owned(),
        second_deductible: text_or(Some(said), "second_deductible", "charge")?,
    })
}

fn refund(said: &Table) -> Read<Refund> {
    let requires = optional_table(said, "requires").into_iter().flatten();
    let requires = requires.filter_map(|(key, it)| Some((key.clone(), it.as_str()?.to_owned())));
    Ok(Refund { order: texts(said, "order")?, requires: requires.collect() })
}

fn flag(said: &Table, key: &str) -> bool {
    said.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn optional_text(said: &Table, key: &str) -> Read<Option<String>> {
    match said.contains_key(key) {
        true => text(said, key).map(|it| Some(it.to_owned())),
        false => Ok(None),
    }
}

fn optional_texts(said: &Table, key: &str) -> Read<Vec<String>> {
    if said.contains_key(key) { texts(said, key) } else { Ok(Vec::new()) }
}
