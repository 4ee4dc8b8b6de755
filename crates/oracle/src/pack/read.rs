//! Takes the TOML of a pack apart.
//!
//! The checker of the packs is another crate; here a text that cannot be understood is a fault,
//! and that is all.

use rust_decimal::Decimal;
use toml::{Table, Value};

use tongchou_wire::amount::Date;
use tongchou_wire::response::Later;

use crate::money::to_fen;

use super::said;
use super::{
    Adjust, Band, Bands, Cap, Dim, DimSource, Group, Layer, Limit, Pack, PackFault, Param, Prepay,
    Row, Standard, Standing, Step, Takes, Upto, When,
};

pub(super) type Read<T> = Result<T, PackFault>;

pub fn pack(source: &str) -> Read<Pack> {
    let file: Table = source.parse().map_err(|error| PackFault(format!("{error}")))?;
    let head = table(&file, "pack")?;
    let (from, to) = (date(head, "from")?, date(head, "to")?);
    let life = (from, to);
    let classify = optional_table(&file, "classify");
    let setting = |key, default| text_or(classify, key, default);
    let stay = optional_table(&file, "stay");
    Ok(Pack {
        id: text(head, "id")?.to_owned(),
        from,
        to,
        dated_by: text(head, "dated_by")?.to_owned(),
        year_start: month_day(text(head, "year_start")?)?,
        params: params(optional_table(&file, "param"))?,
        facts: match optional_table(&file, "fact") {
            Some(facts) => facts.keys().cloned().collect(),
            None => Vec::new(),
        },
        dims: dims(table(&file, "dim")?)?,
        stay_care: match stay {
            Some(stay) => texts(stay, "care")?,
            None => Vec::new(),
        },
        transfer: match stay.map(|stay| text_or(Some(stay), "transfer", "none")).transpose()? {
            Some(word) => word == "higher",
            None => false,
        },
        readmission_days: match stay {
            Some(stay) if stay.contains_key("readmission_days") => {
                Some(integer(stay, "readmission_days")?)
            }
            _ => None,
        },
        period: match stay {
            Some(stay) => rows(stay, "period", "stay.period", life, period)?,
            None => Vec::new(),
        },
        rules: said::rules(&file, life)?,
        prepay_basis: setting("prepay_basis", "after_limit")?,
        rounding: setting("rounding", "half_up")?,
        prepay: rows(&file, "prepay", "prepay", life, prepay)?,
        limit: rows(&file, "limit", "limit", life, limit)?,
        fixed: rows(&file, "fixed", "fixed", life, |row| amount_or_none(row, "pays"))?,
        standing: rows(&file, "standing", "standing", life, standing)?,
        layers: tables(&file, "layer")?.map(|it| layer(it?, life)).collect::<Read<_>>()?,
        groups: tables(&file, "group")?.map(|it| group(it?, life)).collect::<Read<_>>()?,
        personal: personal(&file, life)?,
        examples: tables(&file, "example")?.map(|it| it.cloned()).collect::<Read<_>>()?,
    })
}

fn params(section: Option<&Table>) -> Read<Vec<Param>> {
    let Some(section) = section else { return Ok(Vec::new()) };
    let read = |name: &String| {
        let said = table(section, name)?;
        Ok(Param {
            name: name.clone(),
            key: format!("param.{name}"),
            values: texts(said, "values")?,
            default: text(said, "default")?.to_owned(),
        })
    };
    section.keys().map(read).collect()
}

fn dims(section: &Table) -> Read<Vec<Dim>> {
    let read = |(name, said): (&String, &Value)| {
        Ok(Dim { name: name.clone(), source: dim(section, name, said)? })
    };
    section.iter().map(read).collect()
}

fn dim(section: &Table, name: &str, said: &Value) -> Read<DimSource> {
    let Value::Table(said) = said else {
        return Ok(DimSource::Given { values: texts(section, name)?, default: None });
    };
    if !said.contains_key("of") {
        let default = said.contains_key("default").then(|| text(said, "default")).transpose()?;
        let default = default.map(str::to_owned);
        return Ok(DimSource::Given { values: texts(said, "values")?, default });
    }
    Ok(DimSource::Cut {
        of: text(said, "of")?.to_owned(),
        as_of: text_or(Some(said), "as_of", "bill_date")?,
        starts: array(said, "cuts")?.iter().map(cut).collect::<Read<_>>()?,
        names: texts(said, "names")?,
    })
}

/// `[n, "up"]` starts the next value at n, `[n, "down"]` at n + 1; an amount counts in fen.
fn cut(value: &Value) -> Read<i64> {
    let fault = || PackFault(format!("not a cut: {value}"));
    let Some([at, Value::String(edge)]) = value.as_array().map(Vec::as_slice) else {
        return Err(fault());
    };
    let at = match at {
        Value::Integer(n) => *n,
        Value::String(money) => to_fen(decimal(money)?).map_err(|_| fault())?,
        _ => return Err(fault()),
    };
    match edge.as_str() {
        "up" => Ok(at),
        "down" => Ok(at + 1),
        _ => Err(fault()),
    }
}

/// After how many days a period ends; `none` is never.
fn period(row: &Table) -> Read<Option<i64>> {
    match row.get("days") {
        Some(Value::Integer(days)) => Ok(Some(*days)),
        _ => Ok(None),
    }
}

/// One row that always applies, or several with conditions.
fn personal(file: &Table, life: (Date, Date)) -> Read<Vec<Row<Vec<String>>>> {
    let pays = |said: &Table| texts(said, "account_pays");
    let Some(said) = optional_table(file, "personal") else {
        return rows(file, "personal", "personal", life, pays);
    };
    Ok(vec![row("personal".to_owned(), said, life, pays)?])
}

fn group(said: &Table, life: (Date, Date)) -> Read<Group> {
    let id = text(said, "id")?.to_owned();
    Ok(Group {
        layers: texts(said, "layers")?,
        cap: rows(said, "cap", &format!("group.{id}.cap"), life, cap)?,
        id,
    })
}

fn layer(said: &Table, life: (Date, Date)) -> Read<Layer> {
    let id = text(said, "id")?.to_owned();
    let setting = |key, default| text_or(Some(said), key, default);
    let place = |name: &str| format!("layer.{id}.{name}");
    let mut band = rows(said, "band", &place("band"), life, bands)?;
    for row in &mut band {
        let name = |index| format!("{}#{index}", row.name);
        row.says.names = (0..row.says.bands.len()).map(name).collect();
    }
    let on_paid = |row: &Table| Ok(text_or(Some(row), "on", "paid")? != "eligible");
    let caps = rows(said, "cap", &place("cap"), life, |row| Ok((on_paid(row)?, cap(row)?)))?;
    let (cap, eligible): (Vec<_>, Vec<_>) = caps.into_iter().partition(|row| row.says.0);
    let bare = |rows: Vec<Row<(bool, Cap)>>| rows.into_iter().map(|it| it.saying(|it| it.1));
    let day = |key, default| match said.contains_key(key) {
        true => date(said, key),
        false => Ok(default),
    };
    Ok(Layer {
        from: day("from", life.0)?,
        to: day("to", life.1)?,
        fund: text(said, "fund")?.to_owned(),
        when: when(said)?,
        takes: takes(said)?,
        deductible_per: setting("deductible_per", "bill")?,
        basis: setting("basis", "bill")?,
        origin: setting("origin", "incl")?,
        round: setting("round", "band")?,
        round_side: setting("round_side", "fund")?,
        rounding: setting("rounding", "half_up")?,
        backsolve: setting("backsolve", "nearest")?,
        clamp: setting("clamp", "each")?,
        upfront: rows(said, "upfront", &place("upfront"), life, |row| rate(text(row, "share")?))?,
        deductible: rows(said, "deductible", &place("deductible"), life, standard)?,
        band,
        adjust: rows(said, "adjust", &place("adjust"), life, adjust)?,
        cap: bare(cap).collect(),
        eligible: bare(eligible).collect(),
        id,
    })
}

fn cap(row: &Table) -> Read<Cap> {
    Ok(Cap { per: text(row, "per")?.to_owned(), amount: amount_or_none(row, "amount")? })
}

fn standard(row: &Table) -> Read<Standard> {
    let Some(of) = optional_table(row, "amount") else {
        return Ok(Standard::Amount(decimal(text(row, "amount")?)?));
    };
    let fact = text(of, "of")?.strip_prefix("fact.");
    let fact = fact.ok_or_else(|| missing("of", "a fact"))?.to_owned();
    Ok(Standard::OfFact { fact, rate: rate(text(of, "rate")?)? })
}

fn takes(said: &Table) -> Read<Takes> {
    let Some(Value::Table(by_param)) = said.get("takes") else {
        return Ok(Takes::These(texts(said, "takes")?));
    };
    let Some((param, Value::Table(choices))) = by_param.iter().next() else {
        return Err(PackFault("`takes` names no parameter".to_owned()));
    };
    let choices = choices.keys().map(|value| Ok((value.clone(), texts(choices, value)?)));
    Ok(Takes::AsParam(param.clone(), choices.collect::<Read<_>>()?))
}

fn prepay(row: &Table) -> Read<Prepay> {
    let strict = row.get("strict").and_then(Value::as_bool).unwrap_or(false);
    Ok(Prepay { share: rate(text(row, "share")?)?, strict })
}

fn limit(row: &Table) -> Read<Limit> {
    let upto = match text(row, "upto")? {
        "none" => Upto::Nothing,
        "line" => Upto::Line,
        money => Upto::Money(decimal(money)?),
    };
    Ok(Limit { per: text(row, "per")?.to_owned(), upto })
}

fn standing(row: &Table) -> Read<Standing> {
    let fund = match text(row, "fund")? {
        "normal" => true,
        "none" => false,
        other => return Err(PackFault(format!("no fund standing `{other}`"))),
    };
    let account = match text(row, "account")? {
        "yes" => true,
        "no" => false,
        other => return Err(PackFault(format!("no account standing `{other}`"))),
    };
    let later = match text_or(Some(row), "later", "none")?.as_str() {
        "none" => None,
        "manual" => Some(Later::Manual),
        "recovery" => Some(Later::Recovery),
        other => return Err(PackFault(format!("nothing is claimed by `{other}`"))),
    };
    let hospital = match text_or(Some(row), "payer", "person")?.as_str() {
        "hospital" => true,
        "person" => false,
        other => return Err(PackFault(format!("no payer `{other}`"))),
    };
    Ok(Standing { fund, account, later, hospital })
}

fn bands(row: &Table) -> Read<Bands> {
    let ends = match row.contains_key("upto") {
        true => texts(row, "upto")?,
        false => Vec::new(),
    };
    let pays = texts(row, "pays")?;
    if pays.len() != ends.len() + 1 {
        return Err(PackFault("`pays` has not one more rate than `upto` has ends".to_owned()));
    }
    let mut start = Decimal::ZERO;
    let mut bands = Vec::new();
    for (index, pays) in pays.iter().enumerate() {
        let end = ends.get(index).map(|end| decimal(end)).transpose()?;
        bands.push(Band { start, end, rate: rate(pays)? });
        start = end.unwrap_or(start);
    }
    Ok(Bands { bands, names: Vec::new() })
}

fn adjust(row: &Table) -> Read<Adjust> {
    let said = text(row, "self")?;
    let points = |said: &str| match said.strip_suffix("pp") {
        Some(points) => Ok(decimal(points)? / Decimal::ONE_HUNDRED),
        None => Err(PackFault(format!("not percentage points: `{said}`"))),
    };
    let step = if let Some(factor) = said.strip_prefix('x') {
        Step::Times(rate(factor)?)
    } else if let Some(share) = said.strip_prefix('=') {
        Step::Becomes(rate(share)?)
    } else if let Some(plus) = said.strip_prefix('+') {
        Step::Plus(points(plus)?)
    } else {
        Step::Plus(points(said)?)
    };
    Ok(Adjust { seq: integer(row, "seq")?, step })
}

/// The rows of a table, named by their place in it.
pub(super) fn rows<T>(
    parent: &Table,
    key: &str,
    place: &str,
    life: (Date, Date),
    says: impl Fn(&Table) -> Read<T>,
) -> Read<Vec<Row<T>>> {
    let tables = tables(parent, key)?.enumerate();
    tables.map(|(index, said)| row(format!("{place}[{index}]"), said?, life, &says)).collect()
}

pub(super) fn row<T>(
    name: String,
    said: &Table,
    life: (Date, Date),
    says: impl Fn(&Table) -> Read<T>,
) -> Read<Row<T>> {
    let day = |key, default| match said.contains_key(key) {
        true => date(said, key),
        false => Ok(default),
    };
    Ok(Row {
        name,
        when: when(said)?,
        from: day("from", life.0)?,
        to: day("to", life.1)?,
        priority: said.get("priority").and_then(Value::as_integer).unwrap_or(0),
        says: says(said)?,
    })
}

pub(super) fn when(said: &Table) -> Read<When> {
    let Some(conditions) = optional_table(said, "when") else { return Ok(Vec::new()) };
    let read = |(key, value): (&String, &Value)| {
        let values = match value {
            Value::String(one) => vec![one.clone()],
            _ => texts(conditions, key)?,
        };
        Ok((key.clone(), values))
    };
    conditions.iter().map(read).collect()
}

pub(super) fn missing(key: &str, what: &str) -> PackFault {
    PackFault(format!("`{key}` is not {what}"))
}

pub(super) fn table<'t>(parent: &'t Table, key: &str) -> Read<&'t Table> {
    optional_table(parent, key).ok_or_else(|| missing(key, "a table"))
}

pub(super) fn optional_table<'t>(parent: &'t Table, key: &str) -> Option<&'t Table> {
    parent.get(key).and_then(Value::as_table)
}

pub(super) fn tables<'t>(
    parent: &'t Table,
    key: &str,
) -> Read<impl Iterator<Item = Read<&'t Table>>> {
    let list: &[Value] = match parent.contains_key(key) {
        true => array(parent, key)?,
        false => &[],
    };
    let fault = format!("`{key}` holds something that is no table");
    Ok(list.iter().map(move |it| it.as_table().ok_or_else(|| PackFault(fault.clone()))))
}

pub(super) fn array<'t>(parent: &'t Table, key: &str) -> Read<&'t [Value]> {
    let list = parent.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or_else(|| missing(key, "a list"))
}

pub(super) fn texts(parent: &Table, key: &str) -> Read<Vec<String>> {
    let one = |it: &Value| it.as_str().map(str::to_owned).ok_or_else(|| missing(key, "texts"));
    array(parent, key)?.iter().map(one).collect()
}

pub(super) fn text<'t>(parent: &'t Table, key: &str) -> Read<&'t str> {
    parent.get(key).and_then(Value::as_str).ok_or_else(|| missing(key, "a text"))
}

pub(super) fn text_or(parent: Option<&Table>, key: &str, default: &str) -> Read<String> {
    match parent {
        Some(parent) if parent.contains_key(key) => text(parent, key).map(str::to_owned),
        _ => Ok(default.to_owned()),
    }
}

pub(super) fn integer(parent: &Table, key: &str) -> Read<i64> {
    parent.get(key).and_then(Value::as_integer).ok_or_else(|| missing(key, "a whole number"))
}

pub(super) fn date(parent: &Table, key: &str) -> Read<Date> {
    let written = parent.get(key).and_then(Value::as_datetime).map(ToString::to_string);
    written.as_deref().and_then(Date::read).ok_or_else(|| missing(key, "a date"))
}

pub(super) fn month_day(said: &str) -> Read<(i8, i8)> {
    let fault = || PackFault(format!("not a month and a day: `{said}`"));
    let (month, day) = said.split_once('-').ok_or_else(fault)?;
    Ok((month.parse().map_err(|_| fault())?, day.parse().map_err(|_| fault())?))
}

fn decimal(said: &str) -> Read<Decimal> {
    Decimal::from_str_exact(said).map_err(|_| PackFault(format!("not a number: `{said}`")))
}

fn amount_or_none(row: &Table, key: &str) -> Read<Option<Decimal>> {
    match text(row, key)? {
        "none" => Ok(None),
        money => decimal(money).map(Some),
    }
}

/// A rate such as `85%`, as a fraction.
pub(super) fn rate(said: &str) -> Read<Decimal> {
    let percent = said.strip_suffix('%').ok_or_else(|| missing(said, "a rate"))?;
    Ok(decimal(percent)? / Decimal::ONE_HUNDRED)
}
