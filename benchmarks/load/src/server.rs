//! A server that is measured: its process, its address, and the processor time it has used.

use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::{Fault, Outcome};

/// How long a server may take to say where it listens.
const START: Duration = Duration::from_secs(30);

/// A server that runs, until this is dropped.
pub struct Server {
    /// Its name in the report.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// The path of its endpoint.
    pub path: String,
    process: u32,
    _child: Child,
    /// Held, so that a server that says more does not fail.
    _said: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server, given as `name=program argument...`. The first line it prints is its URL: `http://127.0.0.1:80/mcp`.
    ///
    /// # Errors
    /// Where it does not start, or does not say where it listens.
    pub async fn start(given: &str) -> Outcome<Self> {
        let (name, command) = given.split_once('=').ok_or("a server is given as name=program")?;
        let mut words = command.split_whitespace();
        let program = words.next().ok_or("a server is given as name=program")?;
        let mut child =
            Command::new(program).args(words).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let process = child.id().ok_or("the server has ended")?;
        let mut said = BufReader::new(child.stdout.take().ok_or("the server has no output")?);
        let mut url = String::new();
        timeout(START, said.read_line(&mut url))
            .await
            .map_err(|_| format!("{name} does not say where it listens"))??;
        let (address, path) = parse_url(url.trim()).ok_or_else(|| format!("{name} says it listens at {url:?}"))?;
        Ok(Self { name: name.to_owned(), address, path, process, _child: child, _said: said })
    }

    /// The processor time that its threads have used, in the program and in the kernel, in nanoseconds.
    ///
    /// The scheduler's own account is read, which is exact; that of `/proc/PID/stat` counts in steps of 10 ms. Threads that
    /// have ended are not in it: servers keep theirs.
    ///
    /// # Errors
    /// Where the system does not tell: other than Linux, or when the server has ended.
    pub fn cpu_ns(&self) -> Outcome<u64> {
        let tasks = format!("/proc/{}/task", self.process);
        let told = |error| Fault::from(format!("{tasks}: {error}"));
        let mut sum = 0;
        for task in fs::read_dir(&tasks).map_err(told)? {
            let account = fs::read_to_string(task?.path().join("schedstat")).map_err(told)?;
            sum += account.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(sum)
    }
}

fn parse_url(url: &str) -> Option<(SocketAddr, String)> {
    let rest = url.strip_prefix("http://")?;
    let (address, path) = rest.split_at(rest.find('/')?);
    Some((address.parse().ok()?, path.to_owned()))
}
