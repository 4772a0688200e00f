//! `serve --http`: a program that serves on HTTP.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches};

use super::command::{argument, flag};
use super::output::say;
use crate::program::fail;
use crate::server::Server;
use crate::transport::signals::told_to_stop;
use crate::transport::{Door, Http};

/// Where it serves unless it is told.
const ADDRESS: &str = "127.0.0.1:3000";

/// The options of `serve`.
pub(super) fn options() -> Vec<Arg> {
    let http = "Serve Streamable HTTP at /mcp of this address;\n127.0.0.1:3000 if none is given. A port alone is\n\
                one of 127.0.0.1, and 0 picks a free one";
    let host = "Let in requests for this host too, beside this\nmachine's own names; *.example.com for all below\n\
                it, * for any";
    let origin =
        "Let in pages of this origin too (CORS), as\nhttps://app.example.com or https://*.example.com;\n* for any";
    vec![
        argument("http", "ADDRESS", http).long("http").num_args(0..=1).default_missing_value(ADDRESS),
        list("allow-host", "HOST", host),
        list("allow-origin", "ORIGIN", origin),
        flag("sse", "Serve clients of 2024-11-05 too, at /sse").requires("http"),
    ]
}

fn list(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    argument(name, value, help).long(name).action(ArgAction::Append).requires("http")
}

/// The port of `serve --http`, opened before anything is set up.
///
/// # Errors
/// The exit code, where the port cannot be had; it was said why.
pub(super) async fn open(matches: &ArgMatches) -> Result<Option<Door>, ExitCode> {
    let Some(("serve", serve)) = matches.subcommand() else { return Ok(None) };
    let Some(address) = serve.get_one::<String>("http") else { return Ok(None) };
    let address = if address.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("127.0.0.1:{address}")
    } else if address.starts_with(':') {
        format!("127.0.0.1{address}")
    } else {
        address.clone()
    };
    match Door::open(&address).await {
        Ok(door) => Ok(Some(door)),
        Err(error) => Err(fail(&format_args!("cannot listen on {address}: {error}"))),
    }
}

/// Serves on HTTP until the process is told to stop.
pub(super) async fn serve(server: &Server, door: Door, matches: &ArgMatches, offered: &str) -> ExitCode {
    let mut http = Http::new(server);
    for host in matches.get_many::<String>("allow-host").into_iter().flatten() {
        http = match http.try_allow_host(host) {
            Ok(http) => http,
            Err(why) => return fail(&format_args!("--allow-host: {why}")),
        };
    }
    for origin in matches.get_many::<String>("allow-origin").into_iter().flatten() {
        http = match http.try_allow_origin(origin) {
            Ok(http) => http,
            Err(why) => return fail(&format_args!("--allow-origin: {why}")),
        };
    }
    let sse = matches.get_flag("sse");
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
