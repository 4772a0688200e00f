//! A connection that is open, and requests on it.

use std::future::Future;
use std::sync::Arc;
#[cfg(feature = "client")]
use std::task::Poll;

use mcp_proto::engine::{Agreement, Extras};
use mcp_proto::wire::Response;
use tokio::time::{Instant, timeout_at};

use super::error::ClientError;
use super::exchange::Exchange;
use super::request::Request;
use super::sent::Sent;
use super::subscribed::Subscribed;
use super::waiting::Patience;

/// How messages leave, and answers come.
pub(super) enum Wire {
    /// By the carrier of the exchange: all on one stream.
    Stream,
    /// Each request in a POST of its own.
    #[cfg(feature = "client")]
    Http(Arc<super::http::Session>),
}

/// A connection on which client and server have agreed.
pub(super) struct Link {
    pub(super) exchange: Arc<Exchange>,
    pub(super) wire: Wire,
    pub(super) agreement: Arc<Agreement>,
    /// Of a session.
    pub(super) subscribed: Subscribed,
}

impl Link {
    /// Sends a request once, and waits for its answer, as long as there is patience. Dropped, it cancels the request.
    ///
    /// # Errors
    /// Why there is no answer. An answer may be the server's error.
    pub(super) async fn request(
        &self,
        request: &Request,
        patience: Option<&Patience>,
    ) -> Result<Response, ClientError> {
        if let Some(room) = self.exchange.room() {
            Box::pin(wait_for(room, patience)).await?;
        }
        let extras = Extras { progress: request.reports.is_some(), log_level: request.log_level, meta: &request.meta };
        let (mut sent, frame) =
            self.exchange.begin(&request.method, extras, request.reports.clone(), patience, |writer| {
                writer.members(&request.params);
            })?;
        if let Some(tell) = &request.sent_as {
            tell.send_replace(Some(sent.token.id()));
        }
        match &self.wire {
            Wire::Stream => {
                self.exchange.say(frame);
                sent.answer().await
            }
            #[cfg(feature = "client")]
            Wire::Http(session) => {
                let token = sent.token;
                // Where requests stand alone, to close the answer's stream is to cancel (`basic/patterns/cancellation`).
                sent.is_told = !self.agreement.version().is_stateless();
                let answered = {
                    // Boxed: on a stream there is none of it.
                    let mut posted = Box::pin(session.request(&self.exchange, &mut sent, frame, request));
                    std::future::poll_fn(|cx| match posted.as_mut().poll(cx) {
                        // It may be late meanwhile, or be answered on another stream.
                        Poll::Pending => self.exchange.poll_answer(token, cx),
                        answered => answered,
                    })
                    .await
                };
                sent.is_told &= !answered.as_ref().is_err_and(ClientError::is_of_connection);
                answered
            }
        }
    }

    /// Sends several requests in one message, a batch.
    ///
    /// # Errors
    /// Nothing was sent, and why.
    pub(super) async fn send_together(&self, requests: &[(&Request, Patience)]) -> Result<Vec<Sent>, ClientError> {
        if let Some(room) = self.exchange.room() {
            wait_for(room, requests.first().map(|(_, patience)| patience)).await?;
        }
        let (mut sent, mut batch) = (Vec::new(), b"[".to_vec());
        for (request, patience) in requests {
            let extras = Extras { progress: request.reports.is_some(), log_level: None, meta: &request.meta };
            let begun =
                self.exchange.begin(&request.method, extras, request.reports.clone(), Some(patience), |writer| {
                    writer.members(&request.params);
                });
            match begun {
                Ok((one, frame)) => {
                    if !sent.is_empty() {
                        batch.push(b',');
                    }
                    batch.extend_from_slice(&frame);
                    sent.push(one);
                }
                Err(error) => {
                    // The server does not know of those before it.
                    sent.iter_mut().for_each(|one: &mut Sent| one.is_told = false);
                    return Err(error);
                }
            }
        }
        batch.push(b']');
        match &self.wire {
            Wire::Stream => self.exchange.say(batch),
            #[cfg(feature = "client")]
            Wire::Http(session) => {
                session.send_batch(&self.exchange, sent.iter().map(|one| one.token).collect(), batch);
            }
        }
        Ok(sent)
    }

    /// Whether nothing can be asked any more.
    pub(super) fn is_over(&self) -> bool {
        self.exchange.is_over()
    }
}

/// Waits until there is room for another message.
async fn wait_for(room: impl Future<Output = ()>, patience: Option<&Patience>) -> Result<(), ClientError> {
    match patience {
        None => room.await,
        Some(patience) => {
            timeout_at(patience.late, room).await.map_err(|_| patience.error(Instant::now()))?;
        }
    }
    Ok(())
}
