//! Running other programs, and finding out what is installed.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Failure, Outcome};

/// Node's least major version.
const NODE_MAJOR_MIN: u32 = 20;
const NODE_HELP: &str = "install Node.js 20 or later from nodejs.org or your system's packages, \
                         and see that `node --version` works";

/// The repository's folder.
pub fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let own = own.filter(|folder| folder.ends_with("xtask"));
    let own = own.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    own.parent().map(Path::to_owned).unwrap_or(own)
}

/// The folder where cargo builds.
pub fn target() -> PathBuf {
    let stated = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    root().join(stated.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// A program that cargo built, by its path below the target folder.
pub fn built(path: &str) -> PathBuf {
    target().join(format!("{path}{}", env::consts::EXE_SUFFIX))
}

/// An empty folder below `target/xtask`.
pub fn scratch(name: &str) -> Outcome<PathBuf> {
    let folder = target().join("xtask").join(name);
    let _ = fs::remove_dir_all(&folder);
    let made = fs::create_dir_all(&folder);
    made.map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    Ok(folder)
}

/// A program with its arguments, run in the repository's folder.
pub struct Run {
    command: Command,
    line: String,
}

/// What a program printed and how it ended.
pub struct Printed {
    /// Its exit code; none if it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub error: String,
}

impl Run {
    /// A program.
    pub fn new(program: impl AsRef<Path>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(root());
        let shown = program.strip_prefix(root()).unwrap_or(program);
        Self { command, line: shown.display().to_string() }
    }

    /// A command of cargo; those that build use the lock file as it is.
    pub fn cargo(subcommand: &str) -> Self {
        let mut run = Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        run.line = "cargo".into();
        let run = run.arg(subcommand);
        if matches!(subcommand, "fmt" | "nextest") { run } else { run.locked() }
    }

    /// With the lock file as it is, once there is one in the repository.
    pub fn locked(self) -> Self {
        if is_lock_committed() { self.arg("--locked") } else { self }
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<Path>) -> Self {
        let arg = arg.as_ref();
        self.command.arg(arg);
        let shown = arg.strip_prefix(root()).unwrap_or(arg).display().to_string();
        let quote = if shown.contains([' ', '"']) { "'" } else { "" };
        self.line.push_str(&format!(" {quote}{shown}{quote}"));
        self
    }

    /// More arguments.
    pub fn args<T: AsRef<Path>>(self, args: impl IntoIterator<Item = T>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// A variable of its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.line = format!("{name}='{value}' {}", self.line);
        self
    }

    /// Without a variable of our environment.
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it in sight; any exit code but 0 is a failure.
    pub fn run(self) -> Outcome {
        println!("$ {self}");
        let mut command = self.command;
        let status = command.status().map_err(|error| format!("`{}`: {error}", self.line))?;
        if status.success() {
            return Ok(());
        }
        let how = status.code().map_or("was killed".into(), |code| format!("ended with {code}"));
        Err(format!("`{}` {how}", self.line).into())
    }

    /// Runs it and keeps what it prints.
    pub fn output(mut self) -> Outcome<Printed> {
        let ran = self.command.stdin(Stdio::null()).output();
        let ran = ran.map_err(|error| format!("`{}`: {error}", self.line))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Printed { code: ran.status.code(), out: text(&ran.stdout), error: text(&ran.stderr) })
    }

    /// Runs it and keeps its standard output, while its standard error is seen.
    pub fn progress(mut self) -> Outcome<Printed> {
        println!("$ {self}");
        self.command.stderr(Stdio::inherit());
        self.output()
    }

    /// What it prints, if it is installed and ends well.
    pub fn answer(self) -> Option<String> {
        self.output().ok().filter(|printed| printed.code == Some(0)).map(|printed| printed.out)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// Node, if it is new enough.
pub fn node() -> Outcome<Run> {
    let Some(version) = Run::new("node").arg("--version").answer() else {
        return Err(format!("Node.js is missing: {NODE_HELP}").into());
    };
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    match major {
        Some(NODE_MAJOR_MIN..) => Ok(Run::new("node")),
        _ => Err(format!("Node.js {version} is too old: {NODE_HELP}").into()),
    }
}

/// Sees to it that a compile target is installed.
pub fn rust_target(name: &str) -> Outcome {
    let sysroot = Run::new("rustc").args(["--print", "sysroot"]).answer();
    let is_there = |sysroot: String| {
        Path::new(sysroot.trim()).join("lib").join("rustlib").join(name).join("lib").is_dir()
    };
    if sysroot.is_some_and(is_there) {
        return Ok(());
    }
    let help = format!("add the target {name} to your Rust toolchain: rustup target add {name}");
    if Run::new("rustup").arg("--version").answer().is_none() {
        return Err(Failure(help));
    }
    Run::new("rustup").args(["target", "add", name]).run().map_err(|_| Failure(help))
}

/// Sees to it that a component such as `clippy` is installed.
pub fn component(name: &str) -> Outcome {
    let subcommand = name.trim_start_matches("rust");
    if Run::new("cargo").args([subcommand, "--version"]).answer().is_some() {
        return Ok(());
    }
    let help = format!("add {name} to your Rust toolchain: rustup component add {name}");
    Run::new("rustup").args(["component", "add", name]).run().map_err(|_| Failure(help))
}

/// The tracked files and those that would be, by their path from the root.
pub fn files() -> Outcome<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
    let listed = Run::new("git").args(list).answer();
    let listed = listed.ok_or("git is missing, or this folder is not a clone of the repository")?;
    let names = listed.split('\0').filter(|name| root().join(name).is_file());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

/// A seed that another commit changes and the same commit repeats; never 0.
pub fn seed_of_the_commit() -> u64 {
    let commit = Run::new("git").args(["rev-parse", "--verify", "HEAD"]).answer();
    let digits = commit.as_deref().and_then(|commit| commit.get(..7));
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0).max(1)
}

fn is_lock_committed() -> bool {
    let list = ["ls-files", "--error-unmatch", "Cargo.lock"];
    Run::new("git").args(list).answer().is_some()
}
