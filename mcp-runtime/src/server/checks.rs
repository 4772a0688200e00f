//! Checks of credentials that go for every transport.

use std::sync::Arc;

use super::{Server, ServerBuilder};
use crate::Http;
use crate::auth::{Any, Way};
use crate::transport::{Authenticator, IntoAuthenticate};

impl ServerBuilder {
    /// Identifies callers, whatever serves the server: a type of the module [`auth`](crate::auth), or a check of your own, as for
    /// [`Http::authenticate`](crate::Http::authenticate). Given several times, each is one of several ways, as with
    /// [`Any`](crate::auth::Any).
    ///
    /// ```
    /// # mod a {
    /// use mcp_runtime::auth::ApiKeys;
    ///
    /// mcp_runtime::main!(|server| async { Ok(server.authenticate(ApiKeys::file("keys.toml")?)) });
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// On HTTP each request must have credentials. On standard input and output the program's user is who the token or key in the
    /// environment variable `MCP_TOKEN` says; if it is refused, serving fails, and serving ends when it expires. Without that variable
    /// the caller is the [`principal`](Self::principal) of the builder, anonymous by default. The same goes for the commands
    /// `call`, `list` and so on.
    #[must_use]
    pub fn authenticate<How>(mut self, check: impl IntoAuthenticate<How>) -> Self {
        let way = Way::from(check.into_authenticate());
        for problem in way.problems() {
            self.problem(format!("callers cannot be identified: {problem}"));
        }
        self.checks = Some(self.checks.take().unwrap_or_else(|| Any::of([])).and(way));
        self
    }

    /// Identifies callers by their certificates, too, where something else identifies them.
    #[cfg(all(feature = "cli", feature = "tls"))]
    pub(crate) fn or_certificate(self) -> Self {
        if self.checks.is_some() { self.authenticate(crate::auth::ClientCertificate::new()) } else { self }
    }
}

impl Server {
    /// Whether callers have to show who they are, where they are asked.
    #[cfg(all(feature = "cli", any(all(unix, feature = "unix"), all(windows, feature = "pipes"))))]
    pub(crate) fn has_checks(&self) -> bool {
        self.checks.is_some()
    }

    /// This server on HTTP, with its checks. Those that only HTTP was told of decide last.
    pub(super) fn checked(&self, http: Http) -> Http {
        let Some(checks) = &self.checks else { return http };
        http.map_authenticator(|own| -> Arc<dyn Authenticator> {
            Arc::new(match own {
                Some(own) => checks.clone().and(Way::new(own)),
                None => checks.clone(),
            })
        })
    }
}
