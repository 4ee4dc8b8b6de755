//! A file that is there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fault::{Code, Fault, said};

use super::{exists, folder, unwritable};

/// Names that are tried for a file under way: one may be left of a process that was killed, and in
/// a container every process has the same number.
const NAMES_MAX: u32 = 1_000;

/// Files under way, so that a program that must end at once leaves none behind.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all files under way; for a program that ends without coming back.
pub fn abandon() {
    for part in under_way().drain(..) {
        // Nobody is left to tell if even this fails.
        let _ = fs::remove_file(part);
    }
}

/// A file under another name; removed unless it is kept.
#[derive(Debug)]
pub struct Out {
    path: PathBuf,
    part: Option<PathBuf>,
    /// The same open file as the writer's, to ask for its bytes to be on the disk.
    file: Option<File>,
}

impl Out {
    /// Creates `.NAME.PID.part` beside the file that it will be, with a number where that is there.
    pub fn create(path: &Path) -> Result<(Self, File), Fault> {
        let there = || Fault::new(Code::Exists, "", "", "");
        if exists(path) {
            return Err(there());
        }
        let name = path.file_name().ok_or_else(|| {
            Fault::new(Code::Unwritable, "", said("缺少文件名", "a name is missing"), "")
        })?;
        let mut parts = under_way();
        for number in 0..NAMES_MAX {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{}", std::process::id()));
            if number > 0 {
                hidden.push(format!("-{number}"));
            }
            hidden.push(".part");
            let part = folder(path).join(hidden);
            let file = match OpenOptions::new().write(true).create_new(true).open(&part) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made.map_err(unwritable)?,
            };
            parts.push(part.clone());
            let mut out = Self { path: path.to_owned(), part: Some(part), file: None };
            drop(parts);
            out.file = Some(file.try_clone().map_err(unwritable)?);
            return Ok((out, file));
        }
        Err(there())
    }

    /// The name that the file will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, its bytes on the disk. Its writer must have closed it.
    pub fn keep(mut self) -> Result<(), Fault> {
        if let Some(file) = self.file.take() {
            file.sync_all().map_err(unwritable)?;
        }
        // Dropped in the end, which takes the other name away.
        let Some(part) = &self.part else { return Ok(()) };
        let there = || Err(Fault::new(Code::Exists, "", "", ""));
        match fs::hard_link(part, &self.path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => there(),
            // Not every file system has links; there a moment is left for somebody else's file.
            Err(_) if exists(&self.path) => there(),
            Err(_) => fs::rename(part, &self.path).map_err(unwritable),
        }
    }

    /// An `Out` whose file is elsewhere.
    #[cfg(test)]
    pub fn aside(path: &Path, part: &Path) -> Self {
        Self { path: path.to_owned(), part: Some(part.to_owned()), file: None }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        if let Some(part) = self.part.take() {
            let mut parts = under_way();
            parts.retain(|known| *known != part);
            // Nobody is left to tell if even this fails; after a rename there is nothing.
            let _ = fs::remove_file(part);
        }
    }
}
