//! The states of a server and of its connections, and who is told of them.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::lock::Lock;
use crate::meter::{CONNECTION_STATES, Meters};

/// The target of the log lines.
const TARGET: &str = "mcp_runtime::lifecycle";

/// The state of a server.
///
/// ```no_run
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{LifecycleEvent, ServerState};
///
/// # async fn example(server: Server) {
/// let mut events = server.events();
/// while let Some(event) = events.next().await {
///     if event == LifecycleEvent::Server(ServerState::Stopping) {
///         println!("no new calls from now on");
///     }
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum ServerState {
    /// It is built.
    Created,
    /// What the program does at the start runs ([`on_start`](crate::ServerBuilder::on_start)).
    Starting,
    /// It is served.
    Running,
    /// Serving ends: nothing new is accepted, and calls in flight finish.
    Stopping,
    /// It is served no longer, and the functions of [`on_stop`](crate::ServerBuilder::on_stop) have run.
    Stopped,
}

/// The state of a connection: of a stream, or of a session on HTTP. Requests on HTTP without a session have none.
///
/// ```no_run
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{ConnectionState, LifecycleEvent};
///
/// # async fn example(server: Server) {
/// let mut events = server.events();
/// while let Some(event) = events.next().await {
///     match event {
///         LifecycleEvent::Connection(one) if one.state == ConnectionState::Failed => println!("{:?}", one.why),
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum ConnectionState {
    /// It is open, and nothing has been said.
    Connecting,
    /// The client has been told what the server is (`initialize`).
    Initializing,
    /// The client is ready (`notifications/initialized`), or has made its first call of a revision without a handshake.
    Connected,
    /// It ends: nothing more is read, and calls in flight finish.
    Disconnecting,
    /// It has ended.
    Closed,
    /// It was closed because something was wrong.
    Failed,
}

impl ServerState {
    const ALL: [Self; 5] = [Self::Created, Self::Starting, Self::Running, Self::Stopping, Self::Stopped];

    /// Its name: `running`.
    pub fn as_str(self) -> &'static str {
        ["created", "starting", "running", "stopping", "stopped"][self as usize]
    }
}

impl ConnectionState {
    /// Its name: `connected`.
    pub fn as_str(self) -> &'static str {
        CONNECTION_STATES[self as usize]
    }
}

impl fmt::Display for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that has happened to a server or to one of its connections: [`Server::events`](crate::Server::events).
///
/// ```no_run
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::LifecycleEvent;
///
/// # async fn example(server: Server) {
/// let mut events = server.events();
/// while let Some(event) = events.next().await {
///     match event {
///         LifecycleEvent::Server(state) => println!("the server is {state}"),
///         LifecycleEvent::Connection(one) => println!("{} {} is {}", one.transport, one.id, one.state),
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LifecycleEvent {
    /// The server is in this state now.
    Server(ServerState),
    /// A connection is in this state now.
    Connection(ConnectionEvent),
    /// So many events were missed, because they were not taken in time.
    Missed(u64),
}

/// A connection is in another state now.
///
/// ```no_run
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::LifecycleEvent;
///
/// # async fn example(server: Server) {
/// let mut events = server.events();
/// while let Some(event) = events.next().await {
///     if let LifecycleEvent::Connection(one) = event {
///         println!("{}: {} by {}", one.peer.as_deref().unwrap_or("somebody"), one.state, one.transport);
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionEvent {
    /// What tells it from the server's other connections, for as long as the server is there.
    pub id: u64,
    /// What carries it: `stdio`, `http`, `memory`, `unix`, `pipe`, `websocket`, or the name that a transport of the program's own has.
    pub transport: &'static str,
    /// What its other side is called in logs, where that is known: an address, or a process.
    pub peer: Option<Arc<str>>,
    /// The state.
    pub state: ConnectionState,
    /// Why it has failed.
    pub why: Option<Arc<str>>,
}

/// The events of a server, from now on: [`Server::events`](crate::Server::events).
///
/// ```no_run
/// use mcp_runtime::prelude::*;
///
/// # async fn example(server: Server) {
/// let mut events = server.events();
/// while let Some(event) = events.next().await {
///     println!("{event:?}");
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<LifecycleEvent>,
    /// The state at the beginning, until it was told.
    now: Option<ServerState>,
}

impl Events {
    /// The next event; the first is the state of the server. `None` once the server is gone.
    ///
    /// At most 1,024 events wait here, unless [`ServerBuilder::event_limit`](crate::ServerBuilder::event_limit) says otherwise; of
    /// more, the oldest are [missed](LifecycleEvent::Missed). The future may be dropped before it is ready.
    pub async fn next(&mut self) -> Option<LifecycleEvent> {
        if let Some(now) = self.now.take() {
            return Some(LifecycleEvent::Server(now));
        }
        match self.receiver.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(missed)) => Some(LifecycleEvent::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

/// The state of a server, and who is told of changes.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Made once somebody wants to be told.
    sender: OnceLock<broadcast::Sender<LifecycleEvent>>,
    state: AtomicU8,
    /// How many ways of serving end.
    #[cfg_attr(not(any(feature = "stdio", feature = "http", feature = "streams")), expect(dead_code))]
    pub(super) ending: AtomicUsize,
    connections: AtomicU64,
}

impl Told {
    /// The events from now on, of which at most so many wait.
    pub(super) fn listen(&self, waiting: usize) -> Events {
        let sender = self.sender.get_or_init(|| broadcast::channel(waiting).0);
        let receiver = sender.subscribe();
        let state = ServerState::ALL.get(usize::from(self.state.load(Ordering::SeqCst)));
        Events { receiver, now: state.copied() }
    }

    /// The server is in this state, unless it was before.
    pub(super) fn set(&self, state: ServerState) {
        if self.state.swap(state as u8, Ordering::SeqCst) == state as u8 {
            return;
        }
        tracing::debug!(target: TARGET, state = state.as_str(), "server");
        self.tell(|| LifecycleEvent::Server(state));
    }

    fn tell(&self, event: impl FnOnce() -> LifecycleEvent) {
        if let Some(sender) = self.sender.get() {
            // Those who listened may have stopped.
            let _ = sender.send(event());
        }
    }
}

/// The state of one connection. Dropped, it is closed.
pub(crate) struct Life {
    told: Arc<Told>,
    meters: Arc<Meters>,
    id: u64,
    transport: &'static str,
    peer: Option<Arc<str>>,
    state: AtomicU8,
    /// Why it fails.
    why: Lock<Option<Arc<str>>>,
}

impl Life {
    pub(super) fn begin(
        (told, meters): (Arc<Told>, Arc<Meters>),
        transport: &'static str,
        peer: Option<Arc<str>>,
    ) -> Self {
        let id = told.connections.fetch_add(1, Ordering::Relaxed);
        let life = Self { told, meters, id, transport, peer, state: AtomicU8::new(0), why: Lock::default() };
        life.tell(ConnectionState::Connecting);
        life
    }

    /// It is in this state, unless it was in it or in a later one.
    pub(crate) fn set(&self, state: ConnectionState) {
        if self.state.fetch_max(state as u8, Ordering::Relaxed) < state as u8 {
            self.tell(state);
        }
    }

    /// A call has come: whoever calls is connected.
    #[inline]
    pub(super) fn is_called(&self) {
        if self.state.load(Ordering::Relaxed) < ConnectionState::Connected as u8 {
            self.set(ConnectionState::Connected);
        }
    }

    /// Whether the client is ready, and the connection does not end.
    #[cfg(feature = "streams")]
    pub(super) fn is_connected(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ConnectionState::Connected as u8
    }

    /// It is closed because of this.
    #[cfg(any(feature = "stdio", feature = "streams"))]
    pub(crate) fn fail(&self, why: &str) {
        *self.why.lock() = Some(why.into());
        self.set(ConnectionState::Failed);
    }

    fn tell(&self, state: ConnectionState) {
        let Self { told, meters, id, transport, peer, .. } = self;
        meters.connection_is(state as usize);
        let why = self.why.lock().clone();
        tracing::debug!(target: TARGET, id, transport, peer = peer.as_deref(), state = state.as_str(), why = why.as_deref(), "connection");
        told.tell(|| {
            let (id, transport, peer) = (*id, *transport, peer.clone());
            LifecycleEvent::Connection(ConnectionEvent { id, transport, peer, state, why })
        });
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // One that has failed is closed, too; that is not told twice.
        self.set(ConnectionState::Closed);
    }
}
