//! The command line that every server program has.
//!
//! Each command first asks, through anything that is a [`Remote`](remote::Remote), and then shows what was answered; nothing
//! here but [`client`] and [`http`] knows that the server is in the same process.

mod answer;
mod asking;
mod call;
mod client;
mod commands;
mod complete;
mod content;
mod help;
#[cfg(feature = "http")]
mod http;
mod inspect;
mod json;
mod list;
mod matches;
mod notify;
mod offer;
mod output;
mod prompt;
mod questions;
mod read;
mod reader;
mod remote;
mod schema;
mod size;
mod source;
mod usage;
mod values;
mod whom;
mod word;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value};
use tokio::sync::oneshot;

use self::asking::Interrupt;
use self::client::Client;
use self::matches::Matches;
use self::offer::{Items, Kind, Offer};
use self::output::{Output, say};
use self::questions::Questions;
use self::remote::Failure;
use self::schema::Schema;
use super::exit::serve;
use crate::call::Facts;
use crate::server::{Server, ServerBuilder};

/// Why there may be nothing to list, for whoever writes the server.
const NOTHING: &str = "this program has no tools, resources or prompts.
If they are in another crate, the linker left it out: write mcp_runtime::link!(that_crate);
If they belong to a group, serve it with Server::of(&GROUP), or mount it with .mount(&GROUP).";

/// What the command line said.
pub(super) struct Parsed {
    matches: Matches,
    /// As the program was called.
    program: String,
    /// The port of `serve --http`.
    #[cfg(feature = "http")]
    door: Option<crate::transport::Door>,
}

/// Reads the command line. Nothing is built for `--help` and `--version`, nor for what cannot be understood.
///
/// # Errors
/// The exit code of a program that has said all it was asked for.
pub(super) fn parse(server: &ServerBuilder) -> Result<Parsed, ExitCode> {
    let mut words = std::env::args_os();
    let program = words.next().and_then(|path| Some(Path::new(&path).file_name()?.to_string_lossy().into_owned()));
    let program = program.unwrap_or_else(|| server.info().name.to_string());
    let words: Vec<OsString> = words.collect();
    // Clients start servers without any words.
    let matches = if words.is_empty() { Matches::default() } else { reader::read(server, &program, words)? };
    Ok(Parsed {
        matches,
        program,
        #[cfg(feature = "http")]
        door: None,
    })
}

impl Parsed {
    /// The server, as the command line wants it.
    pub(super) fn configure(&self, server: ServerBuilder) -> ServerBuilder {
        match self.matches.max_message() {
            Some(limit) => server.message_limit(limit),
            None => server,
        }
    }

    /// Whether it asks for the help of something that the server has already. What is not there yet may come when it starts.
    pub(super) fn is_help_for(&self, server: &Server) -> bool {
        let name = self.matches.values("name").next().unwrap_or_default();
        self.matches.has("describe") && server.declares(self.matches.command().unwrap_or_default(), name)
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
    if let Some(door) = command.door {
        return http::serve(server, door, &command.matches, &offered(server).await).await;
    }
    match command.matches.command() {
        None | Some("serve") => {
            if std::io::stdin().is_terminal() {
                let offered = offered(server).await;
                say(&format!("{offered} to MCP clients on standard input; --help shows more, Ctrl-D ends"));
            }
            serve(server).await
        }
        Some(_) => asking::run(server, command.matches, command.program).await,
    }
}

/// What is served: `serving "todo" (4 tools, 1 prompt)`. Why there is nothing, if so, is said before.
async fn offered(server: &Server) -> String {
    let (send, told) = oneshot::channel();
    let asks = server.clone();
    let thread = asking::start(Box::new(move || {
        let _ = send.send(serving(&asks));
    }));
    match thread {
        Ok(()) => told.await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

fn serving(server: &Server) -> String {
    let Ok(questions) = Questions::new(std::iter::empty(), std::iter::empty()) else { return String::new() };
    let mut client = Client::connect(server, Facts::of(server.principal()), questions);
    match Offer::fetch(&mut client) {
        Ok(offer) => {
            if offer.is_empty() && !offer.is_dynamic() {
                say(&format!("nothing to serve: {NOTHING}"));
            }
            format!("serving {} ({})", offer.server()["name"], offer.count())
        }
        Err(failure) => format!("serving ({failure})"),
    }
}

/// All arguments in one object, where they are given so.
///
/// # Errors
/// Where there is no such object, or there are other arguments too.
fn in_json(matches: &Matches) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(object) = matches.values("all").next() else { return Ok(None) };
    match matches.values("arguments").next() {
        Some(pair) => Err(Failure::usage(format!("`{pair}` and --json: give all arguments in one way or the other"))),
        None => source::object("--json", object).map(Some),
    }
}

/// Asks the server through the protocol, as a client would, and shows what it says.
fn ask(server: &Server, matches: &Matches, program: &str, interrupt: &Interrupt) -> Result<ExitCode, Failure> {
    let command = matches.command().unwrap_or_default();
    let questions = Questions::new(matches.values("answer"), matches.values("root"))?;
    let whom = whom::read(matches)?;
    let meta = whom::meta(matches.values("meta"))?;
    let mut client = Client::connect(server, whom.facts(server.principal()), questions).with_meta(meta);
    interrupt.watch(&client)?;
    let name = matches.values("name").next().unwrap_or_default();
    let as_json = matches.has("json");
    let file = matches.values("out").next();
    let mut code = ExitCode::SUCCESS;
    if matches.has("describe") {
        let mut out = Output::open(None)?;
        let page = describe(server, &mut client, command, name, program, &out)?;
        out.bytes(page.as_bytes());
        return out.finish().map(|()| code);
    }
    let out = match command {
        "list" | "inspect" => {
            let offer = Offer::fetch(&mut client)?;
            let kind = matches.values("kind").next().and_then(Kind::of);
            let mut out = Output::open(None)?;
            match (command, as_json) {
                ("inspect", _) => inspect::show(&offer, as_json, &mut out),
                (_, true) => out.json(&offer.lists_json(kind)),
                (_, false) => list::show(&offer, kind, &mut out),
            }
            if !as_json && offer.is_empty() && !offer.is_dynamic() {
                say(&format!("nothing to list: {NOTHING}"));
            } else if !as_json && let Some(kind) = kind.filter(|kind| offer.has_none(*kind)) {
                say(&format!("this server has no {}", kind.name()));
            }
            out
        }
        "call" => {
            let tool = call::find(&mut client, name)?;
            let input = Schema::new(&tool["inputSchema"]);
            let arguments = match in_json(matches)? {
                Some(object) => object,
                None => values::for_tool(matches.values("arguments"), input)?,
            };
            let result = call::fetch(&mut client, name, arguments)?;
            let mut out = Output::open(file)?;
            code = call::show(&result, as_json, &mut out)?;
            out
        }
        "read" => {
            let result = read::fetch(&mut client, name)?;
            let mut out = Output::open(file)?;
            read::show(&result, as_json, &mut out)?;
            out
        }
        "complete" => {
            let begun = complete::Begun::read(matches.values("arguments"))?;
            let result = complete::fetch(&mut client, name, begun)?;
            let mut out = Output::open(None)?;
            complete::show(&result, as_json, &mut out);
            out
        }
        _ => {
            let arguments = match in_json(matches)? {
                Some(object) => object,
                None => values::texts(matches.values("arguments"))?,
            };
            let result = prompt::fetch(&mut client, name, arguments)?;
            let mut out = Output::open(file)?;
            prompt::show(&result, as_json, &mut out)?;
            out
        }
    };
    out.finish()?;
    for answer in client.unused_answers() {
        say(&format!("note: nothing asked for --answer {}", values::quoted(answer)));
    }
    Ok(code)
}

/// Help for one thing that the server offers.
fn describe(
    server: &Server,
    client: &mut Client,
    command: &str,
    name: &str,
    program: &str,
    out: &Output,
) -> Result<String, Failure> {
    let kinds: &[Kind] = match command {
        "call" => &[Kind::Tools],
        "prompt" => &[Kind::Prompts],
        _ => &[Kind::Resources, Kind::Templates],
    };
    let mut names = Vec::new();
    for kind in kinds {
        let items: Items = offer::all(client, *kind)?;
        if let Some(item) = items.find(name).or_else(|| items.template_of(name)) {
            return Ok(match kind {
                Kind::Tools => {
                    let input = Schema::new(&item["inputSchema"]);
                    // The server's own tools are held to more than what they list.
                    let faults = |arguments: &json::Json| {
                        server.faults(name, &arguments.to_string()).unwrap_or_else(|| input.faults(arguments))
                    };
                    help::of_tool(&item, program, out.style(), faults)
                }
                Kind::Prompts => help::of_prompt(&item, program, out.style()),
                Kind::Resources | Kind::Templates => help::of_resource(&item, program, out.style()),
            });
        }
        names.extend(items.read().map(|item| item[kind.key()].text().to_owned()));
    }
    let meant = crate::nearest::nearest(name, &mut names.iter().map(String::as_str));
    let tip = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    let kinds: Vec<_> = kinds.iter().map(|kind| &kind.name()[..kind.name().len() - 1]).collect();
    Err(Failure::new(format!("no {} is called `{name}`{tip}", kinds.join(" or "))))
}
