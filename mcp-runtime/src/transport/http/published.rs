//! Setting up what is published about how to get in.

use super::resource::{ResourceMetadata, public_url};
use super::service::Http;

impl Http {
    /// The URL that clients use, where it is another than the server sees: behind a proxy, or with several names. It is the canonical
    /// URI of the server: the resource in its metadata (RFC 9728), and the audience of its tokens where the check names none.
    ///
    /// ```
    /// # use mcp_runtime::{Http, Server};
    /// # fn example(server: Server) {
    /// let http = Http::new(server).allow_host("shop.example.com").public_url("https://shop.example.com/mcp");
    /// # }
    /// ```
    ///
    /// # Panics
    /// If it is not the URL of a server. The message says what to write.
    #[must_use]
    #[track_caller]
    pub fn public_url(self, url: impl AsRef<str>) -> Self {
        self.try_public_url(url.as_ref()).unwrap_or_else(|why| panic!("{why}"))
    }

    pub(crate) fn try_public_url(self, url: &str) -> Result<Self, String> {
        let url = public_url(url)?;
        Ok(self.set(|config| config.resource.public_url = Some(url)))
    }

    /// Adds to the metadata that tells clients how to get credentials (RFC 9728): scopes, a name, documentation. What the
    /// [check](Self::authenticate) tells of itself, such as the authorization server, need not be repeated.
    ///
    /// The metadata is served without credentials at `/.well-known/oauth-protected-resource` and the path of the server behind it,
    /// and for a server that is the only one on its port without the path, too. A nested service serves it below its own path. Each
    /// challenge names the place, if it is known: a nested service needs a [`public_url`](Self::public_url) for that.
    #[must_use]
    pub fn resource_metadata(self, metadata: ResourceMetadata) -> Self {
        self.set(|config| config.resource.own = std::mem::take(&mut config.resource.own).and(metadata))
    }

    /// The service is at this path of its port.
    pub(super) fn at_route(self, path: &str) -> Self {
        self.set(|config| config.resource.route = Some(path.into()))
    }
}
