//! A program that serves on HTTP while a test runs.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, Launch};
use crate::lock::Lock;

/// How long a program may take to say where it serves, and to end once it was told to, unless the test says otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// As much of what a program says as is kept, unless the test says otherwise: the newest bytes.
const KEPT: usize = 64 * 1024;

/// What stands before the address in the line that a program of `main!` and `run!` begins with.
const BEFORE_URL: &str = "listening at ";

/// A server program of your own that serves on HTTP, on a free port of 127.0.0.1, until this is dropped.
///
/// It is started with `serve --http 127.0.0.1:0` behind its arguments, as programs of [`main!`](crate::main!) and
/// [`run!`](crate::run!) understand it. [`TestClient`](super::TestClient) tests a server in the test's own process, which is faster;
/// this is for what only the program has: its command line, its environment, its files.
///
/// ```no_run
/// use mcp_runtime::testing::Served;
/// use serde_json::json;
///
/// # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
/// # const PROGRAM: &str = "my-server";
/// // In a test of the package: env!("CARGO_BIN_EXE_my-server")
/// let served = Served::start(PROGRAM);
/// let one = served.client().await;
/// let other = served.client().await;
///
/// one.call("put", json!({"item": "tea", "number": 3})).await?;
/// let count: u64 = other.call("count", json!({"item": "tea"})).await?.value()?;
/// assert_eq!(count, 3);
/// # Ok(())
/// # }
/// ```
///
/// Arguments, the environment and the directory are those of a [`Launch`]:
///
/// ```no_run
/// use mcp_runtime::client::Launch;
/// use mcp_runtime::testing::Served;
///
/// let launch = Launch::new("target/debug/my-server").arg("--read-only").env("RUST_LOG", "debug");
/// let served = Served::with(launch, ["--metrics"]);
/// println!("{}", served.url());
/// ```
///
/// It waits 60 seconds for a program to serve and to end, and keeps the newest 64 KiB of what it says. [`Served::of`] sets others.
pub struct Served {
    program: Child,
    url: String,
    said: Arc<Lock<String>>,
    patience: Duration,
}

/// A program that is about to serve, with bounds of its own: what [`Served::of`] gives.
///
/// ```no_run
/// use std::time::Duration;
///
/// use mcp_runtime::testing::Served;
///
/// let served = Served::of("target/debug/my-server")
///     .options(["--metrics"])
///     .patience(Duration::from_secs(300)) // it loads a model first
///     .keep(1024 * 1024)
///     .start();
/// println!("{}", served.url());
/// ```
#[derive(Debug)]
#[must_use = "it serves once it is started"]
pub struct ToServe {
    launch: Launch,
    options: Vec<String>,
    patience: Duration,
    kept: usize,
}

impl ToServe {
    /// Adds options of `serve` beside `--http`.
    pub fn options<'a>(mut self, options: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.extend(options.into_iter().map(str::to_owned));
        self
    }

    /// Sets how long the program may take to say where it serves, and to end once it was told to; 60 seconds by default.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how many bytes of what the program says are kept, the newest ones; 64 KiB by default.
    pub fn keep(mut self, bytes: usize) -> Self {
        self.kept = bytes;
        self
    }

    /// Starts the program, and waits until it serves.
    ///
    /// # Panics
    /// The program cannot be started, ends, or does not say in time where it serves. What it has said is in the message.
    pub fn start(self) -> Served {
        let Self { launch, options, patience, kept } = self;
        if let Err(error) = launch.check() {
            panic!("the program cannot be started: {error}");
        }
        let mut command = Command::from(&launch);
        command.args(["serve", "--http", "127.0.0.1:0"]).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let name = command.get_program().to_string_lossy().into_owned();
        let mut program = command.spawn().unwrap_or_else(|error| panic!("`{name}` cannot be started: {error}"));
        let said = Arc::<Lock<String>>::default();
        let urls = match program.stderr.take() {
            Some(stderr) => listen(stderr, Arc::clone(&said), kept),
            None => unreachable!("a pipe was asked for"),
        };
        // From here on it is ended when something fails.
        let mut served = Served { program, url: String::new(), said, patience };
        match urls.recv_timeout(patience) {
            Ok(url) => served.url = url,
            Err(RecvTimeoutError::Timeout) => {
                panic!(
                    "`{name}` has not said within {} s where it serves; it said:\n{}",
                    patience.as_secs_f32(),
                    served.said()
                )
            }
            Err(RecvTimeoutError::Disconnected) => {
                let ended = served.ended();
                panic!("`{name}` has ended ({ended}) before it served; it said:\n{}", served.said())
            }
        }
        served
    }
}

impl Served {
    /// Starts a program, and waits until it serves. The path of a file is one word, whatever blanks it has.
    ///
    /// # Panics
    /// The program cannot be started, ends, or does not say within 60 s where it serves. What it has said is in the message.
    pub fn start(program: impl Into<Launch>) -> Self {
        Self::with(program, [])
    }

    /// The same, with options of `serve` beside `--http`.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn with<'a>(program: impl Into<Launch>, options: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(program).options(options).start()
    }

    /// The same, with bounds of your own.
    pub fn of(program: impl Into<Launch>) -> ToServe {
        ToServe { launch: program.into(), options: Vec::new(), patience: PATIENCE, kept: KEPT }
    }

    /// Where it serves: `http://127.0.0.1:PORT/mcp`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A new client of it. For one with settings of its own, connect a [`Client::builder`] to the [`url`](Self::url).
    ///
    /// # Panics
    /// The client cannot connect.
    pub async fn client(&self) -> Client {
        match Client::connect(self.url()).await {
            Ok(client) => client,
            Err(error) => panic!("{} is not connected: {error}; it said:\n{}", self.url, self.said()),
        }
    }

    /// What it has said on standard error so far; the newest of it, 64 KiB unless [`keep`](ToServe::keep) says otherwise.
    pub fn said(&self) -> String {
        self.said.lock().clone()
    }

    /// Tells it to stop, as an operator does (SIGTERM), and waits until it has; how it has ended. Elsewhere than on Unix, and if it
    /// takes longer than its [`patience`](ToServe::patience), it is killed.
    pub fn stop(mut self) -> ExitStatus {
        #[cfg(unix)]
        if let Some(process) = i32::try_from(self.program.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // One that has ended already needs no signal.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
        #[cfg(not(unix))]
        let _ = self.program.kill();
        self.ended()
    }

    /// Waits until it has ended; it is killed where that takes too long.
    fn ended(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            match self.program.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) if since.elapsed() < self.patience => thread::sleep(Duration::from_millis(5)),
                _ => {
                    let _ = self.program.kill();
                    return self.program.wait().unwrap_or_default();
                }
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").field("url", &self.url).field("program", &self.program.id()).finish_non_exhaustive()
    }
}

/// Reads what a program says for as long as it lives, so that it never waits for who reads it. The address comes out once.
fn listen(stderr: ChildStderr, said: Arc<Lock<String>>, kept: usize) -> Receiver<String> {
    let (tell, urls) = channel();
    let listener = move || {
        // Dropped when the program has ended, which those see who wait for the address.
        let tell: Sender<String> = tell;
        let mut lines = BufReader::new(stderr);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            keep(&mut said.lock(), &text, kept);
            if let Some(url) = url(&text) {
                // Only the first is waited for.
                let _ = tell.send(url.to_owned());
            }
            line.clear();
        }
    };
    thread::spawn(listener);
    urls
}

/// The address in a line that says where the program serves.
fn url(line: &str) -> Option<&str> {
    let (_, url) = line.trim_end().split_once(BEFORE_URL)?;
    // A line of JSON goes on.
    let url = url.split('"').next()?;
    (url.starts_with("http") && !url.contains(char::is_whitespace)).then_some(url)
}

/// Adds a line, and drops the oldest ones beyond what is kept.
fn keep(said: &mut String, line: &str, kept: usize) {
    said.push_str(line);
    let mut excess = said.len().saturating_sub(kept);
    while !said.is_char_boundary(excess) {
        excess += 1;
    }
    said.drain(..excess);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_line_that_tells_it() {
        let line = "serving \"a listening\" (1 tool), listening at http://127.0.0.1:4711/mcp\n";
        assert_eq!(url(line), Some("http://127.0.0.1:4711/mcp"));
        let line = r#"{"level":"INFO","message":"serving \"a\", listening at http://127.0.0.1:4711/mcp","fields":{}}"#;
        assert_eq!(url(line), Some("http://127.0.0.1:4711/mcp"));
        for line in
            ["listening at http://127.0.0.1:1/sse, for clients of 2024-11-05", "listening at unix:/a", "", "http://a"]
        {
            assert_eq!(url(line), None, "{line}");
        }
    }

    #[test]
    fn the_newest_of_what_is_said_is_kept() {
        let mut said = String::new();
        for _ in 0..KEPT {
            keep(&mut said, "é\n", KEPT);
        }
        assert!(said.len() <= KEPT && said.len() > KEPT - 4 && said.ends_with("é\n"), "{}", said.len());
    }
}
