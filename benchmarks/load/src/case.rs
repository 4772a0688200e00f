//! The cases: what is asked, of how many tools, over what, and how many times.

use std::fmt;

use serde::Serialize;

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Era {
    /// Up to 2025-11-25: in a session, one for each connection.
    #[serde(rename = "2025-11-25")]
    Session,
    /// 2026-07-28: each request stands alone.
    #[serde(rename = "2026-07-28")]
    Stateless,
}

/// Over what it is asked, and how much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Load {
    /// So many connections, each of which asks again when it has its answer.
    Http(u32),
    /// So many requests in flight, on the standard streams of one process.
    Stdio(u32),
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Text there and back, of so many bytes.
    Echo(usize),
    /// Two numbers, and their sum as text.
    Add,
    /// The same, with structured content.
    Sum,
    /// So many notifications before the answer.
    Progress(u32),
    /// An answer after 20 ms.
    Wait,
    /// `tools/list`.
    List,
}

/// How a server is to be started for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setup {
    /// How many tools it has.
    pub tools: usize,
    /// Whether it is to report progress: some do so only in a mode of their own.
    pub reports: bool,
}

/// One line of the report.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    name: &'static str,
    /// The era it is of.
    pub era: Era,
    /// What is asked.
    pub ask: Ask,
    /// How many tools the server has.
    pub tools: usize,
    /// How it is asked.
    pub load: Load,
    /// Requests of a round, unless its time is over before.
    pub requests: u32,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = if matches!(self.load, Load::Http(_)) { "HTTP" } else { "stdio" };
        write!(f, "{transport} {} {}", self.era.version(), self.name)
    }
}

impl Setup {
    /// What most cases ask for.
    pub const PLAIN: Self = Self { tools: FEW, reports: false };
}

impl Era {
    /// Its newest revision.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Session => "2025-11-25",
            Self::Stateless => "2026-07-28",
        }
    }
}

impl Load {
    /// How many connections, or requests in flight.
    pub const fn at_once(self) -> u32 {
        let (Self::Http(at_once) | Self::Stdio(at_once)) = self;
        at_once
    }
}

/// What is asked, and how: over HTTP in both eras; on the standard streams in a session, and what is quick there in both.
struct Kind {
    name: &'static str,
    ask: Ask,
    tools: usize,
    requests: u32,
    http: &'static [u32],
    stdio: &'static [u32],
    /// Which of these `--quick` has: so many of the first ones.
    quick: (usize, usize),
}

const KIB: usize = 1024;

/// The tools of a server unless it is asked for more.
pub const FEW: usize = 5;
const MANY: usize = 1000;

/// Many short rounds are better than a few long ones: where the system lets a server's threads run changes from time to time,
/// and what that costs is the greater part of what a round can cost more than another.
#[rustfmt::skip] // A table.
const KINDS: [Kind; 10] = [
    Kind { name: "echo", ask: Ask::Echo(5), tools: FEW, requests: 5_000, http: &[1, 50, 1000], stdio: &[1, 32], quick: (2, 2) },
    Kind { name: "add", ask: Ask::Add, tools: FEW, requests: 5_000, http: &[1, 50], stdio: &[], quick: (0, 0) },
    Kind { name: "sum, structured", ask: Ask::Sum, tools: FEW, requests: 5_000, http: &[1, 50], stdio: &[], quick: (0, 0) },
    Kind { name: "echo of 64 KiB", ask: Ask::Echo(64 * KIB), tools: FEW, requests: 1_000, http: &[1, 50], stdio: &[1], quick: (0, 0) },
    Kind { name: "echo of 1 MiB", ask: Ask::Echo(KIB * KIB), tools: FEW, requests: 64, http: &[1, 8], stdio: &[1], quick: (0, 0) },
    Kind { name: "100 notifications", ask: Ask::Progress(100), tools: FEW, requests: 200, http: &[1, 50], stdio: &[1], quick: (1, 0) },
    Kind { name: "wait of 20 ms", ask: Ask::Wait, tools: FEW, requests: 8_192, http: &[1024], stdio: &[], quick: (0, 0) },
    Kind { name: "tools/list of 5", ask: Ask::List, tools: FEW, requests: 5_000, http: &[1, 50], stdio: &[1], quick: (2, 1) },
    Kind { name: "tools/list of 1,000", ask: Ask::List, tools: MANY, requests: 200, http: &[1, 50], stdio: &[1], quick: (1, 0) },
    Kind { name: "echo beside 1,000 tools", ask: Ask::Echo(5), tools: MANY, requests: 5_000, http: &[1, 50], stdio: &[1], quick: (0, 0) },
];

/// All cases, or those of `--quick`. Those of servers that are started alike stand together.
pub fn all(quick: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in &KINDS {
        let (http, stdio) = if quick { kind.quick } else { (kind.http.len(), kind.stdio.len()) };
        for era in [Era::Stateless, Era::Session] {
            let http = kind.http[..http].iter().map(|at_once| Load::Http(*at_once));
            let stdio = kind.stdio[..stdio].iter().map(|at_once| Load::Stdio(*at_once));
            let Kind { name, ask, tools, requests, .. } = *kind;
            cases.extend(http.chain(stdio).map(|load| Case { name, era, ask, tools, load, requests }));
        }
    }
    // Stable: in the order of the table otherwise. What a thousand connections leave in a server's memory stays there, so
    // they come last; on the standard streams each case has a process of its own.
    cases.sort_by_key(|case| (case.setup(), matches!(case.load, Load::Stdio(_)), case.load.at_once() > 100));
    cases
}

impl Case {
    /// How the servers are started for it.
    pub const fn setup(&self) -> Setup {
        Setup { tools: self.tools, reports: matches!(self.ask, Ask::Progress(_)) }
    }

    /// One that is no line of its own: a small call, to see whether a server lives.
    pub const fn small(era: Era, load: Load) -> Self {
        Self { name: "echo", era, ask: Ask::Echo(5), tools: FEW, load, requests: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_has_some_of_the_cases() {
        let name = |case: &Case| format!("{case} {}", case.load.at_once());
        let (quick, all): (Vec<_>, Vec<_>) =
            (all(true).iter().map(name).collect(), all(false).iter().map(name).collect());
        assert!(quick.len() * 2 < all.len() && quick.iter().all(|case| all.contains(case)));
        assert!(all.contains(&"HTTP 2026-07-28 echo 1000".to_owned()));
        assert!(all.contains(&"stdio 2025-11-25 echo 32".to_owned()));
    }

    #[test]
    fn servers_are_started_anew_but_once() {
        assert!(all(false).is_sorted_by_key(Case::setup));
    }
}
