//! The program `mcp`: the same commands, for any server that can be connected to.

mod far;
mod generate;
mod ping;
mod sampler;
mod table;
mod tail;
mod target;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use self::far::Far;
use self::table::TABLE;
use super::action::Action;
use super::asking::{self, PANICKED, code_of};
use super::help::Written;
use super::json::object;
use super::matches::Matches;
use super::output::{Output, say};
use super::reader::{self, About};
use super::remote::{Failure, Fault};
use super::shell::{self, Completing};
use crate::json_text;
use crate::program::exit::fail;
use crate::transport::signals::told_to_stop;
use crate::transport::stdio;

/// How long a command that was told to stop may take to do so.
const PATIENCE: Duration = Duration::from_secs(3);

/// The whole program; `version` is its own.
pub fn main(version: &str) -> ExitCode {
    stdio::log_to_stderr(
        #[cfg(feature = "client-logs")]
        Vec::new(),
    );
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if words.first().is_some_and(|word| word == shell::ASKS) {
        let mut matches = Matches::default();
        let completing = Completing::read(&TABLE, &[], words.split_off(1), &mut matches, &target::names);
        return if completing.asks() { start(matches, None, Some(completing)) } else { code_of(completing.print()) };
    }
    // What follows is the server's own command line.
    let launched = words.iter().position(|word| word == "--").map(|at| words.split_off(at).split_off(1));
    let about = About { name: "mcp", version, description: None };
    if words.is_empty() {
        words.push("--help".into());
    }
    let matches = match reader::read(&TABLE, &[], about, "mcp", words, launched.is_some()) {
        Ok(matches) => matches,
        Err(code) => return code,
    };
    if matches.command() == Some(shell::COMPLETIONS.name) {
        return code_of(shell::script(&matches, "mcp"));
    }
    start(matches, launched, None)
}

/// Does what the command line says, or tells how a word of it may go on.
fn start(matches: Matches, launched: Option<Vec<OsString>>, completing: Option<Completing>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let code = runtime.block_on(run(matches, launched, completing));
    // Somebody may still be asked at the terminal; the process does not wait for the answer.
    runtime.shutdown_background();
    stdio::flush_stderr();
    code
}

/// Runs a command, until it is done or a signal ends it; then the connection is closed in good order.
async fn run(matches: Matches, launched: Option<Vec<OsString>>, completing: Option<Completing>) -> ExitCode {
    let mut signal = told_to_stop();
    let (stop, stopped) = watch::channel(false);
    let (send, mut asked) = oneshot::channel();
    let thread = asking::start(Box::new(move || {
        let _ = send.send(perform(&matches, launched, completing.as_ref(), stopped));
    }));
    if let Err(error) = thread {
        return fail(&format_args!("cannot start a thread: {error}"));
    }
    tokio::select! {
        biased;
        // Where it is gone without a word, the panic hook has said why.
        ended = &mut asked => ended.unwrap_or(ExitCode::from(PANICKED)),
        () = &mut signal => {
            stop.send_replace(true);
            // A command that reads or writes may never end.
            let _ = timeout(PATIENCE, asked).await;
            ExitCode::from(signal.exit_code())
        }
    }
}

/// Does what the command line says, and tells what has failed.
fn perform(
    matches: &Matches,
    launched: Option<Vec<OsString>>,
    completing: Option<&Completing>,
    stopped: watch::Receiver<bool>,
) -> ExitCode {
    let failure = match connected(matches, launched, completing, &stopped) {
        Ok(code) => return code,
        Err(failure) => failure,
    };
    // Whoever has sent the signal knows why it ends.
    if *stopped.borrow() {
        return ExitCode::FAILURE;
    }
    say(&format!("error: {failure}"));
    if matches.has("json") {
        let mut members = vec![("message", failure.message().into())];
        if let Some(code) = failure.code() {
            members.push(("code", code.into()));
            members.push(("data", failure.data().to_value()));
        }
        members.retain(|(_, value): &(&str, Value)| !value.is_null());
        if let Ok(mut out) = Output::open(None) {
            out.json(&json_text::value(&object(vec![("error", object(members))])));
            // What cannot be written can be told to nobody.
            let _ = out.finish();
        }
    }
    ExitCode::from(match failure.fault() {
        Fault::Local => 1,
        Fault::Usage => 2,
        Fault::Connection => 3,
        Fault::Request => 4,
    })
}

/// Connects, and does what the command line says.
fn connected(
    matches: &Matches,
    launched: Option<Vec<OsString>>,
    completing: Option<&Completing>,
    stopped: &watch::Receiver<bool>,
) -> Result<ExitCode, Failure> {
    let target = target::find(matches, launched)?;
    let command = matches.command().unwrap_or_default();
    let written = Written { begin: format!("mcp {command}{}", target.begin), end: target.end.clone() };
    let mut far = Far::connect(matches, target, stopped.clone())?;
    let done = match (command, completing) {
        (_, Some(completing)) => completing.run(matches, &mut far),
        ("ping", _) => ping::run(&far, matches.has("json")),
        ("tail", _) => tail::run(&mut far, matches),
        ("generate", _) => generate::run(&mut far, matches),
        _ => {
            Action { matches, written, nothing: "", faults: &|_, _| None, texts: &|_| None, layers: &[] }.run(&mut far)
        }
    };
    if done.is_ok() {
        for answer in far.unused_answers() {
            say(&format!("note: nothing asked for {answer}"));
        }
    }
    far.close();
    done
}
