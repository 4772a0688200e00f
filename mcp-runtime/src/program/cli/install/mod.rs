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
use super::reader::{self, About};
use super::remote::Failure;

/// Whether a command is one of these.
pub(super) fn is_one(command: &str) -> bool {
    matches!(command, "install" | "uninstall" | "doctor")
}

/// Takes the arguments of an entry out of the command line: they stand behind `--`, and may look like options.
pub(super) fn args(words: &mut Vec<OsString>) -> Option<Vec<OsString>> {
    let at = words.iter().position(|word| word == "--").filter(|_| words[0] == "install")?;
    Some(words.split_off(at).split_off(1))
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
    let args = args(&mut words);
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
