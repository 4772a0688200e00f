//! What is reported: a row for each server in each case, and what is known of each server besides. It is written as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::{Case, Era, Load};
use crate::compare::Course;
use crate::figures::{Figures, Spread};
use crate::idle::Idle;
use crate::machine::Machine;
use crate::process::Program;
use crate::trouble::{Outcome, Trouble};

/// The server that others are a multiple of, and the one that is a multiple of others.
const LIMIT: &str = "limit";
const SUBJECT: &str = "ours";

/// Everything.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// What it happened on.
    #[serde(flatten)]
    pub machine: Machine,
    /// A row for each server in each case.
    pub rows: Vec<Row>,
    /// Our processor time as a multiple of each other server's, for each case.
    pub against: Vec<Against>,
    /// A row for each server in each case that is counted.
    pub counts: Vec<Count>,
    /// What is known of each server besides.
    pub servers: Vec<About>,
}

/// What one server did in one case.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The case.
    pub case: String,
    /// Its era.
    pub era: Era,
    /// How much at once.
    pub load: Load,
    /// The server.
    pub server: String,
    /// How many rounds there were.
    pub rounds: usize,
    /// What they show.
    pub figures: Option<Figures>,
    /// The processor time as a multiple of the limit's, round by round.
    pub of_limit: Option<Spread>,
    /// The most that was resident meanwhile.
    pub peak_kib: Option<u64>,
    /// Why there are no figures.
    pub trouble: Option<Trouble>,
}

/// Our processor time in a case, as a multiple of others'.
#[derive(Debug, Serialize)]
pub struct Against {
    /// The case.
    pub case: String,
    /// How much at once.
    pub load: Load,
    /// For each other server that has figures: round by round.
    pub of: BTreeMap<String, Spread>,
}

/// What is counted for one request.
#[derive(Debug, Serialize)]
pub struct Count {
    /// The case.
    pub case: String,
    /// How much at once.
    pub load: Load,
    /// The server.
    pub server: String,
    /// Calls of the allocator.
    pub allocations: Option<Known<f64>>,
    /// Calls of the system.
    pub system_calls: Option<Known<f64>>,
}

/// What is known of a server besides.
#[derive(Debug, Default, Serialize)]
pub struct About {
    /// The server.
    pub server: String,
    /// From its start to the answer to `initialize`, on the standard streams.
    pub start_ms: Option<Known<Spread>>,
    /// What is resident after the first answers.
    pub resident_kib: Option<Known<u64>>,
    /// One more session.
    pub session_kib: Option<Known<f64>>,
    /// One more connection.
    pub connection_kib: Option<Known<f64>>,
    /// What its build has told.
    pub build: BTreeMap<String, String>,
}

/// A value, or why there is none. What was not looked for has neither.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Known<T> {
    /// There it is.
    Value(T),
    /// It is not.
    Trouble(Trouble),
}

impl<T> From<Outcome<T>> for Known<T> {
    fn from(outcome: Outcome<T>) -> Self {
        outcome.map_or_else(Self::Trouble, Self::Value)
    }
}

impl Report {
    /// Adds what the servers did in a case; gives the rows.
    pub fn add(&mut self, case: &Case, programs: &[Program], courses: &[Course]) -> &[Row] {
        let of = |name: &str| {
            let found = programs.iter().zip(courses).find(|(program, _)| program.name == name);
            found.map(|(_, course)| course).filter(|course| course.trouble.is_none())
        };
        let before = self.rows.len();
        for (program, course) in programs.iter().zip(courses) {
            let fine = course.trouble.is_none();
            self.rows.push(Row {
                case: case.to_string(),
                era: case.era,
                load: case.load,
                server: program.name.clone(),
                rounds: course.rounds.len(),
                figures: Figures::of(&course.rounds).filter(|_| fine),
                of_limit: of(LIMIT).and_then(|limit| Spread::ratio(&course.rounds, &limit.rounds)).filter(|_| fine),
                peak_kib: course.peak_kib,
                trouble: course.trouble.clone(),
            });
        }
        if let Some(ours) = of(SUBJECT) {
            let others = programs.iter().filter(|program| program.name != SUBJECT);
            let ratios = others.filter_map(|program| {
                let ratio = Spread::ratio(&ours.rounds, &of(&program.name)?.rounds)?;
                Some((program.name.clone(), ratio))
            });
            self.against.push(Against { case: case.to_string(), load: case.load, of: ratios.collect() });
        }
        &self.rows[before..]
    }

    /// Adds what was counted.
    pub fn count(&mut self, case: &Case, program: &Program, counted: [Option<Outcome<f64>>; 2]) {
        let [allocations, system_calls] = counted.map(|one| one.map(Known::from));
        let (case, load, server) = (case.to_string(), case.load, program.name.clone());
        self.counts.push(Count { case, load, server, allocations, system_calls });
    }

    /// What is known of a server besides.
    pub fn about(&mut self, program: &Program) -> &mut About {
        let at = self.servers.iter().position(|about| about.server == program.name).unwrap_or_else(|| {
            self.servers.push(About { server: program.name.clone(), ..About::default() });
            self.servers.len() - 1
        });
        &mut self.servers[at]
    }
}

impl About {
    /// Adds what it keeps in memory.
    pub fn keeps(&mut self, idle: Idle) {
        self.resident_kib = Some(idle.resident_kib.into());
        self.session_kib = Some(idle.session_kib.into());
        self.connection_kib = Some(idle.connection_kib.into());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::round::Round;

    fn course(cpu_ns: &[u64], trouble: Option<Trouble>) -> Course {
        let round = |cpu_ns: &u64| Round { took: Duration::from_millis(1), cpu_ns: *cpu_ns, latencies: vec![1] };
        Course { rounds: cpu_ns.iter().map(round).collect(), peak_kib: None, trouble }
    }

    #[test]
    fn one_that_went_wrong_has_no_figures_and_nobody_is_compared_to_it() {
        let programs = ["limit", "ours", "fine", "wrong"];
        let programs = programs.map(|name| Program::parse(&format!("{name}=x"), None).expect("name and command"));
        let courses = [
            course(&[10, 10], None),
            course(&[20, 30], None),
            course(&[40, 40], None),
            course(&[10], Some(Trouble::wrong("x"))),
        ];
        let case = Case::small(Era::Session, Load::Http(1));
        let mut report = Report::default();
        let rows = report.add(&case, &programs, &courses);
        assert_eq!(rows.len(), 4);
        assert!(rows[1].of_limit.is_some_and(|ratio| (ratio.median - 2.5).abs() < 1e-9));
        assert!(rows[3].figures.is_none() && rows[3].of_limit.is_none());
        let of = &report.against[0].of;
        assert_eq!(of.keys().collect::<Vec<_>>(), ["fine", "limit"]);
        assert!((of["fine"].median - 0.625).abs() < 1e-9);
    }
}
