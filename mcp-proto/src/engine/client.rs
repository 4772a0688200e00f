//! The client's side: how it comes to an agreement, what it sends, and what it admits of a server.

use std::sync::Arc;

use super::agreement::{Agreement, known, texts};
use super::event::{Disagreement, Event};
use super::hello::{Extras, Hello};
use super::outbound::Token;
use super::peer::{Peer, Side};
use crate::Version;
use crate::era::Terms;
use crate::wire::{Method, Request, RequestWriter, Response, RpcError, pick};

/// What a client knows of the connection.
#[derive(Debug)]
pub(super) struct Client {
    hello: Arc<Hello>,
    agreement: Option<Arc<Agreement>>,
    /// The request that is to bring an agreement, while it is out.
    attempt: Option<(Token, Attempt)>,
    /// Reads the answer to it. Behind a pointer: what reads agreements is not linked into programs that are servers only.
    settle: fn(&mut Self, Response) -> Option<Event>,
}

/// How an agreement is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attempt {
    /// With `initialize`: a session of a revision up to 2025-11-25.
    Initialize,
    /// With `server/discover`: the stateless revision.
    Discover,
}

impl Peer {
    /// The client's side of a connection.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use mcp_proto::Version;
    /// use mcp_proto::engine::{Event, Extras, Greeting, Hello, Peer};
    ///
    /// let mut server = Peer::server(Arc::new(Greeting::new(|_| r#""capabilities":{}"#.to_owned())));
    /// let mut client = Peer::client(Arc::new(Hello::default()));
    /// client.initialize(Version::V2025_11_25);
    /// server.handle_frame(client.poll_transmit().expect("initialize"));
    /// client.handle_frame(server.poll_transmit().expect("its answer"));
    /// assert!(matches!(client.poll_event(), Some(Event::Agreed(with)) if with.version() == Version::V2025_11_25));
    ///
    /// let ping = client.send("ping", Extras::default(), |_| ());
    /// assert!(ping.is_some());
    /// ```
    pub fn client(hello: Arc<Hello>) -> Self {
        Self::of(Side::Client(Box::new(Client { hello, agreement: None, attempt: None, settle: Client::read })))
    }

    /// What this side, a client, has agreed on with its server.
    pub fn agreement(&self) -> Option<&Arc<Agreement>> {
        match &self.side {
            Side::Client(client) => client.agreement.as_ref(),
            Side::Server(_) => None,
        }
    }

    /// Uses an agreement that was come to before, with the same server: each stateless request stands for itself, and nothing is
    /// sent.
    pub fn agree(&mut self, agreement: Arc<Agreement>) {
        if let Side::Client(client) = &mut self.side {
            client.agreement = Some(agreement);
        }
    }

    /// Sends `initialize`, asking for a revision with sessions. What comes of it is an [`Event::Agreed`] or an
    /// [`Event::Disagreed`]; after the former the server is told that the client is ready.
    pub fn initialize(&mut self, version: Version) -> Option<Token> {
        self.attempt(Attempt::Initialize, |hello, id| hello.initialize(id, version))
    }

    /// Sends `server/discover`, to come to an agreement on the stateless revision. A server that knows only sessions answers
    /// with an error, or not at all; then [`initialize`](Self::initialize) is the way (2026-07-28, `basic/transports/stdio`,
    /// "Backward Compatibility").
    pub fn discover(&mut self) -> Option<Token> {
        self.attempt(Attempt::Discover, |hello, id| {
            hello.request(id, "server/discover", Version::LATEST, Extras::default(), |_| ())
        })
    }

    fn attempt(&mut self, how: Attempt, frame: impl FnOnce(&Hello, &crate::wire::Id) -> Vec<u8>) -> Option<Token> {
        let Side::Client(client) = &mut self.side else { return None };
        let (id, token) = self.outbound.begin();
        let before = client.attempt.replace((token, how));
        self.transmit.push_back(frame(&client.hello, &id));
        // An attempt that is given up is not cancelled: `initialize` must not be (2025-11-25, `basic/utilities/cancellation`), and
        // its answer is of no use to anybody.
        before.map(|(token, _)| self.outbound.abandon(token));
        Some(token)
    }

    /// Sends a request with what the revision that was agreed on wants it to carry; before there is an agreement, as the newest
    /// one with sessions would. `params` writes its parameters. `None`, and nothing is sent, where too many requests wait for
    /// their answers, or this is a server's side.
    pub fn send(&mut self, method: &str, extras: Extras<'_>, params: impl FnOnce(&mut RequestWriter)) -> Option<Token> {
        if self.outbound.len() >= self.limits.requests {
            return None;
        }
        let Side::Client(client) = &mut self.side else { return None };
        let version = client.agreement.as_ref().map_or(Version::LATEST_STATEFUL, |agreement| agreement.version());
        let (id, token) = self.outbound.begin();
        self.transmit.push_back(client.hello.request(&id, method, version, extras, params));
        Some(token)
    }
}

impl Client {
    pub(super) fn version(&self) -> Option<Version> {
        self.agreement.as_ref().map(|agreement| agreement.version())
    }

    /// Whether this request is to bring an agreement.
    pub(super) fn is_attempt(&self, token: Token) -> bool {
        self.attempt.is_some_and(|(attempt, _)| attempt == token)
    }

    /// Gives up the attempt, if this request is one.
    pub(super) fn gives_up(&mut self, token: Token) -> bool {
        self.attempt.take_if(|(attempt, _)| *attempt == token).is_some()
    }

    /// Admits what a server asks for: in a session, what was declared; otherwise nothing (2026-07-28, `basic/patterns/mrtr`:
    /// servers ask in their results).
    pub(super) fn admit(&self, request: &Request) -> Result<Terms, RpcError> {
        let version = self.version().unwrap_or(Version::LATEST_STATEFUL);
        let offers = self.hello.offers;
        let is_offered = match request.method.as_str() {
            "sampling/createMessage" => offers.sampling,
            "elicitation/create" => offers.elicitation,
            "roots/list" => offers.roots,
            _ => request.method == Method::Ping,
        };
        if version.is_stateless() || !is_offered {
            return Err(RpcError::method_not_found(request.method.as_str()));
        }
        match request.fault {
            None => Ok(Terms { version, session: None }),
            Some(why) => Err(RpcError::invalid_params(why)),
        }
    }

    /// What has come of an attempt.
    pub(super) fn settle(&mut self, response: Response) -> Option<Event> {
        (self.settle)(self, response)
    }

    fn read(&mut self, response: Response) -> Option<Event> {
        let (_, how) = self.attempt.take()?;
        let read = match (response.outcome(), how) {
            (Ok(result), Attempt::Initialize) => Agreement::from_initialize(result),
            (Ok(result), Attempt::Discover) => Agreement::from_discover(result, Version::LATEST),
            (Err(error), _) => Err(message(error)),
        };
        Some(match read {
            Ok(agreement) => {
                let agreement = Arc::new(agreement);
                self.agreement = Some(Arc::clone(&agreement));
                Event::Agreed(agreement)
            }
            Err(why) => {
                Event::Disagreed(Box::new(Disagreement { how, why, supported: supported(&response), response }))
            }
        })
    }
}

/// The revisions that a server names where it does not agree: in its answer to `server/discover`, or in an error.
fn supported(response: &Response) -> Vec<Version> {
    let versions = match response.outcome() {
        Ok(result) => pick(result, ["supportedVersions"]),
        Err(error) => pick(error, ["data"]).and_then(|[data]| pick(data?.json(), ["supported"])),
    };
    known(&versions.and_then(|[versions]| texts(versions?)).unwrap_or_default())
}

/// The message of a JSON-RPC error.
fn message(error: &str) -> String {
    let message = pick(error, ["message"]).and_then(|[message]| message?.text());
    message.unwrap_or(error.into()).into_owned()
}
