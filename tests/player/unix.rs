//! A transcript over a Unix socket: each message is a line.

use std::future::IntoFuture as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use mcp_runtime::transport::{Lines, PeerInfo};
use tokio::runtime::{Builder, Runtime};

use super::body::{Body, Frame};
use crate::fixture;
use crate::process::PATIENCE;

/// A connection to a server in this process, by a pair of Unix sockets.
///
/// Callers are who they are elsewhere: nobody, or whom the variant of the server names. A socket that is listened on says who
/// calls by itself, which `tests/unix.rs` tests.
pub struct Unix {
    stream: BufReader<UnixStream>,
    /// What the server runs on.
    _runtime: Runtime,
}

impl Unix {
    /// Connects to a variant of the fixture server.
    ///
    /// # Panics
    /// Where there is no runtime or no socket to be had.
    pub fn connect(variant: &str) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (stream, served) = UnixStream::pair().expect("sockets");
        served.set_nonblocking(true).expect("a socket");
        runtime.block_on(async {
            let (reader, writer) = tokio::net::UnixStream::from_std(served).expect("a socket").into_split();
            let lines = Lines::new(reader, writer, PeerInfo::new("unix"));
            tokio::spawn(fixture::kept::for_case(variant).0.serve_on(lines).into_future());
        });
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        Self { stream: BufReader::new(stream), _runtime: runtime }
    }
}

impl Body for Unix {
    fn send(&mut self, frame: &str) {
        self.stream.get_mut().write_all(&[frame.as_bytes(), b"\n"].concat()).expect("the server reads");
    }

    fn receive(&mut self) -> Option<Frame> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).expect("the server answers in time");
        (read > 0).then(|| Frame::only(line.trim_end_matches('\n').to_owned()))
    }

    fn close(&mut self) {
        self.stream.get_ref().shutdown(Shutdown::Write).expect("it is open");
    }
}
