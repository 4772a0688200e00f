//! The stream of a session on which its server speaks unasked (2025-11-25, `basic/transports`, "Listening for Messages from the
//! Server").

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::answer::{RESUMED_AFTER, discard, hear, next};
use super::events::Events;
use super::session::Session;
use crate::client::exchange::Exchange;
use crate::client::retry::Retry;

/// Listens until the session ends, or the server has no such stream. `begun` is dropped once the first attempt is answered.
pub(super) async fn listen(session: Arc<Session>, exchange: Arc<Exchange>, begun: oneshot::Sender<()>) {
    let mut begun = Some(begun);
    let backoff = Retry::times(u32::MAX).backoff(RESUMED_AFTER, Duration::from_secs(30));
    let mut failures = 0;
    let mut events = Events::new(session.message_bytes);
    while exchange.ended().is_none() {
        let get = session.get_stream(&exchange, events.last_id.as_deref());
        let answered = session.send(get).await;
        drop(begun.take());
        match answered {
            Ok(response) if response.status() == StatusCode::OK => {
                failures = 0;
                // What had begun before is begun again.
                events.begin_again();
                let mut body = response.into_body();
                while let Some(Ok(piece)) = next(&mut body).await {
                    if let Err(error) = hear(&mut events, &piece, &exchange) {
                        tracing::warn!(%error, "the stream of the session is given up");
                        return;
                    }
                }
            }
            Ok(response) => {
                let status = response.status();
                discard(response.into_body()).await;
                // A server need not have one; another may be back in a moment.
                if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
                    return;
                }
                failures += 1;
            }
            Err(_) => failures += 1,
        }
        let wait = if failures == 0 { events.retry.unwrap_or(RESUMED_AFTER) } else { backoff.wait(failures) };
        sleep(wait).await;
    }
}
