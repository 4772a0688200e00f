//! Values of one's own that come with a call.

use std::sync::Arc;

use super::ctx::Ctx;
use super::facts::Facts;
use super::principal::Principal;

impl Ctx {
    /// A value that was put in on the way: by a [layer](crate::layers), or, on HTTP, by a `tower` layer (or axum's `Extension`) in
    /// the request's extensions.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// #[derive(Clone)]
    /// struct Tenant(String);
    ///
    /// /// Says whose data is shown.
    /// #[tool]
    /// fn whose(ctx: &Ctx) -> Result<String, Error> {
    ///     let tenant = ctx.extension::<Tenant>().ok_or_else(|| Error::new("no tenant"))?;
    ///     Ok(tenant.0.clone())
    /// }
    ///
    /// // In a unit test:
    /// let ctx = Ctx::for_test().with_extension(Tenant("ada".to_owned()));
    /// assert_eq!(whose(&ctx).expect("a tenant"), "ada");
    /// ```
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let inner = self.inner();
        #[cfg(feature = "http")]
        let of_request = || inner.caller.facts.head::<http::request::Parts>()?.extensions.get();
        #[cfg(not(feature = "http"))]
        let of_request = || None;
        let of_layers = inner.extensions.get().and_then(|extensions| extensions.get());
        of_layers.or_else(|| inner.caller.facts.extensions.get()).or_else(of_request)
    }

    /// The same context with a value of one's own, for a unit test.
    ///
    /// # Panics
    /// If the context was cloned.
    #[must_use]
    pub fn with_extension<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.facts_mut().extensions.insert(value);
        self
    }

    fn facts_mut(&mut self) -> &mut Facts {
        let caller = self.inner_mut().caller.get_mut();
        let facts = caller.and_then(|caller| Arc::get_mut(&mut caller.facts));
        facts.expect("the context of a unit test, which nobody else has yet")
    }

    /// The same context, called by somebody, for a unit test.
    ///
    /// # Panics
    /// If the context was cloned.
    #[must_use]
    pub fn with_principal(mut self, principal: Principal) -> Self {
        self.facts_mut().principal = principal;
        self
    }
}
