//! Why a bill is not settled, one variant for each reason that the definition names.

/// A reason to settle nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request names another pack, or its `@` is not followed by a date.
    PackName,
    /// The day of the rows, or of a line, lies outside the life of the pack.
    OutsideLife,
    /// The bill ends before it begins.
    DischargeBeforeAdmission,
    /// A parameter that the pack does not have, or a value it does not allow.
    Param(String),
    /// A dimension without a value and without a default.
    Missing(String),
    /// A value that the pack does not list for the dimension.
    Value(String),
    /// An amount under `facts` that the pack does not name.
    FactUnknown(String),
    /// A fact of which a deductible of this bill is taken.
    FactMissing(String),
    /// An age and a date of birth.
    AgeAndBorn,
    /// A date of birth after the day on which the age is counted.
    NotYetBorn,
    /// A line's amount is not its price times its quantity.
    LineAmount(String),
    /// A line is dated outside the stay.
    LineDate(String),
    /// Two lines have one id.
    DoubledLine(String),
    /// The stated total is not the total.
    StatedTotal,
    /// The hospital's share exceeds what the fund leaves.
    HospitalShare,
    /// A counter that the pack does not have.
    Counter(String),
    /// A counter given as money where a number stands, or the reverse.
    CounterKind(String),
    /// A group's counter below what its layers have paid.
    GroupCounter(String),
    /// Counters given beside a state.
    CountersBesideState,
    /// A state of another pack, member or year.
    ForeignState(&'static str),
    /// A stay on care that is no stay.
    StayOnOtherCare,
    /// More stays open at once than a state holds.
    TooManyStays,
    /// An amount, a line or a counter outside 0 … 10¹² fen.
    OutOfRange(String),
    /// The pack itself is at fault: a gap, an overlap, a rate that is not whole in ppm.
    Pack(String),
}
