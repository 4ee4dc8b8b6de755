//! Profiles: the members, encounters and items that the columns of a batch point to.
//!
//! A profile is a line of text, `name=value` pairs in the order of the contract, so a dictionary
//! column of any format can hold it: `age=47,person=active`, `care=inpatient,level=tier3`,
//! `class=B,kind=drug`.

use std::collections::HashMap;
use std::fmt;

use rust_decimal::Decimal;
use tongchou_wire::amount::Measure;
use tongchou_wire::request::{EncounterFacts, LineFacts, MemberFacts};

use crate::fault::{Code, Fault};

/// Most profiles of one kind.
pub const PROFILES_MAX: usize = 60_000;

/// A member as bills see him on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Completed years.
    pub age: Option<u8>,
    /// Dimensions of the member.
    pub facts: MemberFacts,
}

/// An encounter without its days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct What {
    /// Dimensions of the encounter.
    pub facts: EncounterFacts,
}

/// An item of fee lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Dimensions of the line.
    pub facts: LineFacts,
    /// Share that the person bears first, in ppm, if the item states one.
    pub prepay: Option<u32>,
    /// Price limit of the item, in yuan a unit.
    pub limit: Option<Measure>,
}

/// Profiles in order of their index; they are added to and never changed.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Members.
    pub who: Shelf<Who>,
    /// Encounters.
    pub what: Shelf<What>,
    /// Items.
    pub item: Shelf<Item>,
}

/// Profiles of one kind.
#[derive(Clone, Debug)]
pub struct Shelf<P> {
    profiles: Vec<P>,
    texts: Vec<String>,
    index: HashMap<String, u16>,
}

impl<P> Default for Shelf<P> {
    fn default() -> Self {
        Self { profiles: Vec::new(), texts: Vec::new(), index: HashMap::new() }
    }
}

/// A profile as text.
pub trait Profile: fmt::Display + Sized {
    /// Reads what `Display` writes; pairs in any order.
    ///
    /// # Errors
    /// D007 for an unknown name, a name given twice or a malformed value.
    fn read(text: &str) -> Result<Self, Fault>;
}

impl<P: Profile> Shelf<P> {
    /// Number of profiles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.profiles.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty()
    }

    /// The profile of an index.
    #[must_use]
    pub fn get(&self, index: u16) -> Option<&P> {
        self.profiles.get(usize::from(index))
    }

    /// The text of an index.
    #[must_use]
    pub fn text(&self, index: u16) -> Option<&str> {
        self.texts.get(usize::from(index)).map(String::as_str)
    }

    /// Profiles in order of their index.
    pub fn iter(&self) -> impl Iterator<Item = &P> {
        self.profiles.iter()
    }

    /// Texts in order of their index.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }

    /// The index of a profile, added if it is new.
    ///
    /// # Errors
    /// D007 above [`PROFILES_MAX`].
    pub fn add(&mut self, profile: P) -> Result<u16, Fault> {
        let text = profile.to_string();
        if let Some(index) = self.index.get(&text) {
            return Ok(*index);
        }
        let index = u16::try_from(self.profiles.len()).ok();
        let index = index.filter(|_| self.profiles.len() < PROFILES_MAX);
        let most = || Fault::new(Code::Value, "", &text, "at most 60000 profiles of a kind");
        let index = index.ok_or_else(most)?;
        self.index.insert(text.clone(), index);
        self.texts.push(text);
        self.profiles.push(profile);
        Ok(index)
    }

    /// The index of a profile given as text, added if it is new.
    ///
    /// # Errors
    /// D007 as [`Profile::read`] and [`Shelf::add`].
    pub fn read(&mut self, text: &str) -> Result<u16, Fault> {
        match self.index.get(text) {
            Some(index) => Ok(*index),
            None => self.add(P::read(text)?),
        }
    }
}

/// Writes pairs, a comma between them.
struct Pairs<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    first: bool,
}

impl Pairs<'_, '_> {
    fn pair(&mut self, name: &str, value: impl fmt::Display) -> fmt::Result {
        let comma = if self.first { "" } else { "," };
        self.first = false;
        write!(self.to, "{comma}{name}={value}")
    }

    fn facts<'a>(
        &mut self,
        names: &[(&str, &[&str])],
        value: impl Fn(&str) -> Option<&'a str>,
    ) -> fmt::Result {
        for (name, _) in names {
            if let Some(value) = value(name) {
                self.pair(name, value)?;
            }
        }
        Ok(())
    }
}

/// The pairs of a text, no name twice.
fn pairs(text: &str) -> Result<Vec<(&str, &str)>, Fault> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let pair = part.split_once('=').filter(|(name, value)| {
            !value.is_empty() && !found.iter().any(|(known, _)| known == name)
        });
        found.push(pair.ok_or_else(|| misread(part, "name=value pairs, each name once"))?);
    }
    Ok(found)
}

fn misread(value: &str, expected: &str) -> Fault {
    Fault::new(Code::Value, "", value, expected)
}

fn unknown(name: &str, dims: &[(&str, &[&str])], more: &[&str]) -> Fault {
    let names: Vec<&str> = dims.iter().map(|(name, _)| *name).chain(more.iter().copied()).collect();
    misread(name, &format!("one of {}", names.join(", ")))
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs { to: f, first: true };
        if let Some(age) = self.age {
            pairs.pair("age", age)?;
        }
        pairs.facts(MemberFacts::DIMS, |dim| self.facts.value(dim))
    }
}

impl Profile for Who {
    fn read(text: &str) -> Result<Self, Fault> {
        let mut who = Self::default();
        for (name, value) in pairs(text)? {
            match (name, who.facts.slot(name)) {
                ("age", _) => {
                    let age = value.parse().ok().filter(|age| *age <= 150);
                    who.age = Some(age.ok_or_else(|| misread(value, "completed years, 0 to 150"))?);
                }
                (_, Some(slot)) => *slot = Some(value.to_owned()),
                (_, None) => return Err(unknown(name, MemberFacts::DIMS, &["age"])),
            }
        }
        Ok(who)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs { to: f, first: true };
        pairs.facts(EncounterFacts::DIMS, |dim| self.facts.value(dim))
    }
}

impl Profile for What {
    fn read(text: &str) -> Result<Self, Fault> {
        let mut what = Self::default();
        for (name, value) in pairs(text)? {
            match what.facts.slot(name) {
                Some(slot) => *slot = Some(value.to_owned()),
                None => return Err(unknown(name, EncounterFacts::DIMS, &[])),
            }
        }
        Ok(what)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Pairs { to: f, first: true };
        pairs.facts(LineFacts::DIMS, |dim| self.facts.value(dim))?;
        if let Some(ppm) = self.prepay {
            pairs.pair("prepay", Decimal::new(i64::from(ppm), 6).normalize())?;
        }
        if let Some(Measure(limit)) = self.limit {
            pairs.pair("limit", limit.normalize())?;
        }
        Ok(())
    }
}

impl Profile for Item {
    fn read(text: &str) -> Result<Self, Fault> {
        let mut item = Self::default();
        for (name, value) in pairs(text)? {
            match (name, item.facts.slot(name)) {
                ("prepay", _) => item.prepay = Some(share(value)?),
                ("limit", _) => {
                    let limit = Measure::read(value, 6);
                    let fault = || misread(value, "yuan, at most six decimals");
                    item.limit = Some(limit.map_err(|_| fault())?);
                }
                (_, Some(slot)) => *slot = Some(value.to_owned()),
                (_, None) => return Err(unknown(name, LineFacts::DIMS, &["prepay", "limit"])),
            }
        }
        Ok(item)
    }
}

/// A share written as a decimal, in ppm.
fn share(text: &str) -> Result<u32, Fault> {
    let fault = || misread(text, "a share from 0 to 1, at most six decimals");
    let Measure(share) = Measure::read(text, 6).map_err(|_| fault())?;
    let ppm = share.checked_mul(Decimal::from(1_000_000)).and_then(|p| u32::try_from(p).ok());
    ppm.filter(|ppm| *ppm <= 1_000_000).ok_or_else(fault)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        for text in ["age=47,person=active,status=arrears", "person=retired", "age=0"] {
            assert_eq!(Who::read(text).unwrap().to_string(), text);
        }
        for text in ["care=inpatient,level=tier3,network=offline", "care=pharmacy"] {
            assert_eq!(What::read(text).unwrap().to_string(), text);
        }
        for text in ["class=B,kind=drug,prepay=0.1,limit=12.5", "class=C"] {
            assert_eq!(Item::read(text).unwrap().to_string(), text);
        }
        let mixed = Who::read("person=active, age=47").unwrap();
        assert_eq!(mixed.to_string(), "age=47,person=active");
    }

    #[test]
    fn a_bad_profile_is_refused_with_what_it_may_be() {
        for text in ["age=151", "age=x", "person", "person=a,person=b", "care=inpatient", "age="] {
            assert!(Who::read(text).is_err(), "{text}");
        }
        for text in ["prepay=1.1", "prepay=-0.1", "limit=x", "class=A,size=3"] {
            assert!(Item::read(text).is_err(), "{text}");
        }
        let fault = What::read("kind=drug").unwrap_err().to_string();
        assert!(fault.contains("one of care, level"), "{fault}");
    }

    #[test]
    fn a_profile_has_one_index() {
        let mut shelf = Shelf::<Item>::default();
        let a = shelf.read("class=A,kind=drug").unwrap();
        let b = shelf.read("class=B").unwrap();
        assert_eq!((a, b), (0, 1));
        assert_eq!(shelf.read("kind=drug,class=A").unwrap(), a);
        assert_eq!((shelf.len(), shelf.text(1)), (2, Some("class=B")));
    }
}
