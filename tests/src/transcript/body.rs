//! What carries a transcript: memory, or the pipes of a process.

use mcp_runtime::MemoryClient;
use tokio::runtime::{Builder, Runtime};

use crate::fixture;
use crate::process::{PATIENCE, Process};

/// One connection to a server.
pub trait Body {
    /// Sends a frame.
    fn send(&mut self, frame: &str);

    /// The next frame; `None` once the server has ended the connection.
    fn receive(&mut self) -> Option<String>;

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
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let client = runtime.block_on(async { fixture::server(variant).connect() });
        Self { client, runtime }
    }
}

impl Body for Memory {
    fn send(&mut self, frame: &str) {
        // As a transport does: what is polled in place may use the runtime.
        let _entered = self.runtime.enter();
        self.client.send(frame.to_owned());
    }

    fn receive(&mut self) -> Option<String> {
        let handle = self.runtime.handle().clone();
        let frame = async { tokio::time::timeout(PATIENCE, self.client.receive()).await };
        handle.block_on(frame).expect("the server answers in time")
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

    fn receive(&mut self) -> Option<String> {
        let frame = self.0.receive();
        if frame.is_none() {
            assert_eq!(self.0.wait(), Some(0), "the server ends well: {}", self.0.stderr());
        }
        frame
    }

    fn close(&mut self) {
        self.0.close_input();
    }
}
