//! A connection inside the process: for tests, and for the command line.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use mcp_proto::wire::Skimmer;
use tokio::runtime::Handle;

use crate::call::{Facts, Frames};
use crate::service::{Connection, Core, GRACE};

/// The client's end of a connection to a server in the same process. It sends and receives frames of JSON; what they
/// say is up to you.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BuildError> {
/// let server = Server::new("demo").build()?;
/// let mut client = server.connect();
/// client.send(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
/// assert_eq!(client.receive().await.as_deref(), Some(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#));
/// # Ok(())
/// # }
/// ```
pub struct MemoryClient {
    connection: Arc<Connection>,
    received: Frames,
    /// Kept to be filled again.
    answers: Frames,
}

impl MemoryClient {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self::of(Connection::new(core, Handle::current()))
    }

    /// The same, as a caller of whom this is known.
    pub(crate) fn new_as(core: Arc<Core>, facts: Arc<Facts>) -> Self {
        Self::of(Connection::with_facts(core, Handle::current(), facts))
    }

    fn of(connection: Arc<Connection>) -> Self {
        Self { connection, received: Frames::default(), answers: Frames::default() }
    }

    /// The server's end.
    #[cfg(feature = "cli")]
    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Sends a frame. Calls that finish at once have finished when this returns.
    pub fn send(&mut self, frame: impl Into<Bytes>) {
        let frame = frame.into();
        if frame.len() > self.connection.message_limit() {
            let mut skimmed = Skimmer::default();
            skimmed.feed(&frame);
            self.connection.handle_oversize(skimmed, &mut self.answers);
        } else {
            self.connection.handle_frame(frame, &mut self.answers);
        }
        self.connection.out().push(&mut self.answers);
    }

    /// The next frame from the server. `None` once the connection is closed.
    pub async fn receive(&mut self) -> Option<String> {
        loop {
            if let Some(frame) = self.received.pop() {
                // Every frame is JSON of our own making.
                return Some(String::from_utf8(frame.into_vec()).unwrap_or_default());
            }
            let (out, received) = (self.connection.out(), &mut self.received);
            if !poll_fn(|cx| out.poll_take(cx, received)).await {
                return None;
            }
            out.written();
        }
    }

    /// Ends the connection: running calls may finish, and what they say can still be received.
    pub async fn close(&self) {
        self.connection.drain(GRACE).await;
        self.connection.out().close();
    }
}

impl Drop for MemoryClient {
    fn drop(&mut self) {
        self.connection.abandon();
    }
}

impl std::fmt::Debug for MemoryClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryClient").finish_non_exhaustive()
    }
}
