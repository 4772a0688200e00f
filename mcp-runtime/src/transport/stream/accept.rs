//! Accepting connections, and serving them until it is told to stop.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::limits::StreamLimits;
use super::own::{Duplex, Transport};
use super::serve::serve;
use crate::background::background;
use crate::call::Latch;
use crate::service::{Core, Serving};
use crate::transport::accept::{Listener, accept};

/// How long connections may take to end once their calls are dropped.
const DROPPING: Duration = Duration::from_secs(2);

/// Accepts connections for a server ([`Listen::on`](super::super::Listen::on)).
///
/// ```
/// use std::io;
///
/// use mcp_runtime::transport::{Accept, Lines, PeerInfo};
/// use tokio::net::TcpListener;
/// use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
///
/// /// Lines over TCP.
/// struct Tcp(TcpListener);
///
/// impl Accept for Tcp {
///     type Transport = Lines<OwnedReadHalf, OwnedWriteHalf>;
///
///     async fn accept(&mut self) -> io::Result<Self::Transport> {
///         let (stream, address) = self.0.accept().await?;
///         let (reader, writer) = stream.into_split();
///         Ok(Lines::new(reader, writer, PeerInfo::new("tcp").address(address)))
///     }
/// }
/// ```
pub trait Accept: Send + 'static {
    /// What carries a connection.
    type Transport: Transport;

    /// Waits for the next connection. The future may be dropped before it is ready, and no connection may be lost by that. After an
    /// error it is called again in a moment. What a peer has to say first, such as a handshake, belongs into the transport: here
    /// it would keep others waiting.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Transport>> + Send;

    /// What is listened on, for the log.
    fn name(&self) -> String {
        "a transport of the program's own".to_owned()
    }
}

/// Connections of any kind.
pub(crate) trait AcceptAny: Send + 'static {
    fn accept_any(&mut self) -> Pin<Box<dyn Future<Output = io::Result<Open>> + Send + '_>>;
    fn name_of_any(&self) -> String;
}

/// Opens a connection, given the most bytes of a message.
pub(crate) type Open = Box<dyn FnOnce(usize) -> Duplex + Send>;

impl<A: Accept> AcceptAny for A {
    fn accept_any(&mut self) -> Pin<Box<dyn Future<Output = io::Result<Open>> + Send + '_>> {
        Box::pin(async {
            let transport = self.accept().await?;
            let open: Open = Box::new(move |limit| transport.duplex(limit));
            Ok(open)
        })
    }

    fn name_of_any(&self) -> String {
        self.name()
    }
}

/// A listener of any kind.
struct AnyListener(Box<dyn AcceptAny>);

impl Listener for AnyListener {
    type Connection = Open;

    async fn next(&mut self) -> io::Result<Open> {
        self.0.accept_any().await
    }

    fn name(&self) -> String {
        self.0.name_of_any()
    }
}

/// Serves the connections that are accepted, at most so many at once, until `stop`. Then no more are accepted, and those that are open
/// end in good order.
pub(crate) async fn serve_all(
    core: Arc<Core>,
    listener: Box<dyn AcceptAny>,
    connections: usize,
    limits: StreamLimits,
    stop: impl Future<Output = ()> + Send,
) {
    let mut serving = Serving::begin(&core);
    let closing = Arc::<Latch>::default();
    let mut tasks = JoinSet::new();
    let serve_one = |open: Open, permit| {
        let (core, closing) = (Arc::clone(&core), Arc::clone(&closing));
        background(async move {
            let duplex = open(core.catalog().profile().limits.message_bytes);
            // It is logged why one was closed.
            let _ = serve(core, duplex, limits, pin!(closing.raised())).await;
            drop(permit);
        })
    };
    accept(AnyListener(listener), connections, &mut tasks, serve_one, stop).await;
    serving.ending();
    closing.raise();
    let ended = async { while tasks.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(limits.grace * 2 + DROPPING, ended).await;
    tasks.shutdown().await;
    serving.end(limits.grace).await;
}
