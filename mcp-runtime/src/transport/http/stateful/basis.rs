//! What all sessions of an endpoint stand on.

use std::sync::Arc;
use std::time::Instant;

use super::kept::Kept;
use super::rest::Rested;
use crate::call::Latch;
use crate::service::Core;

/// What all sessions of an endpoint stand on.
pub(super) struct Basis {
    /// The server.
    pub(super) core: Arc<Core>,
    /// Raised when serving ends.
    pub(super) closing: Arc<Latch>,
    /// What their streams keep.
    pub(super) kept: Arc<Kept>,
    /// The sessions that have come to rest.
    pub(super) rested: Arc<Rested>,
    /// When their clock began, which counts nanoseconds.
    pub(super) epoch: Instant,
}
