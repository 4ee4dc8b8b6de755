//! The policy packs that ship with Tongchou, as the text their authors wrote.
//!
//! Data only: the folder `data/` holds one file a pack, named `<admdvs>-<name>.toml`.

/// A shipped pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Pack id, equal to the file's name without its ending.
    pub id: &'static str,
    /// The TOML text.
    pub text: &'static str,
}

macro_rules! packs {
    ($($id:literal),+ $(,)?) => {
        /// Every shipped pack, in order of its id.
        pub const ALL: &[Source] = &[
            $(Source { id: $id, text: include_str!(concat!("../data/", $id, ".toml")) }),+
        ];
    };
}

packs![
    "000000-aid",
    "000000-closed-account",
    "000000-cross-year",
    "000000-illness",
    "000000-offsite",
    "000000-outpatient",
    "000000-reference-employee",
    "000000-reference-resident",
    "000000-suspension",
    "110000-employee",
    "110000-resident",
    "120000-employee",
    "120000-offsite",
    "120000-offsite-resident",
    "130300-employee",
    "130533-lump-sum",
    "220200-employee",
    "220282-large",
    "230600-employee",
    "310000-employee",
    "310000-resident",
    "440100-employee",
    "440100-resident",
    "440300-employee",
    "610100-employee",
];

/// The shipped pack of that id.
#[must_use]
pub fn find(id: &str) -> Option<Source> {
    ALL.iter().copied().find(|source| source.id == id)
}
