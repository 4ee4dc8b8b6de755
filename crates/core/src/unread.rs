//! What a build without `member` makes of a pack's rules about members: it passes over them, so
//! that it loads the same packs.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

/// Rules that were not looked at; only whether the pack has any is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules(bool);

impl Rules {
    /// Whether the pack says nothing beside settling a bill.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.0
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|IgnoredAny| Self(true))
    }
}

impl Serialize for Rules {
    /// Fails: the text would not be the pack that was read.
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("this build does not keep a pack's rules about members"))
    }
}
