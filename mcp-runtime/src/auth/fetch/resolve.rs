//! From names to addresses that may be connected to.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use super::address::is_public;
use super::place::is_loopback;

/// Resolves names as the system does, and gives only addresses that may be connected to. The connection is made to these: a name
/// that resolves to something else a moment later (DNS rebinding) gains nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver {
    /// Whether addresses of private networks may be connected to.
    pub(super) private: bool,
}

impl Resolver {
    fn admits(self, name: &str, address: &SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        if is_loopback(name) { ip.is_loopback() } else { self.private || is_public(ip) }
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<vec::IntoIter<SocketAddr>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = *self;
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let (all, admitted) = (found.len(), found.into_iter().filter(|one| resolver.admits(name.as_str(), one)));
            let admitted: Vec<_> = admitted.collect();
            if admitted.is_empty() && all > 0 {
                let why = format!("{} is at an address of a private network", name.as_str());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
            }
            Ok(admitted.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_private_address_and_localhost_to_no_other() {
        let admits = |private, name, address: &str| Resolver { private }.admits(name, &address.parse().expect(address));
        assert!(admits(false, "id.example.com", "1.1.1.1:0"));
        for address in ["127.0.0.1:0", "10.0.0.1:0", "[::ffff:127.0.0.1]:0", "[::1]:0", "169.254.169.254:0"] {
            assert!(!admits(false, "id.example.com", address), "{address}");
            assert!(admits(true, "id.example.com", address), "{address}");
        }
        assert!(admits(false, "localhost", "127.0.0.1:0") && admits(false, "LOCALHOST", "[::1]:0"));
        assert!(!admits(true, "localhost", "1.1.1.1:0"));
    }
}
