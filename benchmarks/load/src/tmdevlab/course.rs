//! One case: all servers have the users in turn, round by round, so that whatever else the machine does befalls them alike.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::plan::{Case, Kind, USERS};
use super::user::{Latencies, User};
use crate::case::Setup;
use crate::process::Program;
use crate::server::Server;
use crate::trouble::{Outcome, Trouble};

/// How long the server's threads get to come to rest, so that the scheduler's account of them is up to date.
const REST: Duration = Duration::from_millis(10);

/// How long a first errand of each kind may take together, and what a round may take beyond its time.
const FIRST: Duration = Duration::from_secs(10);
const BEYOND: Duration = Duration::from_secs(20);

/// What a round has shown.
#[derive(Debug)]
pub struct Round {
    /// How long it took.
    pub took: Duration,
    /// What it cost the server, in nanoseconds of processor time.
    pub cpu_ns: u64,
    /// How long its requests took.
    pub latencies: Latencies,
}

/// What one server did in a case.
#[derive(Debug)]
pub struct Course {
    /// Its rounds, until there was trouble.
    pub rounds: Vec<Round>,
    /// The most that was resident of it since it was started, in KiB.
    pub peak_kib: Option<u64>,
    /// Why it has no figures.
    pub trouble: Option<Trouble>,
}

/// A server and its users.
struct Crowd {
    server: Server,
    users: Vec<User>,
}

/// Starts all servers, and has them run a case.
pub async fn run(programs: &[Program], case: Case, rounds: usize, time: Duration) -> Vec<Course> {
    let mut crowds = Vec::new();
    for program in programs {
        crowds.push(Crowd::gather(program, case).await);
    }
    let mut courses: Vec<Course> =
        programs.iter().map(|_| Course { rounds: Vec::new(), peak_kib: None, trouble: None }).collect();
    // The first is not counted.
    for number in 0..=rounds {
        for (crowd, course) in crowds.iter_mut().zip(&mut courses) {
            let Ok(running) = crowd else { continue };
            match running.round(time).await.map_err(Trouble::of_one_that_served) {
                Ok(round) if number > 0 => course.rounds.push(round),
                Ok(_) => {}
                Err(trouble) => *crowd = Err(trouble),
            }
        }
    }
    for (crowd, course) in crowds.into_iter().zip(&mut courses) {
        match crowd {
            Ok(crowd) => course.peak_kib = crowd.server.process.peak_kib().ok(),
            Err(trouble) => course.trouble = Some(trouble),
        }
    }
    courses
}

impl Crowd {
    /// Starts a server, and has the first user try everything.
    async fn gather(program: &Program, case: Case) -> Outcome<Self> {
        let server = Server::start(program.command("http", Setup::PLAIN)).await?;
        let mut users = Vec::new();
        for number in 1..=USERS {
            users.push(User::arrive(number, case, &server.place).await?);
        }
        if let Some(first) = users.first_mut() {
            in_time(FIRST, first.try_all()).await?;
        }
        Ok(Self { server, users })
    }

    async fn round(&mut self, time: Duration) -> Outcome<Round> {
        in_time(time + time / 4 + BEYOND, async {
            self.work(time / 4).await?;
            sleep(REST).await;
            let before = self.server.process.cpu_ns()?;
            let began = Instant::now();
            let latencies = self.work(time).await?;
            let took = began.elapsed();
            sleep(REST).await;
            let after = self.server.process.cpu_ns()?;
            let cpu_ns = after.checked_sub(before).ok_or_else(|| Trouble::failed("a thread of it has ended"))?;
            Ok(Round { took, cpu_ns, latencies })
        })
        .await
    }

    async fn work(&mut self, time: Duration) -> Outcome<Latencies> {
        let until = Instant::now() + time;
        let mut tasks: JoinSet<Outcome<(User, Latencies)>> = JoinSet::new();
        for mut user in self.users.drain(..) {
            tasks.spawn(async move {
                let latencies = user.work(until).await?;
                Ok((user, latencies))
            });
        }
        let mut all = Latencies::default();
        while let Some(done) = tasks.join_next().await {
            let (user, latencies) = done??;
            self.users.push(user);
            for (all, one) in all.iter_mut().zip(latencies) {
                all.extend(one);
            }
        }
        Ok(all)
    }
}

// Requests and nanoseconds of a round are far from where an `f64` has gaps between integers.
#[allow(clippy::cast_precision_loss)]
impl Round {
    /// How many requests counted.
    pub fn requests(&self) -> usize {
        self.latencies.iter().map(Vec::len).sum()
    }

    /// Processor time of the server for one of them.
    pub fn cpu_us(&self) -> f64 {
        self.cpu_ns as f64 / 1e3 / self.requests() as f64
    }

    /// How many there were in a second.
    pub fn per_second(&self) -> f64 {
        self.requests() as f64 / self.took.as_secs_f64()
    }

    /// How long a call of a tool took, on average.
    pub fn mean_us(&self) -> f64 {
        let calls = || self.calls().flatten();
        calls().map(|ns| f64::from(*ns)).sum::<f64>() / 1e3 / calls().count() as f64
    }

    /// How long the calls of each tool took.
    pub fn calls(&self) -> impl Iterator<Item = &Vec<u32>> {
        Kind::ALL.iter().filter(|kind| kind.is_call()).map(|kind| &self.latencies[kind.place()])
    }
}

/// What comes of it, if it comes in time.
async fn in_time<T>(time: Duration, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    timeout(time, work).await.unwrap_or_else(|_| Err(Trouble::failed(format!("not done after {time:?}"))))
}
