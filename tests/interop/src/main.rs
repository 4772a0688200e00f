//! Plays scripts with our client against a server: `interop SCRIPT,SCRIPT… REVISIONS URL`, or a command line in place of the URL.
//!
//! The revisions are separated by commas, the newest first: that one the client has to find out by itself. Then each of them
//! is spoken because it is pinned. What a script can say is in [`script`].

mod guest;
mod play;
mod script;

use std::process::ExitCode;

use mcp_runtime::Version;
use mcp_runtime::client::{Launch, Stderr, Target};

use play::Tally;
use script::Script;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: interop SCRIPT,SCRIPT… REVISIONS (URL | COMMAND ARGUMENT…)");
    let (scripts, revisions, first) = (next()?, next()?, next()?);
    let target = if first.starts_with("http://") {
        Target::url(first)
    } else {
        // What a server logs is for who looks for a mistake in this.
        Target::program(Launch::new(first).args(arguments).stderr(Stderr::Inherit))
    };
    let scripts: Vec<_> = scripts.split(',').map(read).collect::<Result<_, _>>()?;
    let revisions = revisions.split(',').map(|date| Version::parse(date).ok_or(format!("{date} is no revision")));
    let revisions: Vec<_> = revisions.collect::<Result<_, _>>()?;
    let newest = *revisions.first().ok_or("no revision is named")?;
    let ways = std::iter::once((None, newest)).chain(revisions.into_iter().map(|version| (Some(version), version)));
    let mut tally = Tally::default();
    for (round, (pinned, spoken)) in ways.enumerate() {
        // Servers may remember what was done at a place: each round has one of its own.
        let place = format!("{}-{round}", std::process::id());
        let mut script = Script::default();
        for text in &scripts {
            script.add(Script::read(&text.replace("$round", &place))?);
        }
        play::play(&script, &target, pinned, spoken, &mut tally).await;
    }
    Ok(tally.close())
}

fn read(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}").into())
}
