//! Taking part in handshakes, with files that may change meanwhile.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use ring::digest::{Context, SHA256};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::error::TlsError;
use super::files;
use super::server::Tls;
use crate::lock::Lock;
use crate::log;

/// How often the files are looked at, if connections come.
const PERIOD: Duration = Duration::from_secs(1);

/// What was written less than so long ago may be written again without a change of its time.
const SETTLES: Duration = Duration::from_secs(2);

/// Takes part in handshakes, with what the files said when they were right last.
#[derive(Debug)]
pub(crate) struct Acceptor {
    tls: Tls,
    current: ArcSwap<ServerConfig>,
    looked: Lock<Looked>,
}

#[derive(Debug)]
struct Looked {
    at: Instant,
    stamps: Vec<Stamp>,
    /// The bytes of all files, hashed: those that were taken over, and those that could not be.
    taken: Option<Hash>,
    refused: Option<Hash>,
    is_told: bool,
}

type Hash = [u8; 32];

/// What tells that a file has changed; nothing where it cannot tell.
type Stamp = Option<(SystemTime, u64)>;

impl Acceptor {
    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn open(tls: Tls) -> Result<Self, TlsError> {
        let (stamps, taken) = (stamps(&tls), hash(&tls));
        let current = ArcSwap::from(tls.load()?);
        let looked = Looked { at: Instant::now(), stamps, taken, refused: None, is_told: false };
        Ok(Self { tls, current, looked: Lock::new(looked) })
    }

    /// A handshake with a client.
    ///
    /// # Errors
    /// Why there is no connection.
    pub(crate) async fn accept<S>(self: &Arc<Self>, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(self.config().await).accept(stream).await
    }

    /// How long a handshake may take.
    pub(crate) fn patience(&self) -> Duration {
        self.tls.handshake
    }

    /// What a connection that comes now gets. The files are looked at before, if that was not done for a second.
    async fn config(self: &Arc<Self>) -> Arc<ServerConfig> {
        let is_due = {
            let mut looked = self.looked.lock();
            let is_due = looked.at.elapsed() >= PERIOD;
            // One connection looks; others that come meanwhile get what is known.
            if is_due {
                looked.at = Instant::now();
            }
            is_due
        };
        if is_due {
            let this = Arc::clone(self);
            let _ = tokio::task::spawn_blocking(move || this.look(false)).await;
        }
        self.current.load_full()
    }

    /// Takes over what the files say now, because somebody says that they have changed.
    pub(crate) async fn reload(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let _ = tokio::task::spawn_blocking(move || this.look(true)).await;
    }

    /// Takes over what the files say now. If that cannot be used, what was there before stays in use.
    fn look(&self, is_told_to: bool) {
        let stamps = stamps(&self.tls);
        if !is_told_to && stamps == self.looked.lock().stamps && stamps.iter().all(is_settled) {
            return;
        }
        let now = hash(&self.tls);
        {
            let mut looked = self.looked.lock();
            looked.stamps = stamps;
            if now.is_some() && now == looked.taken && !is_told_to {
                looked.refused = None;
                return;
            }
        }
        match self.tls.load() {
            Ok(config) => {
                self.current.store(config);
                self.tls.warn();
                let mut looked = self.looked.lock();
                (looked.taken, looked.refused, looked.is_told) = (now, None, false);
                log::event!(INFO, "certificates were read again, for connections that come from now on");
            }
            Err(error) => {
                let mut looked = self.looked.lock();
                // Somebody may just be writing one file after the other; told once it has stayed so.
                let has_stayed = looked.refused.is_some() && looked.refused == now || now.is_none();
                if looked.refused != now {
                    (looked.refused, looked.is_told) = (now, false);
                }
                if (has_stayed || is_told_to) && !std::mem::replace(&mut looked.is_told, true) {
                    log::event!(ERROR, "certificates stay as they were, until this is mended:\n{error}");
                }
                // It is tried again, whatever the times of the files say.
                looked.stamps.clear();
            }
        }
    }
}

fn stamps(tls: &Tls) -> Vec<Stamp> {
    let stamp = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    tls.paths().map(stamp).collect()
}

/// Whether time and size tell all changes that come.
fn is_settled(stamp: &Stamp) -> bool {
    let age = stamp.as_ref().and_then(|(modified, _)| SystemTime::now().duration_since(*modified).ok());
    age.is_some_and(|age| age >= SETTLES)
}

/// The bytes of all files, hashed; nothing if one cannot be read.
fn hash(tls: &Tls) -> Option<Hash> {
    let mut context = Context::new(&SHA256);
    for path in tls.paths() {
        let bytes = files::read(path).ok()?;
        context.update(&(bytes.len() as u64).to_le_bytes());
        context.update(&bytes);
    }
    context.finish().as_ref().try_into().ok()
}
