//! Parameters that are injected: state, and what a call knows.

mod from_call;
mod state;

pub use from_call::FromCall;
pub use state::{Missing, State, States};
