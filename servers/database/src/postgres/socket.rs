//! A connection's bytes: on TCP, with TLS or without, or on a Unix socket, and no more of them than a result may have.

use std::io::{Error, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_postgres::config::Host;

use super::endpoint::Endpoint;
use super::tls::Tls;

/// How many bytes may still be read. One value can be a gigabyte, and the client library keeps a whole message.
#[derive(Clone, Default)]
pub struct Allowance(Arc<AtomicUsize>);

/// A socket with an allowance. Beyond it nothing is read, and the connection is over.
pub struct Socket {
    stream: Box<dyn Stream>,
    allowance: Allowance,
}

/// What carries a connection.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Allowance {
    pub fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    pub fn is_used_up(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    fn take(&self, bytes: usize) {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(bytes), Ordering::Relaxed);
    }
}

impl Socket {
    /// Connects to the first host of a URL that answers.
    ///
    /// # Errors
    /// None does.
    pub async fn connect(endpoint: &Endpoint, allowance: &Allowance) -> Result<Self> {
        let mut failed = Error::other("the URL names no host");
        for (index, host) in endpoint.config.get_hosts().iter().enumerate() {
            let ports = endpoint.config.get_ports();
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            match open(host, port, &endpoint.tls).await {
                Ok(stream) => return Ok(Self { stream, allowance: allowance.clone() }),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

async fn open(host: &Host, port: u16, tls: &Tls) -> Result<Box<dyn Stream>> {
    match host {
        Host::Tcp(name) => {
            let stream = TcpStream::connect((name.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            tls.secure(stream, name).await
        }
        #[cfg(unix)]
        Host::Unix(directory) => Ok(Box::new(UnixStream::connect(directory.join(format!(".s.PGSQL.{port}"))).await?)),
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if polled.is_ready() {
            self.allowance.take(buffer.filled().len() - before);
            if self.allowance.is_used_up() {
                return Poll::Ready(Err(Error::other("the result is too long")));
            }
        }
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
