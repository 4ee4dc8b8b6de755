//! A pack compiled for one choice of parameters and one interval of days.
//!
//! A plan holds dense tables only. Which rows a bill meets is looked up once, when its dimensions
//! are bound to a key (`keys`); the kernel itself sees numbers.

use crate::calendar::Day;
use crate::money::Fen;
use crate::pack::{
    AdjustStep, Backsolve, Cap, Choice, Clamp, CutOf, Group, Layer, Origin, Pack, PrepayBasis,
    RoundAt, Row, Scope, Side, Standard, Take,
};
use crate::table::{self, Dense, TableFault, params_hold};

/// Most layers in a pack.
pub const LAYERS_MAX: usize = 8;
/// Most bands in a row.
pub const BANDS_MAX: usize = 8;
/// Most dimensions in a pack.
pub const DIMS_MAX: usize = 64;
/// Most rows in one table.
pub const ROWS_MAX: usize = 20_000;

/// Why a canonical pack does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// A table has a gap or an overlap; the table's name is given.
    Table(String, TableFault),
    /// A bound of the plan is exceeded.
    TooLarge(&'static str),
    /// An index or number in the pack makes no sense.
    Damaged(&'static str),
    /// A rate is not whole in ppm after adjustment.
    InexactRate(String),
    /// A dimension that a table depends on has no value; its index is given.
    Missing(u16),
    /// A fact that a row is taken of was not brought; its index is given.
    MissingFact(u16),
    /// The day is outside the life of the pack.
    NotInForce,
}

/// A pack's tables for one interval of days.
#[derive(Clone, Debug)]
pub struct Plan {
    /// First day the plan is for.
    pub from: Day,
    /// Last day the plan is for.
    pub to: Day,
    pub(crate) prepay: Dense,
    pub(crate) limit: Dense,
    pub(crate) fixed: Dense,
    pub(crate) standing: Option<Dense>,
    pub(crate) of_fee: bool,
    pub(crate) layers: Vec<PlanLayer>,
    pub(crate) groups: Vec<Dense>,
    pub(crate) personal: Dense,
    /// Counters of the year that the pack keeps under these parameters.
    pub counters: Vec<Counter>,
}

/// A layer's tables and settings, with parameters chosen.
#[derive(Clone, Debug)]
pub struct PlanLayer {
    pub(crate) enabled: bool,
    pub(crate) takes: Vec<Take>,
    pub(crate) deductible_scope: Scope,
    pub(crate) basis: Scope,
    pub(crate) origin: Origin,
    pub(crate) person_side: bool,
    pub(crate) nearest: bool,
    pub(crate) clamp_each: bool,
    pub(crate) upfront: Dense,
    pub(crate) deductible: Option<Dense>,
    pub(crate) band: Dense,
    pub(crate) adjust: Vec<Dense>,
    pub(crate) cap: Option<Dense>,
    pub(crate) eligible: Option<Dense>,
}

/// A yearly counter of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Name, such as `pool.paid`.
    pub name: String,
    /// Slot in the yearly record.
    pub slot: u8,
}

impl<T: Clone> Choice<T> {
    /// The setting under the chosen parameters.
    pub(crate) fn under(&self, params: &[u8]) -> Option<T> {
        match self {
            Self::Is(value) => Some(value.clone()),
            Self::Param(param, values) => {
                values.get(usize::from(*params.get(usize::from(*param))?)).cloned()
            }
        }
    }
}

impl Plan {
    /// Compiles the tables in force on a day, for one choice of parameters (a value index each).
    ///
    /// # Errors
    /// A [`PlanError`] where the pack is damaged, incomplete or contradictory.
    pub fn compile(pack: &Pack, params: &[u8], day: Day) -> Result<Self, PlanError> {
        if day < pack.from || pack.to < day {
            return Err(PlanError::NotInForce);
        }
        validate(pack, params)?;
        let sizes = sizes(pack)?;
        let (first, within) = (pack.from, &[][..]);
        let scope = table::Scope { sizes: &sizes, params, day, first, within };
        let (from, to) = interval(pack, day);
        let classify = &pack.classify;
        let basis = classify.prepay_basis.under(params).ok_or(PlanError::Damaged("classify"))?;
        let standing = (!pack.standing.is_empty())
            .then(|| expand("standing", &pack.standing, scope, true))
            .transpose()?;
        let layers = pack.layers.iter().map(|layer| plan_layer(layer, scope));
        let group = |group: &Group| expand(&format!("group.{}", group.id), &group.cap, scope, true);
        Ok(Self {
            from,
            to,
            prepay: expand("prepay", &classify.prepay, scope, true)?,
            limit: expand("limit", &classify.limit, scope, !classify.limit.is_empty())?,
            fixed: expand("fixed", &classify.fixed, scope, false)?,
            standing,
            of_fee: basis == PrepayBasis::Fee,
            layers: layers.collect::<Result<_, _>>()?,
            groups: pack.groups.iter().map(group).collect::<Result<_, _>>()?,
            personal: expand("personal", &pack.personal, scope, true)?,
            counters: counters(pack, params),
        })
    }

    /// The tables that a bill meets apart from its lines.
    pub(crate) fn bill_tables(&self) -> Vec<&Dense> {
        let mut tables: Vec<&Dense> = self.standing.iter().collect();
        for layer in &self.layers {
            tables.extend(layer.deductible.iter().chain(&layer.cap).chain(&layer.adjust));
            tables.extend(layer.eligible.iter().chain([&layer.band, &layer.upfront]));
        }
        tables.extend(&self.groups);
        tables.push(&self.personal);
        tables
    }

    /// Size of the tables in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let layers = self.layers.iter().map(|layer| {
            let optional = layer.cap.iter().chain(&layer.deductible).chain(&layer.eligible);
            let tables: usize = optional.chain(&layer.adjust).map(Dense::bytes).sum();
            size_of::<PlanLayer>() + layer.band.bytes() + layer.upfront.bytes() + tables
        });
        let lines = self.prepay.bytes() + self.limit.bytes() + self.fixed.bytes();
        let others = self.standing.iter().chain(&self.groups).chain([&self.personal]);
        size_of::<Self>() + layers.sum::<usize>() + lines + others.map(Dense::bytes).sum::<usize>()
    }
}

/// Number of values of each dimension.
pub(crate) fn sizes(pack: &Pack) -> Result<Vec<u8>, PlanError> {
    let size = |values: &[String]| u8::try_from(values.len()).ok().filter(|n| *n > 0);
    let sizes = pack.dims.iter().map(|dim| size(&dim.values));
    sizes.collect::<Option<_>>().ok_or(PlanError::Damaged("dims"))
}

/// Counters of the year that a pack keeps under a choice of parameters; slot 0 stays zero.
#[must_use]
pub fn counters(pack: &Pack, params: &[u8]) -> Vec<Counter> {
    let mut list = Vec::new();
    let mut slot = 0;
    let mut add = |name: String| {
        slot += 1;
        list.push(Counter { name, slot });
    };
    for layer in &pack.layers {
        for (name, kept) in kept(layer, params) {
            if kept {
                add(format!("{}.{name}", layer.id));
            }
        }
    }
    for group in &pack.groups {
        if per_year(&group.cap) {
            add(format!("{}.paid", group.id));
        }
    }
    list
}

/// Which yearly counters a layer keeps.
pub(crate) fn kept(layer: &Layer, params: &[u8]) -> [(&'static str, bool); 3] {
    let yearly = |scope: &Choice<Scope>| scope.under(params) == Some(Scope::Year);
    let used = yearly(&layer.deductible_scope) && !layer.deductible.is_empty();
    [("deductible_used", used), ("position", yearly(&layer.basis)), ("paid", per_year(&layer.cap))]
}

/// Whether some cap row counts by the year.
pub(crate) fn per_year(cap: &[Row<Cap>]) -> bool {
    cap.iter().any(|row| row.value.per == Scope::Year)
}

fn expand<V>(
    name: &str,
    rows: &[Row<V>],
    scope: table::Scope<'_>,
    total: bool,
) -> Result<Dense, PlanError> {
    Dense::expand(rows, scope, |_| true, total).map_err(|f| PlanError::Table(name.into(), f))
}

fn plan_layer(layer: &Layer, scope: table::Scope<'_>) -> Result<PlanLayer, PlanError> {
    let damaged = || PlanError::Damaged("layer");
    let name = |table: &str| format!("layer.{}.{table}", layer.id);
    let optional = |table: &str, empty: bool| (!empty).then(|| name(table));
    let in_force = layer.from <= scope.day && scope.day <= layer.to;
    let enabled = in_force && params_hold(&layer.params, scope.params);
    // A layer's tables are asked only where it takes part.
    let scope = table::Scope { within: &layer.when, ..scope };
    let deductible = optional("deductible", layer.deductible.is_empty())
        .map(|name| expand(&name, &layer.deductible, scope, enabled))
        .transpose()?;
    let cap = optional("cap", layer.cap.is_empty())
        .map(|name| expand(&name, &layer.cap, scope, enabled))
        .transpose()?;
    let eligible = optional("cap on eligible", layer.eligible.is_empty())
        .map(|name| expand(&name, &layer.eligible, scope, enabled))
        .transpose()?;
    let mut seqs: Vec<u16> = layer.adjust.iter().map(|row| row.value.seq).collect();
    seqs.sort_unstable();
    seqs.dedup();
    let adjust = seqs.into_iter().map(|seq| {
        Dense::expand(&layer.adjust, scope, |row| row.value.seq == seq, false)
            .map_err(|f| PlanError::Table(name("adjust"), f))
    });
    Ok(PlanLayer {
        enabled,
        takes: layer.takes.under(scope.params).ok_or_else(damaged)?,
        deductible_scope: layer.deductible_scope.under(scope.params).ok_or_else(damaged)?,
        basis: layer.basis.under(scope.params).ok_or_else(damaged)?,
        origin: layer.origin.under(scope.params).ok_or_else(damaged)?,
        person_side: layer.round_side.under(scope.params) == Some(Side::Person),
        nearest: layer.backsolve.under(scope.params) == Some(Backsolve::Nearest),
        clamp_each: layer.clamp.under(scope.params) == Some(Clamp::Each),
        upfront: expand(&name("upfront"), &layer.upfront, scope, false)?,
        deductible,
        band: expand(&name("band"), &layer.band, scope, enabled)?,
        adjust: adjust.collect::<Result<_, _>>()?,
        cap,
        eligible,
    })
}

/// The interval around a day in which no row begins or ends.
fn interval(pack: &Pack, day: Day) -> (Day, Day) {
    let (mut from, mut to) = (pack.from, pack.to);
    let mut cut = |first: Day, last: Day| {
        for start in [first, Day(last.0.saturating_add(1))] {
            if start <= day {
                from = from.max(start);
            } else {
                to = to.min(Day(start.0 - 1));
            }
        }
    };
    let classify = &pack.classify;
    classify.prepay.iter().for_each(|r| cut(r.from, r.to));
    classify.limit.iter().for_each(|r| cut(r.from, r.to));
    classify.fixed.iter().for_each(|r| cut(r.from, r.to));
    pack.standing.iter().for_each(|r| cut(r.from, r.to));
    for layer in &pack.layers {
        cut(layer.from, layer.to);
        layer.deductible.iter().for_each(|r| cut(r.from, r.to));
        layer.band.iter().for_each(|r| cut(r.from, r.to));
        layer.adjust.iter().for_each(|r| cut(r.from, r.to));
        layer.cap.iter().for_each(|r| cut(r.from, r.to));
        layer.eligible.iter().for_each(|r| cut(r.from, r.to));
        layer.upfront.iter().for_each(|r| cut(r.from, r.to));
    }
    pack.groups.iter().flat_map(|group| &group.cap).for_each(|r| cut(r.from, r.to));
    pack.personal.iter().for_each(|r| cut(r.from, r.to));
    (from, to)
}

/// Bounds and relations that the kernel relies on, checked once so that it need not check again.
fn validate(pack: &Pack, params: &[u8]) -> Result<(), PlanError> {
    let classify = &pack.classify;
    if pack.layers.len() > LAYERS_MAX {
        return Err(PlanError::TooLarge("layers"));
    }
    if pack.dims.len() > DIMS_MAX {
        return Err(PlanError::TooLarge("dims"));
    }
    let rows = [classify.prepay.len(), classify.limit.len(), classify.fixed.len()];
    if rows.into_iter().chain([pack.standing.len()]).any(|n| n > ROWS_MAX) {
        return Err(PlanError::TooLarge("rows"));
    }
    let chosen = |(p, v): (&crate::pack::Param, &u8)| usize::from(*v) < p.values.len();
    if params.len() != pack.params.len() || !pack.params.iter().zip(params).all(chosen) {
        return Err(PlanError::Damaged("params"));
    }
    let shares =
        classify.prepay.iter().all(|row| i64::from(row.value.share.0) <= crate::money::PPM);
    let fixed = classify.fixed.iter().all(|row| row.value.pays.is_none_or(in_bounds));
    if !shares || !fixed {
        return Err(PlanError::Damaged("classify"));
    }
    let dims = pack.dims.iter().all(|dim| {
        dim.cut.as_ref().is_none_or(|cut| {
            let rising = cut.starts.windows(2).all(|w| w.first() < w.last());
            let ordinals = cut.of != CutOf::Admission || cut.starts.iter().all(|s| *s <= 64);
            rising && ordinals && cut.starts.len() + 1 == dim.values.len()
        })
    });
    if !dims {
        return Err(PlanError::Damaged("dims"));
    }
    if !lines_are_plain(pack) {
        return Err(PlanError::Damaged("classify"));
    }
    if !groups_hold(pack) {
        return Err(PlanError::Damaged("groups"));
    }
    let facts = pack.facts.len();
    let layers = &mut pack.layers.iter().enumerate();
    layers.try_for_each(|(index, layer)| validate_layer(index, layer, facts))
}

/// The tables of lines name no dimension that is cut from what the lines add up to.
fn lines_are_plain(pack: &Pack) -> bool {
    let classify = &pack.classify;
    let prepay = classify.prepay.iter().flat_map(|row| &row.when);
    let limit = classify.limit.iter().flat_map(|row| &row.when);
    let fixed = classify.fixed.iter().flat_map(|row| &row.when);
    let mut dims =
        prepay.chain(limit).chain(fixed).map(|(dim, _)| pack.dims.get(usize::from(*dim)));
    dims.all(|dim| dim.is_some_and(|dim| !dim.cut.as_ref().is_some_and(|cut| cut.of.is_amount())))
}

/// Groups are of two layers or more, none in two of them, with one kind of cap.
fn groups_hold(pack: &Pack) -> bool {
    let mut grouped: Vec<u8> = pack.groups.iter().flat_map(|group| group.layers.clone()).collect();
    let count = grouped.len();
    grouped.sort_unstable();
    grouped.dedup();
    let known = grouped.iter().all(|layer| usize::from(*layer) < pack.layers.len());
    let whole = pack.groups.iter().all(|group| {
        let first = group.cap.first().map(|row| row.value.per);
        let per = |row: &Row<Cap>| Some(row.value.per) == first && row.value.per != Scope::Stay;
        let amounts = |row: &Row<Cap>| row.value.amount.is_none_or(in_bounds);
        let rows = group.cap.iter().all(|row| per(row) && amounts(row));
        group.layers.len() >= 2 && !group.cap.is_empty() && group.cap.len() <= ROWS_MAX && rows
    });
    known && whole && grouped.len() == count
}

fn in_bounds(amount: Fen) -> bool {
    (0..=crate::money::FEN_MAX).contains(&amount.0)
}

fn validate_layer(index: usize, layer: &Layer, facts: usize) -> Result<(), PlanError> {
    let earlier = |take: &Take| match take {
        Take::InScope | Take::Rest => true,
        Take::Over(k) | Take::SelfShare(k) | Take::Deductible(k) => usize::from(*k) < index,
    };
    let takes = |list: &Vec<Take>| {
        let alone = list.len() == 1 || !list.contains(&Take::Rest);
        list.len() <= LAYERS_MAX && alone && list.iter().all(earlier)
    };
    let takes = match &layer.takes {
        Choice::Is(list) => takes(list),
        Choice::Param(_, lists) => lists.iter().all(takes),
    };
    let bands = layer.band.iter().all(|row| {
        let bands = &row.value;
        let rising = bands.upto.windows(2).all(|w| w.first() < w.last());
        let sized = bands.pays.len() == bands.upto.len() + 1 && bands.pays.len() <= BANDS_MAX;
        let bounded = bands.upto.iter().all(|limit| limit.0 > 0 && in_bounds(*limit));
        rising && sized && bounded && bands.pays.iter().all(|r| i64::from(r.0) <= crate::money::PPM)
    });
    let standard = |row: &Row<Standard>| match row.value {
        Standard::Amount(amount) => in_bounds(amount),
        Standard::OfFact(fact, share) => {
            usize::from(fact) < facts && i64::from(share.0) <= crate::money::PPM
        }
    };
    let caps = || layer.cap.iter().chain(&layer.eligible);
    let amounts = layer.deductible.iter().all(standard)
        && caps().all(|row| row.value.amount.is_none_or(in_bounds))
        && layer.upfront.iter().all(|row| i64::from(row.value.0) <= crate::money::PPM);
    let per = layer.cap.windows(2).all(|w| match w {
        [a, b] => a.value.per == b.value.per,
        _ => true,
    });
    // An eligible cap ends the axis of the bands: it counts as they do.
    let on_axis = |per: Scope| match &layer.basis {
        Choice::Is(basis) => *basis == per,
        Choice::Param(_, bases) => bases.iter().all(|basis| *basis == per),
    };
    let per = per && layer.eligible.iter().all(|row| on_axis(row.value.per));
    let steps = layer.adjust.iter().all(|row| match row.value.step {
        AdjustStep::Times(factor) => i64::from(factor) <= 10 * crate::money::PPM,
        AdjustStep::Add(points) => i64::from(points).abs() <= crate::money::PPM,
        AdjustStep::Set(share) => i64::from(share.0) <= crate::money::PPM,
    });
    let rows = layer.band.len().max(layer.adjust.len()).max(caps().count());
    let rows = rows.max(layer.upfront.len()).max(layer.deductible.len());
    if !takes || !bands || !amounts || !per || !steps || rows > ROWS_MAX {
        return Err(PlanError::Damaged("layer"));
    }
    Ok(())
}

/// Whether a layer can be settled one bill at a time.
#[must_use]
pub fn is_columnar_only(layer: &Layer) -> bool {
    layer.round == RoundAt::Once
}
