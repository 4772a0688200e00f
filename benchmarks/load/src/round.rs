//! One round: some connections, each of which asks one thing after the other, and what that cost the server.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Outcome;
use crate::case::{self, Case, Era, Template};
use crate::http::Connection;
use crate::server::Server;

/// Requests of each connection before those that count.
const WARM_UP: u32 = 20;

/// How long the server's threads get to come to rest, so that the scheduler's account of them is up to date.
const REST: Duration = Duration::from_millis(10);

/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a round has shown.
#[derive(Debug)]
pub struct Round {
    /// How many requests were answered.
    pub requests: u32,
    /// How long they took all together.
    pub took: Duration,
    /// What they cost the server, in nanoseconds of processor time.
    pub cpu_ns: u64,
    /// How long each took, in nanoseconds.
    pub latencies: Vec<u32>,
}

/// Runs a round of `requests`, spread evenly over `connections`.
///
/// # Errors
/// The first answer that is wrong or does not come.
pub async fn run(server: &Server, case: &'static Case, connections: u32, requests: u32) -> Outcome<Round> {
    timeout(PATIENCE, measure(server, case, connections, requests))
        .await
        .map_err(|_| format!("{}: a round took longer than {PATIENCE:?}", server.name))?
}

async fn measure(server: &Server, case: &'static Case, connections: u32, requests: u32) -> Outcome<Round> {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::open(server, case).await?);
    }
    let (clients, _) = ask_all(clients, WARM_UP).await?;
    sleep(REST).await;
    let each = requests.div_ceil(connections);
    let cpu_before = server.cpu_ns()?;
    let began = Instant::now();
    let (clients, latencies) = ask_all(clients, each).await?;
    let took = began.elapsed();
    sleep(REST).await;
    let cpu_ns = server.cpu_ns()? - cpu_before;
    for client in clients {
        client.close(server).await?;
    }
    Ok(Round { requests: each * connections, took, cpu_ns, latencies })
}

/// Has all clients ask at once, `each` so many times. Gives them back, and how long each answer took.
async fn ask_all(clients: Vec<Client>, each: u32) -> Outcome<(Vec<Client>, Vec<u32>)> {
    let mut tasks: JoinSet<Outcome<(Client, Vec<u32>)>> = JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(each as usize);
            for _ in 0..each {
                latencies.push(client.ask().await?);
            }
            Ok((client, latencies))
        });
    }
    let mut clients = Vec::new();
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (client, latencies) = done??;
        clients.push(client);
        all.extend(latencies);
    }
    Ok((clients, all))
}

/// A connection, its session if the era has them, and what it asks.
struct Client {
    connection: Connection,
    session: Option<String>,
    case: &'static Case,
    template: Template,
}

impl Client {
    async fn open(server: &Server, case: &'static Case) -> Outcome<Self> {
        let (address, path) = (server.address, &*server.path);
        let mut connection = Connection::open(address).await?;
        let mut session = None;
        if case.era == Era::Session {
            let answer = connection.exchange(&case::initialize(address, path)).await?;
            if answer.status != 200 {
                return Err(format!("{}: no session: {answer:?}", server.name).into());
            }
            // A server may do without one.
            session = answer.session.map(str::to_owned);
            let answer = connection.exchange(&case::initialized(address, path, session.as_deref())).await?;
            if answer.status != 202 {
                return Err(format!("{}: a notification is answered with 202: {answer:?}", server.name).into());
            }
        }
        let template = case.template(address, path, session.as_deref());
        Ok(Self { connection, session, case, template })
    }

    /// Asks once; how long the answer took, in nanoseconds.
    async fn ask(&mut self) -> Outcome<u32> {
        let (request, id) = self.template.next();
        let began = Instant::now();
        let answer = self.connection.exchange(request).await?;
        let took = began.elapsed();
        self.case.check(&answer, id)?;
        Ok(u32::try_from(took.as_nanos()).unwrap_or(u32::MAX))
    }

    async fn close(mut self, server: &Server) -> Outcome<()> {
        if let Some(session) = self.session {
            // Whether a session can be ended is the server's business.
            self.connection.exchange(&case::delete(server.address, &server.path, &session)).await?;
        }
        Ok(())
    }
}
