//! Calls that are cancelled at random points, by the thousand: none is answered after it was cancelled, none leaves anything
//! behind, and the connection lives.
//!
//! Chance is the same every time. `CANCELLING_SEED` sets another; a test that fails says with which it failed.

// Another test's helpers, of which this one needs some.
#[allow(dead_code)]
#[path = "load"]
mod load {
    pub mod client;
    pub mod serve;
    pub mod wire;
}

// A test target's modules live in the directory of its name.
mod cancelling {
    mod connection;
    mod frame;
    mod memory;
    mod plan;
    mod serve;
    mod sessions;
    mod stage;
    mod tools;
    mod vanishing;
}
