//! HTTPS: our server, our client, and certificates that are right or wrong.

// A test target's modules live in the directory of its name.
mod tls {
    mod clients;
    mod files;
    mod handshake;
    mod program;
    mod reload;
    mod server;
    mod trust;
}
