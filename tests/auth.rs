//! Who is let in: tokens, the keys of their issuers, and what is said to the others.

// A test target's modules live in the directory of its name.
mod auth {
    mod algorithms;
    mod client;
    mod expiry;
    mod issuers;
    mod metadata;
    mod refused;
    mod server;
    mod token;
}
