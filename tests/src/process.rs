//! A server program and its pipes.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long anything may take before a test gives up. No test gets faster or slower by it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is being driven.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts a variant of the fixture server, and reads all it says.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start(program: &str, variant: &str) -> Self {
        let mut command = Command::new(program);
        command.env("FIXTURE", variant).env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
        Self::spawn(&mut command)
    }

    /// Starts a command, and reads all it says.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = piped(command);
        let (send, lines) = channel();
        let output = child.stdout.take().expect("standard output is a pipe");
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let stderr = Arc::<Mutex<String>>::default();
        let said = Arc::clone(&stderr);
        let listener = child.stderr.take().map(|errors| thread::spawn(move || note(errors, &said)));
        Self { input: child.stdin.take(), child, lines, stderr, listener }
    }

    /// Sends a line.
    ///
    /// # Panics
    /// Where the input is closed already.
    pub fn send(&mut self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    /// Sends bytes.
    ///
    /// # Panics
    /// Where the input is closed already.
    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes).expect("the server reads");
    }

    /// The next line; `None` once the output has ended.
    ///
    /// # Panics
    /// Where nothing comes.
    pub fn receive(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the server says nothing: {}", self.stderr()),
        }
    }

    /// Ends the input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits for the process to end; its exit code, if it was not killed.
    ///
    /// # Panics
    /// Where it cannot be waited for.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("a child can be waited for").code()
    }

    /// Whether the process has ended.
    ///
    /// # Panics
    /// Where it cannot be asked.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_some()
    }

    /// What the system calls it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end as `kill` does.
    ///
    /// # Panics
    /// Where that cannot be asked.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("`kill` is there").success());
    }

    /// Waits for the process to end; its exit code, and all that it said on standard error.
    ///
    /// # Panics
    /// Where it cannot be waited for.
    pub fn end(mut self) -> (Option<i32>, String) {
        self.close_input();
        let code = self.wait();
        if let Some(listener) = self.listener.take() {
            listener.join().expect("it only reads");
        }
        (code, self.stderr())
    }

    /// What it has said on standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Starts a command with pipes, which nobody reads yet.
///
/// # Panics
/// Where it does not start.
pub fn piped(command: &mut Command) -> Child {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the server starts")
}

fn note(mut errors: impl Read, said: &Mutex<String>) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = errors.read(&mut chunk) {
        let text = String::from_utf8_lossy(&chunk[..read]);
        said.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Of a test that failed; one that has ended is no trouble.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
