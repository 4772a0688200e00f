//! `serve --unix`: a program that serves on Unix domain sockets.

use std::process::ExitCode;

use super::matches::Matches;
use super::word::{Word, option};
use crate::program::exit::{fail, misuse};
use crate::transport::UnixSocket;
#[cfg(feature = "systemd")]
use crate::transport::systemd;

/// The options of `serve`.
pub(super) const OPTIONS: &[Word] = &[
    option("unix", "PATH", "Serve on a Unix domain socket, a message on each\nline; @NAME is an abstract name (Linux)")
        .several(),
    option("unix-mode", "MODE", "Who may connect: the mode of the socket, as 660;\n600 by default"),
];

/// The mode of sockets.
///
/// # Errors
/// The exit code, where it is none; it was said why.
pub(super) fn mode(matches: &Matches) -> Result<u32, ExitCode> {
    let Some(mode) = matches.values("unix-mode").last() else { return Ok(0o600) };
    // An abstract name has no mode, and a socket of systemd's has that of its unit.
    let is_file = |path: &str| !path.starts_with('@') && !path.starts_with("systemd");
    let addresses = matches.values("http").chain(matches.values("metrics"));
    let mut paths = matches.values("unix").chain(addresses.filter_map(|address| address.strip_prefix("unix:")));
    if !paths.any(is_file) {
        return Err(misuse(&"--unix-mode needs the file of a socket: --unix PATH, or --http unix:PATH"));
    }
    match u32::from_str_radix(mode, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err(misuse(&format_args!("--unix-mode: write a mode such as 660, not {mode:?}"))),
    }
}

/// What is listened on.
pub(super) type Socket = UnixSocket;

/// Listens on the sockets that the command line names.
///
/// # Errors
/// The exit code, where one cannot be listened on; it was said why.
pub(super) fn bind(matches: &Matches) -> Result<Vec<Socket>, ExitCode> {
    let mode = mode(matches)?;
    let open =
        |path: &str| bind_one(path, mode).map_err(|error| fail(&format_args!("cannot listen on unix:{path}: {error}")));
    matches.values("unix").map(open).collect()
}

/// Listens at a path, or at a socket that was passed on.
fn bind_one(path: &str, mode: u32) -> std::io::Result<UnixSocket> {
    #[cfg(feature = "systemd")]
    if let Some(name) = systemd::named(path) {
        return match systemd::take(name)? {
            systemd::Socket::Unix(socket) => Ok(socket),
            systemd::Socket::Tcp(_) => {
                Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is a port, and not a Unix socket"))
            }
        };
    }
    UnixSocket::bind_with_mode(path, mode)
}
