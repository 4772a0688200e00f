//! Which server is meant.

use std::ffi::OsString;
use std::path::Path;

use super::super::matches::Matches;
use super::super::remote::Failure;
use super::super::values::quoted;
use crate::client::{Launch, ServerConfig, Target};
use crate::nearest::nearest;

/// Where servers have names, unless the command line says otherwise.
const CONFIG: &str = ".mcp.json";

/// A server, and how it is written on the command line: before what is asked of it, or behind.
pub(super) struct Found {
    pub(super) target: Target,
    pub(super) begin: String,
    pub(super) end: String,
}

/// The server that the command line names.
///
/// # Errors
/// There is none of this name, or it has no use for an option.
pub(super) fn find(matches: &Matches, launched: Option<Vec<OsString>>) -> Result<Found, Failure> {
    let found = named(matches, launched)?;
    let is_reached = found.target.is_program() || found.target.is_url();
    let instead = |option: &str| if is_reached { format!("; {option}") } else { String::new() };
    if matches.has("env") && !found.target.is_program() {
        let instead = instead("requests to a URL have headers: --header NAME:VALUE");
        return Err(Failure::usage(format!("--env is for a program that is started here{instead}")));
    }
    if matches.has("header") && !found.target.is_url() {
        let instead = instead("a program has variables: --env NAME=VALUE");
        return Err(Failure::usage(format!("--header is for requests to a URL{instead}")));
    }
    Ok(found)
}

/// The same, whatever the options say.
fn named(matches: &Matches, launched: Option<Vec<OsString>>) -> Result<Found, Failure> {
    if let Some(words) = launched {
        let mut rest = words.iter();
        let program = rest.next().ok_or_else(|| Failure::usage("the command line of a program stands behind `--`"))?;
        let end = words.iter().map(|word| format!(" {}", quoted(&word.to_string_lossy()))).collect::<String>();
        let target = Target::program(Launch::new(program).args(rest));
        return Ok(Found { target, begin: String::new(), end: format!(" --{end}") });
    }
    let name = matches.values("target").next().unwrap_or_default();
    let target = match name.strip_prefix("unix:") {
        Some(path) => Target::unix(path),
        None if Target::is_pipe(name) => Target::from(name),
        None if is_http(name) || name.starts_with("http+unix:") => Target::url(name),
        None if name.contains("://") => misplaced(matches).map_or_else(|| Ok(Target::url(name)), Err)?,
        None => configured(matches, name).map_err(|failure| misplaced(matches).unwrap_or(failure))?,
    };
    Ok(Found { target, begin: format!(" {}", quoted(name)), end: String::new() })
}

fn is_http(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}

/// That a server stands behind what is asked of it, and how the words go.
fn misplaced(matches: &Matches) -> Option<Failure> {
    let words = || ["target", "name", "arguments"].into_iter().flat_map(|name| matches.values(name));
    let server = words().find(|word| is_http(word))?;
    let others = words().filter(|word| *word != server);
    let line: Vec<_> = std::iter::once(server).chain(others).map(quoted).collect();
    let command = matches.command().unwrap_or_default();
    Some(Failure::usage(format!("the server comes first: write `mcp {command} {}`", line.join(" "))))
}

/// The names of the servers in the configuration file; none where there is no such file.
pub(super) fn names(matches: &Matches) -> Vec<String> {
    let file = matches.values("config").last().unwrap_or(CONFIG);
    ServerConfig::load(file).map(|servers| servers.keys().cloned().collect()).unwrap_or_default()
}

/// The server of this name in the configuration file.
fn configured(matches: &Matches, name: &str) -> Result<Target, Failure> {
    let given = matches.values("config").last();
    let file = given.unwrap_or(CONFIG);
    if given.is_none() && !Path::new(file).exists() {
        return Err(Failure::usage(format!(
            "`{name}` is not a URL, and there is no {CONFIG} here that has servers by their names; a program is started by \
             `-- {}`",
            quoted(name)
        )));
    }
    let servers = ServerConfig::load(file).map_err(|error| Failure::usage(error.to_string()))?;
    let Some(server) = servers.get(name) else {
        let meant = nearest(name, &mut servers.keys().map(String::as_str));
        let tip = meant.map_or_else(
            || format!("; it has {}", servers.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
            |meant| format!("; did you mean `{meant}`?"),
        );
        return Err(Failure::usage(format!("{file} has no server `{name}`{tip}")));
    };
    server.target().map_err(|error| Failure::usage(format!("{file}, `{name}`: {error}")))
}
