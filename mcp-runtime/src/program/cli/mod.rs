//! The command line that every server program has.
//!
//! Each command first asks, through anything that is a [`Remote`](remote::Remote), and then shows what was answered; nothing
//! here but [`client`] and [`http`] knows that the server is in the same process.

mod action;
mod answer;
mod asking;
#[cfg(feature = "auth")]
mod audit;
mod bar;
mod call;
#[cfg(feature = "auth")]
mod checks;
mod client;
mod commands;
mod complete;
mod content;
#[cfg(feature = "http")]
mod health;
mod help;
#[cfg(feature = "http")]
mod http;
mod inspect;
#[cfg(feature = "install")]
pub(super) mod install;
mod json;
#[cfg(feature = "auth")]
mod keys;
#[cfg(feature = "auth")]
mod lasting;
mod list;
mod matches;
#[cfg(feature = "client")]
pub(super) mod mcp;
mod notify;
mod offer;
mod output;
mod own;
#[cfg(all(windows, feature = "pipes"))]
mod pipes;
mod policy;
mod prompt;
mod questions;
mod read;
mod reader;
mod remote;
mod schema;
#[cfg(any(feature = "completions", feature = "client"))]
mod shell;
mod size;
#[cfg(any(all(unix, feature = "unix"), all(windows, feature = "pipes")))]
mod sockets;
mod source;
pub(super) mod surface;
mod texts;
#[cfg(feature = "tls")]
mod tls;
#[cfg(all(unix, feature = "unix"))]
mod unix;
mod usage;
mod values;
mod whom;
mod word;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

pub use self::own::{CliOption, CliOptionError, CliOptions};

use self::action::Action;
use self::asking::Interrupt;
use self::client::Client;
use self::help::Written;
use self::json::Json;
use self::matches::Matches;
use self::offer::Kind;
use self::questions::Questions;
use self::reader::About;
use self::remote::Failure;
use self::texts::Texts;
use super::exit::serve;
use crate::joined::joined;
use crate::server::{Server, ServerBuilder};
use crate::transport::stdio::say;

/// Why there may be nothing to list, for whoever writes the server.
const NOTHING: &str = "this program has no tools, resources or prompts.
If they are in another crate, the linker left it out: write mcp_runtime::link!(that_crate);
If they belong to a group, serve it with Server::of(&GROUP), or mount it with .mount(&GROUP).";

/// What the command line said.
pub(super) struct Parsed {
    /// The options that the program has itself.
    own: &'static [CliOption],
    matches: Matches,
    /// As the program was called.
    program: String,
    /// The word that a shell wants to complete.
    #[cfg(any(feature = "completions", feature = "client"))]
    completing: Option<shell::Completing>,
    /// The port of `serve --http`.
    #[cfg(feature = "http")]
    door: Option<crate::transport::Door>,
}

/// Reads the command line. Nothing is built for `--help` and `--version`, nor for what cannot be understood.
///
/// # Errors
/// The exit code of a program that has said all it was asked for.
pub(super) fn parse(server: &ServerBuilder, own: &'static [CliOption]) -> Result<Parsed, ExitCode> {
    if let Some(name) = own::taken(own) {
        say(&format!("error: the program cannot have an option --{name}: serving has one of that name itself"));
        return Err(ExitCode::from(2));
    }
    let mut words = std::env::args_os();
    let program = words.next().and_then(|path| Some(Path::new(&path).file_name()?.to_string_lossy().into_owned()));
    let program = program.unwrap_or_else(|| server.info().name.to_string());
    // Only these commands take some out.
    #[cfg_attr(not(any(feature = "install", feature = "completions", feature = "client")), allow(unused_mut))]
    let mut words: Vec<OsString> = words.collect();
    #[cfg(any(feature = "completions", feature = "client"))]
    if words.first().is_some_and(|word| word == shell::ASKS) {
        let mut matches = Matches::default();
        let options: Vec<_> = own.iter().map(|one| &one.word).collect();
        let completing =
            shell::Completing::read(&commands::TABLE, &options, words.split_off(1), &mut matches, &|_| Vec::new());
        if !completing.asks() {
            return Err(asking::code_of(completing.print()));
        }
        return Ok(Parsed {
            own,
            matches,
            program,
            completing: Some(completing),
            #[cfg(feature = "http")]
            door: None,
        });
    }
    #[cfg(feature = "install")]
    let args = install::args(&mut words, own);
    // Clients start servers without any words.
    let matches = if words.is_empty() {
        Matches::default()
    } else {
        reader::read(&commands::TABLE, own, about(server), &program, words, false)?
    };
    // Nor for what needs no server.
    #[cfg(feature = "install")]
    if install::is_one(matches.command().unwrap_or_default()) {
        let mut words = install::options(&matches);
        if words.is_empty() {
            return Err(install::run(&matches, &server.info().name, args));
        }
        words.extend(args.into_iter().flatten());
        // What cannot stand beside the options would keep hosts from starting the server.
        reader::read(&commands::TABLE, own, about(server), &program, words.clone(), false)?;
        return Err(install::run(&matches, &server.info().name, Some(words)));
    }
    #[cfg(any(feature = "completions", feature = "client"))]
    if matches.command() == Some("completions") {
        return Err(asking::code_of(shell::script(&matches, &program)));
    }
    #[cfg(feature = "http")]
    if matches.command() == Some("health") {
        return Err(health::run(&matches));
    }
    #[cfg(feature = "auth")]
    match matches.command() {
        Some("keys") => return Err(keys::run(&matches)),
        Some("audit") => return Err(audit::run(&matches)),
        _ => {}
    }
    Ok(Parsed {
        own,
        matches,
        program,
        #[cfg(any(feature = "completions", feature = "client"))]
        completing: None,
        #[cfg(feature = "http")]
        door: None,
    })
}

/// What the program says of itself.
fn about(server: &ServerBuilder) -> About<'_> {
    let info = server.info();
    About {
        name: &info.name,
        version: &info.version,
        description: info.description.as_deref().filter(|text| !text.is_empty()),
    }
}

impl Parsed {
    /// The server, as the command line wants it.
    ///
    /// # Errors
    /// The exit code, where that cannot be; it was said why.
    #[cfg_attr(not(feature = "auth"), allow(clippy::unnecessary_wraps))] // Only credentials are in files.
    pub(super) fn configure(&self, server: ServerBuilder) -> Result<ServerBuilder, ExitCode> {
        let server = match self.matches.max_message() {
            Some(limit) => server.message_limit(limit),
            None => server,
        };
        #[cfg(feature = "auth")]
        let server = checks::add(server, &self.matches)?;
        Ok(server)
    }

    /// What was given for the options that the program has itself.
    ///
    /// # Errors
    /// The exit code, where a variable of the environment has no value for an option; it was said why.
    pub(super) fn options(&self) -> Result<CliOptions, ExitCode> {
        CliOptions::new(self.own, &self.matches).map_err(|why| {
            say(&format!("error: {why}"));
            ExitCode::from(2)
        })
    }

    /// How lines of the log look, where it says so.
    pub(super) fn log_format(&self) -> Option<&str> {
        self.matches.log_format()
    }

    /// Whether it needs no server that has started: it asks for the help of something that the server has already, or a word is to be
    /// completed. What is not there yet may come when it starts.
    pub(super) fn is_help_for(&self, server: &Server) -> bool {
        #[cfg(any(feature = "completions", feature = "client"))]
        if self.completing.is_some() {
            return true;
        }
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
    let tells_metrics = command.matches.has("metrics-summary");
    let code = run(server, command).await;
    if tells_metrics {
        say(&server.handle().metrics().to_string());
    }
    code
}

async fn run(server: &Server, command: Parsed) -> ExitCode {
    #[cfg(any(all(unix, feature = "unix"), all(windows, feature = "pipes")))]
    let sockets = match sockets::Sockets::bind(server, &command.matches) {
        Ok(sockets) => sockets,
        Err(code) => return code,
    };
    #[cfg(feature = "http")]
    if let Some(door) = command.door {
        #[cfg(any(all(unix, feature = "unix"), all(windows, feature = "pipes")))]
        let beside = Some(sockets.serve());
        #[cfg(not(any(all(unix, feature = "unix"), all(windows, feature = "pipes"))))]
        let beside = None;
        return http::serve(server, door, &command.matches, &offered(server), beside).await;
    }
    #[cfg(any(all(unix, feature = "unix"), all(windows, feature = "pipes")))]
    if !sockets.is_empty() {
        return sockets.serve_alone(&offered(server)).await;
    }
    match command.matches.command() {
        None | Some("serve") => {
            if std::io::stdin().is_terminal() {
                let offered = offered(server);
                say(&format!("{offered} to MCP clients on standard input; --help shows more, Ctrl-D ends"));
            }
            serve(server).await
        }
        Some("policy") => policy::run(server, &command.matches),
        Some(_) => {
            #[cfg(feature = "auth")]
            if command.completing.is_none() && !command.matches.has("as") {
                if let Some(ignored) = server.ignored_token() {
                    say(&format!("warning: {ignored}"));
                }
                // Who names keys or an issuer here means to be one of theirs.
                let names_callers = ["api-keys", "issuer"].iter().any(|option| command.matches.has(option));
                if let Some(absent) = server.absent_token().filter(|_| names_callers) {
                    say(&format!("note: {absent}"));
                }
            }
            #[cfg(feature = "auth")]
            let server = &match server.as_environment().await {
                Ok(server) => server,
                Err(error) => return super::exit::fail(&error),
            };
            asking::run(server, command).await
        }
    }
}

/// What is served: `serving "todo" (4 tools, 1 prompt)`. Why there is nothing, if so, is said before. It is counted, not asked
/// for: layers and observers see what clients want, and nothing else.
fn offered(server: &Server) -> String {
    let counts = server.counts();
    let mut named = Kind::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(|(kind, count)| {
        let name = kind.name();
        let name = if count == 1 { &name[..name.len() - 1] } else { name };
        format!("{count} {name}")
    });
    let named = joined(", ", &mut named);
    if named.is_empty() && !server.is_dynamic() {
        say(&format!("nothing to serve: {NOTHING}"));
    }
    let counted = if named.is_empty() { "nothing" } else { &named };
    format!("serving {} ({counted})", crate::json_text::string(&server.name()))
}

/// Asks the server through the protocol, as a client would, and shows what it says.
fn ask(server: &Server, parsed: &Parsed, interrupt: &Interrupt) -> Result<ExitCode, Failure> {
    let Parsed { matches, program, .. } = parsed;
    let questions = Questions::new(matches)?;
    let whom = whom::read(matches)?;
    let meta = whom::meta(matches.values("meta"))?;
    let mut client = Client::connect(server, whom.facts(server.principal()), questions).with_meta(meta);
    interrupt.watch(&client)?;
    #[cfg(any(feature = "completions", feature = "client"))]
    if let Some(completing) = &parsed.completing {
        return completing.run(matches, &mut client);
    }
    let command = matches.command().unwrap_or_default();
    let written = Written { begin: format!("{program} {command}"), end: String::new() };
    // The server's own tools are held to more than what they list.
    let faults = |tool: &str, arguments: &Json| server.faults(tool, &arguments.to_string());
    let action = Action {
        matches,
        written,
        nothing: &format!(": {NOTHING}"),
        faults: &faults,
        texts: &|name| server.texts(command, name).map(Texts::new),
        layers: &server.layers(),
    };
    let done = action.run(&mut client).map_err(|failure| failure.with_scopes(matches.values("as").next()));
    // Where the call has failed, too: a mistyped key may be why.
    for answer in client.unused_answers() {
        output::say(&format!("note: nothing asked for {answer}"));
    }
    done
}
