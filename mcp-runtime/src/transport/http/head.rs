//! What a request says beside its body.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use mcp_proto::Version;

use super::headers as ours;
use crate::call::{Caller, Outlet, Principal};

/// What a request says beside its body, and who sent it.
pub(super) struct Head<'a> {
    pub(super) parts: &'a Arc<Parts>,
    pub(super) named: Named<'a>,
    pub(super) accepts: Accepts,
    /// Who is calling: a layer around the service leaves it in the request's extensions.
    pub(super) principal: Principal,
}

/// The headers that requests are judged by, found in one pass over all: to look each up would be to hash each name.
#[derive(Default)]
pub(super) struct Named<'a> {
    pub(super) host: Found<'a>,
    pub(super) origin: Found<'a>,
    content_type: Found<'a>,
    accept: Found<'a>,
    pub(super) version: Found<'a>,
    pub(super) session: Found<'a>,
    pub(super) method: Found<'a>,
    pub(super) name: Found<'a>,
}

/// A header, as often as it is there.
#[derive(Clone, Copy, Default)]
pub(super) struct Found<'a> {
    pub(super) first: Option<&'a HeaderValue>,
    pub(super) is_several: bool,
}

impl<'a> Named<'a> {
    pub(super) fn find(headers: &'a HeaderMap) -> Self {
        let mut named = Self::default();
        for (name, value) in headers {
            let found = match name {
                name if *name == HOST => &mut named.host,
                name if *name == ACCEPT => &mut named.accept,
                name if *name == CONTENT_TYPE => &mut named.content_type,
                name if *name == ORIGIN => &mut named.origin,
                name if *name == ours::VERSION => &mut named.version,
                name if *name == ours::SESSION => &mut named.session,
                name if *name == ours::METHOD => &mut named.method,
                name if *name == ours::NAME => &mut named.name,
                _ => continue,
            };
            found.is_several = found.first.is_some();
            found.first.get_or_insert(value);
        }
        named
    }
}

impl<'a> Head<'a> {
    pub(super) fn new(parts: &'a Arc<Parts>) -> Self {
        let principal = parts.extensions.get::<Principal>().cloned().unwrap_or_default();
        let named = Named::find(&parts.headers);
        Self { accepts: Accepts::read(named.accept, &parts.headers), parts, named, principal }
    }

    /// Who calls, listening there.
    pub(super) fn caller(&self, outlet: Arc<dyn Outlet>) -> Caller {
        let principal = self.principal.clone();
        Caller { principal, http: Some(Arc::clone(self.parts)), ..Caller::new(outlet) }
    }

    /// Whether the body is said to be JSON.
    pub(super) fn is_json(&self) -> bool {
        let kind = self.named.content_type.first.map(HeaderValue::as_bytes).unwrap_or_default();
        kind == b"application/json" || essence(kind).eq_ignore_ascii_case(b"application/json")
    }

    /// Whether it names a session.
    pub(super) fn has_session(&self) -> bool {
        self.named.session.first.is_some()
    }

    /// Whether it names a version without sessions.
    pub(super) fn is_stateless(&self) -> bool {
        let version = self.named.version.first.and_then(|version| version.to_str().ok());
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
    const BOTH: Self = Self { json: true, events: true };

    fn read(found: Found<'_>, headers: &HeaderMap) -> Self {
        match found.first {
            // Who names nothing takes anything (RFC 9110, "Accept").
            None => return Self::BOTH,
            // What the specification has clients say.
            Some(value) if value == "application/json, text/event-stream" && !found.is_several => return Self::BOTH,
            Some(_) => {}
        }
        let mut accepts = Self { json: false, events: false };
        for range in headers.get_all(ACCEPT).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b',')) {
            let range = essence(range);
            let is = |name: &[u8]| range.eq_ignore_ascii_case(name);
            accepts.json |= is(b"application/json") || is(b"application/*") || is(b"*/*");
            accepts.events |= is(b"text/event-stream") || is(b"text/*") || is(b"*/*");
        }
        accepts
    }
}

/// A media type without its parameters.
fn essence(media_type: &[u8]) -> &[u8] {
    media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}
