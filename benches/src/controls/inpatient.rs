//! Stays in hospital of the Beijing employee scheme, settled by code written for them alone.
//!
//! The structure is in the code; what differs between persons and hospitals is in eight rows of
//! numbers. The state of a person is one line of cache. Amounts are taken as given: between 0 and
//! 10¹² fen, classes and keys as [`crate::data::inpatient`] makes them.

use std::hint::black_box;

use crate::data::Visits;
use crate::data::inpatient::LINES;

/// 30,000 yuan.
const FIRST_LIMIT: u64 = 3_000_000;
/// 40,000 yuan.
const SECOND_LIMIT: u64 = 4_000_000;
/// 1,300 yuan for the first stay of a year, 650 yuan for every other one.
static DEDUCTIBLES: [u64; 2] = [130_000, 65_000];
/// The pool pays 100,000 yuan a year.
const POOL_CAP: u64 = 10_000_000;
/// The large layer pays 400,000 yuan a year.
const LARGE_CAP: u64 = 40_000_000;
/// Whole of a rate in the rows.
const ONE: u64 = 1_000;

/// A person's year: one line of cache.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct YearState {
    /// Stays of the year.
    pub admissions: u64,
    /// Paid by the pool this year.
    pub pool_paid: u64,
    /// Paid by the large layer this year.
    pub large_paid: u64,
    /// Settlements so far.
    pub settled: u64,
}

/// What one visit settles to, in fen.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitOut {
    /// Paid by the funds together.
    pub fund: i64,
    /// Borne by the person.
    pub person: i64,
    /// The person's part that the personal account pays.
    pub account: i64,
    /// The person's part that is left.
    pub cash: i64,
    /// Paid by the pool.
    pub pool_paid: i64,
    /// Paid by the large layer.
    pub large_paid: i64,
    /// Paid by the retirees' supplement.
    pub supplement_paid: i64,
    /// The deductible of the stay.
    pub deductible: i64,
    /// Fees outside the catalogue.
    pub full_self: i64,
    /// Borne first on class B fees.
    pub prepay: i64,
    /// What the layers see.
    pub in_scope: i64,
    /// All fees.
    pub total: i64,
}

/// The numbers of one kind of person at one level of hospital.
#[derive(Clone, Copy)]
struct Row {
    /// Rates of the pool's bands, in parts of [`ONE`].
    pool: [u64; 3],
    /// Rate of the large layer, in parts of [`ONE`].
    large: u64,
    /// Halves of their shares that the supplement pays back.
    halves: u64,
}

const fn active(pool: [u64; 3]) -> Row {
    Row { pool, large: 850, halves: 0 }
}

const fn retired(pool: [u64; 3]) -> Row {
    Row { pool, large: 800, halves: 1 }
}

/// By key: active at tier1, tier2, tier3, community, then retired, who bear 60 % of what the
/// others bear in the pool.
static ROWS: [Row; 8] = [
    active([900, 950, 970]),
    active([870, 920, 970]),
    active([850, 900, 950]),
    active([900, 950, 970]),
    retired([940, 970, 982]),
    retired([922, 952, 982]),
    retired([910, 940, 970]),
    retired([940, 970, 982]),
];

/// Bits kept of the fees of class A, B, C of which a tenth is borne first. Masks from memory
/// stay masks; compared with a constant they would become branches that nobody can foresee.
static TENTH: [u64; 4] = [0, u64::MAX, 0, 0];
/// Bits kept of the fees that are borne in full.
static FULL: [u64; 4] = [0, 0, u64::MAX, u64::MAX];

/// The sums of a visit's lines that the layers and the person need.
#[derive(Clone, Copy)]
struct Sums {
    total: u64,
    full_self: u64,
    prepay: u64,
}

/// A layer's payment, and the amount that entered its bands.
#[derive(Clone, Copy)]
struct Paid {
    paid: u64,
    entered: u64,
}

/// What the pool and the large layer did.
#[derive(Clone, Copy)]
struct Both {
    pool: Paid,
    large: Paid,
}

#[inline(always)]
fn sums(fees: &[i64; LINES], class: &[u8; LINES]) -> Sums {
    let mut sums = Sums { total: 0, full_self: 0, prepay: 0 };
    for (fee, class) in fees.iter().zip(class) {
        let fee = fee.cast_unsigned();
        let class = usize::from(*class & 3);
        sums.total += fee;
        sums.full_self += fee & FULL[class];
        sums.prepay += ((fee & TENTH[class]) + 5) / 10;
    }
    sums
}

#[inline(always)]
fn rounded(part: u64, rate: u64) -> u64 {
    (part * rate + ONE / 2) / ONE
}

/// The pool's bands over `[deductible, in_scope)`, and the large layer for what they leave over.
#[inline(always)]
fn both(deductible: u64, in_scope: u64, row: &Row, state: &YearState) -> Both {
    let parts = [
        in_scope.min(FIRST_LIMIT) - deductible,
        in_scope.min(SECOND_LIMIT).saturating_sub(FIRST_LIMIT),
        in_scope.saturating_sub(SECOND_LIMIT),
    ];
    let pays = [
        rounded(parts[0], row.pool[0]),
        rounded(parts[1], row.pool[1]),
        rounded(parts[2], row.pool[2]),
    ];
    let paid = pays[0] + pays[1] + pays[2];
    if paid <= POOL_CAP - state.pool_paid {
        let pool = Paid { paid, entered: in_scope - deductible };
        return Both { pool, large: Paid { paid: 0, entered: 0 } };
    }
    beyond_the_cap(parts, pays, row, state)
}

/// One visit of twenty comes here; apart from the rest, so as not to crowd its registers.
#[inline(never)]
fn beyond_the_cap(parts: [u64; 3], pays: [u64; 3], row: &Row, state: &YearState) -> Both {
    let room = POOL_CAP - state.pool_paid;
    let mut pool = Paid { paid: 0, entered: 0 };
    for ((part, pay), rate) in parts.into_iter().zip(pays).zip(row.pool) {
        let left = room - pool.paid;
        if pay > left {
            pool = Paid { paid: room, entered: pool.entered + entry(part, left, rate) };
            break;
        }
        pool = Paid { paid: pool.paid + pay, entered: pool.entered + part };
    }
    let over = parts[0] + parts[1] + parts[2] - pool.entered;
    let room = LARGE_CAP - state.large_paid;
    let paid = rounded(over, row.large);
    let large = if paid <= room {
        Paid { paid, entered: over }
    } else {
        Paid { paid: room, entered: entry(over, room, row.large) }
    };
    Both { pool, large }
}

/// What enters a band of which only `left` is paid, to the nearest fen.
#[inline(always)]
fn entry(part: u64, left: u64, rate: u64) -> u64 {
    part.min((2 * ONE * left + rate) / (2 * rate))
}

#[inline(always)]
fn settle(
    fees: &[i64; LINES],
    class: &[u8; LINES],
    key: u8,
    balance: i64,
    state: &mut YearState,
) -> VisitOut {
    let row = &ROWS[usize::from(key & 7)];
    let Sums { total, full_self, prepay } = sums(fees, class);
    let in_scope = total - full_self - prepay;
    let standard = DEDUCTIBLES[usize::from(state.admissions > 0)];
    let deductible = standard.min(in_scope);
    let Both { pool, large } = both(deductible, in_scope, row, state);
    let shares = pool.entered - pool.paid + large.entered - large.paid;
    let supplement = (shares * row.halves).div_ceil(2);
    state.admissions += u64::from(total > 0);
    state.pool_paid += pool.paid;
    state.large_paid += large.paid;
    state.settled += 1;
    let fund = pool.paid + large.paid + supplement;
    let person = total - fund;
    let account = balance.cast_unsigned().min(person);
    VisitOut {
        fund: fund.cast_signed(),
        person: person.cast_signed(),
        account: account.cast_signed(),
        cash: (person - account).cast_signed(),
        pool_paid: pool.paid.cast_signed(),
        large_paid: large.paid.cast_signed(),
        supplement_paid: supplement.cast_signed(),
        deductible: deductible.cast_signed(),
        full_self: full_self.cast_signed(),
        prepay: prepay.cast_signed(),
        in_scope: in_scope.cast_signed(),
        total: total.cast_signed(),
    }
}

/// Settles the visits in the order in which they stand. Fastest where each person's visits stand
/// together.
#[inline(never)]
pub fn inpatient_control(visits: &Visits, states: &mut [YearState], out: &mut [VisitOut]) {
    let who = visits.person.iter().zip(&visits.key);
    let lines = visits.fees.iter().zip(&visits.class);
    let rows = who.zip(lines).zip(&visits.balance).zip(out);
    for ((((person, key), (fees, class)), balance), out) in rows {
        let state = &mut states[*person as usize];
        *out = settle(fees, class, *key, *balance, state);
    }
}

/// Visits whose states are fetched together.
const TOUCHED: usize = 32;

/// The same for persons in any order: one field of the next 32 states is read before those 32 are
/// settled, so that the memory brings them side by side instead of one after the other.
#[inline(never)]
pub fn inpatient_touch32(visits: &Visits, states: &mut [YearState], out: &mut [VisitOut]) {
    let persons = visits.person.chunks(TOUCHED).zip(visits.key.chunks(TOUCHED));
    let lines = visits.fees.chunks(TOUCHED).zip(visits.class.chunks(TOUCHED));
    let rest = visits.balance.chunks(TOUCHED).zip(out.chunks_mut(TOUCHED));
    for (((persons, keys), (fees, classes)), (balances, out)) in persons.zip(lines).zip(rest) {
        let touched = persons.iter().map(|person| states[*person as usize].settled);
        black_box(touched.fold(0, |all, one| all ^ one));
        let who = persons.iter().zip(keys);
        let rows = who.zip(fees.iter().zip(classes)).zip(balances).zip(out);
        for ((((person, key), (fees, class)), balance), out) in rows {
            let state = &mut states[*person as usize];
            *out = settle(fees, class, *key, *balance, state);
        }
    }
}
