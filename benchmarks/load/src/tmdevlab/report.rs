//! What is reported: a row for each server in each case. It is written as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::course::{Course, Round};
use super::plan::{Case, Kind, Revision, USERS};
use crate::figures::{Spread, percentile};
use crate::machine::Machine;
use crate::process::Program;
use crate::trouble::Trouble;

/// The server that is a multiple of others.
const SUBJECT: &str = "ours";

/// Everything.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What it happened on.
    #[serde(flatten)]
    pub machine: Machine,
    /// How many users there were at once.
    pub users: u32,
    /// How many rounds each server had in each case.
    pub rounds: usize,
    /// How long a round was.
    pub round_ms: u128,
    /// A row for each server in each case.
    pub rows: Vec<Row>,
    /// Ours as a multiple of each other server, for each case.
    pub against: Vec<Against>,
}

/// What one server did in one case.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The case.
    pub case: String,
    /// The revision that users spoke.
    pub revision: Revision,
    /// How long users rested after four errands.
    pub pause_ms: u128,
    /// The server.
    pub server: String,
    /// What its rounds show.
    pub figures: Option<Figures>,
    /// The most that was resident since it was started.
    pub peak_kib: Option<u64>,
    /// Why there are no figures.
    pub trouble: Option<Trouble>,
}

/// What some rounds show together.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// How many requests were counted.
    pub requests: usize,
    /// Processor time of the server, in microseconds a request.
    pub cpu_us: Spread,
    /// Requests a second.
    pub requests_per_second: Spread,
    /// How long the calls of tools took, over all rounds.
    pub calls: Latency,
    /// How long each kind of request took, over all rounds.
    pub kinds: BTreeMap<&'static str, Latency>,
}

/// How long requests took, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// On average.
    pub mean_us: f64,
    /// Half of them no longer than this.
    pub p50_us: f64,
    /// 95 of 100.
    pub p95_us: f64,
    /// 99 of 100.
    pub p99_us: f64,
}

/// Ours as a multiple of one other server.
#[derive(Debug, Serialize)]
pub struct Against {
    /// The case.
    pub case: String,
    /// The other server.
    pub server: String,
    /// Of its processor time for a request.
    pub cpu: Spread,
    /// Of its requests a second.
    pub requests_per_second: Spread,
    /// Of how long its calls took on average.
    pub mean: Spread,
}

impl Report {
    /// Of nothing yet.
    pub fn of(machine: Machine, rounds: usize, time: Duration) -> Self {
        let (rows, against) = (Vec::new(), Vec::new());
        Self { machine, users: USERS, rounds, round_ms: time.as_millis(), rows, against }
    }

    /// Adds what the servers did in a case; gives the rows.
    pub fn add(&mut self, case: Case, programs: &[Program], courses: &[Course]) -> &[Row] {
        let before = self.rows.len();
        let all = || programs.iter().zip(courses);
        for (program, course) in all() {
            self.rows.push(Row {
                case: case.to_string(),
                revision: case.revision,
                pause_ms: case.pause.unwrap_or_default().as_millis(),
                server: program.name.clone(),
                figures: Figures::of(&course.rounds).filter(|_| course.trouble.is_none()),
                peak_kib: course.peak_kib,
                trouble: course.trouble.clone(),
            });
        }
        let fine = || all().filter(|(_, course)| course.trouble.is_none());
        if let Some((_, ours)) = fine().find(|(program, _)| program.name == SUBJECT) {
            let others = fine().filter(|(program, _)| program.name != SUBJECT);
            self.against.extend(others.filter_map(|(program, course)| {
                let ratio = |of: fn(&Round) -> f64| {
                    Spread::of(ours.rounds.iter().zip(&course.rounds).map(|(this, that)| of(this) / of(that)))
                };
                Some(Against {
                    case: case.to_string(),
                    server: program.name.clone(),
                    cpu: ratio(Round::cpu_us)?,
                    requests_per_second: ratio(Round::per_second)?,
                    mean: ratio(Round::mean_us)?,
                })
            }));
        }
        &self.rows[before..]
    }
}

impl Figures {
    /// Of these rounds; none of no rounds.
    fn of(rounds: &[Round]) -> Option<Self> {
        let kinds = Kind::ALL.into_iter().filter_map(|kind| {
            let latencies = rounds.iter().flat_map(|round| &round.latencies[kind.place()]);
            Some((kind.name(), Latency::of(latencies.copied().collect())?))
        });
        let calls = rounds.iter().flat_map(Round::calls).flatten();
        Some(Self {
            requests: rounds.iter().map(Round::requests).sum(),
            cpu_us: Spread::of(rounds.iter().map(Round::cpu_us))?,
            requests_per_second: Spread::of(rounds.iter().map(Round::per_second))?,
            calls: Latency::of(calls.copied().collect())?,
            kinds: kinds.collect(),
        })
    }
}

impl Latency {
    /// Of these, in nanoseconds; none of none.
    // There are not so many that an `f64` has gaps between integers.
    #[allow(clippy::cast_precision_loss)]
    fn of(mut latencies: Vec<u32>) -> Option<Self> {
        if latencies.is_empty() {
            return None;
        }
        latencies.sort_unstable();
        let sum: f64 = latencies.iter().map(|ns| f64::from(*ns)).sum();
        Some(Self {
            mean_us: sum / 1e3 / latencies.len() as f64,
            p50_us: percentile(&latencies, 500),
            p95_us: percentile(&latencies, 950),
            p99_us: percentile(&latencies, 990),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Errand;
    use super::super::user::Latencies;
    use super::*;

    /// A round of one search, in which a session was opened.
    fn round(cpu_ns: u64, search_ns: u32) -> Round {
        let mut latencies = Latencies::default();
        latencies[Kind::Initialize.place()].push(1_000);
        latencies[Kind::Of(Errand::Search).place()].push(search_ns);
        Round { took: Duration::from_millis(1), cpu_ns, latencies }
    }

    #[test]
    fn figures_are_for_a_request_and_latencies_those_of_calls() {
        let figures = Figures::of(&[round(20_000, 7_000), round(20_000, 9_000)]).expect("there are rounds");
        assert_eq!(figures.requests, 4);
        assert!((figures.cpu_us.median - 10.0).abs() < 1e-9);
        assert!((figures.requests_per_second.median - 2_000.0).abs() < 1e-6);
        assert!((figures.calls.mean_us - 8.0).abs() < 1e-9);
        assert_eq!(figures.kinds.keys().collect::<Vec<_>>(), [&"initialize", &"search_products"]);
        assert!((figures.kinds["initialize"].p99_us - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nobody_is_compared_to_one_that_went_wrong() {
        let programs = ["ours", "fine", "wrong"];
        let programs = programs.map(|name| Program::parse(&format!("{name}=x"), None).expect("name and command"));
        let course = |cpu_ns, trouble| Course { rounds: vec![round(cpu_ns, 1_000 * 2)], peak_kib: None, trouble };
        let courses = [course(10, None), course(40, None), course(40, Some(Trouble::wrong("x")))];
        let mut report = Report::of(Machine::default(), 1, Duration::from_secs(1));
        let rows = report.add(Case { revision: Revision::Original, pause: None }, &programs, &courses);
        assert!(rows[1].figures.is_some() && rows[2].figures.is_none());
        let [against] = &*report.against else { panic!("one is left to be compared to") };
        assert_eq!(against.server, "fine");
        assert!((against.cpu.median - 0.25).abs() < 1e-9 && (against.mean.median - 1.0).abs() < 1e-9);
    }
}
