//! Running a command that asks the server, until it is done or a signal ends it.

use std::io;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Parsed;
use super::client::Client;
use super::output::say;
use super::remote::Failure;
use crate::background::start_thread;
use crate::server::Server;
use crate::service::{Connection, GRACE};
use crate::transport::signals::told_to_stop;

/// Where a signal finds what a command asks, to cancel it.
#[derive(Default)]
pub(super) struct Interrupt {
    /// The command's connection; `None` inside where a signal came before there was one.
    connection: OnceLock<Option<Arc<Connection>>>,
}

impl Interrupt {
    /// The command asks through this client from now on.
    ///
    /// # Errors
    /// If a signal has come already.
    pub(super) fn watch(&self, client: &Client) -> Result<(), Failure> {
        let connection = Some(Arc::clone(client.connection()));
        self.connection.set(connection).map_err(|_| Failure::new("the process was told to stop"))
    }

    /// Cancels what the command asks. Whether the command is about to end.
    async fn cancel(&self) -> bool {
        match self.connection.get_or_init(|| None) {
            Some(connection) => connection.cut_off(GRACE).await,
            None => false,
        }
    }
}

/// Runs a command, and then the server's functions of `on_stop`; returns the exit code of the program.
///
/// The first signal cancels what the command asks; `on_stop` still runs, and the exit code is the signal's. A second signal ends
/// the process at once.
pub(super) async fn run(server: &Server, command: Parsed) -> ExitCode {
    let mut signal = told_to_stop();
    let interrupt = Arc::<Interrupt>::default();
    let (send, mut asked) = oneshot::channel();
    let (asking, asks) = (Arc::clone(&interrupt), server.clone());
    let thread = start(Box::new(move || {
        let outcome = super::ask(&asks, &command, &asking);
        // What the server holds is dropped before the program ends.
        drop((asks, asking));
        let _ = send.send(outcome);
    }));
    if let Err(error) = thread {
        return code_of(Err(Failure::new(format!("cannot start a thread: {error}"))));
    }
    let ended = tokio::select! {
        biased;
        ended = &mut asked => Some(ended),
        () = &mut signal => None,
    };
    let mut is_told = ended.is_none();
    let code = match ended {
        Some(Ok(outcome)) => code_of(outcome),
        // The panic hook has said why.
        Some(Err(_)) => ExitCode::from(PANICKED),
        None => {
            // A command that reads or writes is not waited for: it may never end.
            if interrupt.cancel().await {
                let _ = asked.await;
            }
            ExitCode::SUCCESS
        }
    };
    drop(interrupt);
    let mut stopped = pin!(server.stop());
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => break,
            () = &mut signal, if !is_told => is_told = true,
        }
    }
    if is_told { ExitCode::from(signal.exit_code()) } else { code }
}

/// Runs what asks a server on a thread of its own, within this runtime: it reads and writes, waits for answers, and polls
/// functions that may compute for long. Here it would keep signals from being noticed.
///
/// # Errors
/// The system has no thread to give.
pub(super) fn start(asks: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let runtime = Handle::current();
    let run = move || {
        let _entered = runtime.enter();
        asks();
    };
    start_thread("mcp-command", Some(STACK), Box::new(run))
}

/// What the thread that a program begins with usually has.
const STACK: usize = 8 * 1024 * 1024;

/// The exit code of a program whose main thread has panicked.
pub(super) const PANICKED: u8 = 101;

/// Says what has failed.
pub(super) fn code_of(outcome: Result<ExitCode, Failure>) -> ExitCode {
    outcome.unwrap_or_else(|failure| {
        say(&format!("error: {failure}"));
        failure.exit_code()
    })
}
