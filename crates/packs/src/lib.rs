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

packs!["110000-employee", "220282-large"];

/// The shipped pack of that id.
#[must_use]
pub fn find(id: &str) -> Option<Source> {
    ALL.iter().copied().find(|source| source.id == id)
}
