//! TLS: certificates and keys, and what is said when they are wrong.
//!
//! rustls with `ring` does the protocol, with what it takes for safe: TLS 1.2 and 1.3, and their suites with forward secrecy. Nothing
//! here weakens that.

mod acceptor;
mod certificate;
#[cfg(any(feature = "client", feature = "otel"))]
mod connector;
mod der;
mod error;
mod files;
#[cfg(feature = "client")]
mod pin;
mod server;
#[cfg(any(feature = "client", feature = "otel"))]
mod stream;
#[cfg(feature = "client")]
mod trust;
mod words;

pub(crate) use self::acceptor::Acceptor;
pub(crate) use self::certificate::{Name, Parsed};
#[cfg(any(feature = "client", feature = "otel"))]
pub(crate) use self::connector::Connector;
#[cfg(all(feature = "client", feature = "ws"))]
pub(crate) use self::connector::connect;
pub use self::error::TlsError;
pub use self::server::Tls;
#[cfg(feature = "client")]
pub use self::trust::ClientTls;
pub(crate) use self::words::{Refusal, refusal};

use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;

/// The protocols that a server and a client of HTTP speak, the better one first.
const HTTP: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The cryptography of all connections.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider())))
}

/// [`HTTP`], as a configuration has it.
fn http_protocols() -> Vec<Vec<u8>> {
    HTTP.iter().map(|name| name.to_vec()).collect()
}
