//! A connection inside the process: for tests, and for the command line.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use mcp_proto::wire::Skimmer;
use tokio::runtime::Handle;

use crate::call::Facts;
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
    received: VecDeque<String>,
    /// Kept to be used again.
    lines: Vec<u8>,
}

impl MemoryClient {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { connection: Connection::new(core, Handle::current()), received: VecDeque::new(), lines: Vec::new() }
    }

    /// The same, as a caller of whom this is known.
    pub(crate) fn new_as(core: Arc<Core>, facts: Arc<Facts>) -> Self {
        let connection = Connection::with_facts(core, Handle::current(), facts);
        Self { connection, received: VecDeque::new(), lines: Vec::new() }
    }

    /// Sends a frame. Calls that finish at once have finished when this returns.
    pub fn send(&mut self, frame: impl Into<Bytes>) {
        let frame = frame.into();
        if frame.len() > self.connection.message_limit() {
            let mut skimmed = Skimmer::default();
            skimmed.feed(&frame);
            self.connection.handle_oversize(skimmed, &mut self.lines);
        } else {
            self.connection.handle_frame(frame, &mut self.lines);
        }
        self.connection.out().push_lines(&mut self.lines);
        self.lines.clear();
    }

    /// The next frame from the server. `None` once the connection is closed.
    pub async fn receive(&mut self) -> Option<String> {
        loop {
            if let Some(frame) = self.received.pop_front() {
                return Some(frame);
            }
            let (out, lines) = (self.connection.out(), &mut self.lines);
            if !poll_fn(|cx| out.poll_take(cx, lines)).await {
                return None;
            }
            self.connection.out().written();
            // Every frame is JSON of our own making, and ends in a newline.
            let text = std::str::from_utf8(&self.lines).unwrap_or_default();
            self.received.extend(text.split_terminator('\n').map(str::to_owned));
            self.lines.clear();
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
