//! The options of `serve` that say how callers are identified.

use std::process::ExitCode;

use super::matches::Matches;
use super::word::{Word, option};
use crate::auth::ApiKeys;
use crate::program::exit::fail;
use crate::server::ServerBuilder;

/// The options of `serve`. They add to what the program says itself.
pub(super) const OPTIONS: &[Word] = &[option(
    "api-keys",
    "FILE",
    "Let in callers with a key of this file (see `keys`):\non HTTP in X-API-Key or as a bearer token, else in\n\
     the environment variable MCP_TOKEN",
)
.several()];

/// Adds what the command line says.
///
/// # Errors
/// The exit code, where a file is wrong; it was said why.
pub(super) fn add(mut server: ServerBuilder, matches: &Matches) -> Result<ServerBuilder, ExitCode> {
    for path in matches.values("api-keys") {
        let keys = ApiKeys::file(path).map_err(|error| fail(&error))?;
        server = server.authenticate(keys);
    }
    Ok(server)
}
