//! `install`, `uninstall` and `doctor`: this server in the configuration of hosts.

mod diff;
mod doctor;
mod fault;
mod file;
mod flow;
mod hiding;
mod hosts;
mod jsonc;
mod machine;
mod shape;
mod toml;
mod yaml;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

pub(super) use self::flow::{DOCTOR, INSTALL, UNINSTALL};

use self::flow::Job;
use self::machine::{Machine, Platform};
use super::commands::TABLE;
use super::matches::Matches;
use super::output::{Output, Style, say};
use super::own::CliOption;
use super::reader::{self, About};
use super::remote::Failure;
use super::word::Takes;

/// Whether a command is one of these.
pub(super) fn is_one(command: &str) -> bool {
    matches!(command, "install" | "uninstall" | "doctor")
}

/// Takes the arguments of an entry out of the command line: they stand behind `--`, and may look like options. Behind other commands
/// they are that command's.
pub(super) fn args(words: &mut Vec<OsString>, own: &'static [CliOption]) -> Option<Vec<OsString>> {
    let at = words.iter().position(|word| word == "--")?;
    let before = &words[..at];
    let is_install = before.iter().any(|word| word == INSTALL.name)
        && reader::command(&TABLE, own, before.to_vec()) == Some(INSTALL.name);
    is_install.then(|| words.split_off(at).split_off(1))
}

/// The options of the program that were given, as words that are read as the same options again. Of an option that may be given
/// once, which is given before the command and after it, the last value counts.
pub(super) fn options(matches: &Matches) -> Vec<OsString> {
    let mut words = Vec::new();
    let mut given = matches.of_program();
    while let Some((word, value)) = given.next() {
        let long = word.long;
        match word.takes {
            Takes::Several => {}
            _ if given.clone().any(|(later, _)| later.long == long) => continue,
            Takes::Nothing => {
                words.push(format!("--{long}").into());
                continue;
            }
            _ => {}
        }
        // A word of its own that begins with a dash would be read as another option.
        if value.starts_with('-') {
            words.push(format!("--{long}={value}").into());
        } else {
            words.extend([format!("--{long}").into(), value.into()]);
        }
    }
    words
}

/// Does what the command line says, on this machine. `args` are those of the entry, where there are any.
pub(super) fn run(matches: &Matches, server: &str, args: Option<Vec<OsString>>) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            say(&format!("error: it cannot be found out where this program is: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let machine = Machine {
        platform: Platform::of(std::env::consts::OS),
        variable: &|name| std::env::var_os(name),
        program,
        directory: std::env::current_dir().unwrap_or_default(),
    };
    match Output::open(None) {
        Ok(out) => run_on(&machine, matches, server, args, out),
        Err(failure) => told(Err(failure)),
    }
}

/// The same on a machine that is not this one, for tests; nothing is printed on standard output. `variables` are all that there
/// are. Whether it has succeeded.
pub fn on(
    platform: &str,
    variables: &[(String, OsString)],
    program: PathBuf,
    directory: PathBuf,
    words: &[&str],
) -> bool {
    let machine = Machine {
        platform: Platform::of(platform),
        variable: &|name| variables.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone()),
        program,
        directory,
    };
    let mut words: Vec<OsString> = words.iter().map(OsString::from).collect();
    let args = args(&mut words, &[]);
    let about = About { name: "shop", version: "1", description: None };
    let Ok(matches) = reader::read(&TABLE, &[], about, "shop", words, false) else { return false };
    let out = Output::to(Box::new(std::io::sink()), Style::default());
    let code = run_on(&machine, &matches, "shop", args, out);
    format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS)
}

fn run_on(
    machine: &Machine<'_>,
    matches: &Matches,
    server: &str,
    args: Option<Vec<OsString>>,
    mut out: Output,
) -> ExitCode {
    let done = Job::read(machine, matches, server, args).and_then(|job| job.run(&mut out));
    let finished = out.finish();
    told(done.and_then(|code| finished.map(|()| code)))
}

fn told(done: Result<ExitCode, Failure>) -> ExitCode {
    done.unwrap_or_else(|failure| {
        say(&format!("error: {failure}"));
        failure.exit_code()
    })
}
