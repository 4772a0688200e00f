//! Tools for an HTTP API. The README has what the API looks like, and what the server guards against.

mod api;
mod cache;
mod connection;
mod connector;
mod items;
mod key;
mod link;
mod pool;
mod refusal;
mod retry;

use std::path::Path;
use std::time::Duration;

use mcp_runtime::CliOption;
use mcp_runtime::prelude::*;

use self::api::Api;
use self::connector::Connector;

/// The tools that change something; `--read-only` leaves them out.
static CHANGES: Group = Group::new("changes");

const OPTIONS: [CliOption; 6] = [
    CliOption::value("base-url", "URL", "Where the API is; without it what API_URL says"),
    CliOption::value(
        "ca-file",
        "FILE",
        "Certificates in PEM: the authorities that are trusted; without\nit those that browsers trust",
    )
    .env("API_CA_FILE"),
    CliOption::value("call-timeout", "SECONDS", "How long a call may take, with all its requests; 30\nwithout it"),
    CliOption::value("retries", "COUNT", "How often a request is sent again; 3 without it"),
    CliOption::value(
        "idle-timeout",
        "SECONDS",
        "How long a connection is kept after a request; 15 without it,\n0 closes it at once",
    ),
    CliOption::flag("read-only", "Offer no tool that changes anything"),
];

mcp_runtime::main!(OPTIONS, |server, options| {
    let number = |name: &str, default: u32| match options.value(name).map(str::parse) {
        None => Ok(default),
        Some(Ok(number @ 0..=3600)) => Ok(number),
        Some(_) => Err(Error::new(format!("--{name} is a number up to 3600"))),
    };
    let (from_environment, key) = (std::env::var("API_URL").ok(), std::env::var("API_KEY").ok());
    let url = options.value("base-url").or(from_environment.as_deref());
    let url = url.ok_or("where is the API? Give --base-url URL, or set API_URL")?;
    let time = Duration::from_secs(number("call-timeout", 30)?.into());
    let idle = Duration::from_secs(number("idle-timeout", 15)?.into());
    let connector = Connector::new(options.value("ca-file").map(Path::new), idle)?;
    let server = server.state(Api::new(url, key.as_deref(), connector, time, number("retries", 3)?)?);
    if options.has("read-only") { server } else { server.mount(&CHANGES) }
});
