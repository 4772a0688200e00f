//! What a server keeps in memory while nobody asks: by itself, for a session, for a connection.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::case::{Case, Era, Load, Setup};
use crate::client::{Client, open_session};
use crate::http::Connection;
use crate::process::Program;
use crate::server::Server;
use crate::trouble::{Outcome, Trouble};

/// How many sessions, and connections, there are.
const MANY: u32 = 4_096;
const MANY_QUICKLY: u32 = 1_024;

/// Requests before the first look, so that what is set up once is there.
const WARM_UP: u32 = 200;

/// Connections that the sessions are opened on.
const CONNECTIONS: usize = 8;

/// How long it may take to open them all.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long after the last answer is looked: nothing is left in flight.
const REST: Duration = Duration::from_millis(100);

/// What a server keeps in memory.
#[derive(Debug)]
pub struct Idle {
    /// In KiB, after its first answers.
    pub resident_kib: Outcome<u64>,
    /// In KiB, for one more session.
    pub session_kib: Outcome<f64>,
    /// In KiB, for one more connection.
    pub connection_kib: Outcome<f64>,
}

/// Looks at a server.
pub async fn measure(program: &Program, quick: bool) -> Idle {
    let many = if quick { MANY_QUICKLY } else { MANY };
    let start = || Server::start(program.command("http", Setup::PLAIN));
    Idle {
        resident_kib: in_time(async { Warm::up(start().await?).await?.resident_kib().await }).await,
        session_kib: in_time(async { sessions(Warm::up(start().await?).await?, many).await }).await,
        connection_kib: in_time(async { connections(Warm::up(start().await?).await?, many).await }).await,
    }
}

/// A server that has been asked before, and the client that did.
struct Warm {
    server: Server,
    client: Client,
    case: Case,
}

impl Warm {
    /// In the newest era that it serves.
    async fn up(server: Server) -> Outcome<Self> {
        let mut case = Case::small(Era::Stateless, Load::Http(1));
        let mut client = Client::open(&server.place, &case).await?;
        if client.ask().await.is_err() {
            case = Case::small(Era::Session, Load::Http(1));
            client = Client::open(&server.place, &case).await?;
        }
        for _ in 0..WARM_UP {
            client.ask().await?;
        }
        Ok(Self { server, client, case })
    }

    async fn resident_kib(&self) -> Outcome<u64> {
        sleep(REST).await;
        self.server.process.resident_kib()
    }
}

/// Memory for one of many sessions.
async fn sessions(warm: Warm, many: u32) -> Outcome<f64> {
    let place = &warm.server.place;
    let mut first = Client::open(place, &Case::small(Era::Session, Load::Http(1))).await?;
    if !first.has_session() {
        return Err(Trouble::unserved("it keeps no sessions"));
    }
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(place.address).await?);
    }
    let before = warm.resident_kib().await?;
    for number in 0..many as usize {
        open_session(&mut connections[number % CONNECTIONS], place).await?;
    }
    let after = warm.resident_kib().await?;
    // One that was given up for the others would not be idle but gone.
    first.ask().await.map_err(Trouble::of_one_that_served)?;
    Ok(each(before, after, many))
}

/// Memory for one of many connections that have been used once.
async fn connections(warm: Warm, many: u32) -> Outcome<f64> {
    let before = warm.resident_kib().await?;
    let mut open = Vec::new();
    for _ in 0..many {
        let mut client = warm.client.beside(&warm.server.place, &warm.case).await?;
        client.ask().await?;
        open.push(client);
    }
    let after = warm.resident_kib().await?;
    Ok(each(before, after, many))
}

fn each(before: u64, after: u64, many: u32) -> f64 {
    let grown = u32::try_from(after.saturating_sub(before)).unwrap_or(u32::MAX);
    f64::from(grown) / f64::from(many)
}

async fn in_time<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let began = Instant::now();
    let done = timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_| Err(Trouble::failed(format!("not done after {:?}", began.elapsed()))))
}
