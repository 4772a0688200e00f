//! How bytes come and go.

pub(crate) mod memory;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;

pub use memory::MemoryClient;
