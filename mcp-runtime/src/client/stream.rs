//! Connections on streams.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::carrier::{Boxed, Carrier};
use super::error::ClientError;
use super::exchange::Exchange;
use super::outbox::Outbox;
use crate::lock::Lock;
use crate::transport::lines::Line;
use crate::transport::stream::sink::FrameSink;
use crate::transport::stream::source::FrameSource;

/// How long is waited, once nothing can be written, for the reader to tell why.
const SHORT: Duration = Duration::from_millis(500);

/// Carries a conversation on a stream.
pub(super) struct StreamCarrier {
    out: Arc<Outbox>,
    tasks: Lock<Vec<AbortHandle>>,
}

/// What comes from a server.
pub(super) type Reading = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

impl StreamCarrier {
    /// Carries `exchange`: what is said goes to `sink`, and `read` brings what comes, until it ends. `ended` says in
    /// words why, after that.
    pub(super) fn start<F>(
        exchange: &Arc<Exchange>,
        sink: Box<dyn FrameSink>,
        read: Reading,
        ended: impl FnOnce(io::Result<()>) -> F + Send + 'static,
    ) -> Arc<Self>
    where
        F: Future<Output = String> + Send,
    {
        let out = Arc::new(Outbox::new(sink));
        let carrier = Arc::new(Self { out: Arc::clone(&out), tasks: Lock::default() });
        let writer = tokio::spawn({
            let (out, exchange) = (Arc::clone(&out), Arc::clone(exchange));
            async move {
                let Err(error) = out.run().await else { return };
                // As a rule the reader sees the end too, and knows more of it.
                tokio::time::sleep(SHORT).await;
                exchange.lose(ClientError::lost(format!("it cannot be written to: {error}")));
            }
        });
        let reader = tokio::spawn({
            let exchange = Arc::clone(exchange);
            async move {
                let result = read.await;
                out.close();
                let why = ended(result).await;
                exchange.lose(ClientError::lost(why));
            }
        });
        carrier.tasks.lock().extend([writer.abort_handle(), reader.abort_handle()]);
        carrier
    }

    /// Ends the tasks, whatever they are at.
    pub(super) fn stop(&self) {
        self.out.close();
        self.tasks.lock().drain(..).for_each(|task| task.abort());
    }

    /// Nothing more is said; what comes is still heard.
    pub(super) fn close_output(&self) {
        self.out.close();
    }
}

impl Carrier for StreamCarrier {
    fn send(&self, _: &Arc<Exchange>, frame: Vec<u8>) {
        self.out.send(frame);
    }

    fn room(&self) -> Option<Boxed<'_, ()>> {
        self.out.is_full().then(|| Box::pin(self.out.room()) as _)
    }

    fn abandon(&self) {
        self.stop();
    }

    fn close(&self) -> Boxed<'_, ()> {
        self.stop();
        Box::pin(std::future::ready(()))
    }
}

/// Reads messages until there are no more.
pub(super) fn read(mut source: Box<dyn FrameSource>, exchange: Arc<Exchange>) -> Reading {
    Box::pin(async move {
        let mut hear = |line| {
            match line {
                Line::Whole(frame) => exchange.hear(frame),
                Line::TooLong(skimmed) => exchange.hear_oversize(skimmed),
            }
            true
        };
        while poll_fn(|cx| source.poll_read(cx, &mut hear)).await? {}
        Ok(())
    })
}
