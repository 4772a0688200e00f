//! Questions on their way to a client that is there.

use std::sync::{Arc, Weak};

use mcp_proto::engine::Token;
use mcp_proto::wire::Response;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::allowance::Allowance;
use super::asker::Asker;
use super::question::AskError;
use crate::call::{Caller, Outlet};
use crate::json_text;

/// A question, as the request that asks it.
pub(super) struct RenderedQuestion {
    pub(super) method: &'static str,
    pub(super) params: String,
}

impl RenderedQuestion {
    /// As a member of `inputRequests`.
    pub(super) fn member((key, Self { method, params }): &(String, Self)) -> String {
        format!(r#"{}:{{"method":"{method}","params":{params}}}"#, json_text::string(key))
    }
}

/// A question that was sent. Dropped before the answer has come, it is taken back.
pub(super) struct SentQuestion {
    asker: Arc<dyn Asker>,
    outlet: Arc<dyn Outlet>,
    token: Option<Token>,
    answer: oneshot::Receiver<Response>,
    began: Instant,
}

impl SentQuestion {
    /// Sends a request where a call speaks. `None` where the session is over.
    pub(super) fn send(caller: &Caller, question: &RenderedQuestion) -> Option<Self> {
        let asker = caller.asker.as_ref().and_then(Weak::upgrade)?;
        let outlet = Arc::clone(&caller.outlet);
        let (token, answer) = asker.ask(&*outlet, question.method, &question.params);
        Some(Self { asker, outlet, token: Some(token), answer, began: Instant::now() })
    }

    /// Waits for the answer, for as long as is allowed.
    ///
    /// # Errors
    /// [`AskError::Unanswered`] where the session ends, or nobody answers.
    pub(super) async fn answer(mut self, allowed: Allowance) -> Result<Response, AskError> {
        let Allowance { patience, grace, .. } = allowed;
        let began = self.began;
        loop {
            let absent = self.asker.absent_for(&*self.outlet);
            if absent.is_some_and(|absent| absent >= grace) {
                return Err(AskError::Unanswered(format!("the client has been gone for {grace:?}")));
            }
            // Looked at again when a client that is gone now, or goes this moment, has been gone for long enough.
            let look = Instant::now().checked_add(grace.saturating_sub(absent.unwrap_or_default()));
            let Some(until) = [began.checked_add(patience), look].into_iter().flatten().min() else {
                // Both are for ever.
                let answer = (&mut self.answer).await;
                return self.answered(answer.ok());
            };
            match timeout_at(until, &mut self.answer).await {
                Ok(answer) => return self.answered(answer.ok()),
                Err(_) if began.elapsed() >= patience => {
                    return Err(AskError::Unanswered(format!("nobody answered within {patience:?}")));
                }
                Err(_) => {}
            }
        }
    }

    fn answered(&mut self, response: Option<Response>) -> Result<Response, AskError> {
        self.token = None;
        response
            .ok_or_else(|| AskError::Unanswered("the session ends, and the client cannot answer any more".to_owned()))
    }
}

impl Drop for SentQuestion {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            self.asker.withdraw(&*self.outlet, token);
        }
    }
}
