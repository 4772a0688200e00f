//! Streamable HTTP under load, and from clients that misbehave: real sockets, and clients that write bytes.

mod load {
    pub mod client;
    pub mod process;
    pub mod serve;
    pub mod wire;

    mod asked;
    mod batches;
    mod calls;
    mod drain;
    #[cfg(unix)]
    mod exit;
    mod halves;
    mod http2;
    mod kept;
    mod limits;
    mod memory;
    mod mischief;
    mod notices;
    mod patience;
    mod records;
    mod resume;
    mod rounds;
    mod sessions;
    mod slow;
    mod streams;
    mod subscriptions;
}
