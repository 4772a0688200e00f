//! The Model Context Protocol without I/O.
//!
//! This crate turns bytes into requests and results into bytes, and keeps the state of one side of a
//! stream connection. It never awaits, spawns, reads a clock or opens a socket; `mcp-runtime` does all of
//! that and re-exports what its users need from here.
//!
//! * [`wire`]: one pass from a frame of bytes to a [`Request`](wire::Request) whose arguments are still
//!   bytes, and the only place that writes a JSON-RPC envelope.
//! * [`version`]: the revisions of the protocol, and what each of them knows.
//! * [`era`]: what differs between the stateful revisions (up to 2025-11-25) and the stateless one
//!   (2026-07-28): admitting a request, sealing a result.
//! * [`engine`]: [`Peer`](engine::Peer), one side of a stream connection.
//! * [`types`]: the shapes that handlers build, one file per page of the specification.
//! * [`hash`]: hashing for tables that every call looks into.
#![warn(unreachable_pub)]

pub mod wire;

pub mod version;

pub mod era;

pub mod engine;

pub mod types;

pub mod hash;

pub use version::Version;
