//! The PROXY protocol, by which proxies that know nothing of HTTP say whose connection they pass on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What version 2 begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// What version 1 begins with.
const LINE: &[u8] = b"PROXY ";

/// The longest line of version 1, with its end.
const LONGEST_LINE: usize = 107;

/// The shortest: `PROXY UNKNOWN`, with its end.
const SHORTEST_LINE: usize = 15;

/// What a proxy says of a connection that it passes on, before all else: the header of the
/// [PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt), in version 1 or 2.
///
/// [`Listening::proxy_protocol`](crate::Listening::proxy_protocol) reads it for HTTP. Read it yourself where you accept connections
/// yourself, and only on those that come from a proxy of yours: anybody can send one.
///
/// ```
/// use mcp_runtime::transport::ProxyHeader;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut stream: &[u8] = b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\nGET / HTTP/1.1\r\n";
/// let header = ProxyHeader::read(&mut stream, 4096).await?;
/// assert_eq!(header.source(), Some("203.0.113.7:4711".parse().unwrap()));
/// assert_eq!(stream, b"GET / HTTP/1.1\r\n");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    source: Option<SocketAddr>,
}

impl ProxyHeader {
    /// Reads a header of at most so many bytes, and nothing that follows it. How long that may take is up to the caller.
    ///
    /// # Errors
    /// There is no header, or one that is not as the protocol has it (`InvalidData`), or the stream fails or ends (`UnexpectedEof`).
    pub async fn read(stream: &mut (impl AsyncRead + Unpin), limit: usize) -> io::Result<Self> {
        let mut first = [0; SIGNATURE.len()];
        stream.read_exact(&mut first).await?;
        let source = if first == SIGNATURE {
            let mut head = [0; 4];
            stream.read_exact(&mut head).await?;
            let [command, family, high, low] = head;
            let length = usize::from(u16::from_be_bytes([high, low]));
            if SIGNATURE.len() + head.len() + length > limit {
                return Err(invalid("it is longer than a head may be"));
            }
            let mut rest = vec![0; length];
            stream.read_exact(&mut rest).await?;
            of_version_2(command, family, &rest)?
        } else if first.starts_with(LINE) {
            let mut line = first.to_vec();
            read_line(stream, &mut line, limit.min(LONGEST_LINE)).await?;
            of_version_1(&line)?
        } else {
            return Err(invalid("it is not there"));
        };
        Ok(Self { source })
    }

    /// Whose connection it is. `None` where the proxy does not know, or speaks for itself, as when it looks whether the server is there.
    pub fn source(self) -> Option<SocketAddr> {
        self.source
    }
}

/// Reads up to the end of the line and no further: two bytes at a time, as every line ends with two.
async fn read_line(stream: &mut (impl AsyncRead + Unpin), line: &mut Vec<u8>, limit: usize) -> io::Result<()> {
    loop {
        let more = match line.len() {
            length if length < SHORTEST_LINE => SHORTEST_LINE - length,
            _ if line.ends_with(b"\r\n") => return Ok(()),
            // A line ends in one way only, and nothing behind it is read.
            _ if line.contains(&b'\n') => return Err(invalid("its line has no end")),
            _ if line.ends_with(b"\r") => 1,
            _ => 2,
        };
        let from = line.len();
        if from + more > limit {
            return Err(invalid("its line has no end"));
        }
        line.resize(from + more, 0);
        stream.read_exact(&mut line[from..]).await?;
    }
}

/// `PROXY TCP4 203.0.113.7 192.0.2.1 4711 443`, with its end.
fn of_version_1(line: &[u8]) -> io::Result<Option<SocketAddr>> {
    let wrong = || invalid("its line is not as version 1 has it");
    let line = std::str::from_utf8(line).map_err(|_| wrong())?;
    let line = line.strip_suffix("\r\n").filter(|line| !line.contains(['\r', '\n'])).ok_or_else(wrong)?;
    let mut words = line.split(' ').skip(1);
    let family = words.next().ok_or_else(wrong)?;
    if family == "UNKNOWN" {
        return Ok(None);
    }
    let words: Vec<&str> = words.collect();
    let [source, destination, port, other] = words[..] else { return Err(wrong()) };
    let ip = |text: &str| match family {
        "TCP4" => text.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| wrong()),
        "TCP6" => text.parse::<Ipv6Addr>().map(IpAddr::V6).map_err(|_| wrong()),
        _ => Err(wrong()),
    };
    let number = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        if is_plain { text.parse::<u16>().map_err(|_| wrong()) } else { Err(wrong()) }
    };
    ip(destination)?;
    number(other)?;
    Ok(Some(SocketAddr::new(ip(source)?.to_canonical(), number(port)?)))
}

/// The two bytes after the signature, and what follows the length.
fn of_version_2(command: u8, family: u8, rest: &[u8]) -> io::Result<Option<SocketAddr>> {
    match command {
        // The proxy speaks for itself; what follows does not count.
        0x20 => return Ok(None),
        0x21 => {}
        _ => return Err(invalid("its command is unknown in version 2")),
    }
    let port = |at: usize| rest.get(at..at + 2).map(|port| u16::from_be_bytes([port[0], port[1]]));
    let short = || invalid("it is too short for its addresses");
    match family {
        // Over TCP on IPv4: two addresses, two ports.
        0x11 => {
            let source: [u8; 4] = rest.first_chunk().copied().ok_or_else(short)?;
            if rest.len() < 12 {
                return Err(short());
            }
            Ok(port(8).map(|port| SocketAddr::new(Ipv4Addr::from(source).into(), port)))
        }
        // On IPv6.
        0x21 => {
            let source: [u8; 16] = rest.first_chunk().copied().ok_or_else(short)?;
            if rest.len() < 36 {
                return Err(short());
            }
            Ok(port(32).map(|port| SocketAddr::new(IpAddr::from(source).to_canonical(), port)))
        }
        // A Unix socket, which has no address that anybody is counted by.
        0x31 if rest.len() >= 216 => Ok(None),
        0x31 => Err(short()),
        0x00 => Ok(None),
        _ => Err(invalid("it is about another family of addresses, or datagrams")),
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the header of the PROXY protocol: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read, and how much is left.
    async fn read(mut bytes: &[u8]) -> Result<(Option<String>, usize), io::ErrorKind> {
        let header = ProxyHeader::read(&mut bytes, 1024).await.map_err(|error| error.kind())?;
        Ok((header.source().map(|source| source.to_string()), bytes.len()))
    }

    #[tokio::test]
    async fn lines_of_version_1() {
        let good = [
            ("PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n", Some("203.0.113.7:4711")),
            ("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", Some("255.255.255.255:65535")),
            ("PROXY TCP6 2001:db8::7 2001:db8::1 0 443\r\n", Some("[2001:db8::7]:0")),
            (
                "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
                Some("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
            ),
            ("PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n", Some("203.0.113.7:1")),
            ("PROXY UNKNOWN\r\n", None),
            ("PROXY UNKNOWN ff:ff whatever follows 1 2 3\r\n", None),
        ];
        for (line, source) in good {
            // Of what follows nothing is read, whatever it is.
            for rest in ["", "\r\n", "GET / HTTP/1.1\r\n"] {
                let read = read(format!("{line}{rest}").as_bytes()).await;
                assert_eq!(read, Ok((source.map(str::to_owned), rest.len())), "{line}");
            }
        }
        let bad = [
            "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\n\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1 4711\r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443 1\r\n",
            "PROXY TCP4  203.0.113.7 192.0.2.1 4711 443\r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443 \r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1 65536 443\r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1 +1 443\r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1 01 443\r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1  443\r\n",
            "PROXY TCP4 2001:db8::7 2001:db8::1 4711 443\r\n",
            "PROXY TCP6 203.0.113.7 192.0.2.1 4711 443\r\n",
            "PROXY TCP4 203.0.113.7 example 4711 443\r\n",
            "PROXY UDP4 203.0.113.7 192.0.2.1 4711 443\r\n",
            "PROXY tcp4 203.0.113.7 192.0.2.1 4711 443\r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1\r4711 443\r\n",
            "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\r\n",
            "proxy TCP4 203.0.113.7 192.0.2.1 4711 443\r\n",
            "GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "PROXY \u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\r\n",
        ];
        for line in bad {
            assert_eq!(read(line.as_bytes()).await, Err(io::ErrorKind::InvalidData), "{line}");
        }
        // A line without an end, and one that is too long.
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(LONGEST_LINE));
        assert_eq!(read(long.as_bytes()).await, Err(io::ErrorKind::InvalidData));
        assert_eq!(read(b"PROXY TCP4 203.0.113.7 192").await, Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(read(b"").await, Err(io::ErrorKind::UnexpectedEof));
    }

    fn version_2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).expect("it fits").to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, rest].concat()
    }

    #[tokio::test]
    async fn headers_of_version_2() {
        let v4 = [203, 0, 113, 7, 192, 0, 2, 1, 0x12, 0x67, 1, 187];
        let mut v6 = vec![0x20, 1, 0x0d, 0xb8];
        v6.extend([0; 11]);
        v6.push(7);
        v6.extend([0; 16]);
        v6.extend([0x12, 0x67, 1, 187]);
        // A value after the addresses: the name that the client has asked for.
        let named = [&v4[..], &[0x02, 0, 1, b'a']].concat();
        let good = [
            (version_2(0x21, 0x11, &v4), Some("203.0.113.7:4711")),
            (version_2(0x21, 0x11, &named), Some("203.0.113.7:4711")),
            (version_2(0x21, 0x21, &v6), Some("[2001:db8::7]:4711")),
            (version_2(0x21, 0x31, &[0; 216]), None),
            (version_2(0x21, 0x00, &[]), None),
            (version_2(0x20, 0x11, &v4), None),
            (version_2(0x20, 0x00, b"whatever"), None),
        ];
        for (header, source) in good {
            let read = read(&[&header[..], b"GET"].concat()).await;
            assert_eq!(read, Ok((source.map(str::to_owned), 3)), "{header:?}");
        }
        let bad = [
            version_2(0x22, 0x11, &v4),
            version_2(0x11, 0x11, &v4),
            version_2(0x21, 0x11, &v4[..11]),
            version_2(0x21, 0x11, &[]),
            version_2(0x21, 0x21, &v6[..35]),
            version_2(0x21, 0x31, &[0; 215]),
            version_2(0x21, 0x12, &v4),
            version_2(0x21, 0x41, &v4),
            // Longer than may be.
            version_2(0x21, 0x11, &[0; 2000]),
        ];
        for header in bad {
            assert_eq!(read(&header).await, Err(io::ErrorKind::InvalidData), "{header:?}");
        }
        let cut = version_2(0x21, 0x11, &v4);
        assert_eq!(read(&cut[..cut.len() - 1]).await, Err(io::ErrorKind::UnexpectedEof));
    }
}
