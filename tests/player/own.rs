//! The example `own-transport` as what carries a transcript: each message with its length before it, over TCP.

use std::future::IntoFuture as _;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use own_transport::LengthPrefixed;
use tokio::runtime::{Builder, Runtime};

use super::body::{Body, Frame};
use crate::fixture;
use crate::process::PATIENCE;

/// A connection of the example's transport to a server in this process.
pub struct Own {
    stream: TcpStream,
    /// What the server runs on.
    _runtime: Runtime,
}

impl Own {
    /// Connects to a variant of the fixture server.
    ///
    /// # Panics
    /// Where there is no runtime or no port to be had.
    pub fn connect(variant: &str) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let stream = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("it listens");
            let (accepted, _) = listener.accept().await.expect("a connection");
            accepted.set_nodelay(true).expect("a socket");
            tokio::spawn(fixture::kept::for_case(variant).0.serve_on(LengthPrefixed(accepted)).into_future());
            stream
        });
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        Self { stream, _runtime: runtime }
    }
}

impl Body for Own {
    fn send(&mut self, frame: &str) {
        let length = u32::try_from(frame.len()).expect("a short frame");
        let bytes = [&length.to_be_bytes(), frame.as_bytes()].concat();
        self.stream.write_all(&bytes).expect("the server reads");
    }

    fn receive(&mut self) -> Option<Frame> {
        let mut length = [0; 4];
        match self.stream.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return None,
            read => read.expect("the server answers in time"),
        }
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).expect("a whole frame");
        Some(Frame::only(String::from_utf8(frame).expect("UTF-8")))
    }

    fn close(&mut self) {
        self.stream.shutdown(Shutdown::Write).expect("it is open");
    }
}
