//! A connection that is open, and requests on it.

use std::sync::Arc;

use mcp_proto::engine::{Agreement, Extras, Token};
use mcp_proto::wire::Response;

use super::error::ClientError;
use super::exchange::{Exchange, Sent};
use super::request::Request;

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
}

impl Link {
    /// Sends a request once, and waits for its answer. Dropped, it cancels the request.
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub(super) async fn request(&self, request: &Request) -> Result<Response, ClientError> {
        self.exchange.room().await;
        let extras = Extras { progress: request.reports.is_some(), log_level: request.log_level, meta: &request.meta };
        let (sent, frame) = self.exchange.begin(&request.method, extras, request.reports.clone(), |writer| {
            writer.members(&request.params);
        })?;
        if let Some(tell) = &request.sent_as {
            tell.send_replace(Some(sent.token.id()));
        }
        // Not told otherwise on a stream.
        #[cfg_attr(not(feature = "client"), allow(unused_mut))]
        let mut out = Out { exchange: &self.exchange, token: sent.token, is_told: true };
        let answered = match &self.wire {
            Wire::Stream => self.on_stream(sent, frame).await,
            #[cfg(feature = "client")]
            Wire::Http(session) => {
                // Where requests stand alone, to close the answer's stream is to cancel (`basic/patterns/cancellation`).
                out.is_told = !self.agreement.version().is_stateless();
                let answered = session.request(&self.exchange, sent, frame, request).await;
                if let Err(error) = &answered
                    && error.is_of_connection()
                {
                    out.is_told = false;
                }
                answered
            }
        };
        drop(out);
        answered
    }

    async fn on_stream(&self, sent: Sent, frame: Vec<u8>) -> Result<Response, ClientError> {
        self.exchange.say(frame);
        // The sender is dropped without a word by nobody but `end`, which has told all of them.
        sent.answer.await.unwrap_or(Err(ClientError::Closed))
    }

    /// Whether nothing can be asked any more.
    pub(super) fn is_over(&self) -> bool {
        self.exchange.ended().is_some()
    }
}

/// A request that is out. Where nobody waits for its answer any more, it is cancelled.
struct Out<'a> {
    exchange: &'a Arc<Exchange>,
    token: Token,
    is_told: bool,
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        // Once it is answered, there is nobody to give up.
        self.exchange.give_up(self.token, self.is_told);
    }
}
