//! How many subscriptions each client address has open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::address::Source;

/// The open subscriptions of the stateless era, by the address of their clients. Each holds a permit for as long as its client
/// likes, so no client may have all of them.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<HashMap<Source, usize>>);

impl Listeners {
    /// A subscription of a client at this address, if it has fewer than `most`.
    pub(super) fn take(this: &Arc<Self>, source: Source, most: usize) -> Option<Seat> {
        let mut open = this.lock();
        let count = open.get(&source).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        open.insert(source, count + 1);
        Some(Seat { listeners: Arc::clone(this), source })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        // What the lock guards is changed by our own code alone, which does not panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription that is open.
#[derive(Debug)]
pub(super) struct Seat {
    listeners: Arc<Listeners>,
    source: Source,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.listeners.lock();
        if let Some(count) = open.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use http::{Request, Response, StatusCode};
    use tower_service::Service as _;

    use crate::transport::http::{Body, ClientAddress, Http};

    const LISTEN: &str = r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{},"_meta":{
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;

    /// Listens, as a client at this address: of the documentation's, or of nowhere in particular.
    async fn listen(http: &mut Http, address: Option<u8>) -> Response<Body> {
        let request = Request::post("/mcp")
            .header("Host", "localhost")
            .header("Content-Type", "application/json")
            .header("MCP-Protocol-Version", "2026-07-28")
            .header("Mcp-Method", "subscriptions/listen");
        let request = match address {
            Some(last) => request.extension(ClientAddress::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)))),
            None => request,
        };
        let request = request.body(Body::whole(LISTEN)).expect("a request");
        http.call(request).await.expect("an answer")
    }

    #[tokio::test]
    async fn one_client_address_has_no_more_than_its_share_of_the_subscriptions() {
        let server = crate::Server::empty("it").dynamic().build().expect("a server");
        let mut http = Http::new(server).subscriptions_per_address(2);
        let one = listen(&mut http, Some(1)).await;
        let two = listen(&mut http, Some(1)).await;
        assert_eq!((one.status(), two.status()), (StatusCode::OK, StatusCode::OK));
        let refused = listen(&mut http, Some(1)).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key("retry-after"));
        for other in [Some(2), None, None, None] {
            assert_eq!(listen(&mut http, other).await.status(), StatusCode::OK, "{other:?}");
        }
        drop(two);
        let again = listen(&mut http, Some(1)).await;
        assert_eq!(again.status(), StatusCode::OK, "one that ended made room");
        drop((one, again));
        assert!(http.endpoint().live.listeners.lock().is_empty(), "nothing is kept of those that have ended");
    }
}
