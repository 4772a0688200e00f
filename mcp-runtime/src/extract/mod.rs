//! Parameters that are made from a call.

mod from_call;
mod injected;

pub use from_call::FromCall;
pub use injected::Injected;
