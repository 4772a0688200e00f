//! How a server is served on HTTP, whatever serves it.

use std::fmt;
use std::sync::Arc;

use super::{Server, ServerBuilder};
use crate::Http;

/// What the builder was told of HTTP.
#[derive(Clone, Default)]
pub(crate) struct HttpSettings(Vec<Arc<dyn Fn(Http) -> Http + Send + Sync>>);

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} settings", self.0.len())
    }
}

impl ServerBuilder {
    /// Sets how the server is served on HTTP, whatever serves it: `serve --http` of the command line,
    /// [`serve_http`](Server::serve_http), an axum program with [`Http::new`](crate::Http::new).
    ///
    /// ```
    /// # mod a {
    /// # use mcp_runtime::http::request::Parts;
    /// # use mcp_runtime::{Challenge, Principal};
    /// # fn check_key(request: &Parts) -> Result<Principal, Challenge> { Err(Challenge::bearer()) }
    /// mcp_runtime::main!(|server| {
    ///     server.http(|http| http.authenticate(check_key).allow_host("mcp.example.com").call_limit(500))
    /// });
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// The options of `serve --http` add to it. The function is called for each [`Http`](crate::Http) that is made of the server.
    #[must_use]
    pub fn http(mut self, set: impl Fn(Http) -> Http + Send + Sync + 'static) -> Self {
        self.http.0.push(Arc::new(set));
        self
    }
}

impl From<&Server> for Http {
    fn from(server: &Server) -> Self {
        let http = Self::from_core(Arc::clone(&server.core));
        let http = server.http.0.iter().fold(http, |http, set| set(http));
        #[cfg(feature = "auth")]
        let http = server.checked(http);
        http
    }
}

impl From<Server> for Http {
    fn from(server: Server) -> Self {
        Self::from(&server)
    }
}
