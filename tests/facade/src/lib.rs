//! A crate that gives its users the runtime: at its root, where the macros find it by themselves, and in a module, which
//! they are told of.

pub use mcp_runtime::*;

/// The runtime, one level down.
pub mod inner {
    pub use mcp_runtime::*;
}
