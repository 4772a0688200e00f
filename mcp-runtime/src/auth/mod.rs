//! Checks of credentials: who calls, found out from what a request carries.
//!
//! [`Http::authenticate`](crate::Http::authenticate) takes each of them. A check of your own is a function, or a type with
//! [`Authenticate`](crate::Authenticate); [`Credentials`] reads the headers for it.
//!
//! Refusals are the same for all: 401 and a challenge that tells where to get a token, 400 for credentials that are put in the
//! wrong place, 403 where scopes are missing, and 503 while credentials cannot be checked. Nobody is let in because something
//! does not work.

mod any;
mod certificate;
mod checked;
mod credentials;
mod dpop;
mod expected;
mod fetch;
mod introspection;
mod jose;
mod jwt;
pub(crate) mod keys;

pub use crate::transport::http::{ResourceMetadata, ResourceUrl};
pub use any::{Any, Way};
pub use certificate::ClientCertificate;
pub use credentials::Credentials;
pub use dpop::{Dpop, Tokens};
pub use fetch::Fetch;
pub use introspection::Introspection;
pub use jwt::Jwt;
pub use keys::{ApiKey, ApiKeys, KeysError};
