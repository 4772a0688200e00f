//! `serve --http`: a program that serves on HTTP.

use std::process::ExitCode;

use super::matches::Matches;
use super::output::say;
use super::word::{Takes, Word, flag, option};
use crate::program::fail;
use crate::server::Server;
use crate::transport::signals::told_to_stop;
use crate::transport::{Door, Http};

/// Where it serves unless it is told.
const ADDRESS: &str = "127.0.0.1:3000";

/// The options of `serve`.
pub(super) const OPTIONS: &[Word] = &[
    Word {
        takes: Takes::Perhaps(ADDRESS),
        ..option(
            "http",
            "ADDRESS",
            "Serve Streamable HTTP at /mcp of this address;\n127.0.0.1:3000 if none is given. A port alone is\n\
             one of 127.0.0.1, and 0 picks a free one",
        )
    },
    option(
        "allow-host",
        "HOST",
        "Let in requests for this host too, beside this\nmachine's own names; *.example.com for all below\n\
         it, * for any",
    )
    .several()
    .needing("http"),
    option(
        "allow-origin",
        "ORIGIN",
        "Let in pages of this origin too (CORS), as\nhttps://app.example.com or https://*.example.com;\n* for any",
    )
    .several()
    .needing("http"),
    flag("sse", "Serve clients of 2024-11-05 too, at /sse").needing("http"),
];

/// The port of `serve --http`, opened before anything is set up.
///
/// # Errors
/// The exit code, where the port cannot be had; it was said why.
pub(super) async fn open(matches: &Matches) -> Result<Option<Door>, ExitCode> {
    let Some(address) = matches.values("http").next() else { return Ok(None) };
    let address = if address.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("127.0.0.1:{address}")
    } else if address.starts_with(':') {
        format!("127.0.0.1{address}")
    } else {
        address.to_owned()
    };
    match Door::open(&address).await {
        Ok(door) => Ok(Some(door)),
        Err(error) => Err(fail(&format_args!("cannot listen on {address}: {error}"))),
    }
}

/// Serves on HTTP until the process is told to stop.
pub(super) async fn serve(server: &Server, door: Door, matches: &Matches, offered: &str) -> ExitCode {
    let mut http = Http::new(server);
    for host in matches.values("allow-host") {
        http = match http.try_allow_host(host) {
            Ok(http) => http,
            Err(why) => return fail(&format_args!("--allow-host: {why}")),
        };
    }
    for origin in matches.values("allow-origin") {
        http = match http.try_allow_origin(origin) {
            Ok(http) => http,
            Err(why) => return fail(&format_args!("--allow-origin: {why}")),
        };
    }
    let sse = matches.has("sse");
    if sse {
        http = http.with_sse();
    }
    let stop = told_to_stop();
    door.ready(Http::routes().route("/mcp", http));
    say(&format!("{offered}, listening at http://{}/mcp", door.address()));
    if sse {
        say(&format!("listening at http://{}/sse, for clients of 2024-11-05", door.address()));
    }
    door.serve(stop).await;
    ExitCode::SUCCESS
}
