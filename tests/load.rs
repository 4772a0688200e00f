//! Streamable HTTP under load, and from clients that misbehave: real sockets, and clients that write bytes.

mod load {
    pub mod client;
    pub mod process;
    pub mod serve;
    pub mod wire;

    mod calls;
    mod drain;
    #[cfg(unix)]
    mod exit;
    mod halves;
    mod http2;
    mod limits;
    mod mischief;
    mod patience;
    mod resume;
    mod sessions;
    mod slow;
    mod streams;
}
