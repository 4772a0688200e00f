//! `health`: asks a server that runs on HTTP whether it can serve, for container images that have nothing to ask with.

use std::io::{self, Read, Write};
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
    let given = matches.values("address").next().unwrap_or(ADDRESS);
    let page = if matches.has("live") { "/healthz" } else { "/readyz" };
    let address = whole(host(given));
    let asked = match given.strip_prefix("http+").unwrap_or(given).strip_prefix("unix:") {
        Some(path) => ask_socket(path, page),
        None if given.starts_with("https://") => {
            Err(io::Error::other("it is asked without TLS: ask the port of --metrics"))
        }
        None => ask(&address, page),
    };
    match asked {
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
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return status(&mut &stream, &mut &stream, page);
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// The same on a Unix domain socket: a path, or an abstract name.
#[cfg(all(unix, feature = "unix"))]
fn ask_socket(path: &str, page: &str) -> io::Result<u16> {
    use std::os::unix::net::{SocketAddr, UnixStream};

    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt as _;

    let address = match path.strip_prefix('@') {
        #[cfg(target_os = "linux")]
        Some(name) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(path)?,
    };
    // Connecting waits for as long as the server's queue is full.
    let (tell, connected) = std::sync::mpsc::channel();
    std::thread::Builder::new().spawn(move || tell.send(UnixStream::connect_addr(&address)))?;
    let stream = connected.recv_timeout(PATIENCE).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    status(&mut &stream, &mut &stream, page)
}

#[cfg(not(all(unix, feature = "unix")))]
fn ask_socket(_: &str, _: &str) -> io::Result<u16> {
    Err(io::Error::other("Unix domain sockets need the feature `unix` of mcp-runtime"))
}

fn status(output: &mut dyn Write, input: &mut dyn Read, page: &str) -> io::Result<u16> {
    write!(output, "GET {page} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    // `HTTP/1.1 200`
    let mut begin = [0; 12];
    let read = input.read_exact(&mut begin);
    let status = begin.strip_prefix(b"HTTP/1.1 ").and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    status.filter(|_| read.is_ok()).ok_or_else(|| match read {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            io::Error::new(error.kind(), "no answer within 3 s")
        }
        _ => io::Error::other(
            "it does not answer in HTTP/1.1; with TLS or the PROXY protocol, ask the port of --metrics",
        ),
    })
}
