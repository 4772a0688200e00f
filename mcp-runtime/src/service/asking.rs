//! Requests of the server's own, and who waits for their answers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_proto::engine::{Peer, Token};
use mcp_proto::wire::Response;
use tokio::sync::oneshot;

use crate::call::Outlet;

/// Who waits for which answer, in one session.
#[derive(Default)]
pub(crate) struct Asking(Mutex<HashMap<Token, oneshot::Sender<Response>>>);

impl Asking {
    fn lock(&self) -> MutexGuard<'_, HashMap<Token, oneshot::Sender<Response>>> {
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
            self.lock().insert(token, answer);
            (token, frames(&mut peer))
        };
        frames.into_iter().for_each(|frame| outlet.acknowledge(frame));
        (token, answered)
    }

    /// Takes a request back.
    pub(crate) fn withdraw(&self, peer: &Mutex<Peer>, outlet: &dyn Outlet, token: Token) {
        self.lock().remove(&token);
        let frames = {
            let mut peer = peer.lock().unwrap_or_else(PoisonError::into_inner);
            peer.cancel(token);
            frames(&mut peer)
        };
        frames.into_iter().for_each(|frame| outlet.acknowledge(frame));
    }

    /// An answer has come.
    pub(crate) fn answer(&self, token: Token, response: Response) {
        if let Some(waiting) = self.lock().remove(&token) {
            // Whoever waited may have gone this moment.
            let _ = waiting.send(response);
        }
    }

    /// The session is over: nobody will answer.
    pub(crate) fn close(&self) {
        self.lock().clear();
    }
}

/// What the engine has to send, all of it.
pub(crate) fn frames(peer: &mut Peer) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| peer.poll_transmit()).collect()
}
