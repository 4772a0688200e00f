//! Finding out who calls, where the service does so itself.

use std::sync::Arc;

use http::request::Parts;
use http::{Method, Response};

use super::authenticate::Authenticator;
use super::body::Body;
use super::challenge::Challenge;
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
        #[cfg(feature = "auth")]
        if let Some(url) = self.config.resource.url_for_check(parts, !self.config.guard.is_for_any_host())
            && let Some(facts) = Arc::get_mut(facts)
        {
            facts.head.extensions.insert(url);
        }
        let principal = authenticator.identify(&facts.head).await?;
        if self.live.core.revoked().refuses(&principal) {
            return Err(Challenge::invalid_token("it was revoked"));
        }
        if let Some(facts) = Arc::get_mut(facts) {
            facts.principal = principal;
        }
        Ok(())
    }

    /// Refuses a request whose caller is not let in.
    // Without the feature there is no metadata.
    #[cfg_attr(not(feature = "auth"), allow(unused_variables))]
    pub(super) fn refuse(&self, challenge: Challenge, parts: &Parts) -> Response<Body> {
        #[cfg(feature = "auth")]
        {
            let resource = &self.config.resource;
            if resource.route.is_none()
                && let Some(page) = resource.page(parts, true, &|| self.live.core.catalog().scopes())
            {
                return page;
            }
            if let Some(url) = resource.page_url(parts) {
                return challenge.with_metadata(&url).answer();
            }
        }
        challenge.answer()
    }
}
