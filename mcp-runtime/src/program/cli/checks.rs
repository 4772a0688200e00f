//! The options that say how callers are identified.

use std::process::ExitCode;

use super::matches::Matches;
use super::word::{Word, option};
use crate::auth::{ApiKeys, Jwt};
use crate::program::exit::fail;
use crate::server::ServerBuilder;

/// The options of `serve`. They add to what the program says itself.
pub(super) const OPTIONS: &[Word] = &[
    option(
        "api-keys",
        "FILE",
        "Let in callers with a key of this file (command\nkeys): on HTTP in X-API-Key or as a bearer token,\n\
         else in the environment variable MCP_TOKEN",
    )
    .several(),
    option("issuer", "URL", "Let in callers with a token (JWT) of this issuer").several(),
    option("audience", "URI", "For whom tokens must be; by default for the URL\nthat clients use")
        .several()
        .needing("issuer"),
    POLICY,
    option("public-url", "URL", "The URL that clients use, where a proxy changes\nit").needing("http"),
];

/// The same for commands that call the server as the one whose token or key is in the environment.
pub(super) const CALLERS: &[Word] = &[
    option("api-keys", "FILE", "Try it as the one whose key of this file is in the\nenvironment variable MCP_TOKEN")
        .several(),
    option("issuer", "URL", "The same with a token (JWT) of this issuer").several().needing("audience"),
    option("audience", "URI", "For whom such a token must be").several().needing("issuer"),
];

/// A file that takes away.
pub(super) const POLICY: Word = option("policy", "FILE", "Take away what the rules of this file say").several();

/// Adds what the command line says.
///
/// # Errors
/// The exit code, where a file is wrong; it was said why.
pub(super) fn add(mut server: ServerBuilder, matches: &Matches) -> Result<ServerBuilder, ExitCode> {
    for path in matches.values("api-keys") {
        let keys = ApiKeys::file(path).map_err(|error| fail(&error))?;
        server = server.authenticate(keys);
    }
    for issuer in matches.values("issuer") {
        let tokens = Jwt::issuer(issuer);
        server = server.authenticate(matches.values("audience").fold(tokens, Jwt::audience));
    }
    // Where certificates are required, they are so beside keys and tokens.
    #[cfg(feature = "tls")]
    if matches.has("tls-client-optional") {
        server = server.or_certificate();
    }
    Ok(matches.values("policy").fold(server, ServerBuilder::policy_file))
}
