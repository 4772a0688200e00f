//! Callers that a transport knows by their certificate.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use crate::call::{AuthMethod, Principal};
use crate::transport::{Authenticate, Challenge, PeerCertificate};

/// Identifies callers by the [certificate](crate::PeerCertificate) that the transport has verified. By default the
/// [`Principal`] has its subject and issuer, and no scopes.
///
/// ```
/// use mcp_runtime::Principal;
/// use mcp_runtime::auth::{Any, ClientCertificate};
///
/// let certificates = ClientCertificate::new()
///     .map(|certificate| match certificate.subject() {
///         "CN=build,O=Example" => Some(Principal::new("build").with_scopes(["orders:read"])),
///         _ => None,
///     });
/// ```
///
/// Callers without a certificate are refused (401). Among [several checks](super::Any) credentials that come with the request are
/// looked at first.
#[derive(Clone)]
pub struct ClientCertificate {
    map: Arc<Map>,
}

/// Says who has a certificate.
type Map = dyn Fn(&PeerCertificate) -> Option<Principal> + Send + Sync;

impl ClientCertificate {
    /// Lets in whoever has a certificate.
    pub fn new() -> Self {
        Self { map: Arc::new(|certificate| Some(certificate.principal())) }
    }

    /// Says who has a certificate; `None` lets nobody in.
    #[must_use]
    pub fn map(self, map: impl Fn(&PeerCertificate) -> Option<Principal> + Send + Sync + 'static) -> Self {
        Self { map: Arc::new(map) }
    }
}

impl Default for ClientCertificate {
    fn default() -> Self {
        Self::new()
    }
}

impl Authenticate for ClientCertificate {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        let principal = request.extensions.get().and_then(|certificate| (self.map)(certificate));
        principal
            .map(|principal| principal.with_method(AuthMethod::Certificate))
            .ok_or_else(|| Challenge::new("ClientCertificate"))
    }

    fn recognises(&self, _: &Parts) -> bool {
        false
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_verified_certificate_says_who_calls_and_a_header_does_not() {
        let (mut request, ()) = http::Request::builder()
            .header("x-client-certificate", "CN=build")
            .header("x-ssl-client-s-dn", "CN=build")
            .body(())
            .expect("a request")
            .into_parts();
        let any = ClientCertificate::new();
        let refused = any.authenticate(&request).await.expect_err("there is none");
        assert_eq!(refused.status(), 401);
        request.extensions.insert(PeerCertificate::verified("CN=build", "CN=ca", vec![1]));
        let build = any.authenticate(&request).await.expect("there is one");
        assert_eq!((build.subject(), build.issuer()), (Some("CN=build"), Some("CN=ca")));
        assert_eq!(build.method(), Some(AuthMethod::Certificate));
        let nobody = ClientCertificate::new().map(|_| None);
        assert_eq!(nobody.authenticate(&request).await.expect_err("nobody is let in").status(), 401);
    }
}
