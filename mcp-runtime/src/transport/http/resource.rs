//! What a server publishes about how to get in: the metadata of a protected resource (RFC 9728).

use std::sync::Arc;

use http::header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, HOST};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, Uri};
use serde::Serialize;

use super::answer;
use super::body::Body;
use super::names::text_of;
#[cfg(feature = "tls")]
use super::secure::OverTls;

/// Where the metadata of a resource is, in front of its path (RFC 9728, 3.1).
pub(super) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// How to get credentials for a server: its metadata as a protected resource
/// ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)). [`Http::resource_metadata`](crate::Http::resource_metadata) takes it, and a
/// check of your own returns it from [`Authenticate::resource_metadata`](crate::Authenticate::resource_metadata).
///
/// ```
/// use mcp_runtime::auth::ResourceMetadata;
///
/// let metadata = ResourceMetadata::new()
///     .authorization_server("https://id.example.com")
///     .scopes(["orders:read", "orders:write"])
///     .documentation("https://shop.example.com/docs");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceMetadata {
    resource: Option<String>,
    authorization_servers: Vec<String>,
    scopes: Vec<String>,
    name: Option<String>,
    documentation: Option<String>,
    dpop_algorithms: Vec<String>,
    dpop_required: bool,
}

/// The page, in the words of the RFC.
#[derive(Serialize)]
struct Page<'a> {
    resource: &'a str,
    authorization_servers: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes_supported: &'a [String],
    bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    dpop_signing_alg_values_supported: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dpop_bound_access_tokens_required: bool,
}

impl ResourceMetadata {
    /// Says nothing yet. Without an [authorization server](Self::authorization_server) nothing is published.
    pub fn new() -> Self {
        Self::default()
    }

    /// The canonical URI of the server, which tokens have as their audience. By default it is
    /// [`Http::public_url`](crate::Http::public_url).
    #[must_use]
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.resource = Some(uri.into());
        self
    }

    /// Adds the issuer of an authorization server that gives tokens for the server.
    #[must_use]
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Self {
        push(&mut self.authorization_servers, issuer.into());
        self
    }

    /// Adds scopes that clients may ask for (`scopes_supported`). Without any they are those that functions declare which everyone may
    /// know of.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        scopes.into_iter().for_each(|scope| push(&mut self.scopes, scope.into()));
        self
    }

    /// The name of the server, for people.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The URL of a page for developers of clients.
    #[must_use]
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// The algorithms that proofs may be signed with, and whether each token must be bound to a key (DPoP, RFC 9449).
    #[must_use]
    pub fn dpop<S: Into<String>>(mut self, algorithms: impl IntoIterator<Item = S>, is_required: bool) -> Self {
        algorithms.into_iter().for_each(|algorithm| push(&mut self.dpop_algorithms, algorithm.into()));
        self.dpop_required |= is_required;
        self
    }

    /// Adds what other metadata says, where this says nothing, and all of its lists.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.resource = self.resource.or(other.resource);
        self.name = self.name.or(other.name);
        self.documentation = self.documentation.or(other.documentation);
        other.authorization_servers.into_iter().for_each(|server| push(&mut self.authorization_servers, server));
        self.scopes(other.scopes).dpop(other.dpop_algorithms, other.dpop_required)
    }
}

fn push(all: &mut Vec<String>, one: String) {
    if !all.contains(&one) {
        all.push(one);
    }
}

/// The canonical URI of the server that a request is for: the audience that its tokens have, and the URL that proofs are for. It is
/// among the extensions of the requests that a check sees, if it is known: from [`Http::public_url`](crate::Http::public_url), from
/// the URL that the check or the program names as the resource or, where an authorization server is published and only
/// [allowed hosts](crate::Http::allow_host) are let in, from the `Host` of the request.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// use mcp_runtime::Challenge;
/// use mcp_runtime::auth::ResourceUrl;
/// use mcp_runtime::http::request::Parts;
///
/// /// Lets in whose token was issued for this very server.
/// fn check(request: &Parts) -> Result<Principal, Challenge> {
///     let audience = request.extensions.get::<ResourceUrl>().map(ResourceUrl::as_str);
///     match audience {
///         Some("https://shop.example.com/mcp") => Ok(Principal::new("ada")),
///         _ => Err(Challenge::bearer()),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceUrl(Arc<str>);

impl ResourceUrl {
    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an endpoint knows of itself as a protected resource.
#[derive(Clone, Default)]
pub(super) struct Resource {
    /// The URL that clients use.
    pub(super) public_url: Option<Arc<str>>,
    /// Its path, where it is one of several on a port; a nested service does not know its own.
    pub(super) route: Option<Arc<str>>,
    /// What the program says.
    pub(super) own: ResourceMetadata,
    /// What the check says.
    pub(super) of_check: ResourceMetadata,
}

impl Resource {
    /// Whether there is anything to publish.
    pub(super) fn is_published(&self) -> bool {
        !self.own.authorization_servers.is_empty() || !self.of_check.authorization_servers.is_empty()
    }

    /// The canonical URI that a check needs, because it has none itself. By a `Host` that anybody may choose there is none.
    pub(super) fn url_for_check(&self, parts: &Parts, is_host_checked: bool) -> Option<ResourceUrl> {
        if let Some(url) = &self.public_url {
            return Some(ResourceUrl(Arc::clone(url)));
        }
        if let Some(named) = self.named() {
            return Some(ResourceUrl(named.into()));
        }
        if is_host_checked && self.is_published() {
            self.by_host(parts).map(|url| ResourceUrl(url.into()))
        } else {
            None
        }
    }

    /// The page for a request at this path; `None` if the path is not where it is. Its scopes are those of the functions, where
    /// none are given.
    pub(super) fn page(
        &self,
        parts: &Parts,
        is_only_one: bool,
        of_functions: &dyn Fn() -> Vec<String>,
    ) -> Option<Response<Body>> {
        let path = parts.uri.path();
        let resource = self.url(parts).filter(|_| self.is_published())?;
        let is_here = match (&self.route, path.strip_prefix(WELL_KNOWN)) {
            (Some(route), Some(suffix)) => {
                let suffix = suffix.trim_end_matches('/');
                (suffix.is_empty() && is_only_one)
                    || suffix == route.trim_end_matches('/')
                    || suffix == path_of(&resource).trim_end_matches('/')
            }
            (None, _) => path.ends_with(WELL_KNOWN),
            _ => false,
        };
        if !is_here {
            return None;
        }
        let mut response = match parts.method {
            // Browsers ask before they send `MCP-Protocol-Version`.
            Method::OPTIONS => answer::only(StatusCode::NO_CONTENT),
            Method::GET | Method::HEAD => answer::json(StatusCode::OK, self.json(&resource, of_functions)),
            _ => return Some(answer::not_allowed("GET")),
        };
        let headers = response.headers_mut();
        // It is for all, pages of other origins among them.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
        Some(response)
    }

    fn json(&self, resource: &str, of_functions: &dyn Fn() -> Vec<String>) -> Vec<u8> {
        let mut all = self.own.clone().and(self.of_check.clone());
        if all.scopes.is_empty() {
            all.scopes = of_functions();
        }
        let page = Page {
            resource,
            authorization_servers: &all.authorization_servers,
            scopes_supported: &all.scopes,
            bearer_methods_supported: ["header"],
            resource_name: all.name.as_deref(),
            resource_documentation: all.documentation.as_deref(),
            dpop_signing_alg_values_supported: &all.dpop_algorithms,
            dpop_bound_access_tokens_required: all.dpop_required,
        };
        serde_json::to_vec(&page).unwrap_or_default()
    }

    /// Where the page is, for clients; `None` if there is none, or its place is not known.
    pub(super) fn page_url(&self, parts: &Parts) -> Option<String> {
        let resource = self.url(parts).filter(|_| self.is_published())?;
        let path = path_of(&resource);
        // A nested service has it below its own path.
        if self.route.is_none() {
            return Some(format!("{}{WELL_KNOWN}", resource.trim_end_matches('/')));
        }
        Some(format!("{}{WELL_KNOWN}{}", &resource[..resource.len() - path.len()], path.trim_end_matches('/')))
    }

    /// The URI of the resource.
    fn url(&self, parts: &Parts) -> Option<String> {
        self.named().or_else(|| self.by_host(parts))
    }

    /// The URI that was named. One that is no URL, such as `api://shop`, is an audience, but no place.
    fn named(&self) -> Option<String> {
        let is_url = |uri: &&String| is_url(uri);
        let named = self.own.resource.as_ref().filter(is_url).or(self.of_check.resource.as_ref().filter(is_url));
        self.public_url.as_deref().map(str::to_owned).or(named.cloned())
    }

    /// The URI by what the client calls the server.
    fn by_host(&self, parts: &Parts) -> Option<String> {
        let route = self.route.as_deref()?;
        let authority = parts.uri.authority().map(http::uri::Authority::as_str);
        let host = authority.or_else(|| parts.headers.get(HOST).and_then(text_of))?;
        #[cfg(feature = "tls")]
        let is_over_tls = parts.extensions.get::<OverTls>().is_some();
        #[cfg(not(feature = "tls"))]
        let is_over_tls = false;
        let scheme = if is_over_tls { "https" } else { parts.uri.scheme_str().unwrap_or("http") };
        Some(format!("{scheme}://{}{}", host.to_ascii_lowercase(), route.trim_end_matches('/')))
    }
}

/// A URL as clients write that of a server: `https://mcp.example.com/mcp`.
///
/// # Errors
/// It is none; with what to write.
pub(super) fn public_url(url: &str) -> Result<Arc<str>, String> {
    let uri: Option<Uri> = url.parse().ok().filter(|_| is_url(url) && !url.contains(['#', '?']));
    match uri.as_ref().and_then(Uri::authority) {
        Some(authority) if !authority.host().is_empty() && !authority.as_str().contains('@') => {
            // Without the slash it is a better audience (`basic/authorization`, "Canonical Server URI").
            Ok(if path_of(url) == "/" { url.trim_end_matches('/').into() } else { url.into() })
        }
        _ => Err(format!(
            "{url:?} is not the URL of a server: write what clients connect to, such as `https://mcp.example.com/mcp`"
        )),
    }
}

fn is_url(uri: &str) -> bool {
    uri.starts_with("https://") || uri.starts_with("http://")
}

/// The path of a URL, with its slash; nothing where it has none.
fn path_of(url: &str) -> &str {
    let rest = url.find("://").map_or(url, |at| &url[at + 3..]);
    rest.find('/').map_or("", |at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str) -> Parts {
        let request = http::Request::builder().uri(uri).header(HOST, "LOCALHOST:3000").body(());
        request.expect("a request").into_parts().0
    }

    fn at(route: Option<&str>, public: Option<&str>) -> Resource {
        Resource {
            route: route.map(Into::into),
            public_url: public.map(|url| public_url(url).expect(url)),
            own: ResourceMetadata::new().authorization_server("https://id.example"),
            ..Resource::default()
        }
    }

    #[test]
    fn the_page_is_beside_the_resource_and_the_challenge_names_it() {
        for (route, public, page) in [
            (Some("/mcp"), None, "http://localhost:3000/.well-known/oauth-protected-resource/mcp"),
            (Some("/"), None, "http://localhost:3000/.well-known/oauth-protected-resource"),
            (Some("/mcp"), Some("https://a.example/"), "https://a.example/.well-known/oauth-protected-resource"),
            (Some("/mcp"), Some("https://a.example/x/y"), "https://a.example/.well-known/oauth-protected-resource/x/y"),
            (None, Some("https://a.example/x"), "https://a.example/x/.well-known/oauth-protected-resource"),
        ] {
            let resource = at(route, public);
            assert_eq!(resource.page_url(&parts("/mcp")).as_deref(), Some(page));
            // Where the challenge says it is, it is.
            let there = resource.page(&parts(page), false, &Vec::new).expect(page);
            assert_eq!(there.status(), StatusCode::OK, "{page}");
        }
        assert_eq!(at(None, None).page_url(&parts("/")), None, "it does not know its own path");
        assert_eq!(Resource { own: ResourceMetadata::new(), ..at(Some("/mcp"), None) }.page_url(&parts("/mcp")), None);
    }

    #[test]
    fn the_page_of_another_resource_is_not_given() {
        let mcp = at(Some("/mcp"), None);
        let is_there = |path: &str, is_only_one| mcp.page(&parts(path), is_only_one, &Vec::new).is_some();
        assert!(is_there("/.well-known/oauth-protected-resource/mcp", false));
        assert!(is_there("/.well-known/oauth-protected-resource", true));
        assert!(!is_there("/.well-known/oauth-protected-resource", false), "of which one?");
        assert!(!is_there("/.well-known/oauth-protected-resource/other", true));
        assert!(!is_there("/mcp", true));
    }

    #[test]
    fn an_audience_that_is_no_url_is_no_place() {
        let check = ResourceMetadata::new().authorization_server("https://id.example").resource("api://shop");
        let resource = Resource { of_check: check, ..at(Some("/mcp"), None) };
        assert_eq!(resource.url(&parts("/mcp")).as_deref(), Some("http://localhost:3000/mcp"));
        assert_eq!(resource.url_for_check(&parts("/mcp"), false), None, "a host that anybody may choose");
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused() {
        for url in ["mcp.example.com", "https://", "https://a/#b", "https://a/?b", "ftp://a", "https://user@a/", ""] {
            assert!(public_url(url).is_err(), "{url}");
        }
        assert_eq!(public_url("https://a.example/").as_deref(), Ok("https://a.example"));
    }
}
