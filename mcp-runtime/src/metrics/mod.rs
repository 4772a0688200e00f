//! What a server has counted, as a value and as text.

mod operation;
#[cfg(feature = "http")]
mod prometheus;
mod snapshot;
mod summary;

pub use operation::OperationMetrics;
#[cfg(feature = "http")]
pub(crate) use prometheus::{CONTENT_TYPE, render};
pub use snapshot::Metrics;
