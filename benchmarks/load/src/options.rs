//! What the command line says.

use std::time::Duration;

use crate::case::{self, Case};
use crate::process::Program;

/// The most that may be asked for, so that no slip makes load without end.
const MOST_ROUNDS: usize = 1_000;

/// Rounds of each case. Fewer make no median that is worth its name.
const ROUNDS: usize = 5;

/// What is to be done.
#[derive(Debug)]
pub struct Options {
    /// The servers.
    pub programs: Vec<Program>,
    /// The workload is not the usual one but that of TM Dev Lab.
    pub tmdevlab: bool,
    /// Some of the cases, and fewer of what else is looked at.
    pub quick: bool,
    /// The one core that the servers have.
    pub pin: Option<usize>,
    /// How many rounds each case has.
    pub rounds: usize,
    /// Only what has this in its name.
    only: String,
    /// Where to write everything as JSON.
    pub json: Option<String>,
    /// What is known of the servers from their builds.
    pub builds: Option<String>,
    /// The library that counts allocations.
    pub allocations: Option<String>,
}

impl Options {
    /// Reads them.
    ///
    /// # Errors
    /// What cannot be understood.
    pub fn read(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut words = words.into_iter();
        let (mut tmdevlab, mut quick, mut pin, mut rounds, mut only) = (false, false, None, ROUNDS, String::new());
        let (mut json, mut builds, mut allocations) = (None, None, None);
        let (mut servers, mut progress) = (Vec::new(), Vec::new());
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match &*word {
                "--workload" => tmdevlab = is_tmdevlab(&value()?)?,
                "--quick" => quick = true,
                "--pin" => pin = Some(number(&value()?)?),
                "--rounds" => rounds = number(&value()?)?.clamp(1, MOST_ROUNDS),
                "--only" => only = value()?,
                "--progress" => progress.push(value()?),
                "--json" => json = Some(value()?),
                "--builds" => builds = Some(value()?),
                "--allocations" => allocations = Some(value()?),
                option if option.starts_with('-') => return Err(format!("there is no option {option}")),
                _ => servers.push(word),
            }
        }
        if servers.is_empty() {
            return Err("no server is named".to_owned());
        }
        let mut programs: Vec<Program> =
            servers.iter().map(|given| Program::parse(given, pin)).collect::<Result<_, _>>()?;
        for given in &progress {
            let (name, mode) = given.split_once('=').ok_or_else(|| format!("{given} is not NAME=MODE"))?;
            programs.iter_mut().filter(|program| program.name == name).for_each(|program| program.reports_in(mode));
        }
        Ok(Self { programs, tmdevlab, quick, pin, rounds, only, json, builds, allocations })
    }

    /// Whether something of this name is to be done.
    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.only)
    }

    /// The cases to be measured.
    pub fn cases(&self) -> Vec<Case> {
        case::all(self.quick).into_iter().filter(|case| self.wants(&case.to_string())).collect()
    }

    /// How long a round may take.
    pub fn round_time(&self) -> Duration {
        Duration::from_millis(if self.quick { 200 } else { 350 })
    }
}

fn is_tmdevlab(workload: &str) -> Result<bool, String> {
    if workload == "tmdevlab" { Ok(true) } else { Err(format!("there is no workload {workload}")) }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        Options::read(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn options_and_servers_stand_in_any_order() {
        let options = read("--quick a=/bin/a --only stdio --rounds 7 b=/bin/b --pin 1 --workload tmdevlab")
            .expect("all of these exist");
        assert_eq!((options.tmdevlab, options.quick, options.rounds, options.pin), (true, true, 7, Some(1)));
        assert_eq!(options.programs.iter().map(|program| &*program.name).collect::<Vec<_>>(), ["a", "b"]);
        assert!(options.cases().iter().all(|case| case.to_string().contains("stdio")) && !options.cases().is_empty());
        assert_eq!(read("--rounds 1000000 a=/bin/a").expect("bounded").rounds, MOST_ROUNDS);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for bad in
            ["--quick", "--workload x a=/bin/a", "--fast a=/bin/a", "a=/bin/a --only", "--rounds few a=/bin/a", "a"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
