//! The words of the command line, and what is said of those it does not know.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, Error};

use super::{is_set, size};
use crate::server::ServerBuilder;

/// Reads the command line.
///
/// # Errors
/// The exit code, where it has been said what is wrong with it, or the help or version that was asked for.
pub(super) fn read(server: &ServerBuilder, words: Vec<OsString>) -> Result<ArgMatches, ExitCode> {
    let mut command = command(server);
    let matches = command.try_get_matches_from_mut(arguments_in_json(words)).map_err(|message| {
        let message = with_tip(message);
        // clap knows which stream each message belongs to.
        let _ = message.print();
        ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2))
    })?;
    // Help for one thing is written by whoever knows its schema, and waits until the server is built.
    if let Some((name, of)) = matches.subcommand()
        && is_set(of, "describe")
        && !of.contains_id("name")
        && let Some(subcommand) = command.find_subcommand_mut(name)
    {
        let _ = subcommand.print_help();
        return Err(ExitCode::SUCCESS);
    }
    Ok(matches)
}

/// `--json` has two meanings: how a result is printed, and, before an object, `@FILE` or `-`, what the arguments are. The second
/// gets a name of its own, so that `--json a=2` is not taken for it.
fn arguments_in_json(words: Vec<OsString>) -> Vec<OsString> {
    let is_object = |word: &str| word == "-" || word.starts_with('@') || word.trim_start().starts_with('{');
    let mut read = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let inner = word.to_str().and_then(|word| word.strip_prefix("--json="));
        if let Some(object) = inner {
            read.push(format!("--arguments={object}").into());
        } else if word == "--json" && words.peek().and_then(|next| next.to_str()).is_some_and(is_object) {
            read.push("--arguments".into());
            read.extend(words.next());
        } else {
            read.push(word);
        }
    }
    read
}

/// Says what could have been meant.
fn with_tip(mut error: Error) -> Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return error };
    let name = unknown.trim_start_matches('-').split('=').next().unwrap_or_default();
    let tip = match name {
        "http" | "allow-host" | "allow-origin" | "sse" => {
            format!("write `serve {unknown}`: it is an option of `serve`")
        }
        _ if unknown.starts_with("--") && is_of_function(&error) => {
            format!("arguments are written without dashes: `{name}=VALUE`")
        }
        _ => return error,
    };
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// Whether a mistake was made behind `call` or `prompt`, which take arguments of functions.
fn is_of_function(error: &Error) -> bool {
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    usage.contains("KEY=VALUE")
}

fn command(server: &ServerBuilder) -> Command {
    let info = server.info();
    let about = info.description.as_deref().unwrap_or("An MCP server").to_owned();
    Command::new(info.name.to_string())
        .version(info.version.to_string())
        .about(about)
        .arg(max_message())
        .after_help("Without a command it serves MCP clients on standard input and output.")
        .subcommands(vec![serve_command(), list(), call(), read_command(), prompt(), complete(), inspect()])
}

fn serve_command() -> Command {
    #[cfg(feature = "http")]
    let (about, options) = ("Serve MCP clients on standard input and output, or on HTTP", super::http::options());
    #[cfg(not(feature = "http"))]
    let (about, options) = ("Serve MCP clients on standard input and output", Vec::new());
    subcommand("serve", about, options).arg(max_message())
}

fn max_message() -> Arg {
    let help = "The most bytes of one message, as 65536 or 32MiB;\nby default 32MiB, and 4MiB on HTTP";
    argument("max-message", "SIZE", help).long("max-message").value_parser(size::parse)
}

fn list() -> Command {
    let kinds = PossibleValuesParser::new(["tools", "resources", "templates", "prompts"]);
    let kind = argument("kind", "KIND", "Only these").value_parser(kinds);
    let mut arguments = vec![kind, flag("json", "Print all that the server lists, as JSON")];
    arguments.extend(whom());
    subcommand("list", "List what the server offers, and how it is used", arguments)
}

fn call() -> Command {
    let pairs = "A text, number, true, false or JSON, as the tool's\nschema wants it; @FILE and @- are read, @@ is one @;\n\
                 tags=a,b or tags=a tags=b for a list";
    let mut arguments = vec![
        named("name", "TOOL", "The tool; with --help: how it is called"),
        pairs_of("arguments", "KEY=VALUE", pairs),
        argument("all", "OBJECT", "The same as --json OBJECT").long("arguments").hide(true),
        json("Print the whole result as JSON. Before an object,\n@FILE or -: take all arguments from it"),
        out(),
        help(),
    ];
    arguments.extend(answers());
    arguments.extend(whom());
    subcommand("call", "Call a tool", arguments).disable_help_flag(true)
}

fn read_command() -> Command {
    let uri = named("name", "URI", "The resource; with --help: what it is, or which\nvariables a template has");
    let mut arguments = vec![uri, json("Print the whole result as JSON"), out(), help()];
    arguments.extend(answers());
    arguments.extend(whom());
    subcommand("read", "Read a resource", arguments).disable_help_flag(true)
}

fn prompt() -> Command {
    let mut arguments = vec![
        named("name", "PROMPT", "The prompt; with --help: its arguments"),
        pairs_of("arguments", "KEY=VALUE", "Texts; @FILE and @- are read, @@ is one @"),
        argument("all", "OBJECT", "The same as --json OBJECT").long("arguments").hide(true),
        json("Print the whole result as JSON. Before an object,\n@FILE or -: take all arguments from it"),
        out(),
        help(),
    ];
    arguments.extend(answers());
    arguments.extend(whom());
    subcommand("prompt", "Get a prompt", arguments).disable_help_flag(true)
}

fn complete() -> Command {
    let pairs = "The argument to complete and how it begins, then\nothers that have their values already";
    let mut arguments = vec![
        argument("name", "PROMPT|TEMPLATE", "A prompt, or the template of a resource").required(true),
        pairs_of("arguments", "KEY=VALUE", pairs).required(true),
        json("Print the whole result as JSON"),
    ];
    arguments.extend(whom());
    subcommand("complete", "Complete an argument of a prompt or a template", arguments)
}

fn inspect() -> Command {
    let mut arguments = vec![flag("json", "As JSON, with schemas and capabilities")];
    arguments.extend(whom());
    subcommand("inspect", "Show everything the server offers", arguments)
}

/// Who answers what the server asks.
fn answers() -> Vec<Arg> {
    vec![
        argument(
            "answer",
            "[KEY=]VALUE",
            "Answer a question: JSON, text, decline or cancel;\nwithout a key the next one that is asked",
        )
        .long("answer")
        .action(ArgAction::Append),
        argument("root", "DIR", "A directory to name to a server that asks for them")
            .long("root")
            .action(ArgAction::Append),
    ]
}

/// Whom the server is to take the caller for.
fn whom() -> Vec<Arg> {
    vec![
        argument("as", "SUBJECT", "Try it as this principal").long("as"),
        argument("scopes", "SCOPE,...", "What the principal may do").long("scopes").requires("as"),
        argument("meta", "KEY=JSON", "Add this to the `_meta` of requests").long("meta").action(ArgAction::Append),
        #[cfg(feature = "http")]
        argument("header", "NAME:VALUE", "Try it as over HTTP with this header")
            .long("header")
            .action(ArgAction::Append),
    ]
}

// Not inlined, these: each step of clap's builders moves all that is built already.

#[inline(never)]
fn subcommand(name: &'static str, about: &'static str, arguments: Vec<Arg>) -> Command {
    Command::new(name).about(about).args(arguments)
}

#[inline(never)]
pub(super) fn argument(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).value_name(value).help(help)
}

#[inline(never)]
fn named(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    argument(name, value, help).required_unless_present("describe")
}

#[inline(never)]
fn pairs_of(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    argument(name, value, help).num_args(0..)
}

#[inline(never)]
pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn json(help: &'static str) -> Arg {
    flag("json", help).alias("raw")
}

fn out() -> Arg {
    argument("out", "FILE", "Write the result, or its bytes, to a file").long("out")
}

fn help() -> Arg {
    flag("describe", "Print help").long("help").short('h')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_fits_a_terminal_of_80_columns() {
        let mut command = command(&crate::Server::empty("demo"));
        command.build();
        let pages = std::iter::once(command.render_help().to_string());
        let pages: Vec<_> =
            pages.chain(command.get_subcommands_mut().map(|one| one.render_help().to_string())).collect();
        for line in pages.iter().flat_map(|page| page.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn an_object_behind_json_is_the_arguments() {
        let read = |words: &[&str]| {
            let words = arguments_in_json(words.iter().map(OsString::from).collect());
            words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            read(&["call", "add", "--json", r#" {"a":1}"#, "--json"]),
            r#"call add --arguments  {"a":1} --json"#
        );
        assert_eq!(read(&["call", "--json", "add", "a=1"]), "call --json add a=1");
        assert_eq!(read(&["call", "add", "--json", "-"]), "call add --arguments -");
        assert_eq!(read(&["call", "add", "--json=@file"]), "call add --arguments=@file");
    }
}
