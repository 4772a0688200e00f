//! `health`: asks a server that runs on HTTP whether it can serve, for container images that have nothing to ask with.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::process::ExitCode;
use std::time::Duration;

use super::http::{ADDRESS, whole};
use super::matches::Matches;
use super::word::{Command, HELP_OPTION, argument, flag};
use crate::program::exit::fail;

/// How long it may take to connect, and again to be answered.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) static HEALTH: Command = Command {
    name: "health",
    about: "Ask a server that runs on HTTP whether it is ready",
    words: &[
        &[
            argument(
                "address",
                "ADDRESS",
                "Where it serves, as after `serve --http`, or its\nURL; 127.0.0.1:3000 if none is given",
            ),
            flag("live", "Ask only whether it runs, and not whether it takes\nrequests"),
        ],
        HELP_OPTION,
    ],
};

/// Asks, and returns 0 if the server says yes, and 1 if it does not.
pub(super) fn run(matches: &Matches) -> ExitCode {
    let address = whole(host(matches.values("address").next().unwrap_or(ADDRESS)));
    let page = if matches.has("live") { "/healthz" } else { "/readyz" };
    match ask(&address, page) {
        Ok(200) => ExitCode::SUCCESS,
        Ok(status) => fail(&format_args!("{address}: {page} is {status}")),
        // Containers know 0 and 1 only.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            fail(&format_args!("{address}: {error}; write a port, or an address with one: 127.0.0.1:3000"))
        }
        Err(error) => fail(&format_args!("{address}: {error}")),
    }
}

/// What stands for the server in a URL, as `serve` prints it; what is no URL stands for itself.
fn host(address: &str) -> &str {
    address.strip_prefix("http://").map_or(address, |rest| rest.split_once('/').map_or(rest, |(host, _)| host))
}

/// The status that a page is answered with.
fn ask(address: &str, page: &str) -> io::Result<u16> {
    let mut failed = io::Error::other("there is no such address");
    for mut address in address.to_socket_addrs()? {
        // Where it listens on all addresses it is asked at this machine's own.
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return status(stream, page),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn status(mut stream: TcpStream, page: &str) -> io::Result<u16> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {page} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    // `HTTP/1.1 200`
    let mut begin = [0; 12];
    let read = stream.read_exact(&mut begin);
    let status = begin.strip_prefix(b"HTTP/1.1 ").and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    status.filter(|_| read.is_ok()).ok_or_else(|| match read {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            io::Error::new(error.kind(), "no answer within 3 s")
        }
        _ => io::Error::other("it does not answer in HTTP/1.1; with TLS, ask the port of --metrics"),
    })
}
