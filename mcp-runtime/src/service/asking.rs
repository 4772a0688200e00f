//! Requests of the server's own, and who waits for their answers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_proto::engine::{Peer, Token};
use mcp_proto::wire::Response;
use tokio::sync::oneshot;

use crate::call::Outlet;

/// Who waits for which answer, in one session.
#[derive(Default)]
pub(crate) struct Asking(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    answers: HashMap<Token, oneshot::Sender<Response>>,
    /// Nobody will answer any more.
    is_closed: bool,
}

impl Asking {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // What the lock guards is changed by our own code alone, which does not panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request where a call speaks.
    pub(crate) fn ask(
        &self,
        peer: &Mutex<Peer>,
        outlet: &dyn Outlet,
        method: &str,
        params: &str,
    ) -> (Token, oneshot::Receiver<Response>) {
        let (answer, answered) = oneshot::channel();
        let (token, frames) = {
            let mut peer = peer.lock().unwrap_or_else(PoisonError::into_inner);
            let token = peer.request(method, Some(params));
            // Before the request is out, and so before its answer can come.
            let mut waiting = self.lock();
            if !waiting.is_closed {
                waiting.answers.insert(token, answer);
            }
            drop(waiting);
            (token, frames(&mut peer))
        };
        frames.into_iter().for_each(|frame| outlet.acknowledge(frame));
        (token, answered)
    }

    /// Takes a request back.
    pub(crate) fn withdraw(&self, peer: &Mutex<Peer>, outlet: &dyn Outlet, token: Token) {
        self.lock().answers.remove(&token);
        let frames = {
            let mut peer = peer.lock().unwrap_or_else(PoisonError::into_inner);
            peer.cancel(token);
            frames(&mut peer)
        };
        frames.into_iter().for_each(|frame| outlet.acknowledge(frame));
    }

    /// An answer has come.
    pub(crate) fn answer(&self, token: Token, response: Response) {
        if let Some(waiting) = self.lock().answers.remove(&token) {
            // Whoever waited may have gone this moment.
            let _ = waiting.send(response);
        }
    }

    /// The session is over: nobody will answer.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.answers.clear();
    }
}

/// What the engine has to send, all of it.
fn frames(peer: &mut Peer) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| peer.poll_transmit()).collect()
}
