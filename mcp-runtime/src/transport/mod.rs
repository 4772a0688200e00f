//! How bytes come and go.

#[cfg(feature = "http")]
pub(crate) mod http;
pub(crate) mod memory;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;

#[cfg(feature = "http")]
pub use http::{Body, Http, Listening};
pub use memory::MemoryClient;
