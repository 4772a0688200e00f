//! Parameters that are made from a call.

mod from_call;

pub use from_call::FromCall;
