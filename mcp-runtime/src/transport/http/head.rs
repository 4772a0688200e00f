//! What a request says beside its body.

use std::sync::Arc;

use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;
use mcp_proto::Version;

use super::headers;
use crate::call::{Caller, Outlet, Principal};

/// What a request says beside its body, and who sent it.
pub(super) struct Head {
    pub(super) parts: Arc<Parts>,
    pub(super) accepts: Accepts,
    /// Who is calling: a layer around the service leaves it in the request's extensions.
    pub(super) principal: Principal,
}

impl Head {
    pub(super) fn new(parts: Parts) -> Self {
        let principal = parts.extensions.get::<Principal>().cloned().unwrap_or_default();
        Self { accepts: Accepts::read(&parts.headers), parts: Arc::new(parts), principal }
    }

    /// Who calls, listening there.
    pub(super) fn caller(&self, outlet: Arc<dyn Outlet>) -> Caller {
        let principal = self.principal.clone();
        Caller { principal, http: Some(Arc::clone(&self.parts)), ..Caller::new(outlet) }
    }

    /// Whether the body is said to be JSON.
    pub(super) fn is_json(&self) -> bool {
        let kind = self.parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        essence(kind).eq_ignore_ascii_case("application/json")
    }

    /// Whether it names a session.
    pub(super) fn has_session(&self) -> bool {
        self.parts.headers.contains_key(&headers::SESSION)
    }

    /// Whether it names a version without sessions.
    pub(super) fn is_stateless(&self) -> bool {
        let version = self.parts.headers.get(&headers::VERSION).and_then(|version| version.to_str().ok());
        version.and_then(Version::parse).is_some_and(Version::is_stateless)
    }
}

/// What a client says it can read.
#[derive(Clone, Copy)]
pub(super) struct Accepts {
    pub(super) json: bool,
    pub(super) events: bool,
}

impl Accepts {
    fn read(headers: &HeaderMap) -> Self {
        let mut accepts = Self { json: false, events: false };
        let mut any = false;
        for value in headers.get_all(ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                any = true;
                let range = essence(range);
                let is = |name: &str| range.eq_ignore_ascii_case(name);
                accepts.json |= is("application/json") || is("application/*") || is("*/*");
                accepts.events |= is("text/event-stream") || is("text/*") || is("*/*");
            }
        }
        // Who names nothing takes anything (RFC 9110, "Accept").
        if any { accepts } else { Self { json: true, events: true } }
    }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
