//! Explanations: entries of a fixed size, recorded or compiled out.

use crate::money::Rounding;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Step {
    /// The whole fee is the person's.
    FullSelf,
    /// Over a limit.
    OverLimit,
    /// Pre-pay of a line.
    Prepay,
    /// A fixed amount.
    Fixed,
    /// The person's part of a fixed line.
    FixedSelf,
    /// The standing decided that the fund pays nothing.
    Standing,
    /// The person's upfront share of what enters a layer.
    Upfront,
    /// The deductible, as far as it stays with the person.
    Deductible,
    /// The rate was adjusted.
    Adjust,
    /// The cap limited the payment.
    Cap,
    /// A band's payment.
    Band,
    /// The person's share inside a layer.
    SelfShare,
    /// Cut off by a cap and taken by no layer.
    Over,
    /// In scope and taken by no layer.
    InScope,
    /// The hospital's part.
    Hospital,
    /// Paid by the personal account.
    Account,
    /// Paid by family mutual aid.
    MutualAid,
    /// Paid in cash.
    Cash,
}

impl Step {
    /// The word used in the public trace.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FullSelf => "full_self",
            Self::OverLimit => "over_limit",
            Self::Prepay => "prepay",
            Self::Fixed => "fixed",
            Self::FixedSelf => "fixed_self",
            Self::Standing => "standing",
            Self::Upfront => "upfront",
            Self::Deductible => "deductible",
            Self::Adjust => "adjust",
            Self::Cap => "cap",
            Self::Band => "band",
            Self::SelfShare => "self",
            Self::Over => "over",
            Self::InScope => "in_scope",
            Self::Hospital => "hospital",
            Self::Account => "account",
            Self::MutualAid => "mutual_aid",
            Self::Cash => "cash",
        }
    }
}

/// Who bears the amount of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Payer {
    /// Nobody: the entry only explains.
    None,
    /// A fund layer, or a fixed amount.
    Fund,
    /// The person.
    Person,
    /// The hospital.
    Hospital,
    /// The personal account or mutual aid, out of the person's part.
    Account,
    /// Cash, out of the person's part.
    Cash,
}

impl Payer {
    /// The word used in the public trace.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Fund => Some("fund"),
            Self::Person => Some("person"),
            Self::Hospital => Some("hospital"),
            Self::Account => Some("account"),
            Self::Cash => Some("cash"),
        }
    }
}

/// One step: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The amount it was taken of, in fen.
    pub base: i64,
    /// The result, in fen.
    pub amount: i64,
    /// The rate applied, or 0.
    pub rate_ppm: u32,
    /// Index of the line, or [`Entry::NO_LINE`].
    pub line: u32,
    /// Index of the clause, or [`Entry::GIVEN`].
    pub clause: u16,
    /// What was done.
    pub step: Step,
    /// Who bears the amount.
    pub payer: Payer,
    /// Index of the layer, or [`Entry::NO_LAYER`].
    pub layer: u8,
    /// The rounding applied.
    pub rounding: Option<Rounding>,
}

const _: () = assert!(size_of::<Entry>() == 32);

impl Entry {
    /// Not a step of a line.
    pub const NO_LINE: u32 = u32::MAX;
    /// Not a step of a layer.
    pub const NO_LAYER: u8 = u8::MAX;
    /// The amount was given by the caller; no clause orders it.
    pub const GIVEN: u16 = u16::MAX;

    /// An amount that a payer bears as it stands, without a rate.
    #[must_use]
    pub const fn plain(step: Step, payer: Payer, clause: u16, base: i64, amount: i64) -> Self {
        Self {
            base,
            amount,
            rate_ppm: 0,
            line: Self::NO_LINE,
            clause,
            step,
            payer,
            layer: Self::NO_LAYER,
            rounding: None,
        }
    }
}

/// Receives the steps of a settlement.
pub trait Tracer {
    /// Whether anything is recorded; where `false`, tracing is compiled out.
    const ON: bool;
    /// One step.
    fn entry(&mut self, entry: Entry);
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Tracer for Silent {
    const ON: bool = false;
    #[inline(always)]
    fn entry(&mut self, _: Entry) {}
}

/// Records every step.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// The steps in order.
    pub entries: Vec<Entry>,
}

impl Tracer for Recorder {
    const ON: bool = true;
    #[inline(always)]
    fn entry(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}
