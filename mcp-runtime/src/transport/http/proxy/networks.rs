//! Networks, by which proxies are named.

use std::net::IpAddr;

/// Addresses, networks, and perhaps the processes that connect to Unix sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::transport::http) struct Networks {
    networks: Vec<Network>,
    sockets: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    /// How many bits from the left count.
    bits: u32,
}

impl Networks {
    /// Adds an address, a network, or `unix`.
    ///
    /// # Errors
    /// What to write instead.
    pub(in crate::transport::http) fn add(&mut self, text: &str) -> Result<(), String> {
        if text == "unix" {
            self.sockets = true;
            return Ok(());
        }
        let wrong = || {
            format!(
                "{text:?} names no proxy; write an address, a network such as 10.0.0.0/8, or `unix` for Unix sockets"
            )
        };
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = width(address);
        let bits = match bits {
            None => most,
            Some(bits) if !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit()) => {
                bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
        };
        self.networks.push(Network { address, bits });
        Ok(())
    }

    /// Whether an address is among them.
    pub(in crate::transport::http) fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.has(address))
    }

    /// Whether processes are that connect to Unix sockets.
    pub(in crate::transport::http) fn has_sockets(&self) -> bool {
        self.sockets
    }
}

impl Network {
    fn has(self, address: IpAddr) -> bool {
        let (own, other) = (number(self.address), number(address));
        let differing = (own ^ other).checked_shr(width(self.address) - self.bits).unwrap_or(0);
        width(self.address) == width(address) && differing == 0
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_the_addresses_that_begin_as_they_do() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/8", "10.255.0.1", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.7/32", "::ffff:192.0.2.7", "192.0.2.6"),
            ("192.0.2.128/25", "192.0.2.255", "192.0.2.127"),
            ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
            ("::/0", "2001:db8::1", "203.0.113.1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("::1", "::1", "127.0.0.1"),
        ] {
            let mut networks = Networks::default();
            networks.add(network).expect(network);
            let has = |text: &str| networks.has(text.parse().expect("an address"));
            assert!(has(inside) && !has(outside), "{network}");
            assert!(!networks.has_sockets());
        }
    }

    #[test]
    fn what_names_no_proxy_is_refused() {
        for text in [
            "",
            "proxy.example",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0/8",
            "::/129",
            "UNIX",
            "10.0.0.1:80",
            "*",
        ] {
            assert!(Networks::default().add(text).is_err(), "{text}");
        }
    }
}
