//! TLS before HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use super::certificate::PeerCertificate;
use super::stream::{Remote, Stream};
use crate::call::Latch;
use crate::lock::Lock;
use crate::log;
use crate::tls::{Acceptor, Refusal, refusal};

/// How often the refusal of a certificate is told. Strangers can be refused as often as they like.
const PERIOD: Duration = Duration::from_secs(1);

/// How long a client may take that is told to speak TLS.
const ANSWER: Duration = Duration::from_secs(1);

/// What a client is told that speaks HTTP without TLS.
const PLAIN: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 46\r\nConnection: close\r\n\r\n\
    This port speaks HTTPS; write https:// instead";

/// In the extensions of a request that has come over TLS.
#[derive(Clone, Copy, Debug)]
pub(super) struct OverTls;

/// TLS in front of a listener.
#[derive(Debug)]
pub(super) struct Secure {
    acceptor: Arc<Acceptor>,
    /// When a refusal was told last, and how many came since.
    told: Lock<(Option<Instant>, u64)>,
}

impl Secure {
    pub(super) fn new(acceptor: Acceptor) -> Self {
        Self { acceptor: Arc::new(acceptor), told: Lock::default() }
    }

    /// Reads the files again.
    pub(super) async fn reload(&self) {
        self.acceptor.reload().await;
    }

    /// A connection over TLS, and who is on its other side. `None` if there is no handshake, or serving ends meanwhile.
    pub(super) async fn accept(&self, stream: Stream, remote: &mut Remote, closing: &Latch) -> Option<Stream> {
        let address = remote.address;
        tokio::select! {
            accepted = timeout(self.acceptor.patience(), self.shake_hands(stream, remote)) => {
                accepted.unwrap_or_else(|_| {
                    self.tell(&io::Error::new(io::ErrorKind::TimedOut, "it took too long"), address);
                    None
                })
            }
            () = closing.raised() => None,
        }
    }

    async fn shake_hands(&self, stream: Stream, remote: &mut Remote) -> Option<Stream> {
        let stream = match without_tls(stream).await {
            Ok(stream) => stream,
            Err(plain) => {
                if let Some(mut plain) = plain {
                    let _ = timeout(ANSWER, async {
                        plain.write_all(PLAIN).await?;
                        plain.shutdown().await
                    })
                    .await;
                }
                return None;
            }
        };
        let stream = match self.acceptor.accept(stream).await {
            Ok(stream) => stream,
            Err(error) => {
                self.tell(&error, remote.address);
                return None;
            }
        };
        remote.extensions.insert(OverTls);
        let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        if let Some(certificate) = certificate.and_then(|certificate| PeerCertificate::read(certificate)) {
            remote.extensions.insert(certificate.principal());
            remote.extensions.insert(certificate);
        }
        Some(Stream::Tls(Box::new(stream)))
    }

    /// Tells why there is no connection: of a certificate that was refused those who run the server want to know.
    fn tell(&self, error: &io::Error, address: Option<SocketAddr>) {
        let from = address.map(|address| format!(" with {address}")).unwrap_or_default();
        let refusal = refusal(error);
        let Some(Refusal { why, is_of_certificate: true }) = &refusal else {
            let why = refusal.map_or_else(|| error.to_string(), |refusal| refusal.why);
            log::event!(DEBUG, "a handshake{from} has failed: {why}");
            return;
        };
        let missed = {
            let mut told = self.told.lock();
            if told.0.is_some_and(|at| at.elapsed() < PERIOD) {
                told.1 += 1;
                return;
            }
            told.0 = Some(Instant::now());
            std::mem::take(&mut told.1)
        };
        let others =
            if missed > 0 { format!(" ({missed} more since the last one that was told)") } else { String::new() };
        log::event!(WARN, "a handshake{from} has failed: {why}{others}");
    }
}

/// The stream, if its client may speak TLS.
///
/// # Errors
/// It speaks something else: HTTP, if there is a stream to answer on.
async fn without_tls(stream: Stream) -> Result<Stream, Option<Stream>> {
    let Stream::Tcp(tcp) = &stream else { return Ok(stream) };
    let mut first = [0];
    match tcp.peek(&mut first).await {
        // The letters that methods begin with.
        Ok(1) if first[0].is_ascii_uppercase() => Err(Some(stream)),
        Ok(1) => Ok(stream),
        _ => Err(None),
    }
}
