//! A server in this process.

use std::future::poll_fn;
use std::sync::Arc;

use mcp_proto::wire::Skimmer;
use tokio::task::AbortHandle;

use super::carrier::{Boxed, Carrier};
use super::error::ClientError;
use super::exchange::Exchange;
use crate::call::Frames;
use crate::lock::Lock;
use crate::service::{Connection, GRACE};

/// Carries a conversation with a server in this process. Calls that finish at once are answered before they are waited for:
/// without a task, and without a wake-up.
pub(super) struct MemoryCarrier {
    connection: Arc<Connection>,
    reader: Lock<Option<AbortHandle>>,
}

impl MemoryCarrier {
    pub(super) fn start(exchange: &Arc<Exchange>, connection: Arc<Connection>) -> Arc<Self> {
        let carrier = Arc::new(Self { connection: Arc::clone(&connection), reader: Lock::default() });
        exchange.carry(Arc::clone(&carrier) as _);
        let exchange = Arc::clone(exchange);
        let reader = tokio::spawn(async move {
            let mut frames = Frames::default();
            while poll_fn(|cx| connection.out().poll_take(cx, &mut frames)).await {
                hear(&exchange, &mut frames);
                connection.out().written();
            }
            exchange.end(ClientError::lost("the server has closed the connection"));
        });
        *carrier.reader.lock() = Some(reader.abort_handle());
        carrier
    }
}

impl Carrier for MemoryCarrier {
    fn send(&self, exchange: &Arc<Exchange>, frame: Vec<u8>) {
        let mut frames = Frames::default();
        if frame.len() > self.connection.message_limit() {
            let mut skimmed = Skimmer::default();
            skimmed.feed(&frame);
            self.connection.handle_oversize(skimmed, &mut frames);
        } else {
            self.connection.handle_frame(frame.into(), &mut frames);
        }
        let out = self.connection.out();
        out.push(&mut frames);
        // Where somebody takes frames already, they come to these.
        if out.take(&mut frames) {
            hear(exchange, &mut frames);
            out.written();
        }
    }

    fn abandon(&self) {
        self.connection.abandon();
        if let Some(reader) = self.reader.lock().take() {
            reader.abort();
        }
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            self.connection.drain(GRACE).await;
            self.abandon();
        })
    }
}

fn hear(exchange: &Arc<Exchange>, frames: &mut Frames) {
    while let Some(frame) = frames.pop() {
        exchange.hear(frame.into_vec());
    }
}
