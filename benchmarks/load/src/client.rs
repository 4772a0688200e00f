//! A client on HTTP: a connection, its session if the era has them, and what it asks.

use std::time::Instant;

use serde::Deserialize;

use crate::answer::Examiner;
use crate::case::{Case, Era};
use crate::http::{Answer, Connection};
use crate::request::{self, Place, SessionHeaders, Template};
use crate::trouble::{Outcome, Trouble};

/// A client that is connected.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
    session: Option<SessionHeaders>,
    template: Template,
    examiner: Examiner,
}

impl Client {
    /// Connects, and opens a session where there are any.
    ///
    /// # Errors
    /// Why it has none.
    pub async fn open(place: &Place, case: &Case) -> Outcome<Self> {
        let mut connection = Connection::open(place.address).await?;
        let session = match case.era {
            Era::Session => Some(open_session(&mut connection, place).await?),
            Era::Stateless => None,
        };
        Ok(Self::new(connection, place, case, session))
    }

    /// One on a connection of its own, in the session of another.
    ///
    /// # Errors
    /// Where it cannot connect.
    pub async fn beside(&self, place: &Place, case: &Case) -> Outcome<Self> {
        Ok(Self::new(Connection::open(place.address).await?, place, case, self.session.clone()))
    }

    fn new(connection: Connection, place: &Place, case: &Case, session: Option<SessionHeaders>) -> Self {
        let template = Template::http(case, place, session.as_ref());
        Self { connection, session, template, examiner: Examiner::new(case) }
    }

    /// Whether it has a session that the server keeps.
    pub fn has_session(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.id.is_some())
    }

    /// Asks once; how long the answer took, in nanoseconds.
    ///
    /// # Errors
    /// An answer that is not right, or none.
    pub async fn ask(&mut self) -> Outcome<u32> {
        let (request, id) = self.template.next();
        let began = Instant::now();
        let answer = self.connection.exchange(request).await?;
        let took = began.elapsed();
        if answer.status != 200 {
            return Err(refused(&answer));
        }
        let mut answered = None;
        for message in answer.messages() {
            if let Some(id) = self.examiner.take(message)?
                && answered.replace(id).is_some()
            {
                return Err(Trouble::wrong("it answers twice"));
            }
        }
        if answered != Some(id) {
            return Err(Trouble::wrong(format!("request {id} is answered by {answered:?}")));
        }
        Ok(u32::try_from(took.as_nanos()).unwrap_or(u32::MAX))
    }

    /// Ends the session.
    ///
    /// # Errors
    /// Where the server does not answer. Whether a session can be ended is its business.
    pub async fn close(mut self, place: &Place) -> Outcome<()> {
        if let Some(session) = self.session.filter(|session| session.id.is_some()) {
            self.connection.exchange(&request::delete(place, &session)).await?;
        }
        Ok(())
    }
}

/// Opens a session.
///
/// # Errors
/// Where there is none.
pub async fn open_session(connection: &mut Connection, place: &Place) -> Outcome<SessionHeaders> {
    let answer = connection.exchange(&request::initialize(place)).await?;
    if answer.status != 200 {
        return Err(refused(&answer));
    }
    let message = answer.messages().last().unwrap_or_default();
    let session = SessionHeaders { version: agreed_version(message)?, id: answer.session.map(str::to_owned) };
    let answer = connection.exchange(&request::initialized(place, &session)).await?;
    if !(200..300).contains(&answer.status) {
        return Err(refused(&answer));
    }
    Ok(session)
}

/// The revision that the answer to `initialize` names.
///
/// # Errors
/// Where the message is not that.
pub fn agreed_version(message: &str) -> Outcome<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Result {
        protocol_version: String,
    }
    #[derive(Deserialize)]
    struct Message {
        id: Option<serde_json::Value>,
        result: Option<Result>,
    }
    let told = |what: &str| Trouble::unserved(format!("{what} answers initialize: {message}"));
    let read: Message = serde_json::from_str(message).map_err(|_| told("no message"))?;
    let result = read.result.filter(|_| read.id == Some(0.into())).ok_or_else(|| told("no result"))?;
    Ok(result.protocol_version)
}

fn refused(answer: &Answer<'_>) -> Trouble {
    Trouble::unserved(format!("status {}: {}", answer.status, answer.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_the_version_that_was_agreed_on() {
        let answer = r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{}}}"#;
        assert_eq!(agreed_version(answer).as_deref(), Ok("2025-06-18"));
        for bad in ["", "{}", r#"{"id":1,"result":{"protocolVersion":"x"}}"#, r#"{"id":0,"error":{"code":1}}"#] {
            assert!(matches!(agreed_version(bad), Err(Trouble::Unserved(_))), "{bad}");
        }
    }
}
