//! `serve --pipe`: a program that serves on named pipes of Windows.

use std::process::ExitCode;

use super::matches::Matches;
use super::word::{Word, option};
use crate::program::exit::fail;
use crate::transport::NamedPipe;

/// The options of `serve`.
pub(super) const OPTIONS: &[Word] =
    &[option("pipe", "NAME", "Serve on the named pipe \\\\.\\pipe\\NAME, a message on\neach line").several()];

/// What is listened on.
pub(super) type Socket = NamedPipe;

/// Listens on the pipes that the command line names.
///
/// # Errors
/// The exit code, where one cannot be listened on; it was said why.
pub(super) fn bind(matches: &Matches) -> Result<Vec<Socket>, ExitCode> {
    let open = |name: &str| {
        NamedPipe::bind(name).map_err(|error| fail(&format_args!("cannot listen on the pipe {name}: {error}")))
    };
    matches.values("pipe").map(open).collect()
}
