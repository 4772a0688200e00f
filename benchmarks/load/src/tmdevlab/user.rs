//! A user: one connection, and one errand after the other, each in a session of its own where there are sessions.

use std::time::{Duration, Instant};

use tokio::time::{sleep, sleep_until};

use super::check;
use super::plan::{Case, Errand, Kind, Revision, initialize};
use crate::http::Connection;
use crate::request::{INITIALIZED, Place, http, post};
use crate::trouble::{Outcome, Trouble};

/// How much later than the one before each user who has rested begins: so they do not all ask in the same moment and rest in
/// the same moment. Together this is one pause.
const LATER: Duration = Duration::from_millis(1);

/// How long the requests of each kind took, in nanoseconds; in the order of [`Kind::ALL`].
pub type Latencies = [Vec<u32>; Kind::ALL.len()];

/// A user who is connected.
#[derive(Debug)]
pub struct User {
    number: u32,
    case: Case,
    place: Place,
    connection: Connection,
    /// What each errand asks.
    bodies: [String; Errand::ALL.len()],
    /// Which errand is next.
    next: usize,
}

/// The headers of requests.
type Headers = Vec<(&'static str, String)>;

impl User {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn arrive(number: u32, case: Case, place: &Place) -> Outcome<Self> {
        let connection = Connection::open(place.address).await?;
        let bodies = Errand::ALL.map(|errand| errand.body(case.revision, number));
        Ok(Self { number, case, place: place.clone(), connection, bodies, next: 0 })
    }

    /// Has one errand after the other until that time, and at least one. One that has begun is brought to its end.
    ///
    /// # Errors
    /// The first answer that is wrong.
    pub async fn work(&mut self, until: Instant) -> Outcome<Latencies> {
        let mut latencies = Latencies::default();
        if self.case.pause.is_some() && self.next == 0 {
            sleep(LATER * self.number).await;
        }
        loop {
            self.errand(&mut latencies).await?;
            if self.next == 0
                && let Some(pause) = self.case.pause
            {
                sleep_until((Instant::now() + pause).min(until).into()).await;
            }
            if Instant::now() >= until {
                return Ok(latencies);
            }
        }
    }

    /// Has each errand once.
    ///
    /// # Errors
    /// The first answer that is wrong.
    pub async fn try_all(&mut self) -> Outcome<()> {
        for _ in Errand::ALL {
            self.errand(&mut Latencies::default()).await?;
        }
        Ok(())
    }

    async fn errand(&mut self, latencies: &mut Latencies) -> Outcome<()> {
        let errand = Errand::ALL[self.next];
        let (revision, user) = (self.case.revision, self.number);
        let headers = match revision {
            Revision::Stateless => stateless(errand),
            _ => self.open_session(latencies).await?,
        };
        let request = post(&self.place, &headers, &self.bodies[self.next]);
        let began = Instant::now();
        let answer = self.connection.exchange(&request).await?;
        latencies[Kind::Of(errand).place()].push(nanoseconds(began));
        check::done(&answer, errand, revision, user)?;
        if headers.iter().any(|(name, _)| *name == SESSION) {
            let answer = self.connection.exchange(&http("DELETE", &self.place, &headers, "")).await?;
            accepted(answer.status)?;
        }
        self.next = (self.next + 1) % Errand::ALL.len();
        Ok(())
    }

    /// What the requests in it have as headers.
    async fn open_session(&mut self, latencies: &mut Latencies) -> Outcome<Headers> {
        let revision = self.case.revision;
        let request = post(&self.place, &[], &initialize(revision));
        let began = Instant::now();
        let answer = self.connection.exchange(&request).await?;
        latencies[Kind::Initialize.place()].push(nanoseconds(began));
        check::opened(&answer, revision)?;
        let mut headers = Headers::new();
        headers.extend(answer.session.map(|session| (SESSION, session.to_owned())));
        // The revision that the original asks for knows no such header.
        if revision == Revision::Session {
            headers.push((VERSION, revision.version().to_owned()));
        }
        let answer = self.connection.exchange(&post(&self.place, &headers, INITIALIZED)).await?;
        accepted(answer.status)?;
        Ok(headers)
    }
}

const SESSION: &str = "Mcp-Session-Id";
const VERSION: &str = "MCP-Protocol-Version";

/// What a request that stands alone says of itself.
fn stateless(errand: Errand) -> Headers {
    let version = Revision::Stateless.version().to_owned();
    let mut headers = vec![(VERSION, version), ("Mcp-Method", errand.method().to_owned())];
    headers.extend(errand.tool().map(|tool| ("Mcp-Name", tool.to_owned())));
    headers
}

fn accepted(status: u16) -> Outcome<()> {
    if (200..300).contains(&status) { Ok(()) } else { Err(Trouble::wrong(format!("status {status} to a session"))) }
}

fn nanoseconds(began: Instant) -> u32 {
    u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
