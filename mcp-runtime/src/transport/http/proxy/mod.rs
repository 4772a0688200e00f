//! Proxies in front of the server: which are believed, and what they say of who is calling.

mod forwarded;
mod networks;
mod protocol;

use std::net::SocketAddr;
use std::sync::Arc;

use http::request::Parts;

pub use forwarded::ForwardedHeader;
pub(super) use networks::Networks;
pub use protocol::ProxyHeader;

use super::address::ClientAddress;
use crate::call::{AuthMethod, Facts, Principal};
#[cfg(all(unix, feature = "unix"))]
use crate::transport::unix::PeerCredentials;

/// The proxies that are believed, and the header in which they say who is calling.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    pub(super) networks: Networks,
    pub(super) header: ForwardedHeader,
}

impl Proxies {
    /// Finds the client of a request that a proxy has passed on. A request of anybody else is left as it is.
    #[cold]
    pub(super) fn look_through(&self, facts: &mut Arc<Facts<Parts>>, peer: Option<SocketAddr>) {
        let Some(Facts { principal, head, address, .. }) = Arc::get_mut(facts) else { return };
        let is_on_socket = is_on_socket(head);
        let told = head.extensions.get::<ClientAddress>().map(|address| address.ip());
        let near = told.or(peer.map(|peer| peer.ip()));
        let is_proxy =
            if is_on_socket { self.networks.has_sockets() } else { near.is_some_and(|ip| self.networks.has(ip)) };
        if !is_proxy {
            return;
        }
        if is_on_socket {
            // That of the proxy, which is not the caller.
            forget(principal, head);
        }
        if let Some(client) = self.header.client(&head.headers, |ip| self.networks.has(ip)).or(near) {
            *address = Some(client);
            head.extensions.insert(ClientAddress::new(client));
        }
    }
}

#[cfg(all(unix, feature = "unix"))]
fn is_on_socket(head: &Parts) -> bool {
    head.extensions.get::<PeerCredentials>().is_some()
}

#[cfg(not(all(unix, feature = "unix")))]
fn is_on_socket(_: &Parts) -> bool {
    false
}

/// The process at the other end of the socket does not call for itself.
fn forget(principal: &mut Principal, head: &mut Parts) {
    if principal.method() == Some(AuthMethod::Unix) {
        *principal = Principal::default();
        head.extensions.remove::<Principal>();
    }
}
