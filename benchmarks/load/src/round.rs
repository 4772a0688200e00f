//! One round: clients that ask one thing after the other, and what that cost the server.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::case::{Case, Load};
use crate::client::Client;
use crate::pipe::Pipe;
use crate::process::{Process, Program};
use crate::server::Server;
use crate::trouble::{Outcome, Trouble};

/// Requests of each client before those that count, and of all together.
const WARM_UP: u32 = 20;
const WARM_UP_TOGETHER: u32 = 2_000;

/// How long the server's threads get to come to rest, so that the scheduler's account of them is up to date.
const REST: Duration = Duration::from_millis(10);

/// How long it may take to open all connections and sessions, and to close them; how long a first answer may take, and how
/// long a round.
const OPEN: Duration = Duration::from_secs(90);
const FIRST: Duration = Duration::from_secs(5);
const ROUND: Duration = Duration::from_secs(20);

/// What a round has shown.
#[derive(Debug)]
pub struct Round {
    /// How long it took.
    pub took: Duration,
    /// What it cost the server, in nanoseconds of processor time.
    pub cpu_ns: u64,
    /// How long each request took, in nanoseconds.
    pub latencies: Vec<u32>,
}

/// All the clients of a case, for one server.
#[derive(Debug)]
pub enum Clients<'a> {
    /// On HTTP.
    Http(&'a Server, Vec<Client>),
    /// On the standard streams, and how many requests they have in flight.
    Stdio(Box<Pipe>, u32),
}

impl<'a> Clients<'a> {
    /// Connects them all. The first has an answer: the case is served.
    ///
    /// # Errors
    /// Where it is not.
    pub async fn open(program: &Program, server: &'a Outcome<Server>, case: &Case) -> Outcome<Self> {
        in_time(OPEN, async {
            match case.load {
                Load::Http(connections) => {
                    let server = server.as_ref().map_err(Clone::clone)?;
                    let mut first = Client::open(&server.place, case).await?;
                    in_time(FIRST, first.ask()).await?;
                    let mut clients = vec![first];
                    for _ in 1..connections {
                        clients.push(Client::open(&server.place, case).await?);
                    }
                    Ok(Self::Http(server, clients))
                }
                Load::Stdio(in_flight) => {
                    let mut pipe = Pipe::open(program.command("stdio", case.setup()), case).await?;
                    in_time(FIRST, pipe.ask(1, 1, Instant::now())).await?;
                    Ok(Self::Stdio(Box::new(pipe), in_flight))
                }
            }
        })
        .await
    }

    /// The process of their server.
    pub fn process(&self) -> &Process {
        match self {
            Self::Http(server, _) => &server.process,
            Self::Stdio(pipe, _) => &pipe.process,
        }
    }

    /// A round of so many requests, or of those for which there is time.
    ///
    /// # Errors
    /// The first answer that is wrong or does not come.
    pub async fn round(&mut self, requests: u32, time: Duration) -> Outcome<Round> {
        in_time(ROUND, async {
            let together = WARM_UP_TOGETHER.min(requests).min(WARM_UP * self.at_once());
            self.ask(together, time / 4).await?;
            sleep(REST).await;
            let before = self.process().cpu_ns()?;
            let began = Instant::now();
            let latencies = self.ask(requests, time).await?;
            let took = began.elapsed();
            sleep(REST).await;
            let after = self.process().cpu_ns()?;
            let cpu_ns = after.checked_sub(before).ok_or_else(|| Trouble::failed("a thread of it has ended"))?;
            Ok(Round { took, cpu_ns, latencies })
        })
        .await
        .map_err(Trouble::of_one_that_served)
    }

    /// Asks, with all clients at once. How long each answer took.
    ///
    /// # Errors
    /// The first answer that is wrong.
    pub async fn ask(&mut self, requests: u32, time: Duration) -> Outcome<Vec<u32>> {
        let until = Instant::now() + time;
        match self {
            Self::Http(_, clients) => ask_all(clients, requests, until).await,
            Self::Stdio(pipe, in_flight) => pipe.ask(requests, *in_flight, until).await,
        }
    }

    /// Ends the sessions.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn close(self) -> Outcome<()> {
        let Self::Http(server, clients) = self else { return Ok(()) };
        in_time(OPEN, async {
            for client in clients {
                client.close(&server.place).await?;
            }
            Ok(())
        })
        .await
    }

    fn at_once(&self) -> u32 {
        match self {
            Self::Http(_, clients) => u32::try_from(clients.len()).unwrap_or(u32::MAX),
            Self::Stdio(_, in_flight) => *in_flight,
        }
    }
}

/// Has all clients ask, each as many times, and at least once.
async fn ask_all(clients: &mut Vec<Client>, requests: u32, until: Instant) -> Outcome<Vec<u32>> {
    let each = (requests as usize).div_ceil(clients.len());
    let mut tasks: JoinSet<Outcome<(Client, Vec<u32>)>> = JoinSet::new();
    for mut client in clients.drain(..) {
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(each);
            while latencies.len() < each && (latencies.is_empty() || Instant::now() < until) {
                latencies.push(client.ask().await?);
            }
            Ok((client, latencies))
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (client, latencies) = done??;
        clients.push(client);
        all.extend(latencies);
    }
    Ok(all)
}

/// What comes of it, if it comes in time.
async fn in_time<T>(time: Duration, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    timeout(time, work).await.unwrap_or_else(|_| Err(Trouble::failed(format!("no answer after {time:?}"))))
}
