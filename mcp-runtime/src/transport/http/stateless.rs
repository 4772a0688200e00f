//! 2026-07-28: each POST stands alone.
//!
//! The call is polled in place. If it finishes before it says anything, the answer is plain JSON; at its first word it
//! becomes a stream of events, which goes on polling it. There is no task and no queue between them, so a client that
//! goes away drops the call with its stream: that is the cancellation.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Response, StatusCode};
use mcp_proto::engine::{Admitted, CallKey};
use mcp_proto::era;
use mcp_proto::wire::{Code, ErrorId, Method, Reply, ReplyKind, Request};

use super::body::{Body, Events, events};
use super::endpoint::{Endpoint, Live};
use super::head::Head;
use super::lending::Lending;
use super::place::Place;
use super::serve::Begun;
use super::{answer, headers};
use crate::call::{Frames, HeldCaller, Outlet, Silence};
use crate::gate::Driven;
use crate::meter::Held;
use crate::output::FORBIDDEN;
use crate::service::{Link, Out, cut_off_answer, dispatch};
use crate::tally::Tally;

/// Serves one request.
pub(super) fn serve<'a>(
    http: &'a Endpoint,
    request: Box<Request>,
    head: &'a Head<'a>,
    mut place: Option<Place>,
) -> Begun<'a> {
    let catalog = http.live.core.catalog_for_now();
    let events_allowed = head.accepts.events;
    let admitted = era::admit_stateless(
        &request,
        |version| headers::version_agrees(&head.named, version),
        || {
            headers::method_agrees(&head.named, &request)?;
            match request.name().filter(|_| request.method == Method::ToolsCall) {
                Some(tool) => {
                    headers::arguments_agree(&head.parts.headers, &request, catalog.mirrored(tool, head.principal()))
                }
                None => Ok(()),
            }
        },
    );
    // What it asks for is a stream.
    if request.method == Method::Listen && !events_allowed {
        return Begun::Answered(answer::only_events());
    }
    head.goes_on();
    let terms = match admitted {
        Ok(terms) => terms,
        Err(error) => {
            // A version that is not spoken, a `_meta` or headers that are wrong: the request itself is at fault.
            let status =
                if error.code == Code::METHOD_NOT_FOUND { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
            let reply = Reply::error(&request.id, &error);
            head.refuse(&request, &reply, &http.live.core);
            return Begun::Answered(answer::json(status, reply.into_bytes()));
        }
    };
    if request.method == Method::Listen
        && let (Some(place), Some(source)) = (&mut place, head.source())
    {
        match Tally::count(&http.live.subscriptions, source, http.config.listener_share()) {
            Some(counted) => place.keep(counted),
            None => return Begun::Answered(answer::busy(ErrorId::Given(&request.id))),
        }
    }
    let budget = http.live.core.budget();
    let out = Arc::new(Out::new(budget, catalog.profile().waiting_bytes));
    // Where no events are wanted, what the call says has nowhere to go, and it waits for nobody to read it.
    let outlet = if events_allowed { Arc::clone(&out) as Arc<dyn Outlet> } else { Arc::new(Silence) };
    let mut caller = head.caller(outlet);
    if request.request_state().is_some() && place.is_some() {
        caller.outlet = Arc::new(Lending::new(caller.outlet, &http.live.calls));
    }
    let link = Link { caller: HeldCaller::Own(caller), wishes: None, closing: Arc::clone(&http.live.closing) };
    let driven = match dispatch(&catalog, Admitted { key: CallKey::FIRST, request, terms }, &link) {
        Ok(reply) => return Begun::Answered(finished(http, head, &out, reply)),
        Err(driven) => Some(driven),
    };
    let live = Arc::clone(&http.live);
    let call = StreamedCall { out, driven, has_begun: false, live, _place: place, counted: None, cut_off: None };
    Begun::Waits(Box::pin(go_on(http, head, call)))
}

/// Drives a call until it has answered or said something.
async fn go_on(http: &Endpoint, head: &Head<'_>, mut call: StreamedCall) -> Response<Body> {
    match poll_fn(|cx| call.poll_first(cx)).await {
        First::Answer(reply) => finished(http, head, &call.out, reply),
        First::CutOff(reply) => answer::json(StatusCode::SERVICE_UNAVAILABLE, reply.into_bytes()),
        First::Words => {
            call.counted = Some(http.live.core.meters().streams.hold());
            answer::events(call)
        }
    }
}

/// The answer of a call that finished: plain, unless it said something.
fn finished(http: &Endpoint, head: &Head<'_>, out: &Out, reply: Reply) -> Response<Body> {
    let (accepts, budget) = (head.accepts, http.live.core.budget());
    if accepts.events && !out.is_empty() {
        out.answer(reply.into_bytes());
        let mut frames = Frames::default();
        out.take(&mut frames);
        let answer = answer::event_bytes(budget.hold(events(&mut frames)));
        out.written();
        return answer;
    }
    #[cfg(feature = "layers")]
    if let Some((status, after)) = crate::layers::status(reply.bytes()) {
        return answer::later(status, after, budget.hold(reply.into_bytes()));
    }
    let status = match reply.kind() {
        ReplyKind::Error(Code(FORBIDDEN)) => return http.forbidden(head, reply.into_bytes()),
        ReplyKind::Error(Code::METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        ReplyKind::Error(Code::MISSING_CAPABILITY) => StatusCode::BAD_REQUEST,
        // An unknown tool, a bad state: the request was in order, the call failed.
        ReplyKind::Error(_) | ReplyKind::Result | ReplyKind::ToolError | ReplyKind::InputRequired => StatusCode::OK,
    };
    match status {
        StatusCode::OK => answer::one(accepts, reply.into_bytes(), budget),
        // The status tells that no answer comes; what is wrong is JSON, as with every refusal.
        status => answer::json(status, budget.hold(reply.into_bytes())),
    }
}

/// A call whose answer is under way.
struct StreamedCall {
    out: Arc<Out>,
    /// `None` once it has answered.
    driven: Option<Driven>,
    /// Whether its first words, which made a stream of its answer, are sent.
    has_begun: bool,
    live: Arc<Live>,
    _place: Option<Place>,
    /// Set once it is a stream.
    counted: Option<Held>,
    /// Waits, once the call does, until serving can wait for it no longer.
    cut_off: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

enum First {
    Answer(Reply),
    /// The answer of a call that serving could wait for no longer.
    CutOff(Reply),
    Words,
}

impl StreamedCall {
    /// Runs until the call has answered or said something.
    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<First> {
        let Some(driven) = &mut self.driven else { return Poll::Pending };
        if let Poll::Ready(reply) = Pin::new(driven).poll(cx) {
            self.driven = None;
            return Poll::Ready(First::Answer(reply));
        }
        if self.out.poll_filled(cx).is_ready() {
            return Poll::Ready(First::Words);
        }
        self.poll_cut_off(cx).map(First::CutOff)
    }

    /// Drops the call once serving can wait for it no longer; what it is answered with.
    fn poll_cut_off(&mut self, cx: &mut Context<'_>) -> Poll<Reply> {
        let live = &self.live;
        let cut_off = self.cut_off.get_or_insert_with(|| {
            let live = Arc::clone(live);
            Box::pin(async move { live.cut_off.begun().await }) as _
        });
        ready!(cut_off.as_mut().poll(cx));
        let Some(driven) = self.driven.take() else { return Poll::Pending };
        self.live.cut_off.note(driven.ctx());
        Poll::Ready(cut_off_answer(driven.ctx()))
    }
}

impl Drop for StreamedCall {
    fn drop(&mut self) {
        if let Some(driven) = self.driven.as_ref().filter(|_| self.live.cut_off.has_begun()) {
            self.live.cut_off.note(driven.ctx());
        }
    }
}

impl Events for StreamedCall {
    fn poll_events(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        // It has just been polled for its first words.
        if std::mem::replace(&mut this.has_begun, true)
            && let Some(driven) = &mut this.driven
        {
            let answered = Pin::new(driven).poll(cx);
            let answered = if answered.is_ready() { answered } else { this.poll_cut_off(cx) };
            if let Poll::Ready(reply) = answered {
                this.driven = None;
                this.out.answer(reply.into_bytes());
                this.out.close();
            }
        }
        let mut frames = Frames::default();
        this.out.poll_take(cx, &mut frames).map(|is_any| {
            is_any.then(|| {
                // Charged to whoever sends them from now on.
                let events = this.live.core.budget().hold(events(&mut frames));
                this.out.written();
                events
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use http::{Request, Response, StatusCode};
    use tower_service::Service as _;

    use crate::transport::http::{Body, ClientAddress, Http};

    const LISTEN: &str = r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{},"_meta":{
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;

    /// Listens, as a client at this address: of the documentation's, or of nowhere in particular.
    async fn listen(http: &mut Http, address: Option<u8>) -> Response<Body> {
        let request = Request::post("/mcp")
            .header("Host", "localhost")
            .header("Content-Type", "application/json")
            .header("MCP-Protocol-Version", "2026-07-28")
            .header("Mcp-Method", "subscriptions/listen");
        let request = match address {
            Some(last) => request.extension(ClientAddress::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)))),
            None => request,
        };
        let request = request.body(Body::whole(LISTEN)).expect("a request");
        http.call(request).await.expect("an answer")
    }

    #[tokio::test]
    async fn one_client_address_has_no_more_than_its_share_of_the_subscriptions() {
        let server = crate::Server::empty("it").dynamic().build().expect("a server");
        let mut http = Http::new(server).subscriptions_per_address(2);
        let one = listen(&mut http, Some(1)).await;
        let two = listen(&mut http, Some(1)).await;
        assert_eq!((one.status(), two.status()), (StatusCode::OK, StatusCode::OK));
        let refused = listen(&mut http, Some(1)).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key("retry-after"));
        for other in [Some(2), None, None, None] {
            assert_eq!(listen(&mut http, other).await.status(), StatusCode::OK, "{other:?}");
        }
        drop(two);
        let again = listen(&mut http, Some(1)).await;
        assert_eq!(again.status(), StatusCode::OK, "one that ended made room");
        drop((one, again));
        assert!(http.endpoint().live.subscriptions.is_empty(), "nothing is kept of those that have ended");
    }
}
