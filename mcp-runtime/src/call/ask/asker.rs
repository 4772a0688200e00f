//! Asking a client that is there: a request of the server's own, and its answer.

use std::sync::Arc;

use mcp_proto::engine::Token;
use mcp_proto::wire::Response;
use tokio::sync::oneshot;

use crate::call::Outlet;

/// A session that can be asked. Connections and sessions are; the stateless era has none.
pub(crate) trait Asker: Send + Sync {
    /// Sends a request where a call speaks. The answer comes to the receiver, which fails if the session ends first.
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>);

    /// Takes a request back: nobody waits for its answer any more.
    fn withdraw(&self, outlet: &dyn Outlet, token: Token);
}

/// A request that is out. Dropped before the answer has come, it is taken back.
struct Out {
    asker: Arc<dyn Asker>,
    outlet: Arc<dyn Outlet>,
    token: Option<Token>,
}

impl Drop for Out {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            self.asker.withdraw(&*self.outlet, token);
        }
    }
}

/// Asks, and waits. `None` where the session ends.
pub(super) async fn ask(
    asker: Arc<dyn Asker>,
    outlet: Arc<dyn Outlet>,
    method: &str,
    params: &str,
) -> Option<Response> {
    let (token, answer) = asker.ask(&*outlet, method, params);
    let mut out = Out { asker, outlet, token: Some(token) };
    let response = answer.await.ok();
    out.token = None;
    response
}
