//! What the handles of one client share: its server, and the connection that is open.

use std::sync::{Arc, MutexGuard};

use arc_swap::ArcSwapOption;
use mcp_proto::engine::{Agreement, Hello};
use mcp_proto::types::LogLevel;
use tokio::time::{Instant, timeout, timeout_at};

use super::carrier::Boxed;
use super::connect::{self, Way};
use super::error::ClientError;
use super::health::{ClientState, Pulse};
use super::hub::Hub;
use super::items::Tool;
use super::known::KnownTools;
use super::link::{Link, Wire};
use super::options::Options;
use super::target::Target;
use crate::lock::Lock;

pub(super) struct Inner {
    pub(super) target: Target,
    pub(super) options: Options,
    pub(super) hub: Arc<Hub>,
    pub(super) hello: Arc<Hello>,
    pub(super) pulse: Arc<Pulse>,
    /// The level that was set in a session last, which the next session begins with.
    pub(super) log_level: Lock<Option<LogLevel>>,
    current: ArcSwapOption<Link>,
    /// Held while a connection is opened, so that one is opened at a time.
    opening: tokio::sync::Mutex<Opening>,
    /// The tools that were listed.
    known: Lock<KnownTools>,
}

#[derive(Default)]
struct Opening {
    /// What was agreed on last.
    agreement: Option<Arc<Agreement>>,
    is_closed: bool,
}

impl Inner {
    pub(super) fn new(target: Target, options: Options, hub: Arc<Hub>, hello: Arc<Hello>, pulse: Arc<Pulse>) -> Self {
        let opening = Opening { agreement: options.agreement.clone(), is_closed: false };
        Self {
            target,
            options,
            hub,
            hello,
            pulse,
            log_level: Lock::default(),
            current: ArcSwapOption::empty(),
            opening: tokio::sync::Mutex::new(opening),
            known: Lock::default(),
        }
    }

    /// The connection; a new one where there is none, or where it was lost.
    ///
    /// # Errors
    /// It cannot be opened, the client is closed, or the server has failed for too long.
    pub(super) async fn link(self: &Arc<Self>) -> Result<Arc<Link>, ClientError> {
        match self.open_link() {
            // What is open on HTTP stays open while each request fails.
            Some(link) => self.breaker().map(|()| link),
            // Boxed: most requests find a connection, and their futures have no room for how one comes about.
            None => Box::pin(self.new_link()).await,
        }
    }

    /// The same, until then.
    ///
    /// # Errors
    /// There is none by then, either.
    pub(super) async fn link_until(self: &Arc<Self>, until: Instant) -> Result<Arc<Link>, ClientError> {
        match self.open_link() {
            Some(link) => self.breaker().map(|()| link),
            None => self.new_link_until(until).await,
        }
    }

    #[cold]
    fn new_link_until(self: &Arc<Self>, until: Instant) -> Boxed<'_, Result<Arc<Link>, ClientError>> {
        Box::pin(async move {
            let opened = timeout_at(until, self.new_link()).await;
            opened.unwrap_or_else(|_| Err(ClientError::connect("it took longer than the request may")))
        })
    }

    async fn new_link(self: &Arc<Self>) -> Result<Arc<Link>, ClientError> {
        let mut opening = self.opening.lock().await;
        if opening.is_closed {
            return Err(ClientError::Closed);
        }
        if let Some(link) = self.open_link() {
            return Ok(link);
        }
        self.breaker()?;
        let probe = self.options.breaker.1;
        let is_again = self.current.swap(None).is_some();
        self.pulse.set(ClientState::Connecting);
        let _unless_done = GivenUp(&self.pulse);
        match self.open(&opening).await {
            Ok(link) => {
                opening.agreement = Some(Arc::clone(&link.agreement));
                self.current.store(Some(Arc::clone(&link)));
                link.exchange.is_in_use();
                if is_again {
                    // Whatever has changed meanwhile was told to nobody.
                    self.hub.missed();
                }
                Ok(link)
            }
            Err(error) => {
                self.pulse.failed(&error, probe);
                self.pulse.set(ClientState::Failed);
                Err(error)
            }
        }
    }

    /// # Errors
    /// The server has failed for so long that nothing is tried now.
    fn breaker(&self) -> Result<(), ClientError> {
        let (after, probe) = self.options.breaker;
        let Some(left) = self.pulse.open_for(after, probe) else { return Ok(()) };
        self.pulse.set(ClientState::Failed);
        Err(ClientError::CircuitOpen(left))
    }

    fn open_link(&self) -> Option<Arc<Link>> {
        self.current.load_full().filter(|link| !link.is_over())
    }

    async fn open(self: &Arc<Self>, opening: &Opening) -> Result<Arc<Link>, ClientError> {
        let way = match (self.options.version, &opening.agreement) {
            (Some(version), _) => Way::Pinned(version),
            (None, Some(agreement)) => Way::Known(Arc::clone(agreement)),
            (None, None) => Way::Probe,
        };
        let limit = self.options.connect_timeout;
        let opened = timeout(limit, connect::connect(self, way)).await;
        let late = || ClientError::connect(format!("no agreement within {} s", limit.as_secs_f32()));
        let link = opened.unwrap_or_else(|_| Err(late()))?;
        Ok(Arc::new(link))
    }

    /// The connection that is open, if one is.
    pub(super) fn current(&self) -> Option<Arc<Link>> {
        self.open_link()
    }

    /// Whether arguments go into headers, so that a tool whose headers are wrong must not be used.
    pub(super) fn must_mirror(&self) -> bool {
        self.current().is_some_and(|link| match link.wire {
            Wire::Stream => false,
            #[cfg(feature = "client")]
            Wire::Http(_) => link.agreement.version().is_stateless(),
        })
    }

    /// The tools that were listed.
    pub(super) fn known(&self) -> MutexGuard<'_, KnownTools> {
        self.known.lock()
    }

    /// A tool, as it was listed last.
    pub(super) fn tool(&self, name: &str) -> Option<Arc<Tool>> {
        self.known().get(name)
    }

    /// Ends the connection in good order; no other is opened.
    pub(super) async fn close(&self) {
        self.opening.lock().await.is_closed = true;
        if let Some(link) = self.current.swap(None) {
            self.pulse.set(ClientState::Disconnecting);
            link.exchange.close().await;
        }
        self.pulse.set(ClientState::Disconnected);
    }
}

/// Whoever waits for a connection may not wait to the end.
struct GivenUp<'a>(&'a Pulse);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.given_up();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(link) = self.current.swap(None) {
            link.exchange.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::client::cache::Cache;
    use crate::client::exchange::Exchange;
    use crate::client::handler::ClientHandler;

    #[test]
    fn a_connection_that_ended_before_it_was_used_is_lost() {
        let hub = Arc::new(Hub::new("test", ClientHandler::default(), Cache::new(0), None));
        let hello = Arc::new(Hello::new(r#"{"name":"test"}"#, "{}"));
        for is_over in [false, true] {
            let pulse = Arc::new(Pulse::new());
            let exchange =
                Exchange::new(Arc::clone(&hello), Options::default().limits(), Arc::clone(&hub), Arc::clone(&pulse));
            if is_over {
                exchange.end(ClientError::lost("reset"));
            }
            exchange.is_in_use();
            let state = if is_over { ClientState::Disconnected } else { ClientState::Connected };
            assert_eq!((pulse.state(), pulse.health().connections), (state, 1));
        }
    }

    /// Whoever sees that a connection is over opens the next one, while the first is still ending.
    #[test]
    fn a_connection_that_ends_says_so_before_the_next_can_be_open() {
        let hub = Arc::new(Hub::new("test", ClientHandler::default(), Cache::new(0), None));
        let hello = Arc::new(Hello::new(r#"{"name":"test"}"#, "{}"));
        for _ in 0..100 {
            let pulse = Arc::new(Pulse::new());
            pulse.connected();
            let exchange =
                Exchange::new(Arc::clone(&hello), Options::default().limits(), Arc::clone(&hub), Arc::clone(&pulse));
            let ending = Arc::clone(&exchange);
            let ending = thread::spawn(move || ending.end(ClientError::lost("reset")));
            while !exchange.is_over() {
                std::hint::spin_loop();
            }
            pulse.connected();
            ending.join().expect("it ends");
            assert_eq!(pulse.state(), ClientState::Connected);
        }
    }
}
