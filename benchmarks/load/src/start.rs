//! How long a server takes from its start to its first answer, on the standard streams.

use std::time::Instant;

use crate::case::{Case, Era, Load, Setup};
use crate::figures::Spread;
use crate::pipe::Pipe;
use crate::process::Program;
use crate::trouble::{Outcome, Trouble};

/// How many times each is started.
const TIMES: usize = 20;
const TIMES_QUICKLY: usize = 5;

/// Starts all servers in turn, as often. In milliseconds, for each.
pub async fn measure(programs: &[Program], quick: bool) -> Vec<Outcome<Spread>> {
    let mut all: Vec<Outcome<Vec<f64>>> = programs.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..if quick { TIMES_QUICKLY } else { TIMES } {
        for (program, outcome) in programs.iter().zip(&mut all) {
            let Ok(times) = outcome else { continue };
            match once(program).await {
                Ok(ms) => times.push(ms),
                Err(trouble) => *outcome = Err(trouble),
            }
        }
    }
    let none = || Trouble::failed("it was not started");
    all.into_iter().map(|outcome| outcome.and_then(|times| Spread::of(times).ok_or_else(none))).collect()
}

async fn once(program: &Program) -> Outcome<f64> {
    let case = Case::small(Era::Session, Load::Stdio(1));
    let command = program.command("stdio", Setup::PLAIN);
    let began = Instant::now();
    let pipe = Pipe::open(command, &case).await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    pipe.process.stop().await?;
    Ok(took)
}
