//! `doctor`: starts an entry as its host would, and says what is wrong with it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::hosts::{Directory, Host};
use super::machine::{Machine, Platform};
use super::shape::Entry;
use crate::json_text;
use crate::lock::Lock;
use crate::program::cli::json::Json;
use crate::program::cli::output::plain_line;

/// The longest line that a server may send here.
const LONGEST: u64 = 32 * 1024 * 1024;
/// How much of standard error is kept.
const STDERR: usize = 16 * 1024;
/// How long is waited before it is looked again.
const PAUSE: Duration = Duration::from_millis(5);
/// How long a server may take to end once its input is closed.
const GRACE: Duration = Duration::from_secs(2);
/// The most pages of tools that are asked for.
const PAGES: i64 = 100;

/// What hosts hand on that do not hand on everything.
const FEW: &[&str] = &["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"];
const FEW_ON_WINDOWS: &[&str] = &[
    "APPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATH",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMFILES",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "USERNAME",
    "USERPROFILE",
];

/// What is wrong, and what helps.
pub(super) struct Trouble(pub(super) String, pub(super) String);

fn trouble<T>(what: impl Into<String>, cure: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble(what.into(), cure.into()))
}

/// Starts a server as a host does, and asks for its tools; their names.
///
/// # Errors
/// What is wrong, and what helps.
pub(super) fn examine(
    host: &Host,
    entry: &Entry,
    machine: &Machine<'_>,
    timeout: Duration,
) -> Result<Vec<String>, Trouble> {
    if let Some(url) = &entry.url {
        return trouble(format!("the entry is not a program but {url}"), format!("try it with `mcp list {url}`"));
    }
    if entry.is_disabled {
        return trouble("the entry is turned off", format!("turn it on in {}, or in the file", host.title));
    }
    let command = expanded(host, &entry.command, machine)?;
    let mut program = Command::new(&command);
    for arg in &entry.args {
        program.arg(expanded(host, arg, machine)?);
    }
    if !host.gives_all {
        program.env_clear();
        let few = if machine.platform == Platform::Windows { FEW_ON_WINDOWS } else { FEW };
        for name in few {
            program.envs((machine.variable)(name).map(|value| (name, value)));
        }
    }
    for (name, value) in &entry.env {
        program.env(name, expanded(host, value, machine)?);
    }
    for name in &entry.handed_on {
        program.env(name, variable(name, host, machine)?);
    }
    let directory = match &entry.directory {
        Some(directory) => PathBuf::from(expanded(host, directory, machine)?),
        None => match host.starts_in {
            Directory::Root => PathBuf::from(if machine.platform == Platform::Windows { "C:\\" } else { "/" }),
            Directory::Home => machine.home().unwrap_or_else(|| machine.directory.clone()),
            Directory::Project => machine.directory.clone(),
        },
    };
    if !directory.is_dir() {
        return trouble(format!("the directory {} is not there", directory.display()), "change `cwd` of the entry");
    }
    // The one that the program gets.
    let path = match entry.env.iter().rev().find(|(name, _)| name == "PATH") {
        Some((_, path)) => Some(expanded(host, path, machine)?.into()),
        None => (machine.variable)("PATH"),
    };
    check_command(&command, machine, &path.unwrap_or_default())?;
    program.current_dir(&directory).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = program.spawn().or_else(|error| trouble(format!("{command} cannot be started: {error}"), REINSTALL))?;
    Session::new(child, timeout).tools()
}

const REINSTALL: &str = "run `install` of the program again, from where it is now";

/// Whether there is such a program.
fn check_command(command: &str, machine: &Machine<'_>, path: &OsString) -> Result<(), Trouble> {
    let program = Path::new(command);
    if command.is_empty() {
        return trouble("the entry has no command", REINSTALL);
    }
    if !program.is_absolute() && program.components().count() > 1 {
        let what = format!("{command} is relative to a directory that the host chooses");
        return trouble(what, "write the whole path");
    }
    if program.is_absolute() {
        return if program.is_file() { Ok(()) } else { trouble(format!("{command} is not there"), REINSTALL) };
    }
    let is_there = std::env::split_paths(path).any(|folder| {
        let file = folder.join(command);
        file.is_file() || (machine.platform == Platform::Windows && file.with_extension("exe").is_file())
    });
    if is_there {
        return Ok(());
    }
    trouble(format!("{command} is not in PATH"), "write its whole path: hosts often have a shorter PATH than a shell")
}

/// A text of an entry, with the variables that it refers to.
fn expanded(host: &Host, text: &str, machine: &Machine<'_>) -> Result<String, Trouble> {
    let Some((begin, end)) = host.reference.filter(|(begin, _)| !begin.is_empty()) else { return Ok(text.to_owned()) };
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        let Some((inner, behind)) = after.split_once(end) else { break };
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        out += before;
        match ((machine.variable)(name), default) {
            (None, Some(default)) => out += default,
            _ => out += &variable(name, host, machine)?.to_string_lossy(),
        }
        rest = behind;
    }
    Ok(out + rest)
}

fn variable(name: &str, host: &Host, machine: &Machine<'_>) -> Result<OsString, Trouble> {
    match (machine.variable)(name) {
        Some(value) => Ok(value),
        None => trouble(
            format!("the variable {name} is not set here"),
            format!("set it in the environment that {} is started from", host.title),
        ),
    }
}

/// What a thread reads of a server, and whether all of it was read.
#[derive(Default)]
struct Heard {
    lines: VecDeque<Vec<u8>>,
    is_over: bool,
}

/// Reads on a thread of its own, line by line; lines beyond `limit` bytes in all wait for nobody.
fn hear(stream: Option<Box<dyn Read + Send>>, limit: usize) -> Arc<Lock<Heard>> {
    let heard = Arc::<Lock<Heard>>::default();
    let told = Arc::clone(&heard);
    let read = move || {
        let mut stream = stream.map(BufReader::new);
        let mut kept = 0;
        loop {
            let mut line = Vec::new();
            let read = stream.as_mut().map(|stream| stream.by_ref().take(LONGEST).read_until(b'\n', &mut line));
            let mut told = told.lock();
            match read {
                Some(Ok(count @ 1..)) if kept < limit => {
                    kept += count;
                    told.lines.push_back(line);
                }
                // What nobody reads would hold the server up.
                Some(Ok(1..)) => {}
                _ => {
                    told.is_over = true;
                    return;
                }
            }
        }
    };
    if thread::Builder::new().spawn(read).is_err() {
        heard.lock().is_over = true;
    }
    heard
}

/// A server that is running.
struct Session {
    child: Child,
    output: Arc<Lock<Heard>>,
    errors: Arc<Lock<Heard>>,
    until: Instant,
}

impl Session {
    fn new(mut child: Child, timeout: Duration) -> Self {
        let output = hear(child.stdout.take().map(|stream| Box::new(stream) as _), LONGEST as usize);
        let errors = hear(child.stderr.take().map(|stream| Box::new(stream) as _), STDERR);
        Self { child, output, errors, until: Instant::now() + timeout }
    }

    /// The next line; an error says whether there will be none.
    fn line(&self) -> Result<Vec<u8>, bool> {
        loop {
            let mut output = self.output.lock();
            if let Some(line) = output.lines.pop_front() {
                return Ok(line);
            }
            if output.is_over || Instant::now() >= self.until {
                return Err(output.is_over);
            }
            drop(output);
            thread::sleep(PAUSE);
        }
    }

    fn tools(mut self) -> Result<Vec<String>, Trouble> {
        let done = self.talk();
        // Closed, so that it ends by itself.
        drop(self.child.stdin.take());
        let began = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && began.elapsed() < GRACE {
            thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        done
    }

    fn talk(&mut self) -> Result<Vec<String>, Trouble> {
        let version = env!("CARGO_PKG_VERSION");
        let begin = format!(
            r#"{{"protocolVersion":"2025-06-18","capabilities":{{}},"clientInfo":{{"name":"doctor","version":"{version}"}}}}"#
        );
        let capabilities = self.ask(1, "initialize", &begin)?["capabilities"].clone();
        self.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        let mut names = Vec::new();
        // Of one that has none, hosts do not ask for tools either.
        if capabilities.get("tools").is_none() {
            return Ok(names);
        }
        let mut params = "{}".to_owned();
        for id in 2..PAGES {
            let page = self.ask(id, "tools/list", &params)?;
            names.extend(page["tools"].items().iter().map(|tool| tool["name"].text().to_owned()));
            match page["nextCursor"].text() {
                "" => break,
                cursor => params = format!(r#"{{"cursor":{}}}"#, json_text::string(cursor)),
            }
        }
        Ok(names)
    }

    fn send(&mut self, message: &str) {
        // If it is gone, the missing answer tells.
        if let Some(input) = &mut self.child.stdin {
            let _ = input.write_all(format!("{message}\n").as_bytes());
        }
    }

    fn ask(&mut self, id: i64, method: &str, params: &str) -> Result<Json, Trouble> {
        self.send(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#));
        loop {
            let line = match self.line() {
                Ok(line) => String::from_utf8_lossy(&line).into_owned(),
                Err(false) => {
                    let cure =
                        "open slow things when they are first used, or give it more time here: --timeout SECONDS";
                    return trouble(format!("it did not answer `{method}` in time{}", self.said()), cure);
                }
                Err(true) => {
                    let how = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                    let cure =
                        "start the same command in a shell; what it needs from there goes into the entry: --env KEY";
                    return trouble(format!("it ended before it answered `{method}` ({how}){}", self.said()), cure);
                }
            };
            let message = Json::parse(&line);
            if !matches!(message, Json::Object(_)) {
                let shown: String = plain_line(line.trim_end()).chars().take(60).collect();
                let cure = "standard output belongs to the protocol: print to standard error";
                return trouble(format!("it wrote {} on standard output", json_text::string(&shown)), cure);
            }
            if message["id"] != Json::Number(id.into()) {
                continue;
            }
            if let Some(error) = message.get("error") {
                let what = format!("it refused `{method}`: {}", plain_line(error["message"].text()));
                return trouble(what, "look at the log of the server");
            }
            return Ok(message["result"].clone());
        }
    }

    /// The last that it has said on standard error. It is ended for it; what it has started may go on.
    fn said(&mut self) -> String {
        let _ = self.child.kill();
        let began = Instant::now();
        while !self.errors.lock().is_over && began.elapsed() < GRACE {
            thread::sleep(PAUSE);
        }
        let heard = self.errors.lock();
        let mut said = String::new();
        for line in heard.lines.iter().skip(heard.lines.len().saturating_sub(5)) {
            said += "\n    ";
            said += &plain_line(String::from_utf8_lossy(line).trim_end());
        }
        said
    }
}
