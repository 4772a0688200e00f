//! A request that is out.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use mcp_proto::engine::Token;

use super::error::ClientError;
use super::exchange::Exchange;
use super::waiting::Answer;

/// A request that is out. Dropped before it is answered, it is cancelled.
pub(super) struct Sent {
    exchange: Arc<Exchange>,
    pub(super) token: Token,
    /// Whether the server is told by a message when it is cancelled.
    pub(super) is_told: bool,
    is_over: bool,
}

impl Sent {
    pub(super) fn new(exchange: Arc<Exchange>, token: Token) -> Self {
        Self { exchange, token, is_told: true, is_over: false }
    }

    /// The answer.
    pub(super) async fn answer(&mut self) -> Answer {
        poll_fn(|cx| self.poll_answer(cx)).await
    }

    pub(super) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        let answer = std::task::ready!(self.exchange.poll_answer(self.token, cx));
        self.is_over = !matches!(answer, Err(ClientError::Timeout(_)));
        Poll::Ready(answer)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if !self.is_over {
            self.exchange.give_up(self.token, self.is_told);
        }
    }
}
