//! Serving in several ways at once.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Server;
use crate::background::background;
use crate::call::Latch;
use crate::lock::Lock;
use crate::service::{GRACE, Serving};
#[cfg(feature = "http")]
use crate::transport::ListenSocket;
use crate::transport::signals::told_to_stop;
use crate::transport::{Listen, Listened};

/// One way of serving, until it is told to stop.
type Way = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

impl Server {
    /// Serves in several ways at once, until the process is told to stop (SIGTERM, or Ctrl-C), or all of them have ended: one
    /// server, one drain. Everything is listened on before anything is served.
    ///
    /// ```no_run
    /// use mcp_runtime::Server;
    /// use mcp_runtime::transport::Listen;
    ///
    /// # async fn example(server: Server) -> std::io::Result<()> {
    /// server.serve([Listen::http("127.0.0.1:3000"), Listen::unix("/run/shop/mcp.sock")]).await
    /// # }
    /// ```
    ///
    /// Standard input is one way among others: its end does not end them. When serving ends, each lets its calls in flight finish;
    /// the functions of [`on_stop`](crate::ServerBuilder::on_stop) run once the last has ended.
    ///
    /// # Errors
    /// The first that something cannot be listened on; then nothing is served. Or that a way of serving has failed; the others go on
    /// before.
    pub async fn serve(&self, ways: impl IntoIterator<Item = Listen>) -> io::Result<()> {
        let mut stop = std::pin::pin!(told_to_stop());
        let closing = Arc::<Latch>::default();
        let mut opened: Vec<Way> = Vec::new();
        for way in ways {
            opened.push(self.open(way, &closing).await?);
        }
        let mut serving = Serving::begin(&self.core);
        let (mut tasks, result) = (JoinSet::new(), Arc::new(Lock::new(Ok(()))));
        for way in opened {
            let result = Arc::clone(&result);
            tasks.spawn(background(async move {
                let ended = way.await;
                let mut result = result.lock();
                if result.is_ok() {
                    *result = ended;
                }
            }));
        }
        loop {
            tokio::select! {
                ended = tasks.join_next() => if ended.is_none() { break },
                () = &mut stop, if !closing.is_raised() => {
                    serving.ending();
                    closing.raise();
                }
            }
        }
        serving.end(GRACE).await;
        std::mem::replace(&mut *result.lock(), Ok(()))
    }

    /// Opens what is listened on.
    async fn open(&self, way: Listen, closing: &Arc<Latch>) -> io::Result<Way> {
        let closing = Arc::clone(closing);
        let stop = async move { closing.raised().await };
        Ok(match way.open()? {
            #[cfg(feature = "stdio")]
            Listened::Stdio => {
                let server = self.clone();
                Box::pin(async move { server.serve_stdio_until(&mut std::pin::pin!(stop)).await })
            }
            #[cfg(feature = "http")]
            Listened::HttpAt(address) => {
                let socket = ListenSocket::open(&address, 0o600, false).await;
                let socket = socket
                    .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?;
                let listening = crate::Http::new(self).listen_on(socket)?;
                Box::pin(async move {
                    listening.run(stop).await;
                    Ok(())
                })
            }
            #[cfg(feature = "http")]
            Listened::Http(listening) => Box::pin(async move {
                listening.run(stop).await;
                Ok(())
            }),
            Listened::Streams(streams) => {
                let core = Arc::clone(&self.core);
                Box::pin(async move {
                    streams.serve(core, stop).await;
                    Ok(())
                })
            }
        })
    }
}
