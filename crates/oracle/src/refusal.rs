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
    /// A bill that may not come to its stay as it says.
    Joins(String),
    /// A bill in two periods of its stay.
    TwoPeriods,
    /// More stays open at once than a state holds.
    TooManyStays,
    /// An amount, a line or a counter outside 0 … 10¹² fen.
    OutOfRange(String),
    /// A bill id is used twice.
    BillTwice(String),
    /// A bill that is not known is taken back, refunded or claimed.
    BillUnknown(String),
    /// A bill was taken back before.
    BillGone(String),
    /// Two stays overlap.
    StaysOverlap(String),
    /// A fact before bills that may not be settled anew.
    TooLate,
    /// Nothing is to be claimed of a bill, or it was claimed before.
    NotClaimable(String),
    /// A pack that does not refund, or a refund that is not as the pack asks.
    RefundNotAllowed(String),
    /// A part of a bill in which others than the person have a part.
    RefundWhole(String),
    /// A refund of 0.00.
    RefundOfNothing(String),
    /// A refund of more than was paid.
    RefundTooMuch(String),
    /// A change of the member, or of the scheme, beside another one that says otherwise from the
    /// same day on.
    TwoOnOneDay,
    /// A bill that names no pack where none is in force.
    NoPack,
    /// A derived dimension is given otherwise.
    Derived(String),
    /// A derived dimension changes during a day, and the time is not given.
    TimeMissing(String),
    /// An event without an interval to close.
    NothingToClose(String),
    /// An event of a name, or for a reason, that no pack declares.
    EventUnknown(String),
    /// An event does not choose the institutions that it must.
    EventSelection(String),
    /// A day that the calendar of working days does not cover.
    NoCalendar,
    /// A bill that cannot be cut.
    Uncuttable(String),
    /// The pack itself is at fault: a gap, an overlap, a rate that is not whole in ppm.
    Pack(String),
}
