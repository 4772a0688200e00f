//! Tools that the servers share: {{description}}.
//!
//! A group is what a server takes over: all functions that are marked with it.

mod clock;
mod text;

pub use clock::CLOCK;
pub use text::TEXT;
