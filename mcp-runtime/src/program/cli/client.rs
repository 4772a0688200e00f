//! A client of the server in the same process: what the command line does goes through the whole protocol.

use std::sync::Arc;

use mcp_proto::engine::{Event, Extras, Hello, Peer};
use mcp_proto::types::LogLevel;
use mcp_proto::wire::RequestWriter;
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::answer::Answer;
use super::bar::Bar;
use super::json::Json;
use super::notify;
use super::questions::Questions;
use super::remote::{Failure, MISSING_CAPABILITY, Remote};
use crate::call::{Facts, Unasked, UnaskedQuestion};
use crate::json_text;
use crate::server::Server;
use crate::service::Connection;
use crate::transport::MemoryClient;

/// How often one call may come back with questions. Nobody answers more; a call that never ends must not run for ever.
const ROUNDS: usize = 100;

/// A client of a server in this process. It speaks the newest revision, in which a call that asks is answered with its
/// questions, and made again with the answers.
pub(super) struct Client {
    connection: MemoryClient,
    runtime: Handle,
    peer: Peer,
    questions: Questions,
    /// What each request has in `_meta` beside what the protocol wants there: rendered members.
    meta: String,
    /// What a call would have asked, if this client could answer.
    unasked: Unasked,
    /// How far a request has come.
    bar: Bar,
}

impl Client {
    /// Connects as somebody, who answers questions in this way. In a thread that knows a runtime, and may be blocked.
    pub(super) fn connect(server: &Server, mut caller: Arc<Facts>, questions: Questions) -> Self {
        let unasked = Unasked::default();
        if let Some(facts) = Arc::get_mut(&mut caller) {
            facts.extensions.insert(unasked.clone());
        }
        let connection = server.connect_with(caller);
        Self {
            connection,
            runtime: Handle::current(),
            peer: peer(&questions.capabilities()),
            questions,
            meta: String::new(),
            unasked,
            bar: Bar::new(),
        }
    }

    /// Adds to the `_meta` of each request.
    pub(super) fn with_meta(self, meta: Map<String, Value>) -> Self {
        let object = json_text::value(&Value::Object(meta));
        Self { meta: object[1..object.len() - 1].to_owned(), ..self }
    }

    /// What was given on the command line and not asked for.
    pub(super) fn unused_answers(&self) -> Vec<String> {
        self.questions.unused()
    }

    /// The connection, for those who cut it off.
    pub(super) fn connection(&self) -> &Arc<Connection> {
        self.connection.connection()
    }

    /// Sends a request once, and waits for its result. What the server says meanwhile goes to standard error.
    fn send(&mut self, method: &str, params: &Value) -> Result<String, Failure> {
        let answered = self.send_and_hear(method, params);
        self.bar.clear();
        answered
    }

    fn send_and_hear(&mut self, method: &str, params: &Value) -> Result<String, Failure> {
        let connection = Arc::clone(self.connection());
        // Noted before the connection is looked at: once it is cut off, nothing is asked that nobody waits for.
        let _busy = connection.busy();
        if connection.is_closing() {
            return Err(Failure::new("the server hung up"));
        }
        if self.peer.agreement().is_none() {
            self.agree()?;
        }
        let extras = Extras { progress: true, log_level: Some(LogLevel::Info), meta: &self.meta };
        let write = |request: &mut RequestWriter| {
            for (name, value) in params.as_object().into_iter().flatten() {
                request.member(name).extend_from_slice(json_text::value(value).as_bytes());
            }
        };
        let Some(sent) = self.peer.send(method, extras, write) else {
            return Err(Failure::new("too many requests wait for their answers"));
        };
        loop {
            match self.next_event()? {
                Event::Answered(token, response) if token == sent => {
                    return response.outcome().map(str::to_owned).map_err(Failure::answered);
                }
                Event::Notified(notification) | Event::Progress(_, notification) => {
                    notify::show(&self.bar, &notification.method, &notification.params().unwrap_or_default());
                }
                _ => {}
            }
        }
    }

    /// Comes to an agreement on the newest revision.
    fn agree(&mut self) -> Result<(), Failure> {
        self.peer.discover();
        loop {
            match self.next_event()? {
                Event::Agreed(_) => return Ok(()),
                Event::Disagreed(disagreement) => return Err(Failure::new(disagreement.why.clone())),
                _ => {}
            }
        }
    }

    /// Sends what is to be sent, and waits until something has happened.
    fn next_event(&mut self) -> Result<Event, Failure> {
        loop {
            while let Some(frame) = self.peer.poll_transmit() {
                self.connection.send(frame);
            }
            if let Some(event) = self.peer.poll_event() {
                return Ok(event);
            }
            let frame =
                self.runtime.block_on(self.connection.receive()).ok_or_else(|| Failure::new("the server hung up"))?;
            self.peer.handle_frame(frame);
        }
    }

    /// Why a call has failed that asks what this client has not declared. It is not made again with the capability declared:
    /// what it has done up to its question would be done twice.
    fn undeclared(&mut self, refused: Failure) -> Failure {
        self.unanswered().unwrap_or_else(|| refused.undeclared())
    }

    /// What a call would have asked, and how to answer it. What has an answer is declared, and is asked.
    fn unanswered(&mut self) -> Option<Failure> {
        let UnaskedQuestion { key, method, params } = self.unasked.take()?;
        self.questions.answer(&key, method, &Json::parse(&params)).err()
    }
}

/// The client's side of a connection, declaring these capabilities.
fn peer(capabilities: &Value) -> Peer {
    let info = concat!(r#"{"name":"cli","version":""#, env!("CARGO_PKG_VERSION"), r#""}"#);
    Peer::client(Arc::new(Hello::new(info, &json_text::value(capabilities))))
}

impl Remote for Client {
    fn request(&mut self, method: &str, params: Value) -> Result<String, Failure> {
        let mut round = params.clone();
        for _ in 0..ROUNDS {
            let result = match self.send(method, &round) {
                Err(refused) if refused.is(MISSING_CAPABILITY) => return Err(self.undeclared(refused)),
                other => other,
            };
            // It was denied because nobody can be asked here. What is asked, and how to answer it, says more.
            if let Some(unanswered) = self.unanswered() {
                return Err(unanswered);
            }
            let result = result?;
            let asked = match Answer::read("", &result) {
                Ok(asked) if asked.get("resultType").text() == "input_required" => asked,
                _ => return Ok(result),
            };
            let mut answers = Map::new();
            for (key, question) in asked.get("inputRequests").members() {
                let answer = self.questions.answer(key, question["method"].text(), &question["params"])?;
                answers.insert(key.clone(), answer);
            }
            round = params.clone();
            let Value::Object(members) = &mut round else { return Ok(result) };
            members.insert("inputResponses".to_owned(), answers.into());
            if let state @ Json::Text(_) = asked.get("requestState") {
                members.insert("requestState".to_owned(), state.to_value());
            }
        }
        Err(Failure::new(format!("the server still asks after {ROUNDS} rounds of questions")))
    }
}
