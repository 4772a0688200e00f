//! What a handler can know of the HTTP request that brought its call.

use http::request::Parts;

use crate::call::Ctx;

impl Ctx {
    /// The HTTP request that brought the call, without its body: headers, extensions, URI. `None` where it came otherwise,
    /// and in a unit test.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Says which host the client called.
    /// #[tool]
    /// fn host(ctx: &Ctx) -> Option<String> {
    ///     let host = ctx.http()?.headers.get("host")?;
    ///     host.to_str().ok().map(str::to_owned)
    /// }
    /// ```
    pub fn http(&self) -> Option<&Parts> {
        self.inner().caller.facts.head()
    }

    /// A header of the HTTP request that brought the call, where it has it, as text: `ctx.header("user-agent")`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.http()?.headers.get(name)?.to_str().ok()
    }
}
