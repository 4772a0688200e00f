//! How a connection comes about: which revision both sides speak.

use std::ops::Deref;
use std::sync::Arc;

use mcp_proto::Version;
use mcp_proto::engine::{Agreement, Disagreement};
use tokio::time::timeout;

use super::error::{ClientError, RpcFailure};
use super::exchange::Exchange;
use super::health::ClientState;
use super::inner::Inner;
use super::link::{Link, Wire};
use super::request::Request;
use super::result::text_of;
use super::subscribed::Subscribed;

/// How an agreement is come to.
pub(super) enum Way {
    /// By asking for the newest revision, and, where the server does not know it, for a session (2026-07-28,
    /// `basic/versioning`, "Backward Compatibility").
    Probe,
    /// On one revision, and no other.
    Pinned(Version),
    /// As before.
    Known(Arc<Agreement>),
}

/// What a server says to an attempt.
type Settled = Result<Arc<Agreement>, Box<Disagreement>>;

/// A connection on which an agreement is sought.
struct Seeking<'a> {
    inner: &'a Arc<Inner>,
    exchange: Tentative,
    wire: Wire,
}

/// A conversation that is nobody's yet. Where no agreement is come to, or nobody waits for it any more, it ends, and so does how
/// it is carried: a program that was started, a socket, a session.
struct Tentative {
    exchange: Arc<Exchange>,
    is_kept: bool,
}

impl Tentative {
    fn new(inner: &Inner) -> Self {
        let (hello, limits) = (Arc::clone(&inner.hello), inner.options.limits());
        let exchange = Exchange::new(hello, limits, Arc::clone(&inner.hub), Arc::clone(&inner.pulse));
        Self { exchange, is_kept: false }
    }
}

impl Deref for Tentative {
    type Target = Arc<Exchange>;

    fn deref(&self) -> &Arc<Exchange> {
        &self.exchange
    }
}

impl Drop for Tentative {
    fn drop(&mut self) {
        if !self.is_kept {
            self.exchange.abandon();
        }
    }
}

/// Opens a connection, and agrees with the server.
///
/// # Errors
/// The server cannot be reached, or speaks none of our revisions.
pub(super) async fn connect(inner: &Arc<Inner>, way: Way) -> Result<Link, ClientError> {
    let seeking = Seeking::open(inner).await?;
    inner.pulse.set(ClientState::Initializing);
    match way {
        Way::Known(agreement) if agreement.version().is_stateless() => {
            seeking.exchange.agree(Arc::clone(&agreement));
            Ok(seeking.agreed(agreement).await)
        }
        Way::Known(agreement) => seeking.pinned(agreement.version(), false).await,
        Way::Pinned(version) => seeking.pinned(version, true).await,
        Way::Probe => seeking.probe().await,
    }
}

impl<'a> Seeking<'a> {
    async fn open(inner: &'a Arc<Inner>) -> Result<Self, ClientError> {
        let exchange = Tentative::new(inner);
        let wire = inner.target.open(&exchange, &inner.options).await?;
        Ok(Self { inner, exchange, wire })
    }

    /// Asks for a revision, and waits for what the server says.
    async fn attempt(&self, version: Version) -> Result<Settled, ClientError> {
        let (frame, attempted) = self.exchange.attempt(version);
        match &self.wire {
            Wire::Stream => self.exchange.say(frame),
            #[cfg(feature = "client")]
            Wire::Http(session) => session.attempt(&self.exchange, frame, version).await?,
        }
        let ended = || self.exchange.ended().unwrap_or(ClientError::Closed);
        attempted.await.map_err(|_| match ended() {
            ClientError::Lost(lost) => ClientError::connect(lost.why().to_owned()),
            other => other,
        })
    }

    /// Agrees on this revision; on an older one with sessions, unless it `must` be this.
    async fn pinned(self, version: Version, must: bool) -> Result<Link, ClientError> {
        let mut attempted = match self.attempt(version).await {
            // It may have the transport of that time.
            #[cfg(feature = "client")]
            Err(error) if version == Version::V2024_11_05 && is_of_old(&error) => return self.pair(error, must).await,
            attempted => attempted?,
        };
        if attempted.as_ref().is_err_and(|no| no.supported.contains(&version)) {
            // It knows the revision, and has refused what it took for another: once more.
            attempted = self.attempt(version).await?;
        }
        self.settled(attempted, must.then_some(version)).await
    }

    async fn probe(self) -> Result<Link, ClientError> {
        let probed = timeout(self.inner.options.probe_timeout, self.attempt(Version::LATEST)).await;
        let is_late = probed.is_err();
        let next = match probed {
            Ok(Ok(Ok(agreement))) => return Ok(self.agreed(agreement).await),
            Ok(Ok(Err(no))) if no.supported.contains(&Version::LATEST) => Version::LATEST,
            Ok(Ok(Err(no))) => {
                let spoken = no.supported.iter().copied().filter(|version| !version.is_stateless()).max();
                spoken.unwrap_or(Version::LATEST_STATEFUL)
            }
            // It has hung up over a request that it does not know.
            Ok(Err(_)) if self.exchange.ended().is_some() && self.inner.target.is_lasting() => {
                return Self::open(self.inner).await?.with_session(Version::LATEST_STATEFUL, false).await;
            }
            Ok(Err(error)) if !is_of_old(&error) => return Err(error),
            // Or says nothing to it; or is still starting, and will answer both.
            Ok(Err(_)) | Err(_) => Version::LATEST_STATEFUL,
        };
        if next.is_stateless() { self.pinned(next, true).await } else { self.with_session(next, is_late).await }
    }

    /// Agrees on a session. `is_late` says that the question for the newest revision may have been answered since.
    async fn with_session(self, version: Version, is_late: bool) -> Result<Link, ClientError> {
        match self.attempt(version).await {
            // It was still starting, and may know no sessions, or none once it was asked for the newest revision.
            Ok(Err(no)) if is_late => match self.attempt(Version::LATEST).await {
                Ok(Ok(agreement)) => Ok(self.agreed(agreement).await),
                _ => Err(ClientError::connect(no.why)),
            },
            Ok(attempted) => self.settled(attempted, None).await,
            #[cfg(feature = "client")]
            Err(error) if is_of_old(&error) => self.pair(error, false).await,
            Err(error) => Err(error),
        }
    }

    /// Tries the transport of 2024-11-05 (2025-11-25, `basic/transports`, "Backwards Compatibility").
    #[cfg(feature = "client")]
    async fn pair(self, error: ClientError, must: bool) -> Result<Link, ClientError> {
        let Wire::Http(session) = &self.wire else { return Err(error) };
        let exchange = Tentative::new(self.inner);
        if let Err(other) = super::http::pair::open(session, &exchange).await {
            tracing::debug!(%other, "it is no server of 2024-11-05 either");
            // What was said to the newer transport tells more.
            return Err(error);
        }
        let seeking = Self { inner: self.inner, exchange, wire: Wire::Stream };
        let attempted = seeking.attempt(Version::V2024_11_05).await?;
        seeking.settled(attempted, must.then_some(Version::V2024_11_05)).await
    }

    /// What has come of the last attempt. It has to be this revision, if there is one that it has to be.
    async fn settled(self, attempted: Settled, must: Option<Version>) -> Result<Link, ClientError> {
        let agreement = attempted.map_err(|no| ClientError::connect(no.why))?;
        match must.filter(|version| *version != agreement.version()) {
            None => Ok(self.agreed(agreement).await),
            Some(version) => {
                Err(ClientError::connect(format!("the server speaks {}, not {version}", agreement.version())))
            }
        }
    }

    async fn agreed(mut self, agreement: Arc<Agreement>) -> Link {
        if let Some(name) = agreement.server_info().and_then(|info| text_of(info, "name"))
            && self.inner.options.name.is_none()
        {
            self.inner.hub.call(&name);
        }
        #[cfg(feature = "client")]
        if let Wire::Http(session) = &self.wire {
            session.agreed(&self.exchange, agreement.version()).await;
        }
        let link = Link {
            exchange: Arc::clone(&self.exchange),
            wire: self.wire,
            agreement,
            subscribed: Subscribed::default(),
        };
        set_log_level(&link, self.inner).await;
        self.exchange.is_kept = true;
        link
    }
}

/// Sets the log level of a session that was just agreed on (2025-11-25, `server/utilities/logging`), if one was set in a session
/// before, or the client was given one. A server that refuses, or does not answer soon, is used all the same.
async fn set_log_level(link: &Link, inner: &Inner) {
    let Some(level) = inner.log_level.lock().or(inner.options.log_level) else { return };
    // Without sessions each request says so.
    if link.agreement.version().is_stateless() || !link.agreement.has_capability("logging") {
        return;
    }
    let params = format!(r#""level":"{}""#, level.as_str());
    let request = Request { method: "logging/setLevel".into(), params, ..Request::default() };
    match timeout(inner.options.probe_timeout, link.request(&request, None)).await {
        Ok(Ok(response)) if response.is_result() => {}
        Ok(Ok(response)) => {
            let error = RpcFailure::read(response.outcome().err().unwrap_or("{}"));
            tracing::warn!(%error, "the server has refused the log level");
        }
        Ok(Err(error)) => tracing::warn!(%error, "the log level was not set"),
        Err(_) => tracing::warn!("the server does not answer `logging/setLevel`"),
    }
}

/// Whether this is how a server that knows only older revisions may take a request of a newer one, or a transport's.
fn is_of_old(error: &ClientError) -> bool {
    match error {
        ClientError::Http(error) => (400..500).contains(&error.status()),
        // A refusal that names no request.
        ClientError::Rpc(_) => true,
        _ => false,
    }
}
