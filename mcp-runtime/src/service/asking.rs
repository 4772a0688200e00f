//! Requests of the server's own, and who waits for their answers.

use mcp_proto::engine::{Peer, Token};
use mcp_proto::wire::Response;
use tokio::sync::oneshot;

use crate::call::Outlet;
use crate::lock::Lock;

/// Who waits for which answer, in one session.
#[derive(Default)]
pub(crate) struct Asking(Lock<Waiting>);

#[derive(Default)]
struct Waiting {
    /// A list: there are few, and a table of its own type is two kilobytes of code.
    answers: Vec<(Token, oneshot::Sender<Response>)>,
    /// Nobody will answer any more.
    is_closed: bool,
}

impl Waiting {
    /// Who waits for this answer, and will not any longer.
    fn take(&mut self, token: Token) -> Option<oneshot::Sender<Response>> {
        let at = self.answers.iter().position(|(waits, _)| *waits == token)?;
        Some(self.answers.swap_remove(at).1)
    }
}

impl Asking {
    /// Sends a request where a call speaks.
    pub(crate) fn ask(
        &self,
        peer: &Lock<Peer>,
        outlet: &dyn Outlet,
        method: &str,
        params: &str,
    ) -> (Token, oneshot::Receiver<Response>) {
        let (answer, answered) = oneshot::channel();
        let (token, frames) = {
            let mut peer = peer.lock();
            let token = peer.request(method, Some(params));
            // Before the request is out, and so before its answer can come.
            let mut waiting = self.0.lock();
            if !waiting.is_closed {
                waiting.answers.push((token, answer));
            }
            drop(waiting);
            (token, frames(&mut peer))
        };
        frames.into_iter().for_each(|frame| outlet.acknowledge(frame));
        (token, answered)
    }

    /// Takes a request back.
    pub(crate) fn withdraw(&self, peer: &Lock<Peer>, outlet: &dyn Outlet, token: Token) {
        drop(self.0.lock().take(token));
        let frames = {
            let mut peer = peer.lock();
            peer.cancel(token);
            frames(&mut peer)
        };
        frames.into_iter().for_each(|frame| outlet.acknowledge(frame));
    }

    /// An answer has come.
    pub(crate) fn answer(&self, token: Token, response: Response) {
        if let Some(waiting) = self.0.lock().take(token) {
            // Whoever waited may have gone this moment.
            let _ = waiting.send(response);
        }
    }

    /// The session is over: nobody will answer.
    pub(crate) fn close(&self) {
        let mut waiting = self.0.lock();
        waiting.is_closed = true;
        waiting.answers.clear();
    }
}

/// What the engine has to send, all of it.
fn frames(peer: &mut Peer) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| peer.poll_transmit()).collect()
}
