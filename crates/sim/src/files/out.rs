//! A file that is there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::fault::{Code, Fault};

use super::{exists, folder, unwritable};

/// A file under another name; removed unless it is kept.
#[derive(Debug)]
pub struct Out {
    path: PathBuf,
    part: Option<PathBuf>,
}

impl Out {
    /// Creates `.NAME.PID.part` beside the file that it will be.
    pub fn create(path: &Path) -> Result<(Self, File), Fault> {
        let there = || Fault::new(Code::Exists, "", "", "");
        if exists(path) {
            return Err(there());
        }
        let name = path.file_name().ok_or_else(|| unwritable("the name of a file is missing"))?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let part = folder(path).join(hidden);
        let file = OpenOptions::new().write(true).create_new(true).open(&part);
        let file = file.map_err(unwritable)?;
        Ok((Self { path: path.to_owned(), part: Some(part) }, file))
    }

    /// The name that the file will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name. It must have been closed.
    pub fn keep(mut self) -> Result<(), Fault> {
        if exists(&self.path) {
            return Err(Fault::new(Code::Exists, "", "", ""));
        }
        if let Some(part) = &self.part {
            fs::rename(part, &self.path).map_err(unwritable)?;
        }
        self.part = None;
        Ok(())
    }

    /// An `Out` whose file is elsewhere.
    #[cfg(test)]
    pub fn aside(path: &Path, part: &Path) -> Self {
        Self { path: path.to_owned(), part: Some(part.to_owned()) }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        if let Some(part) = self.part.take() {
            // Nobody is left to tell if even this fails.
            let _ = fs::remove_file(part);
        }
    }
}
