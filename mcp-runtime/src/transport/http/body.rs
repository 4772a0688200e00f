//! Bodies: reading what a client sends, within limits; sending an answer, or a stream of events.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

use crate::budget::{Budget, Charge, SMALL};
use crate::call::Frames;

/// How long a quiet stream of events goes without a sign of life, where nothing else is set: below the minute after which proxies
/// give up.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The shortest such time: a stream must not be busy with being quiet.
const LEAST_KEEP_ALIVE: Duration = Duration::from_millis(100);

/// How many times what has come of a body is believed to be still to come.
const TRUST: usize = 8;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is longer than allowed.
    TooLarge,
    /// It took too long.
    TooSlow,
    /// The server has no memory left for it.
    NoRoom,
    /// The client went away in the middle.
    Broken,
}

/// Reads a body of at most `limit` bytes within `patience`. One piece, as most are, is not copied.
///
/// It is charged to the budget of bodies that are being read, and from then on to the whole of which that is a part, for as
/// long as anything refers to it.
pub(super) async fn read<B: HttpBody>(
    body: Pin<&mut B>,
    limit: usize,
    patience: Duration,
    budget: &Arc<Budget>,
) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Unread::TooLarge);
    }
    let mut reading = pin!(read_all(body, limit, budget));
    // Most have come with their head, and need no timer. In a box, so that it does not make every request's future larger.
    let mut timer: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|cx| match reading.as_mut().poll(cx) {
        Poll::Ready(read) => Poll::Ready(read),
        Poll::Pending => {
            let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
            timer.as_mut().poll(cx).map(|()| Err(Unread::TooSlow))
        }
    })
    .await
}

async fn read_all<B: HttpBody>(mut body: Pin<&mut B>, limit: usize, budget: &Arc<Budget>) -> Result<Bytes, Unread> {
    // What the client says that it sends.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(limit).min(limit);
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    let mut charge = None;
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(mut data) = frame.map_err(|_| Unread::Broken)?.into_data().map_err(drop) else { continue };
        let length = data.remaining();
        if first.len() + rest.len() + length > limit {
            return Err(Unread::TooLarge);
        }
        let so_far = first.len() + rest.len() + length;
        if so_far > SMALL {
            // With what is made room for ahead of its coming.
            let bytes = so_far.max(announced.min(TRUST * so_far)).max(rest.capacity());
            if !charge.get_or_insert_with(|| Charge::new(budget)).try_set(bytes) {
                return Err(Unread::NoRoom);
            }
        }
        if first.is_empty() && rest.is_empty() {
            first = data.copy_to_bytes(length);
        } else {
            if rest.len() + length > rest.capacity() {
                // Not all of it for the asking: some bytes must have come for each that is waited for.
                rest.reserve_exact(announced.min(TRUST * so_far).saturating_sub(rest.len()));
            }
            if rest.is_empty() {
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data.copy_to_bytes(length));
        }
    }
    // Where its length was not announced it may have grown beyond what was charged.
    if let Some(charge) = charge.as_mut().filter(|_| !rest.is_empty()) {
        if rest.capacity() - rest.len() > SMALL {
            rest.shrink_to_fit();
        }
        charge.set(rest.capacity());
    }
    let Some(charge) = charge.map(Charge::into_whole) else {
        return Ok(if rest.is_empty() { first } else { rest.into() });
    };
    Ok(if rest.is_empty() { charge.hold(first) } else { charge.hold(rest) })
}

/// The body of an answer.
///
/// ```
/// use mcp_runtime::Body;
/// use mcp_runtime::http::{HeaderValue, Response};
///
/// /// What a layer around [`Http`](mcp_runtime::Http) does with each answer.
/// fn marked(mut response: Response<Body>) -> Response<Body> {
///     response.headers_mut().insert("x-served-by", HeaderValue::from_static("shop"));
///     response
/// }
/// ```
pub struct Body {
    kind: Kind,
}

enum Kind {
    Whole(Option<Bytes>),
    Events { source: Pin<Box<dyn Events>>, quiet: Quiet },
}

/// Tells when a stream of events has been quiet for so long that it needs a sign of life.
struct Quiet {
    every: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Quiet {
    fn new(every: Duration) -> Self {
        let every = every.max(LEAST_KEEP_ALIVE);
        Self { every, timer: Box::pin(tokio::time::sleep(every)) }
    }

    /// Something is sent now.
    fn is_broken(&mut self) {
        // An overflow means never, which the timer is set to from the beginning.
        if let Some(next) = tokio::time::Instant::now().checked_add(self.every) {
            self.timer.as_mut().reset(next);
        }
    }
}

/// A source of server-sent events.
pub(super) trait Events: Send {
    /// The next bytes, whole events; `None` at the end.
    fn poll_events(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;
}

/// A server-sent event for each frame.
pub(super) fn events(frames: &mut Frames) -> Vec<u8> {
    let (begin, end) = (b"data: ", b"\n\n");
    let mut events = Vec::with_capacity(frames.bytes() + frames.len() * (begin.len() + end.len()));
    events.extend_from_slice(begin);
    while frames.pop_into(&mut events) {
        // The end of this one, and the beginning of the next.
        events.extend_from_slice(if frames.is_empty() { end } else { b"\n\ndata: " });
    }
    events
}

impl Body {
    pub(super) fn empty() -> Self {
        Self::of(Kind::Whole(None))
    }

    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::of(Kind::Whole(Some(bytes.into())))
    }

    fn of(kind: Kind) -> Self {
        Self { kind }
    }

    pub(super) fn events(source: impl Events + 'static) -> Self {
        Self::of(Kind::Events { source: Box::pin(source), quiet: Quiet::new(KEEP_ALIVE) })
    }

    /// Whether it is a stream of events.
    pub(super) fn is_events(&self) -> bool {
        matches!(self.kind, Kind::Events { .. })
    }

    /// The same, and a stream of events has a sign of life whenever it was quiet for so long.
    pub(super) fn alive_every(self, every: Duration) -> Self {
        match self.kind {
            Kind::Events { source, .. } => Self::of(Kind::Events { source, quiet: Quiet::new(every) }),
            whole @ Kind::Whole(_) => Self::of(whole),
        }
    }

    /// The same, and a stream of events is cut off when `end` has come.
    pub(super) fn until(self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        match self.kind {
            Kind::Events { source, quiet } => {
                let source = Box::pin(Until { source: Some(source), end: Box::pin(end) });
                Self::of(Kind::Events { source, quiet })
            }
            whole @ Kind::Whole(_) => Self::of(whole),
        }
    }
}

/// A source that ends early.
struct Until {
    source: Option<Pin<Box<dyn Events>>>,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Events for Until {
    fn poll_events(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        let Some(source) = &mut this.source else { return Poll::Ready(None) };
        if this.end.as_mut().poll(cx).is_ready() {
            // What stands behind it learns at once that nobody listens.
            this.source = None;
            return Poll::Ready(None);
        }
        source.as_mut().poll_events(cx)
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.kind {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Events { source, quiet } => {
                let bytes = match source.as_mut().poll_events(cx) {
                    Poll::Ready(bytes) => bytes,
                    Poll::Pending => {
                        if quiet.timer.as_mut().poll(cx).is_pending() {
                            return Poll::Pending;
                        }
                        Some(Bytes::from_static(b":\n\n"))
                    }
                };
                quiet.is_broken();
                Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.kind, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Kind::Events { .. } => SizeHint::default(),
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::Whole(_) => "Body::Whole",
            Kind::Events { .. } => "Body::Events",
        })
    }
}
