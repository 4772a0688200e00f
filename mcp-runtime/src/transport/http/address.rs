//! Where requests come from.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The address of a client, for a service that does not see it: one behind a proxy, or in somebody else's listener.
///
/// A layer around the service leaves it in the request's extensions; it goes before the address of the connection. It counts
/// for [`Http::sessions_per_address`](crate::Http::sessions_per_address) and
/// [`Http::subscriptions_per_address`](crate::Http::subscriptions_per_address), and where records of [rounds](crate::Ctx::once)
/// have to make room: those of one client then leave the others' alone. Take it from a header such as `X-Forwarded-For` only
/// if a proxy of yours sets that header: clients can write what they like into it.
///
/// ```
/// use std::net::{IpAddr, Ipv4Addr};
///
/// use mcp_runtime::ClientAddress;
///
/// # let mut request = http::Request::new(());
/// let address = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
/// request.extensions_mut().insert(ClientAddress::new(address));
/// assert_eq!(request.extensions().get(), Some(&ClientAddress::new(address)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// This address.
    pub const fn new(address: IpAddr) -> Self {
        Self(address)
    }

    /// The address.
    pub const fn ip(self) -> IpAddr {
        self.0
    }
}

/// Whose requests are counted together: an IPv4 address, or the network of an IPv6 address, which has 2⁶⁴ of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Source(IpAddr);

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Source {
    /// The address, or the network's.
    pub(super) fn address(self) -> IpAddr {
        self.0
    }

    /// `None` for this machine itself: a proxy on it speaks for everybody.
    pub(super) fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                Some(Self(IpAddr::V6(Ipv6Addr::from(network))))
            }
            address => Some(Self(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_ipv4_address_and_ipv6_network_and_not_for_this_machine() {
        let of = |text: &str| Source::of(text.parse().expect("an address"));
        assert_eq!(of("203.0.113.7"), of("::ffff:203.0.113.7"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        for own in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(of(own), None, "{own}");
        }
    }
}
