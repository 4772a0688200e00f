//! Streamable HTTP, from outside: real sockets, and a client that writes its requests by hand.

// A test target's modules live in the directory of its name.
mod http {
    mod accept;
    mod authenticate;
    mod bound;
    mod client;
    mod facts;
    mod gate;
    mod keys;
    mod listener;
    mod metrics;
    mod nesting;
    mod pair;
    mod program;
    mod proxies;
    mod ready;
    mod routes;
    mod server;
    mod sessions;
    mod stateless;
    mod strangers;
}
