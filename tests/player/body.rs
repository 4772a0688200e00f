//! What carries a transcript: memory, the pipes of a process, or HTTP.

use mcp_runtime::{MemoryClient, Server};
use tokio::runtime::{Builder, Runtime};

use crate::fixture;
use crate::process::{PATIENCE, Process};

/// What a server said.
#[derive(Debug)]
pub struct Frame {
    /// Where it came from. Frames of one stream come in order, those of different streams in any.
    pub stream: u64,
    /// The text, or what is wrong with it already.
    pub text: Result<String, String>,
}

impl Frame {
    /// A frame of a connection that has only one stream.
    pub(super) fn only(text: String) -> Self {
        Self { stream: 0, text: Ok(text) }
    }
}

/// One connection to a server.
pub trait Body {
    /// Sends a frame. The server takes it in before whatever is sent next.
    fn send(&mut self, frame: &str);

    /// The next frame; `None` once the server has ended the connection.
    fn receive(&mut self) -> Option<Frame>;

    /// The next frame, while one that came before it does not fit; `None` where nothing is to come that it could lawfully
    /// have overtaken.
    fn receive_beside(&mut self) -> Option<Frame> {
        None
    }

    /// Ends the input. What the server still has to say can be received.
    fn close(&mut self);
}

/// A connection inside the process.
pub struct Memory {
    client: MemoryClient,
    runtime: Runtime,
}

impl Memory {
    /// Connects to a variant of the fixture server.
    ///
    /// # Panics
    /// Where there is no runtime to be had.
    pub fn connect(variant: &str) -> Self {
        Self::connect_to(|| fixture::kept::for_case(variant).0)
    }

    /// Connects to a variant of the fixture server that has a layer around it, which lets everything pass.
    ///
    /// # Panics
    /// Where there is no runtime to be had.
    pub fn connect_layered(variant: &str) -> Self {
        Self::connect_to(|| fixture::kept::layered_for_case(variant))
    }

    fn connect_to(server: impl FnOnce() -> Server) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let client = runtime.block_on(async { server().connect() });
        Self { client, runtime }
    }
}

impl Body for Memory {
    fn send(&mut self, frame: &str) {
        // As a transport does: what is polled in place may use the runtime.
        let _entered = self.runtime.enter();
        self.client.send(frame.to_owned());
    }

    fn receive(&mut self) -> Option<Frame> {
        let handle = self.runtime.handle().clone();
        let frame = async { tokio::time::timeout(PATIENCE, self.client.receive()).await };
        handle.block_on(frame).expect("the server answers in time").map(Frame::only)
    }

    fn close(&mut self) {
        let handle = self.runtime.handle().clone();
        handle.block_on(self.client.close());
    }
}

/// The standard streams of a process.
pub struct Stdio(Process);

impl Stdio {
    /// Starts a variant of the fixture server.
    pub fn start(program: &str, variant: &str) -> Self {
        Self(Process::start(program, variant))
    }
}

impl Body for Stdio {
    fn send(&mut self, frame: &str) {
        self.0.send(frame);
    }

    fn receive(&mut self) -> Option<Frame> {
        let frame = self.0.receive();
        if frame.is_none() {
            assert_eq!(self.0.wait(), Some(0), "the server ends well: {}", self.0.stderr());
        }
        frame.map(Frame::only)
    }

    fn close(&mut self) {
        self.0.close_input();
    }
}
