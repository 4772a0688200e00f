//! How a program ends: its exit code, and why.

use std::fmt;
use std::process::ExitCode;

use crate::server::Server;
use crate::transport::stdio;

/// Serves on the standard streams.
pub(super) async fn serve(server: &Server) -> ExitCode {
    match server.serve_stdio().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Says why the program ends.
#[inline(never)]
pub(super) fn fail(error: &dyn fmt::Display) -> ExitCode {
    stdio::say(&format!("error: {error}"));
    ExitCode::FAILURE
}

/// Says what is wrong with the command line.
#[cfg(feature = "cli")]
pub(super) fn misuse(error: &dyn fmt::Display) -> ExitCode {
    fail(error);
    ExitCode::from(2)
}
