//! Finding out who calls, where the service does so itself.

use std::sync::Arc;

use http::Method;
use http::request::Parts;

use super::authenticate::{Authenticator, Challenge};
use super::endpoint::Endpoint;
use super::head::Named;
use crate::call::Facts;

impl Endpoint {
    /// Finds out who calls.
    ///
    /// # Errors
    /// What a caller is told that nobody knows.
    pub(super) async fn identify(
        &self,
        authenticator: &dyn Authenticator,
        facts: &mut Arc<Facts<Parts>>,
    ) -> Result<(), Challenge> {
        let parts = &facts.head;
        let named = Named::find(&parts.headers);
        // One that is refused whoever calls. Browsers ask without credentials what a page may send.
        let authority = parts.uri.authority().map(http::uri::Authority::as_str);
        let is_refused = self.config.guard.admits(authority, named.host, named.origin).is_err();
        let is_preflight =
            parts.method == Method::OPTIONS && self.config.guard.shared_with(named.origin.first).is_some();
        if is_refused || is_preflight {
            return Ok(());
        }
        let principal = authenticator.identify(parts).await?;
        if let Some(facts) = Arc::get_mut(facts) {
            facts.principal = principal;
        }
        Ok(())
    }
}
