//! One case: all servers are asked in turn, round by round, so that whatever else the machine does befalls them all alike.

use std::time::Duration;

use crate::case::{Case, Setup};
use crate::process::Program;
use crate::round::{Clients, Round};
use crate::server::Server;
use crate::trouble::{Outcome, Trouble};

/// The servers on HTTP, started alike and at once.
#[derive(Debug)]
pub struct Fleet {
    setup: Setup,
    servers: Vec<Outcome<Server>>,
}

impl Fleet {
    /// Starts them all.
    pub async fn start(programs: &[Program], setup: Setup) -> Self {
        let mut servers = Vec::new();
        for program in programs {
            servers.push(Server::start(program.command("http", setup)).await);
        }
        Self { setup, servers }
    }

    /// Whether these are the servers for a case.
    pub fn fits(&self, case: &Case) -> bool {
        self.setup == case.setup()
    }
}

/// What one server did in a case.
#[derive(Debug)]
pub struct Course {
    /// Its rounds, until there was trouble.
    pub rounds: Vec<Round>,
    /// The most that was resident of it, in KiB.
    pub peak_kib: Option<u64>,
    /// Why it has no figures.
    pub trouble: Option<Trouble>,
}

/// Has all servers run a case.
pub async fn compare(programs: &[Program], fleet: &Fleet, case: &Case, rounds: usize, time: Duration) -> Vec<Course> {
    let mut all = Vec::new();
    for (program, server) in programs.iter().zip(&fleet.servers) {
        all.push(Clients::open(program, server, case).await);
    }
    let mut courses: Vec<Course> =
        all.iter().map(|_| Course { rounds: Vec::new(), peak_kib: None, trouble: None }).collect();
    for clients in all.iter().flatten() {
        // Where it cannot be forgotten, the peak is that of all cases so far.
        let _ = clients.process().forget_peak();
    }
    // The first is not counted: there are compilers in some that look on before they do something.
    for number in 0..=rounds {
        for (clients, course) in all.iter_mut().zip(&mut courses) {
            let Ok(running) = clients else { continue };
            match running.round(case.requests, time).await {
                Ok(round) if number > 0 => course.rounds.push(round),
                Ok(_) => {}
                Err(trouble) => *clients = Err(trouble),
            }
        }
    }
    for (clients, course) in all.into_iter().zip(&mut courses) {
        match clients {
            Ok(clients) => {
                course.peak_kib = clients.process().peak_kib().ok();
                course.trouble = clients.close().await.err();
            }
            Err(trouble) => course.trouble = Some(trouble),
        }
    }
    courses
}
