//! What one connection on a stream may take.

use std::time::Duration;

use crate::service::GRACE;

/// What one connection on a stream may take: on a Unix socket, or on a [`Transport`](super::Transport) of the program's own.
///
/// The bytes of messages, the calls in flight and all that waits to be sent are limits of the
/// [server](crate::limits), the same on every transport.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::transport::StreamLimits;
///
/// let limits = StreamLimits::new().write(Duration::from_secs(10)).grace(Duration::from_secs(30));
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct StreamLimits {
    pub(super) write: Duration,
    pub(super) message: Duration,
    pub(super) idle: Option<Duration>,
    pub(super) grace: Duration,
    pub(super) heartbeat: Option<Duration>,
    pub(super) rate: Option<(u32, Duration)>,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            write: Duration::from_secs(60),
            message: Duration::from_secs(30),
            // As long as a session on HTTP may be idle.
            idle: Some(Duration::from_secs(30 * 60)),
            grace: GRACE,
            heartbeat: None,
            rate: None,
        }
    }
}

impl StreamLimits {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a peer may take nothing of what it is sent, before the connection is closed. By default 60 seconds.
    pub fn write(mut self, time: Duration) -> Self {
        self.write = time;
        self
    }

    /// How long a message may take to arrive, from its first byte, before the connection is closed. By default 30 seconds. A
    /// transport of the program's own sees to that itself.
    pub fn message(mut self, time: Duration) -> Self {
        self.message = time;
        self
    }

    /// How long a peer may send nothing while none of its calls runs, before the connection is closed. By default 30 minutes. It is
    /// looked at in steps of a quarter, so it may take that much longer.
    pub fn idle(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.idle = time.into();
        self
    }

    /// How often a peer is asked whether it is there (`ping`), and how long it may take to answer before the connection is closed. By
    /// default it is not asked. Peers of a revision without a handshake cannot be asked; WebSocket has a
    /// [ping of its own](crate::Http::ws_ping).
    pub fn heartbeat(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.heartbeat = time.into();
        self
    }

    /// How many messages of a peer are taken in a time, on average; as many at once. Of a peer that sends more nothing is read until
    /// then, so that it waits. By default there is no such limit.
    pub fn message_rate(mut self, messages: u32, time: Duration) -> Self {
        self.rate = Some((messages.max(1), time));
        self
    }

    /// How long calls in flight may go on once the peer has sent its last message, or serving ends. By default 4 seconds.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }
}
