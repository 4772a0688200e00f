//! A program with options of its own, from a `main` of its own.

use std::process::ExitCode;

use mcp_runtime::prelude::*;
use mcp_runtime::{Capability, CliOption};

static VERSIONED: Group = Group::new("versioned").version("7.1");

struct Root(String);

/// Names the root that the program was given.
#[tool(read_only)]
async fn root(root: State<Root>, ctx: &Ctx) -> Result<String> {
    let asked = if ctx.supports(Capability::Roots) { ctx.ask("roots", mcp_runtime::roots()).await?.len() } else { 0 };
    Ok(format!("{}, {asked} asked for", root.0))
}

const OPTIONS: [CliOption; 5] = [
    CliOption::value("root", "DIR", "What the tool names"),
    CliOption::flag("from-builder", "Another name"),
    CliOption::value("times", "COUNT", "How often").several().env("OWN_TIMES"),
    CliOption::flag("loud", "In capitals").env("OWN_LOUD"),
    CliOption::value("ask", "HOW NAME", "Ask for an option of this name"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match std::env::var("OWN_BUILDER").as_deref() {
        Ok("silent") => return mcp_runtime::run!(Server::empty("silent").version("2").description("")).await,
        Ok("plain") => return mcp_runtime::run!(Server::new("plain")).await,
        Ok("group") => return mcp_runtime::run!(mcp_runtime::server!(VERSIONED)).await,
        _ => {}
    }
    if std::env::args().any(|word| word == "--from-builder") {
        let server = mcp_runtime::server!().description("Made by hand");
        return mcp_runtime::run!(server, OPTIONS, |server, options| {
            server.state(Root(format!("built {}", options.value("root").unwrap_or("none"))))
        })
        .await;
    }
    mcp_runtime::run!(OPTIONS, |server, options| {
        let mut root = options.value("root").ok_or("--root is missing")?.to_owned();
        if options.has("loud") {
            root.make_ascii_uppercase();
        }
        match options.value("ask").and_then(|ask| ask.split_once(' ')) {
            Some(("value", name)) => drop(options.value(name)),
            Some(("values", name)) => drop(options.values(name)),
            Some(("log", text)) => {
                mcp_runtime::init_logging();
                tracing::warn!("{text}");
            }
            Some(("parse", name)) => drop(options.parse::<u8>(name)?),
            // As a function of the program's that returns the error of `anyhow`.
            Some(("anyhow", name)) => drop(options.parse::<u8>(name).map_err(anyhow::Error::from)?),
            Some(("context", name)) => {
                let times = options.parse::<u8>(name).map_err(anyhow::Error::from);
                times.map_err(|error| error.context("the options"))?;
            }
            Some(("parse_all", name)) => drop(options.parse_all::<u8>(name)?),
            Some((_, name)) => drop(options.has(name)),
            None => {}
        }
        let times: usize = options.parse("times")?.unwrap_or(1);
        let all: Vec<u8> = options.parse_all("times")?;
        server.state(Root(root.repeat(times) + &"!".repeat(all.len().saturating_sub(1))))
    })
    .await
}
