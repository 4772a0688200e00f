//! Servers that are programs of their own, started and ended by the client.

use std::collections::VecDeque;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::carrier::{Boxed, Carrier};
use super::error::ClientError;
use super::exchange::Exchange;
use super::launch::{Launch, Stderr};
use super::stream::{StreamCarrier, read};
use super::watchdog;
use crate::escape;
use crate::lock::Lock;
use crate::transport::stream::sink::LineSink;
use crate::transport::stream::source::LineSource;

/// The longest line of standard error that is logged whole; of a longer one, its beginning is.
const LONGEST_LINE: usize = 16 * 1024;
/// How many lines of standard error an error has that tells why a program has ended.
const LAST_WORDS: usize = 5;
/// How long is waited for the end of a program that has closed its output, to tell how it has ended.
const SHORT: Duration = Duration::from_millis(500);

/// Carries a conversation with a program: lines on its standard input and output. The program, and what it starts, is one
/// process group, which ends with the connection.
pub(super) struct ChildCarrier {
    stream: Arc<StreamCarrier>,
    /// Tells the task that has the process to end it.
    end: mpsc::Sender<()>,
    /// How it has ended.
    ended: watch::Receiver<Option<String>>,
}

impl ChildCarrier {
    /// Starts a program, and carries `exchange` from now on.
    ///
    /// # Errors
    /// [`ClientError::Connect`]: it cannot be started.
    pub(super) fn start(
        exchange: &Arc<Exchange>,
        launch: &Launch,
        name: &str,
        limit: usize,
        grace: Duration,
    ) -> Result<(), ClientError> {
        launch.check()?;
        let mut child = command(launch).spawn().map_err(|error| cannot_start(launch, &error))?;
        let group = child.id();
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ClientError::connect("the program has no standard input and output"));
        };
        if let Some(group) = group {
            watchdog::watch(group);
        }
        let words = Arc::new(LastWords::default());
        let errors = child.stderr.take();
        let errors = errors.map(|stderr| tokio::spawn(log(stderr, name.to_owned(), Arc::clone(&words))));
        let (end, told) = mpsc::channel(1);
        let (tell, ended) = watch::channel(None);
        let read = read(Box::new(LineSource::new(output, limit)), Arc::clone(exchange));
        let mut status = ended.clone();
        let stream = StreamCarrier::start(exchange, Box::new(LineSink::new(input)), read, move |result| async move {
            let ended = timeout(SHORT, status.wait_for(Option::is_some)).await;
            let told = ended.ok().and_then(|status| status.ok()?.clone());
            told.unwrap_or_else(|| match result {
                Ok(()) => "the program has closed its standard output".to_owned(),
                Err(error) => format!("the program's standard output cannot be read: {error}"),
            })
        });
        let process = Process { child, group, grace, errors };
        tokio::spawn(process.run(told, tell, words, Arc::clone(&stream), Arc::clone(exchange)));
        exchange.carry(Arc::new(Self { stream, end, ended }));
        Ok(())
    }
}

fn command(launch: &Launch) -> Command {
    let mut command = Command::from(std::process::Command::from(launch));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command.stderr(match launch.stderr {
        Stderr::Log => Stdio::piped(),
        Stderr::Inherit => Stdio::inherit(),
        Stderr::Discard => Stdio::null(),
    });
    // Ctrl-C at the terminal is for this program, which ends the other in good order.
    #[cfg(unix)]
    command.process_group(0);
    command
}

fn cannot_start(launch: &Launch, error: &io::Error) -> ClientError {
    let program = launch.program.to_string_lossy();
    let hint = if error.kind() == io::ErrorKind::NotFound { "; is it installed, and in PATH?" } else { "" };
    ClientError::connect(format!("`{program}` cannot be started: {error}{hint}"))
}

impl Carrier for ChildCarrier {
    fn send(&self, exchange: &Arc<Exchange>, frame: Vec<u8>) {
        self.stream.send(exchange, frame);
    }

    fn room(&self) -> Option<Boxed<'_, ()>> {
        self.stream.room()
    }

    fn abandon(&self) {
        self.stream.close_output();
        // Told already, or ended already.
        let _ = self.end.try_send(());
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            self.abandon();
            let mut ended = self.ended.clone();
            // Its task has ended: so has the program.
            let _ = ended.wait_for(Option::is_some).await;
        })
    }
}

/// A running program.
struct Process {
    child: Child,
    /// The id of its process group, which is the program's own.
    group: Option<u32>,
    /// How long it may take to end by itself, and again once it was told to.
    grace: Duration,
    /// The task that reads its standard error.
    errors: Option<JoinHandle<()>>,
}

impl Process {
    async fn run(
        mut self,
        mut told: mpsc::Receiver<()>,
        tell: watch::Sender<Option<String>>,
        words: Arc<LastWords>,
        stream: Arc<StreamCarrier>,
        exchange: Arc<Exchange>,
    ) {
        let status = tokio::select! {
            status = self.child.wait() => status,
            // Or nobody is there any more who could tell.
            _ = told.recv() => self.end().await,
        };
        // What it has started, and what still runs, has nobody to talk to.
        self.signal(Signal::Kill);
        if let Some(group) = self.group {
            watchdog::forget(group);
        }
        // What it has said last may not have been read yet. Somebody else may have its standard error, and keep it open.
        if let Some(errors) = self.errors.take() {
            let _ = timeout(SHORT / 2, errors).await;
        }
        let status = status.map_or_else(|error| error.to_string(), |status: ExitStatus| status.to_string());
        let why = format!("the program has ended ({status}){}", words.told());
        tell.send_replace(Some(why.clone()));
        // Its output may be kept open by what it has started; what was written before it ended is read first.
        sleep(SHORT).await;
        stream.stop();
        exchange.end(ClientError::lost(why));
    }

    /// Its input is closed; if that does not end it, a signal does.
    async fn end(&mut self) -> io::Result<ExitStatus> {
        for signal in [None, Some(Signal::Terminate)] {
            if let Some(signal) = signal {
                self.signal(signal);
            }
            if let Ok(status) = timeout(self.grace, self.child.wait()).await {
                return status;
            }
        }
        self.signal(Signal::Kill);
        // Where there are no process groups.
        let _ = self.child.start_kill();
        self.child.wait().await
    }

    /// Sends a signal to the whole group, of which nobody may be left.
    #[cfg(unix)]
    fn signal(&self, signal: Signal) {
        let signal = match signal {
            Signal::Terminate => rustix::process::Signal::TERM,
            Signal::Kill => rustix::process::Signal::KILL,
        };
        let group = self.group.and_then(|group| rustix::process::Pid::from_raw(i32::try_from(group).ok()?));
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(not(unix))]
    fn signal(&self, _: Signal) {}
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

/// What a program has said last on standard error.
#[derive(Default)]
struct LastWords(Lock<VecDeque<String>>);

impl LastWords {
    fn add(&self, line: &str) {
        let mut lines = self.0.lock();
        if lines.len() == LAST_WORDS {
            lines.pop_front();
        }
        lines.push_back(line.chars().take(200).collect());
    }

    fn told(&self) -> String {
        let lines = self.0.lock();
        let told = lines.iter().fold(String::new(), |told, line| format!("{told}\n  {line}"));
        if told.is_empty() { told } else { format!("; its last words:{told}") }
    }
}

/// Logs what a program says on standard error, line by line.
async fn log(mut stderr: impl AsyncRead + Unpin, name: String, words: Arc<LastWords>) {
    let mut line = Vec::new();
    let mut chunk = vec![0; 4096];
    let say = |line: &[u8]| {
        let is_cut = line.len() > LONGEST_LINE;
        let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE)]);
        let text = escape::one_line(text.trim_end());
        words.add(&text);
        let rest = if is_cut { "…" } else { "" };
        tracing::info!(target: "mcp_server", server = name, "{text}{rest}");
    };
    while let Ok(n @ 1..) = stderr.read(&mut chunk).await {
        for part in chunk[..n].split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            // One byte more tells that it is cut.
            let room = (LONGEST_LINE + 1).saturating_sub(line.len());
            line.extend_from_slice(&text[..text.len().min(room)]);
            if text.len() < part.len() {
                say(&line);
                line.clear();
            }
        }
    }
    if !line.is_empty() {
        say(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_is_too_long_is_logged_as_far_as_it_goes() {
        let words = Arc::<LastWords>::default();
        let said = format!("one\n{}\nlast", "x".repeat(LONGEST_LINE * 2));
        log(said.as_bytes(), "fake".to_owned(), Arc::clone(&words)).await;
        assert_eq!(words.told(), format!("; its last words:\n  one\n  {}\n  last", "x".repeat(200)));
    }
}
