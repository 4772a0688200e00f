//! How bytes come and go.

#[cfg(feature = "http")]
pub(crate) mod http;
#[cfg(any(feature = "stdio", feature = "client-stdio"))]
pub(crate) mod lines;
pub(crate) mod memory;
#[cfg(any(feature = "stdio", feature = "http"))]
pub(crate) mod signals;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;

#[cfg(feature = "auth")]
pub(crate) use http::Authenticator;
#[cfg(any(feature = "auth", feature = "tls"))]
pub use http::PeerCertificate;
#[cfg(feature = "http")]
pub use http::{Authenticate, Body, Challenge, ClientAddress, Http, IntoAuthenticate, Listening, Routes};
#[cfg(all(feature = "http", feature = "cli"))]
pub(crate) use http::{Door, Hold};
#[cfg(feature = "auth")]
pub use http::{ResourceMetadata, ResourceUrl};
pub use memory::MemoryClient;
