//! Queries on one database, which they cannot change. The README has the tools and what the server guards against.

mod catalog;
mod database;
mod declared;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod table;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::CliOption;
use mcp_runtime::prelude::*;

use self::database::{Database, Limits};

/// The tools that take SQL from the client; `--only-declared` leaves them out.
static FREE: Group = Group::new("free");

const OPTIONS: [CliOption; 7] = [
    CliOption::value(
        "database",
        "WHERE",
        "A file of SQLite, or a URL postgres://…; without it what\nDATABASE_URL says",
    ),
    CliOption::value("queries", "FILE", "A TOML file of queries, each of which becomes a tool"),
    CliOption::flag(
        "only-declared",
        "Take no SQL from clients: query and explain are not there;\ntables, describe and the resources stay",
    ),
    CliOption::value("query-timeout", "SECONDS", "How long a query may take; 10 without it"),
    CliOption::value("max-rows", "COUNT", "The most rows of a result; 1000 without it"),
    CliOption::value("max-bytes", "COUNT", "The most bytes of a result; 262144 without it"),
    CliOption::value("connections", "COUNT", "How many queries run at once; 4 without it"),
];

mcp_runtime::main!(OPTIONS, |server, options| {
    let number = |name: &str, default: u32| match options.value(name).map(str::parse) {
        None => Ok(default),
        Some(Ok(number @ 1..=1_000_000_000)) => Ok(number),
        Some(_) => Err(Error::new(format!("--{name} is a number, at least 1"))),
    };
    let limits = Limits {
        time: Duration::from_secs(number("query-timeout", 10)?.into()),
        rows: number("max-rows", 1000)? as usize,
        bytes: number("max-bytes", 256 * 1024)? as usize,
    };
    let connections = number("connections", 4)?.min(1000) as usize;
    // A URL has a password, which other users of the machine see among the arguments of a program, but not in its environment.
    let from_environment = std::env::var("DATABASE_URL").ok();
    let place = options.value("database").or(from_environment.as_deref());
    let place = place.ok_or("which database? Give --database FILE, or set DATABASE_URL")?;
    let database = Arc::new(Database::open(place, limits, connections).await?);
    let mut server = server.state_arc(Arc::clone(&database)).instructions(database.instructions());
    if let Some(path) = options.value("queries") {
        for tool in declared::tools(path, &database).await? {
            server = server.add(tool);
        }
    }
    if options.has("only-declared") { server } else { server.mount(&FREE) }
});
