//! What one connection may take.

use std::time::Duration;

#[cfg(feature = "ws")]
use crate::transport::StreamLimits;

/// What one connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionLimits {
    pub(super) patience: Patience,
    /// How long the head of a request may be, in bytes.
    pub(super) head: usize,
    /// How many requests may be open on a connection of HTTP/2.
    pub(super) streams: u32,
    pub(super) linger: Linger,
}

/// How much of what a client still sends is taken after the last answer, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linger {
    pub(super) time: Duration,
    pub(super) bytes: usize,
}

impl Default for Linger {
    fn default() -> Self {
        Self { time: Duration::from_secs(5), bytes: 64 * 1024 * 1024 }
    }
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// To begin with its next request.
    pub(super) idle: Duration,
    /// To send the head of a request, from its first byte.
    pub(super) head: Duration,
    /// To take some of what it is sent.
    pub(super) write: Duration,
}

/// A little below the time after which serving on HTTP ends.
#[cfg(feature = "ws")]
const GRACE: Duration = Duration::from_secs(20);

/// How WebSocket is served.
#[cfg(feature = "ws")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Sockets {
    pub(super) limits: StreamLimits,
    pub(super) ping: Duration,
}

#[cfg(feature = "ws")]
impl Default for Sockets {
    fn default() -> Self {
        Self { limits: StreamLimits::new().grace(GRACE), ping: Duration::from_secs(30) }
    }
}
