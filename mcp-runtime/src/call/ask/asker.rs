//! A session that can be asked: sends a request of the server's own to a client that is there.

use std::time::Duration;

use mcp_proto::engine::Token;
use mcp_proto::wire::Response;
use tokio::sync::oneshot;

use crate::call::Outlet;
use crate::call::values::SessionValues;

/// A session that can be asked. Connections and sessions are; the stateless era has none.
pub(crate) trait Asker: Send + Sync {
    /// Sends a request where a call speaks. The answer comes to the receiver, which fails if the session ends first.
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>);

    /// Takes a request back: nobody waits for its answer any more.
    fn withdraw(&self, outlet: &dyn Outlet, token: Token);

    /// For how long the client has been gone; `None` while it is there. A call that speaks to `outlet` waits for its answer.
    fn absent_for(&self, _outlet: &dyn Outlet) -> Option<Duration> {
        None
    }

    /// A call waits for an answer from now on, and for nothing else.
    fn begin_waiting(&self) {}

    /// The call goes on, or has ended.
    fn end_waiting(&self) {}

    /// What tells the session from all others.
    fn session_id(&self) -> String;

    /// What is kept with it.
    fn values(&self) -> &SessionValues;
}
