//! The sections of a scenario, and what must hold between them.

use std::collections::BTreeMap;

use toml::de::DeTable;
use tongchou_wire::amount::FEN_MAX;
use tongchou_wire::request::{EncounterFacts, MemberFacts};

use super::fields::{Field, Fields, Source};
use super::rows;
use super::{
    Account, Cell, Dims, District, Gap, Group, MEMBERS_MAX, MILLION, Name, Origin, Scenario,
};
use crate::fault::{Code, Fault};

/// Most rows of a section.
pub(super) const ROWS_MAX: usize = 1_000;
/// Most poverty classes and most kinds of residence.
const GROUPS_MAX: usize = 32;
/// Most outages of a district.
const OUTAGES_MAX: usize = 100;
/// Largest sigma of a lognormal distribution.
pub(super) const SIGMA_MAX: i64 = 3 * MILLION;
/// Largest variance of the use of care.
const SPREAD_MAX: i64 = 20 * MILLION;
/// Largest mean balance and largest credit of an account, in fen.
const ACCOUNT_MAX: i64 = FEN_MAX / 10_000;

pub(super) fn scenario(source: Source<'_>) -> Result<Scenario, Fault> {
    let root = DeTable::parse(source.text).map_err(|error| {
        let at = error.span().map_or(source.text.len(), |span| span.start);
        source.fault(Code::Scenario, "", at, (error.message(), "write TOML"))
    })?;
    let mut file = Fields::root(source, &root);
    let head = file.need("scenario", "{ … }")?;
    let mut keys = head.fields()?;
    let id = keys.need("id", "\"…\"")?.id()?;
    let name = keys.need("name", "{ zh = \"…\", en = \"…\" }")?.name()?;
    let pack = keys.need("pack", "\"…\"")?.text()?;
    let year = keys.need("year", "2025")?.count(1990, 2200)?;
    let members = keys.need("members", "1_000_000")?.count(1, MEMBERS_MAX.cast_signed())?;
    let spread = keys.get("spread").map_or(Ok(MILLION), |field| field.decimal(0, SPREAD_MAX))?;
    let params = map(keys.get("params"), |field| field.text())?;
    let facts = map(keys.get("facts"), |field| field.money(0, FEN_MAX))?;
    keys.finish()?;

    let items = rows::items(&file.need("item", "[[item]]")?)?;
    let visits = rows::visits(&file.need("visit", "[[visit]]")?, &items)?;
    let cells_at = file.need("cell", "[[cell]]")?;
    let cells = rows::cells(&cells_at, &visits)?;
    let whom = |when: &Dims| cells.iter().any(|cell| cell.is(when));
    let poverty = groups(file.get("poverty"), MemberFacts::DIMS, whom)?;
    let residence = groups(file.get("residence"), EncounterFacts::DIMS, whom)?;
    let districts = districts(&file.need("district", "[[district]]")?, year)?;
    let outage = file.get("outage").map(|field| outage(&field)).transpose()?;
    let gap = file.get("gap").map(|field| gap(&field, whom)).transpose()?;
    let account = file.get("account").map(|field| account(&field, whom)).transpose()?;
    let targets = file.get("target").map(|field| rows::targets(&field)).transpose()?;
    if outage.is_none() && districts.iter().any(|district| !district.outages.is_empty()) {
        // Asks for the section in the words that every missing key gets.
        file.need("outage", "{ dims = { network = \"offline\" } }")?;
    }
    file.finish()?;
    described_once(&cells_at, &cells, &poverty, "poverty")?;
    described_once(&cells_at, &cells, &residence, "residence")?;
    let (outage, targets) = (outage.unwrap_or_default(), targets.unwrap_or_default());
    Ok(Scenario {
        id,
        name,
        pack,
        params,
        facts,
        year,
        members,
        spread,
        cells,
        poverty,
        residence,
        districts,
        outage,
        gap,
        account,
        visits,
        items,
        targets,
        origin: Origin { file: source.file.to_owned(), text: source.text.into() },
    })
}

/// Refuses cells that more than one `when` of a section describes.
fn described_once(
    field: &Field<'_>,
    cells: &[Cell],
    groups: &[Group],
    key: &str,
) -> Result<(), Fault> {
    for (i, cell) in cells.iter().enumerate() {
        let mut whens: Vec<&Dims> = Vec::new();
        for group in groups.iter().filter(|group| cell.is(&group.when)) {
            if !whens.contains(&&group.when) {
                whens.push(&group.when);
            }
        }
        if whens.len() > 1 {
            let what = format!("cell[{i}] is described by {} `when` of {key}", whens.len());
            return Err(field.fault(&what, "describe each cell once"));
        }
    }
    Ok(())
}

fn map<T>(
    field: Option<Field<'_>>,
    value: impl Fn(&Field<'_>) -> Result<T, Fault>,
) -> Result<BTreeMap<String, T>, Fault> {
    let entries = field.map(|field| field.entries()).transpose()?.unwrap_or_default();
    entries.iter().map(|(key, field)| Ok(((*key).to_owned(), value(field)?))).collect()
}

/// Refuses shares that are not 100 % together; the last place with its key is where it is said.
pub(super) fn whole(field: &Field<'_>, shares: impl Iterator<Item = u32>) -> Result<(), Fault> {
    let sum: u64 = shares.map(u64::from).sum();
    if sum == MILLION.cast_unsigned() { Ok(()) } else { Err(field.sum(sum)) }
}

fn when(keys: &mut Fields<'_>, whom: impl Fn(&Dims) -> bool) -> Result<Dims, Fault> {
    let Some(field) = keys.get("when") else { return Ok(Dims::new()) };
    let when = field.dims(MemberFacts::DIMS)?;
    if whom(&when) {
        return Ok(when);
    }
    Err(field.fault("no cell has these dimensions", "write the `dims` of some cells"))
}

fn groups(
    field: Option<Field<'_>>,
    known: super::fields::Known,
    whom: impl Fn(&Dims) -> bool,
) -> Result<Vec<Group>, Fault> {
    let Some(field) = field else { return Ok(Vec::new()) };
    let mut groups: Vec<Group> = Vec::new();
    for row in field.list(GROUPS_MAX)? {
        let mut keys = row.fields()?;
        let share = keys.need("share", "\"94%\"")?.share()?;
        let when = when(&mut keys, &whom)?;
        let dims = keys.get("dims").map(|field| field.dims(known)).transpose()?;
        keys.finish()?;
        groups.push(Group { share, when, dims: dims.unwrap_or_default() });
    }
    for group in &groups {
        let same = groups.iter().filter(|other| other.when == group.when);
        whole(&field, same.map(|other| other.share))?;
    }
    Ok(groups)
}

fn districts(field: &Field<'_>, year: i16) -> Result<Vec<District>, Fault> {
    let mut districts = Vec::new();
    for (i, row) in field.list(ROWS_MAX)?.iter().enumerate() {
        let mut keys = row.fields()?;
        let share = keys.need("share", "\"40%\"")?.share()?;
        let name = keys.get("name").map(|field| field.name()).transpose()?;
        let name = name.unwrap_or_else(|| Name {
            zh: format!("第{}区", i + 1),
            en: format!("district {}", i + 1),
        });
        let mut outages = Vec::new();
        let field = keys.get("outages");
        for outage in field.map(|field| field.list(OUTAGES_MAX)).transpose()?.unwrap_or_default() {
            let (first, last) = outage.pair()?;
            let (first, last) = (first.day(year)?, last.day(year)?);
            if last < first {
                return Err(outage.fault("it ends before it begins", "write the first day first"));
            }
            outages.push((first, last));
        }
        keys.finish()?;
        districts.push(District { name, share, outages });
    }
    whole(field, districts.iter().map(|district| district.share))?;
    Ok(districts)
}

fn outage(field: &Field<'_>) -> Result<Dims, Fault> {
    let mut keys = field.fields()?;
    let dims = keys.need("dims", "{ network = \"offline\" }")?.dims(EncounterFacts::DIMS)?;
    keys.finish()?;
    Ok(dims)
}

fn gap(field: &Field<'_>, whom: impl Fn(&Dims) -> bool) -> Result<Gap, Fault> {
    let mut keys = field.fields()?;
    let when = when(&mut keys, whom)?;
    let members = keys.need("members", "\"6%\"")?.share()?;
    let lengths = keys.need("months", "[[\"1\", \"100%\"]]")?;
    let mut months: Vec<(u8, u32)> = Vec::new();
    for row in lengths.list(12)? {
        let (length, share) = row.pair()?;
        let words: Vec<String> = (1..=12).map(|month: u8| month.to_string()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let length = u8::try_from(length.word(&words)? + 1).unwrap_or(12);
        if months.iter().any(|(known, _)| *known == length) {
            return Err(row.fault("this length is there already", "write each length once"));
        }
        months.push((length, share.share()?));
    }
    whole(&lengths, months.iter().map(|(_, share)| *share))?;
    let frozen_from = keys.get("frozen_from").map_or(Ok(0), |field| field.count(0, 12))?;
    let resume_after = keys.get("resume_after").map_or(Ok(0), |field| field.count(0, 12))?;
    let dims = keys.need("dims", "{ status = \"arrears\" }")?.dims(MemberFacts::DIMS)?;
    keys.finish()?;
    Ok(Gap { when, members, months, frozen_from, resume_after, dims })
}

fn account(field: &Field<'_>, whom: impl Fn(&Dims) -> bool) -> Result<Account, Fault> {
    let mut keys = field.fields()?;
    let when = when(&mut keys, whom)?;
    let mut start = keys.need("opening", "{ mean = \"1500.00\", sigma = \"1.0\" }")?.fields()?;
    let opening = start.need("mean", "\"1500.00\"")?.money(0, ACCOUNT_MAX)?;
    let sigma = start.need("sigma", "\"1.0\"")?.decimal(0, SIGMA_MAX)?;
    start.finish()?;
    let credit = keys.need("credit", "\"95.00\"")?.money(0, ACCOUNT_MAX)?;
    keys.finish()?;
    Ok(Account { when, opening, sigma, credit })
}
