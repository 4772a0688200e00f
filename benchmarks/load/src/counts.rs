//! How often a server asks its allocator, and the system, for a request. Counted in runs of their own, which are not timed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use crate::case::{Ask, Case, FEW, Load};
use crate::process::Program;
use crate::round::Clients;
use crate::server::Server;
use crate::trouble::{Outcome, Trouble};

/// Requests before those that count, and those that do, at the most.
const BEFORE: u32 = 64;
const COUNTED: u32 = 512;

/// How long such a part of a run may take.
const TIME: Duration = Duration::from_secs(5);

/// How long the counter of system calls may take to say what it has counted.
const SUMMARY: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(10);

/// Whether allocations are counted: with one request at a time there is nothing by chance in them.
pub fn has_allocations(case: &Case) -> bool {
    case.load.at_once() == 1
}

/// Whether system calls are counted: of small calls, where they are the greater part of the cost.
pub fn has_system_calls(case: &Case) -> bool {
    case.ask == Ask::Echo(5) && case.tools == FEW && (case.load.at_once() == 1 || matches!(case.load, Load::Stdio(_)))
}

/// Calls of `malloc`, `calloc`, `realloc` and their likes for one request of a case.
///
/// # Errors
/// Where they cannot be counted.
pub async fn allocations(program: &Program, case: &Case, library: &str) -> Outcome<f64> {
    if !program.is_native {
        return Err(Trouble::unserved("its interpreter has an allocator of its own"));
    }
    let file = Scratch::new("allocations", &[0; 8])?;
    let count = || Ok::<_, Trouble>(u64::from_le_bytes(fs::read(&file.0)?.try_into().unwrap_or_default()));
    let program = program.clone().with("LD_PRELOAD", library).with("LOAD_ALLOCATIONS", file.name());
    let server = start(&program, case).await;
    let mut clients = Clients::open(&program, &server, case).await?;
    clients.ask(BEFORE.min(case.requests), TIME).await?;
    let before = count()?;
    let asked = clients.ask(COUNTED.min(case.requests), TIME).await?.len();
    let after = count()?;
    if after == 0 {
        return Err(Trouble::unserved("its allocator is not that of the system"));
    }
    Ok(each(after - before, asked))
}

/// System calls for one request of a case: the difference of a short run and a longer one.
///
/// # Errors
/// Where they cannot be counted.
pub async fn system_calls(program: &Program, case: &Case) -> Outcome<f64> {
    let (few, few_asked) = traced(program, case, BEFORE).await?;
    let (many, many_asked) = traced(program, case, BEFORE + COUNTED).await?;
    Ok(each(many.saturating_sub(few), many_asked.saturating_sub(few_asked)))
}

/// All system calls of a run, and how many requests it had.
async fn traced(program: &Program, case: &Case, requests: u32) -> Outcome<(u64, usize)> {
    let file = Scratch::new("system-calls", b"")?;
    // With -D it is the server that is our child, and the tracer its observer.
    let program = program.clone().behind(&["strace", "-D", "-f", "-c", "-o", file.name()]);
    let server = start(&program, case).await;
    let mut clients = Clients::open(&program, &server, case).await?;
    let asked = clients.ask(requests, TIME).await?.len();
    match clients {
        Clients::Http(..) => server?.process.stop().await?,
        Clients::Stdio(pipe, _) => pipe.process.stop().await?,
    }
    for _ in 0..SUMMARY.as_millis() / STEP.as_millis() {
        if let Some(calls) = total(&fs::read_to_string(&file.0)?) {
            return Ok((calls, asked));
        }
        sleep(STEP).await;
    }
    Err(Trouble::failed("strace does not say what it has counted"))
}

/// The server of a case on HTTP. On the standard streams its client starts it.
async fn start(program: &Program, case: &Case) -> Outcome<Server> {
    match case.load {
        Load::Http(_) => Server::start(program.command("http", case.setup())).await,
        Load::Stdio(_) => Err(Trouble::failed("it is not on HTTP")),
    }
}

/// The number of calls in the last line of the table that `strace -c` writes.
fn total(summary: &str) -> Option<u64> {
    let line = summary.lines().rfind(|line| line.ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

// Counts of a short run.
#[allow(clippy::cast_precision_loss)]
fn each(count: u64, requests: usize) -> f64 {
    count as f64 / requests as f64
}

/// A file that goes with this.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, contents: &[u8]) -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("load-{}-{name}", std::process::id()));
        fs::write(&path, contents)?;
        Ok(Self(path))
    }

    fn name(&self) -> &str {
        Path::to_str(&self.0).unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_summary_is_read() {
        let summary = "% time     seconds  usecs/call     calls    errors syscall\n\
                       ------ ----------- ----------- --------- --------- ----------------\n \
                       60.00    0.000600           1       500        20 read\n \
                       40.00    0.000400           1       400           write\n\
                       ------ ----------- ----------- --------- --------- ----------------\n\
                       100.00    0.001000           1       900        20 total\n";
        assert_eq!(total(summary), Some(900));
        let cut = summary.find("read").expect("there is such a line") + "read\n".len();
        assert_eq!(total(&summary[..cut]), None);
    }
}
