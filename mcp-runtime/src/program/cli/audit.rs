//! `audit`: checks an audit log, and shows what is in it.

use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use super::lasting::lasting;
use super::matches::Matches;
use super::output::{Output, plain_line, say};
use super::remote::Failure;
use super::word::{Command, Required, Takes, Word, argument, option};
use crate::audit::{Broken, Verified, since, verify};
use crate::toml::read_moment;

/// The log, unless it is told.
const FILE: &str = "audit.jsonl";

pub(super) static AUDIT: Command = Command {
    name: "audit",
    about: "Check an audit log, or show its lines",
    words: &[
        &[
            Word {
                takes: Takes::OneOf(&["verify", "since"]),
                ..argument(
                    "action",
                    "ACTION",
                    "verify tells whether lines were changed, put in or\ntaken out, since prints those from a\ntime on",
                )
            }
            .required(Required::Yes),
            argument("time", "TIME", "From when: 2h or 7d ago, or a point in time like\n2027-01-31T00:00:00Z"),
            option(
                "file",
                "FILE",
                "The log; audit.jsonl without it. Its older files,\nFILE.1 and so on, are read, too",
            ),
            option("expect", "DIGEST", "What verify has printed before: that line must\nstill be there"),
        ],
        super::word::HELP_OPTION,
    ],
};

/// Does what the command line says.
pub(super) fn run(matches: &Matches) -> ExitCode {
    match act(matches) {
        Ok(code) => code,
        Err(failure) => {
            say(&format!("error: {failure}"));
            failure.exit_code()
        }
    }
}

fn act(matches: &Matches) -> Result<ExitCode, Failure> {
    let one = |name: &'static str| matches.values(name).next();
    let path = Path::new(one("file").unwrap_or(FILE));
    let action = one("action").unwrap_or_default();
    let other = if action == "verify" { "time" } else { "expect" };
    if let Some(word) = AUDIT.words().find(|word| word.name == other && matches.has(word.name)) {
        return Err(Failure::usage(format!("`audit {action}` takes no {}", word.written(false))));
    }
    let unreadable = |error| Failure::local(format!("cannot read {}: {error}", path.display()));
    let mut out = Output::open(None)?;
    let mut code = ExitCode::SUCCESS;
    if action == "verify" {
        let found = verify(path, one("expect")).map_err(unreadable)?;
        tell(&found, &mut out);
        if !found.broken.is_empty() {
            code = ExitCode::FAILURE;
        }
    } else {
        let text = one("time").ok_or_else(|| Failure::usage("say from when: `audit since 2h`"))?;
        let lines = since(path, moment(text, SystemTime::now())?).map_err(unreadable)?;
        lines.iter().for_each(|line| out.line(plain_line(line)));
    }
    out.finish()?;
    Ok(code)
}

fn tell(found: &Verified, out: &mut Output) {
    for Broken { file, line, what } in &found.broken {
        let place = if *line == 0 { file.display().to_string() } else { format!("{}:{line}", file.display()) };
        out.line(format_args!("{place}: {what}"));
    }
    if found.more_broken > 0 {
        out.line(format_args!("and {} more", found.more_broken));
    }
    let span = match (&found.first, &found.last) {
        (Some(first), Some(last)) => format!(", from {first} to {last}"),
        _ => String::new(),
    };
    let lines = if found.lines == 1 { "line" } else { "lines" };
    let state = if found.broken.is_empty() { "unbroken" } else { "broken" };
    out.line(format_args!("{} {lines}{span}: {state}", found.lines));
    if found.lost > 0 {
        out.line(format_args!("{} could not be written, as the log itself tells", found.lost));
    }
    if let Some(digest) = &found.digest {
        out.line(format_args!("last line: {digest}"));
    }
}

/// A moment that is past: so long ago, or a point in time.
fn moment(text: &str, now: SystemTime) -> Result<SystemTime, Failure> {
    let then = lasting(text).map_or_else(|| read_moment(text), |ago| now.checked_sub(ago));
    then.ok_or_else(|| {
        Failure::usage(format!("{text}: write 30m, 2h, 7d, 8w, or a point in time like 2027-01-31T00:00:00Z"))
    })
}
