//! What stands behind a command on the command line.

use crate::{Failure, Outcome, sh};

/// Options of a command; one that a command does not use is refused by its name here.
pub struct Options {
    /// The command.
    pub name: String,
    /// Seed of everything that is made up.
    pub seed: u64,
    /// How many bills are made, if stated.
    pub cases: Option<u64>,
    /// The one step or fault that is wanted.
    pub only: Option<String>,
    /// What is handed on to another program.
    pub rest: Vec<String>,
}

impl Options {
    /// Reads the options of a command.
    pub fn read(name: &str, args: Vec<String>) -> Outcome<Self> {
        let mut options =
            Self { name: name.into(), seed: 0, cases: None, only: None, rest: Vec::new() };
        let allowed: &[&str] = match name {
            "bench" => {
                options.rest = args;
                return Ok(options);
            }
            "test" => &["--only", "--seed", "--cases"],
            "sabotage" => &["--only", "--seed", "--cases"],
            "diff" | "canary" | "parity" => &["--seed", "--cases"],
            _ => &[],
        };
        let mut seed = None;
        let mut args = args.into_iter();
        while let Some(option) = args.next() {
            if !allowed.contains(&option.as_str()) {
                let known = if allowed.is_empty() { "none" } else { &allowed.join(" ") };
                return Err(format!("{name} has no option `{option}`; it has: {known}").into());
            }
            let value = args.next().ok_or_else(|| format!("{option} needs a value"))?;
            let number = || -> Outcome<u64> {
                let digits = value.replace('_', "");
                digits.parse().map_err(|_| Failure(format!("{option} {value}: not a number")))
            };
            match option.as_str() {
                "--seed" => seed = Some(number()?),
                "--cases" => options.cases = Some(number()?),
                _ => options.only = Some(value),
            }
        }
        if allowed.contains(&"--seed") {
            options.seed = seed.unwrap_or_else(sh::seed_of_the_commit);
        }
        Ok(options)
    }

    /// The line that repeats this command, with its seed.
    pub fn command(&self) -> String {
        let mut line = format!("cargo xtask {}", self.name);
        let mut add = |option: &str, value: Option<String>| {
            if let Some(value) = value {
                line.push_str(&format!(" {option} {value}"));
            }
        };
        add("--only", self.only.clone());
        add("--seed", (self.seed != 0).then(|| self.seed.to_string()));
        add("--cases", self.cases.map(|cases| cases.to_string()));
        for word in &self.rest {
            line.push(' ');
            line.push_str(word);
        }
        line
    }

    /// The same options for another command, without its own selection.
    pub fn of(&self, name: &str, cases: Option<u64>) -> Self {
        Self { name: name.into(), seed: self.seed, cases, only: None, rest: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, args: &[&str]) -> Outcome<Options> {
        Options::read(name, args.iter().map(|arg| (*arg).to_owned()).collect())
    }

    #[test]
    fn options_are_read_and_repeated() {
        let line = |name, args| read(name, args).map(|options| options.command());
        let full = line("test", &["--cases", "1_000", "--seed", "7", "--only", "oracle"]);
        assert_eq!(full, Ok("cargo xtask test --only oracle --seed 7 --cases 1000".into()));
        assert_eq!(line("bench", &["--", "beijing"]), Ok("cargo xtask bench -- beijing".into()));
        assert_eq!(line("tidy", &[]), Ok("cargo xtask tidy".into()));
    }

    #[test]
    fn unknown_options_are_refused() {
        let why = |name, args| read(name, args).map(|_| ()).map_err(|Failure(why)| why);
        let none = Err("tidy has no option `--seed`; it has: none".to_owned());
        assert_eq!(why("tidy", &["--seed", "1"]), none);
        assert_eq!(why("diff", &["--seed"]), Err("--seed needs a value".to_owned()));
        assert_eq!(why("diff", &["--seed", "x"]), Err("--seed x: not a number".to_owned()));
    }
}
