//! Planted faults: proof that the checks can fail.
//!
//! Built with `--cfg sabotage`, one fault at a time may be switched on; `cargo xtask sabotage`
//! expects each to be caught. In every other build [`planted`] is a constant `false`.

/// A fault that somebody might make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// Half a fen is rounded down.
    HalfDown = 1,
    /// A band ends one fen late.
    BandEdge,
    /// The yearly cap is counted per bill.
    CapPerBill,
    /// The deductible of the year is charged again.
    DeductibleAgain,
    /// The position moves without the deductible.
    PositionShort,
    /// The amount at the cap is always cut off.
    BacksolveCut,
    /// Every admission is the first.
    OrdinalStuck,
    /// Rows begin a day late.
    DayLate,
    /// A transferred stay has the lower deductible.
    TransferLower,
    /// A late bill changes nothing behind it.
    LateSkipped,
    /// Positions go on into the new year where bands restart.
    CrossYearKept,
}

impl Fault {
    /// Every fault with its name.
    pub const ALL: [(&'static str, Self); 11] = [
        ("half_down", Self::HalfDown),
        ("band_edge", Self::BandEdge),
        ("cap_per_bill", Self::CapPerBill),
        ("deductible_again", Self::DeductibleAgain),
        ("position_short", Self::PositionShort),
        ("backsolve_cut", Self::BacksolveCut),
        ("ordinal_stuck", Self::OrdinalStuck),
        ("day_late", Self::DayLate),
        ("transfer_lower", Self::TransferLower),
        ("late_skipped", Self::LateSkipped),
        ("cross_year_kept", Self::CrossYearKept),
    ];
}

/// Whether a fault is switched on.
#[cfg(not(sabotage))]
#[inline(always)]
#[must_use]
pub const fn planted(_: Fault) -> bool {
    false
}

#[cfg(sabotage)]
static ON: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

/// Whether a fault is switched on.
#[cfg(sabotage)]
#[must_use]
pub fn planted(fault: Fault) -> bool {
    ON.load(std::sync::atomic::Ordering::Relaxed) == fault as u8
}

/// Switches a fault on; before anything is compiled.
#[cfg(sabotage)]
pub fn plant(fault: Fault) {
    ON.store(fault as u8, std::sync::atomic::Ordering::Relaxed);
}
