//! Serving one connection on a stream.

use std::future::{Future, IntoFuture, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::limits::StreamLimits;
use super::own::{Duplex, Transport};
use super::patience::{Heard, Patience};
use super::rate::Rate;
use super::sink::FrameSink;
use super::source::FrameSource;
use super::writer::Writer;
use crate::background::background;
use crate::budget::{Charge, SMALL};
use crate::call::{Facts, Frames, Outlet as _, Principal};
use crate::log;
use crate::meter::Tick;
use crate::service::{Connection, Core};
use crate::transport::lines::{CHUNK, Line};
use crate::wait::Aside;

/// How long an answer may wait for those to what was read with it, as far as a [`Tick`] tells.
const TOGETHER: Duration = Duration::from_millis(1);

/// Opens the connection, given the most bytes of a message.
type Open = Box<dyn FnOnce(usize) -> Duplex + Send>;

/// A connection that is served once this is awaited: [`Server::serve_on`](crate::Server::serve_on).
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::transport::{StreamLimits, Transport};
///
/// async fn serve(server: &Server, connection: impl Transport) -> std::io::Result<()> {
///     server.serve_on(connection).limits(StreamLimits::new()).await
/// }
/// ```
#[must_use = "nothing is served until it is awaited"]
pub struct ServeOn {
    core: Arc<Core>,
    open: Open,
    limits: StreamLimits,
    stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl ServeOn {
    pub(crate) fn new(core: Arc<Core>, transport: impl Transport) -> Self {
        let open: Open = Box::new(|limit| transport.duplex(limit));
        Self { core, open, limits: StreamLimits::new(), stop: None }
    }

    /// What the connection may take.
    pub fn limits(mut self, limits: StreamLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Ends in good order once `stop` is done: nothing more is read, and calls in flight finish within the
    /// [grace](StreamLimits::grace). By default the connection lasts until its peer ends it.
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Some(Box::pin(stop));
        self
    }
}

impl IntoFuture for ServeOn {
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { core, open, limits, stop } = self;
            let duplex = open(core.catalog().profile().limits.message_bytes);
            let stop = async {
                match stop {
                    Some(stop) => stop.await,
                    None => std::future::pending().await,
                }
            };
            serve(core, duplex, limits, pin!(stop)).await
        })
    }
}

impl std::fmt::Debug for ServeOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeOn").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Serves a connection until its peer has sent its last message, until `stop`, or until it fails or is closed. Calls in flight
/// finish, for a while, and all that was answered is sent. Dropped, it closes at once.
///
/// # Errors
/// Why it was closed, which is logged, too. That a peer goes away is no error.
pub(crate) async fn serve(
    core: Arc<Core>,
    duplex: Duplex,
    limits: StreamLimits,
    stop: Pin<&mut (impl Future<Output = ()> + Send)>,
) -> io::Result<()> {
    let Duplex { source, sink, peer } = duplex;
    let (name, transport) = (peer.to_string(), peer.transport());
    let facts = peer.into_facts(core.catalog().profile().principal.clone());
    serve_halves(core, (source, sink), Peer { name, transport, facts }, limits, stop).await
}

/// The other side of a connection that is served.
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) transport: &'static str,
    pub(crate) facts: Arc<Facts>,
}

/// The same, of a peer of whom this is known.
///
/// # Errors
/// The same.
pub(crate) async fn serve_halves(
    core: Arc<Core>,
    (source, sink): (Box<dyn FrameSource>, Box<dyn FrameSink>),
    peer: Peer,
    limits: StreamLimits,
    stop: Pin<&mut (impl Future<Output = ()> + Send)>,
) -> io::Result<()> {
    let Peer { name, transport, facts } = peer;
    let over = end_of(&core, &facts.principal);
    let connection = Connection::on_stream(core, Handle::current(), facts, (transport, &name));
    let writer = Arc::new(Writer::new(Arc::clone(connection.out()), sink, limits.write));
    let (tell, mut written) = oneshot::channel();
    let writing = tokio::spawn(background({
        let writer = Arc::clone(&writer);
        async move {
            let _ = tell.send(writer.run().await);
        }
    }));
    let served = Served { connection, writing: writing.abort_handle() };
    let connection = &served.connection;
    let heard = Heard::default();
    let mut reader = Reader::new(connection, source, &writer, &heard, limits);
    let ended = {
        let beside = async {
            tokio::select! {
                silent = connection.heartbeat(limits.heartbeat) => Ok(Err(silent)),
                silent = heard.silence(limits.idle, || connection.is_idle()) => Ok(Err(silent)),
                // It says nothing where it has panicked.
                failed = &mut written => Err(failed.unwrap_or(Ok(()))),
                () = stop => Ok(Ok(())),
                () = over => Ok(Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the credentials of the peer have expired, or were revoked",
                ))),
            }
        };
        tokio::select! {
            // In this order: a peer that never pauses uses up what a task may do before others have their turn.
            biased;
            ended = Aside::new(beside) => ended,
            read = reader.read() => Ok(read),
        }
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(written) => return served.closed(&name, transport, written),
    };
    // A peer that has broken off has nobody who waits for answers.
    if ended.as_ref().is_err_and(is_gone) {
        return Ok(());
    }
    if let Err(why) = &ended {
        reader.source.fail(why);
    }
    let drained = async {
        connection.drain(limits.grace).await;
        connection.out().close();
    };
    tokio::select! {
        () = drained => {
            // A peer that does not read keeps its answers to itself; nobody waits for it for ever.
            if let Ok(Ok(written)) = tokio::time::timeout(limits.grace, &mut written).await {
                served.closed(&name, transport, written)?;
            }
        }
        failed = &mut written => served.closed(&name, transport, failed.unwrap_or(Ok(())))?,
    }
    served.closed(&name, transport, ended)
}

/// Whether the peer has left, as peers do.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// Waits until the credentials of a caller expire, or the caller is revoked.
#[cfg(feature = "http")]
fn end_of(core: &Core, principal: &Principal) -> impl Future<Output = ()> + Send + use<> {
    core.revoked().end_of(principal, None)
}

/// Waits until the credentials of a caller expire. Nobody is revoked without HTTP.
#[cfg(not(feature = "http"))]
fn end_of(_: &Core, principal: &Principal) -> impl Future<Output = ()> + Send + use<> {
    let expires = principal.expires();
    async move {
        match expires {
            Some(expires) => {
                tokio::time::sleep(expires.duration_since(std::time::SystemTime::now()).unwrap_or_default()).await;
            }
            None => std::future::pending().await,
        }
    }
}

/// A connection that is being served. Dropped, it is over.
struct Served {
    connection: Arc<Connection>,
    writing: AbortHandle,
}

impl Served {
    /// How the connection has ended, which is logged unless its peer has left.
    fn closed(&self, name: &str, transport: &str, result: io::Result<()>) -> io::Result<()> {
        let Err(error) = result else { return Ok(()) };
        if is_gone(&error) {
            return Ok(());
        }
        self.connection.fail(&error.to_string());
        log::event!(WARN, "the connection of {name} ({transport}) is closed: {error}");
        Err(error)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.connection.abandon();
        self.writing.abort();
    }
}

struct Reader<'a> {
    connection: &'a Arc<Connection>,
    source: Box<dyn FrameSource>,
    writer: &'a Writer,
    patience: Patience,
    heard: &'a Heard,
    rate: Option<Rate>,
    /// For a message of which only a part has come.
    charge: Charge,
}

impl<'a> Reader<'a> {
    fn new(
        connection: &'a Arc<Connection>,
        source: Box<dyn FrameSource>,
        writer: &'a Writer,
        heard: &'a Heard,
        limits: StreamLimits,
    ) -> Self {
        let charge = Charge::new(connection.budget());
        let rate = limits.rate.map(Rate::new);
        Self { connection, source, writer, patience: Patience::new(limits.message), heard, rate, charge }
    }

    /// Reads until the peer has sent its last message.
    async fn read(&mut self) -> io::Result<()> {
        let (mut answers, mut has_room) = (Frames::default(), false);
        loop {
            // A peer that sends, and does not read what it gets, waits.
            if !has_room {
                poll_fn(|cx| self.connection.out().poll_room(cx)).await;
            }
            let Self { connection, source, patience, heard, rate, .. } = &mut *self;
            let more = poll_fn(|cx| {
                let since = Tick::now();
                let read = source.poll_read(cx, &mut |line| {
                    let goes_on = rate.as_mut().is_none_or(Rate::came);
                    match line {
                        Line::Whole(frame) => connection.handle_frame(frame, &mut answers),
                        Line::TooLong(skimmed) => connection.handle_oversize(skimmed, &mut answers),
                    }
                    goes_on && answers.bytes() < CHUNK && since.elapsed() < TOGETHER
                });
                if read.is_pending() {
                    heard.nothing();
                    return patience.poll(cx).map(Err);
                }
                heard.something();
                read
            })
            .await?;
            has_room = self.writer.send(&mut answers);
            if !more {
                return Ok(());
            }
            self.begun()?;
            if let Some(rate) = &mut self.rate {
                rate.keep().await;
            }
            // A peer that never pauses does not keep others from being served.
            tokio::task::coop::consume_budget().await;
        }
    }

    /// Something was read; perhaps a part of a message.
    fn begun(&mut self) -> io::Result<()> {
        let begun = self.source.begun();
        self.patience.heard(begun > 0);
        if begun <= SMALL && self.charge.is_nothing() { Ok(()) } else { self.charge_for(begun) }
    }

    #[inline(never)]
    fn charge_for(&mut self, begun: usize) -> io::Result<()> {
        if self.charge.try_set(if begun <= SMALL { 0 } else { begun }) {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::OutOfMemory,
            "a message of the peer does not fit into the server's memory limit",
        ))
    }
}
