//! The command line that every server program has.

mod client;
#[cfg(feature = "http")]
mod http;
mod show;
mod size;
mod values;

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, json};

use self::client::{Client, Failure};
use super::{fail, serve};
use crate::server::{Server, ServerBuilder};

/// What the command line said.
pub(super) struct Parsed {
    matches: ArgMatches,
    /// The port of `serve --http`.
    #[cfg(feature = "http")]
    door: Option<crate::transport::Door>,
}

/// Reads the command line. Nothing is built for `--help` and `--version`, nor for what cannot be understood.
///
/// # Errors
/// The exit code of a program that has said all it was asked for.
pub(super) fn parse(server: &ServerBuilder) -> Result<Parsed, ExitCode> {
    let matches = command(server).try_get_matches().map_err(|message| {
        // Help and version are messages too; clap knows which stream each belongs to.
        let _ = message.print();
        ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2))
    })?;
    Ok(Parsed {
        matches,
        #[cfg(feature = "http")]
        door: None,
    })
}

impl Parsed {
    /// The server, as the command line wants it.
    pub(super) fn configure(&self, server: ServerBuilder) -> ServerBuilder {
        let serve = self.matches.subcommand_matches("serve");
        let limit =
            serve.and_then(|serve| serve.get_one("max-message")).or_else(|| self.matches.get_one("max-message"));
        match limit {
            Some(limit) => server.message_limit(*limit),
            None => server,
        }
    }

    /// Opens the port that the command line asks for. Whoever asks whether the program is ready has an answer from then on,
    /// and that the port is taken is known before anything slow is set up.
    ///
    /// # Errors
    /// The exit code of a program that could not have its port.
    #[cfg(feature = "http")]
    pub(super) async fn open_door(&mut self) -> Result<(), ExitCode> {
        if self.door.is_none() {
            self.door = http::open(&self.matches).await?;
        }
        Ok(())
    }
}

/// Does what the command line says.
pub(super) async fn act(server: &Server, command: Parsed) -> ExitCode {
    #[cfg(feature = "http")]
    if let (Some(door), Some(matches)) = (command.door, command.matches.subcommand_matches("serve")) {
        return http::serve(server, door, matches).await;
    }
    match command.matches.subcommand() {
        None | Some(("serve", _)) => serve(server).await,
        Some((name, matches)) => match ask(server, name, matches).await {
            Ok(code) => code,
            Err(failure) => fail(&failure),
        },
    }
}

fn command(server: &ServerBuilder) -> Command {
    let info = server.info();
    let pairs = || {
        let help = "Arguments; a value is text, a number, true or false, or JSON, as the schema wants it";
        argument("arguments", "KEY=VALUE", help).num_args(0..)
    };
    let raw = || flag("raw", "Print the whole result as JSON");
    let kinds = PossibleValuesParser::new(["tools", "resources", "templates", "prompts"]);
    let json = argument("json", "OBJECT", "All arguments as a JSON object").long("json").conflicts_with("arguments");
    let about = info.description.as_deref().unwrap_or("An MCP server").to_owned();
    Command::new(info.name.to_string())
        .version(info.version.to_string())
        .about(about)
        .after_help("Without a command it serves MCP clients on standard input and output.")
        .arg(max_message())
        .subcommands(vec![
            serve_command(),
            subcommand(
                "list",
                "List what the server offers",
                vec![argument("kind", "kind", "Only these").value_parser(kinds)],
            ),
            subcommand("call", "Call a tool", vec![required("name", "NAME", "The tool"), pairs(), json, raw()]),
            subcommand("read", "Read a resource", vec![required("uri", "URI", "The resource"), raw()]),
            subcommand("prompt", "Get a prompt", vec![required("name", "NAME", "The prompt"), pairs(), raw()]),
            subcommand(
                "inspect",
                "Show everything the server offers",
                vec![flag("json", "As JSON, with schemas and capabilities")],
            ),
        ])
}

fn serve_command() -> Command {
    #[cfg(feature = "http")]
    let serve = subcommand("serve", "Serve MCP clients on standard input and output, or on HTTP", http::options());
    #[cfg(not(feature = "http"))]
    let serve = subcommand("serve", "Serve MCP clients on standard input and output", Vec::new());
    serve.arg(max_message())
}

fn max_message() -> Arg {
    let help = "The most bytes of one message, as 65536 or 32MiB; by default 32MiB, and 4MiB on HTTP";
    argument("max-message", "SIZE", help).long("max-message").value_parser(size::parse)
}

// Not inlined, these four: each step of clap's builders moves all that is built already.

#[inline(never)]
fn subcommand(name: &'static str, about: &'static str, arguments: Vec<Arg>) -> Command {
    Command::new(name).about(about).args(arguments)
}

#[inline(never)]
fn argument(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).value_name(value).help(help)
}

#[inline(never)]
fn required(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    argument(name, value, help).required(true)
}

#[inline(never)]
fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// Asks the server through the protocol, as a client would, and shows what it says.
async fn ask(server: &Server, command: &str, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let mut client = Client::connect(server);
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    match command {
        "list" => show::list(&client.everything().await?, matches.get_one::<String>("kind").map(String::as_str)),
        "inspect" => show::everything(&client.everything().await?, matches.get_flag("json")),
        "call" => {
            let arguments = match matches.get_one::<String>("json") {
                Some(json) => values::object(json)?,
                None => values::for_tool(&pairs(matches)?, &client.tool(text("name")).await?),
            };
            let result = client.ask("tools/call", json!({ "name": text("name"), "arguments": arguments })).await?;
            return Ok(show::tool_result(&result, matches.get_flag("raw")));
        }
        "read" => {
            let result = client.ask("resources/read", json!({ "uri": text("uri") })).await?;
            show::contents(&result, matches.get_flag("raw"));
        }
        _ => {
            let mut arguments = Map::new();
            for (key, value) in pairs(matches)? {
                arguments.insert(key, value.into());
            }
            let result = client.ask("prompts/get", json!({ "name": text("name"), "arguments": arguments })).await?;
            show::messages(&result, matches.get_flag("raw"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn pairs(matches: &ArgMatches) -> Result<Vec<(String, String)>, Failure> {
    let pairs = matches.get_many::<String>("arguments").into_iter().flatten();
    pairs
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(Failure::new(format!("`{pair}` is no argument; write `key=value`"))),
        })
        .collect()
}
