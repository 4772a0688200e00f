//! WebSocket: our server with a client that is not ours, and our client.

// A test target's modules live in the directory of its name.
mod ws {
    mod client;
    mod command;
    mod ends;
    mod opening;
    mod server;
    #[cfg(feature = "slow")]
    mod slow;
}
