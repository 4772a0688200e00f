//! What a request says beside its body.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use http::header::{ACCEPT, CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use mcp_proto::Version;
use mcp_proto::wire::{Reply, Request};

use super::address::{ClientAddress, Source};
use super::body::Body;
use super::names as ours;
use crate::call::{Caller, Facts, Outlet, Principal};
use crate::gate::{Outcome, Passing, Seen};
use crate::service::Core;

/// What a request says beside its body, and who sent it.
pub(super) struct Head<'a> {
    /// Who is calling, with the request itself. A layer around the service leaves the principal in the request's extensions.
    facts: &'a Arc<Facts<Parts>>,
    pub(super) parts: &'a Parts,
    pub(super) named: Named<'a>,
    pub(super) accepts: Accepts,
    /// The other side of the connection, where it is one of our own.
    pub(super) peer: Option<SocketAddr>,
    /// Whether the gate sees the request elsewhere.
    goes_on: AtomicBool,
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
    pub(super) fn new(facts: &'a Arc<Facts<Parts>>, peer: Option<SocketAddr>) -> Self {
        let parts = &facts.head;
        let named = Named::find(&parts.headers);
        Self {
            accepts: Accepts::read(named.accept, &parts.headers),
            facts,
            parts,
            named,
            peer,
            goes_on: AtomicBool::new(false),
        }
    }

    /// Who calls, listening there.
    pub(super) fn caller(&self, outlet: Arc<dyn Outlet>) -> Caller {
        Caller {
            address: self.source().map(Source::address),
            ..Caller::new(outlet, Arc::clone(self.facts) as Arc<Facts>)
        }
    }

    /// What is known of who is calling.
    pub(super) fn facts(&self) -> &Facts {
        &**self.facts
    }

    /// The request goes on to where the gate sees it, and its outcome.
    pub(super) fn goes_on(&self) {
        self.goes_on.store(true, Ordering::Relaxed);
    }

    /// The request was read, and refused before it became a call.
    pub(super) fn refuse(&self, request: &Request, reply: &Reply, core: &Core) {
        core.meters().of(&request.method).answered(reply.kind().into(), reply.bytes().len());
        if let Some(mut passing) = Passing::begin(core.observers(), request, &(Arc::clone(self.facts) as Arc<Facts>)) {
            passing.refuse(reply);
        }
    }

    /// HTTP alone has answered: that is the outcome, for the gate. Without a beginning nobody there looks.
    pub(super) fn pass(&self, response: &Response<Body>, began: Option<Instant>, core: &Core) {
        if self.goes_on.load(Ordering::Relaxed) {
            return;
        }
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            core.meters().refused(status.as_u16());
        }
        let Some(began) = began else { return };
        let bytes = http_body::Body::size_hint(response.body()).exact().unwrap_or_default();
        let (outcome, bytes) = (Outcome::Status(status.as_u16()), usize::try_from(bytes).unwrap_or(usize::MAX));
        core.observers().pass(&Seen {
            name: Some(self.parts.uri.path()),
            duration: began.elapsed(),
            ..Seen::of(self.facts(), Some(self.parts.method.as_str()), outcome, bytes)
        });
    }

    /// Who is calling.
    pub(super) fn principal(&self) -> &Principal {
        &self.facts.principal
    }

    /// What the client is called in logs, where its address is known: with the port, if that is its own.
    #[cfg(feature = "ws")]
    pub(super) fn client_name(&self) -> Option<String> {
        let told = self.parts.extensions.get::<ClientAddress>().map(|address| address.ip().to_string());
        told.or_else(|| self.peer.map(|peer| peer.to_string()))
    }

    /// Whose requests this one is counted with, where that is known.
    pub(super) fn source(&self) -> Option<Source> {
        let told = self.parts.extensions.get::<ClientAddress>().map(|address| address.ip());
        Source::of(told.or(self.peer.map(|peer| peer.ip()))?)
    }

    /// Whether the body is said to be JSON.
    pub(super) fn is_json(&self) -> bool {
        let kind = self.named.content_type.first.map(HeaderValue::as_bytes).unwrap_or_default();
        kind == b"application/json" || essence(kind).eq_ignore_ascii_case(b"application/json")
    }

    /// The era that it names.
    pub(super) fn named_era(&self) -> Era {
        let version = self.named.version.first.and_then(ours::text_of);
        match (version.and_then(Version::parse), self.named.session.first) {
            (Some(version), _) if version.is_stateless() => Era::Stateless,
            (_, Some(_)) => Era::Session,
            (_, None) => Era::Unknown,
        }
    }
}

/// Which era the head of a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// A version without sessions.
    Stateless,
    /// A session.
    Session,
    /// Neither: the body may tell.
    Unknown,
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
        let ranges = headers.get_all(ACCEPT).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        let ranges: Vec<Range<'_>> = ranges.map(Range::read).filter(|range| !range.media.is_empty()).collect();
        if ranges.is_empty() {
            return Self::BOTH;
        }
        Self {
            json: accepts(&ranges, [b"application/json", b"application/*"]),
            events: accepts(&ranges, [b"text/event-stream", b"text/*"]),
        }
    }

    /// Whether an answer that is there at once is sent as JSON: where a client takes both, it is less to read.
    pub(super) fn one_as_json(self) -> bool {
        self.json || !self.events
    }
}

/// One of the ranges that `Accept` lists.
struct Range<'a> {
    media: &'a [u8],
    /// Whether its weight is zero: it is listed as what is not taken (RFC 9110, 12.4.2).
    is_refused: bool,
}

impl<'a> Range<'a> {
    fn read(range: &'a [u8]) -> Self {
        let weight = range.split(|byte| *byte == b';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_at_checked(parameter.iter().position(|byte| *byte == b'=')?)?;
            name.trim_ascii().eq_ignore_ascii_case(b"q").then(|| value[1..].trim_ascii())
        });
        let is_zero = |weight: &[u8]| match weight.strip_prefix(b"0") {
            Some([] | [b'.']) => true,
            Some([b'.', digits @ ..]) => digits.iter().all(|digit| *digit == b'0'),
            _ => false,
        };
        Self { media: essence(range), is_refused: weight.is_some_and(is_zero) }
    }
}

/// Whether a type is taken, by the range that names it most exactly (RFC 9110, 12.5.1).
fn accepts(ranges: &[Range<'_>], exactly_and_widely: [&[u8]; 2]) -> bool {
    let [exactly, widely] = exactly_and_widely;
    let named = |name: &[u8]| ranges.iter().filter(|range| range.media.eq_ignore_ascii_case(name)).collect::<Vec<_>>();
    let all = [exactly, widely, b"*/*"].map(named);
    all.iter().find(|named| !named.is_empty()).is_some_and(|named| named.iter().any(|range| !range.is_refused))
}

/// A media type without its parameters.
fn essence(media_type: &[u8]) -> &[u8] {
    media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &[&str], json: bool, events: bool) {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, value.parse().expect("a header"));
        }
        let found = Accepts::read(Named::find(&headers).accept, &headers);
        assert_eq!((found.json, found.events), (json, events), "{accept:?}");
    }

    #[test]
    fn what_is_accepted_is_what_rfc_9110_says() {
        check(&[], true, true);
        check(&["application/json, text/event-stream"], true, true);
        check(&["application/json", "text/event-stream"], true, true);
        check(&[""], true, true);
        check(&[" , "], true, true);
        check(&["*/*"], true, true);
        check(&["application/json"], true, false);
        check(&["APPLICATION/JSON; charset=utf-8 ; Q=0.5"], true, false);
        check(&["text/event-stream"], false, true);
        check(&["text/*;q=0.001"], false, true);
        check(&["text/html"], false, false);
        check(&["application/json;q=0"], false, false);
        check(&["application/json;q=0.000, */*"], false, true);
        check(&["*/*;q=0"], false, false);
        check(&["*/*;q=0, application/json"], true, false);
        check(&["application/*, application/json; q = 0, text/event-stream"], false, true);
        check(&["*/*;q=0.1", "text/event-stream;q=0"], true, false);
        check(&["application/json;v=1;q=0, application/json"], true, false);
        check(&["application/json;q=, text/event-stream;q=x"], true, true);
        check(&["application/json;q=0x"], true, false);
    }
}
