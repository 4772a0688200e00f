//! One endpoint: how it is configured, and what is alive in it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use mcp_proto::wire::RpcError;

use super::address::Source;
use super::answer;
use super::body::Body;
use super::config::Config;
use super::head::Found;
use super::place::Calls;
use super::refused::Refused;
use super::stateful::Sessions;
use crate::budget::Budget;
use crate::call::{Latch, Principal};
use crate::service::{Core, CutOff, Opened};
use crate::tally::Tally;

/// What the streams of all sessions keep together, for clients that come back: 64 MiB.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// What all bodies that are being read have together: 256 MiB, so that calls that run have as much again.
const BODY_BYTES: usize = 256 * 1024 * 1024;

/// An endpoint: how it is configured, and what is alive in it.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(super) config: Config,
    pub(super) live: Arc<Live>,
}

/// What all clones of an endpoint share, however they are configured.
pub(crate) struct Live {
    pub(super) core: Arc<Core>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) calls: Arc<Calls>,
    /// The open subscriptions of the stateless era, by the address of their clients. Each holds a permit for as long as its
    /// client likes, so no client may have all of them.
    pub(super) subscriptions: Arc<Tally<Source>>,
    pub(super) refused: Refused,
    /// The memory of bodies that are being read.
    pub(super) bodies: Arc<Budget>,
    /// Raised when serving ends: streams end with their closing result.
    pub(super) closing: Arc<Latch>,
    /// The calls that are dropped once serving waits no longer.
    pub(super) cut_off: CutOff,
}

impl Endpoint {
    /// A service as it is by default.
    pub(super) fn new(core: Arc<Core>) -> Self {
        let (budget, closing) = (core.budget(), Arc::<Latch>::default());
        let sessions = Arc::new(Sessions::new(&core, &closing, budget.share(KEPT_BYTES)));
        core.revoked().tell(Arc::downgrade(&(Arc::clone(&sessions) as Arc<dyn Opened>)));
        let live = Live {
            refused: Refused::default(),
            sessions,
            calls: Arc::new(Calls::new(budget)),
            subscriptions: Arc::default(),
            bodies: budget.part(BODY_BYTES),
            closing,
            cut_off: CutOff::default(),
            core,
        };
        Self { config: Config::default(), live: Arc::new(live) }
    }

    /// Whether a request may talk to the server at all.
    // The error is the answer itself, made once for a request that is refused.
    #[allow(clippy::result_large_err)]
    pub(super) fn admit(&self, uri: &http::Uri, host: Found<'_>, origin: Found<'_>) -> Result<(), Response<Body>> {
        let authority = uri.authority().map(http::uri::Authority::as_str);
        self.config.guard.admits(authority, host, origin).map_err(|header| {
            let (said, option) = match header {
                "Host" => (host.first, "`--allow-host`, or `Http::allow_host`"),
                _ => (origin.first, "`--allow-origin`, or `Http::allow_origin`"),
            };
            let said = said.map(|said| String::from_utf8_lossy(said.as_bytes()));
            self.live.refused.note(header, &said.unwrap_or_else(|| authority.unwrap_or_default().into()));
            let why = format!("Forbidden: this {header} is not allowed; the server's operator can allow it ({option})");
            answer::error(StatusCode::FORBIDDEN, &RpcError::invalid_request(why))
        })
    }

    /// What the server offers, as JSON, to a caller who may talk to it.
    pub(super) fn capabilities(&self, principal: &Principal) -> Bytes {
        self.live.core.catalog().summary(principal)
    }

    /// Ends in good order: no session is opened any more, what only listens ends, calls in flight may finish.
    pub(super) fn close(&self) {
        self.live.closing.raise();
        self.live.sessions.finish();
    }
}
