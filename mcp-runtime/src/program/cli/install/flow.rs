//! What the commands do, host by host.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::file::Config;
use super::hosts::{HOSTS, Host};
use super::machine::{Machine, Place};
use super::shape::{self, Variable};
use super::{diff, doctor};
use crate::json_text;
use crate::nearest::nearest;
use crate::program::cli::json::{Json, pretty};
use crate::program::cli::matches::Matches;
use crate::program::cli::output::{Output, say};
use crate::program::cli::remote::Failure;
use crate::program::cli::source;
use crate::program::cli::values::quoted;
use crate::program::cli::word::{Command, Takes, Word, argument, flag, option};

const HOST: Word = argument(
    "hosts",
    "HOST",
    "claude-desktop, claude-code, cursor, vscode,\nwindsurf, zed, gemini-cli, codex, goose, opencode;\n\
     without one: those that are here",
)
.several();

const COMMON: &[Word] = &[
    option("name", "NAME", "The name of the entry; by default the server's"),
    Word {
        takes: Takes::OneOf(&["user", "project"]),
        ..option("scope", "SCOPE", "Your configuration, or that of the project in the\nworking directory")
    },
];

const CHANGING: &[Word] = &[
    flag("dry-run", "Show what would change, and change nothing"),
    flag("yes", "Do not ask"),
    flag("force", "Also change an entry that starts another program"),
];

pub(in crate::program::cli) static INSTALL: Command = Command {
    name: "install",
    about: "Add this server to the configuration of hosts",
    words: &[
        &[
            Word {
                help: "claude-desktop, claude-code, cursor, vscode,\nwindsurf, zed, gemini-cli, codex, goose, opencode;\n\
                       json prints an entry; without one: those that\nare here",
                ..HOST
            },
            argument("args", "-- ARG", "Arguments that hosts start the server with, behind\nthe options of the program that are given here").several(),
            option(
                "env",
                "KEY[=VALUE]",
                "A variable of the server: by reference, where the\nhost has references; VALUE, @FILE or @- is written\n\
                 into the file as it is",
            )
            .several(),
        ],
        COMMON,
        CHANGING,
        super::super::word::HELP_OPTION,
    ],
};

pub(in crate::program::cli) static UNINSTALL: Command = Command {
    name: "uninstall",
    about: "Remove this server from the configuration of hosts",
    words: &[&[HOST], COMMON, CHANGING, super::super::word::HELP_OPTION],
};

pub(in crate::program::cli) static DOCTOR: Command = Command {
    name: "doctor",
    about: "Start this server as hosts do, and say what is wrong",
    words: &[
        &[HOST],
        COMMON,
        &[option("timeout", "SECONDS", "How long a server may take to list its tools; 30\nby default")],
        super::super::word::HELP_OPTION,
    ],
};

/// What the command line asks for.
pub(super) struct Job<'a> {
    machine: &'a Machine<'a>,
    matches: &'a Matches,
    command: &'static str,
    hosts: Vec<&'static Host>,
    /// Whether they were named.
    is_named: bool,
    /// Whether an entry is to be printed.
    prints: bool,
    is_project: bool,
    name: String,
    args: Option<Vec<String>>,
    variables: Vec<Variable>,
}

/// A change of a file, which is not made yet.
struct Change {
    config: Config,
    /// None where the file goes.
    text: Option<String>,
    /// Whether what is there is to be kept.
    keeps: bool,
}

impl<'a> Job<'a> {
    /// # Errors
    /// What is wrong with the command line.
    pub(super) fn read(
        machine: &'a Machine<'a>,
        matches: &'a Matches,
        server: &str,
        args: Option<Vec<OsString>>,
    ) -> Result<Self, Failure> {
        let text = |arg: OsString| {
            arg.into_string().map_err(|arg| {
                Failure::usage(format!("'{}' is not valid UTF-8, as all arguments must be", arg.to_string_lossy()))
            })
        };
        let args = args.map(|args| args.into_iter().map(text).collect::<Result<Vec<_>, _>>()).transpose()?;
        let command = matches.command().unwrap_or_default();
        let is_project = matches.values("scope").last() == Some("project");
        let mut hosts = Vec::new();
        let mut prints = false;
        for name in matches.values("hosts") {
            let names = || HOSTS.iter().map(|host| host.name).chain((command == "install").then_some("json"));
            match HOSTS.iter().find(|host| host.name == name) {
                Some(host) => hosts.push(host),
                None if name == "json" && command == "install" => prints = true,
                None => {
                    let meant = nearest(name, &mut names()).map_or_else(
                        || format!("there are {}", names().collect::<Vec<_>>().join(", ")),
                        |meant| format!("did you mean `{meant}`?"),
                    );
                    return Err(Failure::usage(format!("no host is called `{name}`; {meant}")));
                }
            }
        }
        let is_named = prints || !hosts.is_empty();
        if !is_named {
            hosts.extend(&HOSTS);
        }
        let name = match matches.values("name").last() {
            Some(name) if name.is_empty() || name.contains(|c: char| c.is_control()) => {
                return Err(Failure::usage("--name: an entry has a name of letters, digits, `-` and `_`"));
            }
            Some(name) => name.to_owned(),
            // Some hosts take no others.
            None => server.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_', "-"),
        };
        let mut variables = Vec::new();
        for variable in matches.values("env") {
            let (key, value) = match variable.split_once('=') {
                Some((key, value)) => (key, Some(source::text(value)?.trim_end_matches(['\r', '\n']).to_owned())),
                None => (variable, None),
            };
            if key.is_empty() || key.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                return Err(Failure::usage(format!("--env {variable}: write KEY, or KEY=VALUE")));
            }
            variables.push((key.to_owned(), value));
        }
        Ok(Self { machine, matches, command, hosts, is_named, prints, is_project, name, args, variables })
    }

    /// # Errors
    /// What has failed before anything was done.
    pub(super) fn run(&self, out: &mut Output) -> Result<ExitCode, Failure> {
        let mut code = ExitCode::SUCCESS;
        if self.prints {
            // As `.mcp.json` has it, which many hosts read.
            let entry = HOSTS[1].entry(None, &self.name, &self.program()?, self.args.as_deref(), &self.variables);
            let named = Json::Object(vec![(self.name.clone(), entry)]);
            out.line(pretty(&Json::Object(vec![("mcpServers".to_owned(), named)]).to_string()));
        }
        let mut done = 0;
        for host in &self.hosts {
            match self.visit(host, out) {
                Ok(true) => done += 1,
                Ok(false) => {}
                Err(failure) => {
                    done += 1;
                    say(&format!("{}: {failure}", host.title));
                    code = failure.exit_code();
                }
            }
        }
        if done == 0 && !self.is_named {
            let (name, scope) = (json_text::string(&self.name), if self.is_project { " here" } else { "" });
            say(&match self.command {
                "install" => format!("no host was found{scope}; name one: `install claude-code`"),
                _ => format!("no host{scope} has an entry {name}; `install` adds it"),
            });
            code = ExitCode::FAILURE;
        }
        Ok(code)
    }

    fn program(&self) -> Result<String, Failure> {
        let program = self.machine.program.to_str();
        program.map(str::to_owned).ok_or_else(|| Failure::local("the path of this program is not UTF-8"))
    }

    /// Does what is to be done for a host. Whether anything was.
    fn visit(&self, host: &Host, out: &mut Output) -> Result<bool, Failure> {
        let place = match self.machine.file(host, self.is_project) {
            Ok(place) => place,
            Err(_) if !self.is_named => return Ok(false),
            Err(why) => return Err(Failure::usage(why)),
        };
        if !self.is_named && !place.is_there {
            return Ok(false);
        }
        let config = Config::read(&place.path).map_err(Failure::local)?;
        let found = shape::find(host, config.text(), &self.name);
        let faulty = |fault| Failure::local(format!("{}, {fault}; it was left alone", place.path.display()));
        let found = found.map_err(faulty)?;
        let change = match (self.command, found) {
            ("install", found) => {
                let change = self.install(host, config, found.as_ref())?;
                change.map_err(faulty)?
            }
            (_, None) if !self.is_named => return Ok(false),
            (_, None) => {
                let what = format!("{} has no entry `{}`; `install` adds it", place.path.display(), self.name);
                return Err(Failure::local(what));
            }
            ("uninstall", Some(found)) if !self.is_named && !self.is_ours(host, &found) => return Ok(false),
            ("uninstall", Some(found)) => self.uninstall(host, config, &found)?.map_err(faulty)?,
            (_, Some(found)) => return self.examine(host, &place, &found, out).map(|()| true),
        };
        self.make(host, &change, out)?;
        Ok(true)
    }

    /// Whether an entry starts this program.
    fn is_ours(&self, host: &Host, entry: &Json) -> bool {
        let command = host.read(entry).command;
        let program = &self.machine.program;
        let last = |path: &str| path.rsplit(['/', '\\']).next().map(|name| name.trim_end_matches(".exe").to_owned());
        Path::new(&command) == program || last(&command) == program.to_str().and_then(last)
    }

    /// # Errors
    /// Whose entry it is.
    fn check_ours(&self, host: &Host, config: &Config, entry: &Json) -> Result<(), Failure> {
        if self.matches.has("force") || self.is_ours(host, entry) {
            return Ok(());
        }
        let there = host.read(entry);
        let starts = there.url.unwrap_or(there.command);
        let (path, name) = (config.path.display(), &self.name);
        let cure = if self.command == "install" { "adds this server beside it" } else { "names another entry" };
        Err(Failure::local(format!(
            "{path} has an entry `{name}` that is not of this program but {}; --name OTHER {cure}, --force changes it",
            quoted(&starts)
        )))
    }

    fn install(
        &self,
        host: &Host,
        config: Config,
        found: Option<&Json>,
    ) -> Result<Result<Change, super::fault::Fault>, Failure> {
        if host.reference.is_none()
            && let Some((key, _)) = self.variables.iter().find(|(_, value)| value.is_none())
        {
            return Err(Failure::usage(format!(
                "its entries cannot refer to variables; --env {key}=VALUE, or {key}=@FILE, writes the value into the file as it \
                 is"
            )));
        }
        if let Some(entry) = found {
            self.check_ours(host, &config, entry)?;
        }
        let ours = found.filter(|entry| self.is_ours(host, entry));
        let entry = host.entry(ours, &self.name, &self.program()?, self.args.as_deref(), &self.variables);
        if ours == Some(&entry) {
            let text = config.text.clone();
            return Ok(Ok(Change { config, text, keeps: false }));
        }
        Ok(shape::put(host, config.text(), &self.name, &entry).map(|text| {
            // What was there before the first time is kept.
            let keeps = ours.is_none() || !config.backup(&self.name).exists();
            Change { config, text: Some(text), keeps }
        }))
    }

    fn uninstall(
        &self,
        host: &Host,
        config: Config,
        found: &Json,
    ) -> Result<Result<Change, super::fault::Fault>, Failure> {
        self.check_ours(host, &config, found)?;
        let put = |text: &str| shape::put(host, text, &self.name, found).is_ok_and(|put| put == config.text());
        let before = std::fs::read_to_string(config.backup(&self.name)).ok();
        let ours_before = before.as_deref().and_then(|before| shape::find(host, before, &self.name).ok().flatten());
        let ours_before = ours_before.filter(|entry| self.is_ours(host, entry));
        // Where nothing else has changed since, it becomes what it was before, or goes if it was not there.
        if let Some(before) = before.as_ref().filter(|before| ours_before.is_none() && put(before)) {
            return Ok(Ok(Change { text: Some(before.clone()), config, keeps: false }));
        }
        // It was not there where what is kept, if anything, is an earlier entry of ours alone.
        let was_made = match (&before, &ours_before) {
            (None, _) => !config.backup(&self.name).exists(),
            (Some(before), Some(ours)) => shape::put(host, "", &self.name, ours).is_ok_and(|alone| alone == *before),
            (Some(_), None) => false,
        };
        if was_made && put("") {
            return Ok(Ok(Change { config, text: None, keeps: false }));
        }
        Ok(shape::take(host, config.text(), &self.name).map(|text| Change { config, text: Some(text), keeps: true }))
    }

    /// Shows a change, asks, and makes it.
    fn make(&self, host: &Host, change: &Change, out: &mut Output) -> Result<(), Failure> {
        let config = &change.config;
        let path = config.path.display();
        let text = change.text.as_deref();
        if text == config.text.as_deref() {
            say(&format!("{}: {path} has the entry already", host.title));
            return Ok(());
        }
        out.line(format_args!("{}: {path}", host.title));
        let after = text.unwrap_or_default();
        let shown = |text: &str| {
            let shown = shape::shown(host, text);
            shown.map_err(|fault| Failure::local(format!("{path}, {fault}; it was left alone")))
        };
        let (before_shown, after_shown) = (shown(config.text())?, shown(after)?);
        let before = diff::Text { text: config.text(), shown: &before_shown };
        diff::show(&before, &diff::Text { text: after, shown: &after_shown }, out);
        if self.matches.has("dry-run") {
            return Ok(());
        }
        if !self.matches.has("yes") {
            if !std::io::stdin().is_terminal() {
                return Err(Failure::usage("nothing was written: say --yes, or answer at a terminal"));
            }
            if !asked(if text.is_some() { "Write it?" } else { "Remove the file?" }) {
                say("nothing was written");
                return Ok(());
            }
        }
        if change.keeps {
            config.keep(&self.name).map_err(Failure::local)?;
        }
        match text {
            Some(text) => config.replace(text).map_err(Failure::local)?,
            None => config.remove().map_err(Failure::local)?,
        }
        let backup = config.backup(&self.name);
        let kept = if change.keeps && config.text.is_some() {
            format!("; what was there before is in {}", backup.display())
        } else {
            String::new()
        };
        if self.command == "uninstall" && !change.keeps {
            // The file is what it was.
            let _ = std::fs::remove_file(&backup);
        }
        say(&format!("{}: done{kept}. Restart {0} to see it", host.title));
        let program = &self.machine.program;
        // What cargo has beside what it builds.
        if self.command == "install" && program.with_file_name(".fingerprint").is_dir() {
            say(&format!(
                "note: {} is where it was built; install again once it has a place that lasts (cargo install)",
                program.display()
            ));
        }
        Ok(())
    }

    fn examine(&self, host: &Host, place: &Place, entry: &Json, out: &mut Output) -> Result<(), Failure> {
        let timeout = match self.matches.values("timeout").last() {
            None => Duration::from_secs(30),
            Some(seconds) => seconds.parse().map(Duration::from_secs).map_err(|_| {
                Failure::usage(format!("--timeout: write a number of seconds, not {}", json_text::string(seconds)))
            })?,
        };
        let entry = host.read(entry);
        let path = place.path.display();
        match doctor::examine(host, &entry, self.machine, timeout) {
            Ok(tools) => {
                let all = if tools.is_empty() { "no tools".to_owned() } else { tools.join(", ") };
                let line = out.style().wrap(&format!("{}: {path}: works, {} tools: {all}", host.title, tools.len()), 2);
                out.text(&line);
                Ok(())
            }
            Err(doctor::Trouble(what, cure)) => Err(Failure::local(format!("{path}: {what}\n  cure: {cure}"))),
        }
    }
}

/// Asks somebody at the terminal.
fn asked(question: &str) -> bool {
    loop {
        let _ = write!(std::io::stderr(), "{question} yes, no [no]: ");
        let mut typed = String::new();
        match std::io::stdin().read_line(&mut typed) {
            Ok(1..) => {}
            _ => return false,
        }
        match typed.trim() {
            "y" | "yes" => return true,
            "" | "n" | "no" => return false,
            _ => {}
        }
    }
}
