//! stdio: newline-delimited JSON-RPC on the standard streams (`basic/transports/stdio`).
//!
//! Three threads at the most are busy. A *reader* blocks on standard input, decodes what comes, and polls each new call
//! where it stands; most calls finish there, and their answers leave in one write for all that one read brought. Calls
//! that have to wait go on as tasks of the runtime, and what they say is written by a *writer* thread, so that a peer
//! that reads slowly holds up nobody but the reader: that is the back-pressure. tokio's own standard streams would hand
//! every read and every write to a pool and back.

mod layer;
mod line;
mod log;
#[cfg(unix)]
mod printed;
mod stderr;
mod streams;
mod timestamp;

#[cfg(feature = "cli")]
pub(crate) use crate::escape::{lines as harmless, one_line as harmless_line};
pub(crate) use log::{choose_log_format, log_to_stderr, say};
pub(crate) use stderr::{flush as flush_stderr, limit as limit_stderr};

use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use self::streams::{Input, Output};
use super::lines::{CHUNK, Line, Lines};
use crate::background::start_thread;
use crate::call::{Frames, Principal};
use crate::meter::Tick;
use crate::service::{Connection, Core, GRACE, Out, Serving};

/// Frames are written together up to so many bytes: what waits is not copied as a whole.
const WRITE: usize = 1024 * 1024;

/// How long an answer may wait for those that the same read brought, beside the call that is being polled meanwhile, as far
/// as a [`Tick`] tells: a fraction of what a slow call takes, many times what a fast one does.
const PATIENCE: Duration = Duration::from_millis(1);

/// Serves on the standard streams until the input ends, or until `stop`. Then calls in flight finish, for
/// a while, and all that was answered is written.
///
/// What the program itself prints to standard output goes to standard error from here on: nothing but protocol may be
/// there.
///
/// # Errors
/// Where a standard stream is not open, or writing to it fails for another reason than that nobody reads any more.
pub(crate) async fn serve(
    core: Arc<Core>,
    user: Principal,
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> io::Result<()> {
    let (input, output) = streams::take()?;
    #[cfg(unix)]
    let printed = printed::divert()?;
    let serving = Serving::begin(&core);
    #[cfg(feature = "auth")]
    let served = {
        let over = core.revoked().end_of(&user, None);
        let mut is_over = false;
        let stop = async {
            tokio::select! {
                () = stop => {}
                () = over => is_over = true,
            }
        };
        let served = serve_on(core, user, input, output, &mut std::pin::pin!(stop)).await;
        if is_over {
            crate::log::event!(
                ERROR,
                "serving ends: the credentials of the program's user have expired, or were revoked"
            );
        }
        served
    };
    #[cfg(not(feature = "auth"))]
    let served = serve_on(core, user, input, output, stop).await;
    serving.end(GRACE).await;
    #[cfg(unix)]
    if let Some(printed) = printed {
        printed.give_back();
    }
    served
}

async fn serve_on(
    core: Arc<Core>,
    user: Principal,
    input: Input,
    output: Output,
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> io::Result<()> {
    let connection = Connection::on_stdio(core, Handle::current(), user);
    let output = Arc::new(output);

    let (ended, input_ended) = oneshot::channel();
    let reader =
        Reader { connection: Arc::clone(&connection), input, output: Arc::clone(&output), runtime: Handle::current() };
    let read = move || drop(ended.send(reader.run()));
    start_thread("mcp-stdin", None, Box::new(read))?;
    let (closed, output_closed) = oneshot::channel();
    let out = Arc::clone(connection.out());
    let write = move || {
        let result = write_all(&out, &output);
        out.close();
        let _ = closed.send(result);
    };
    start_thread("mcp-stdout", None, Box::new(write))?;

    tokio::pin!(output_closed);
    let ended = tokio::select! {
        ended = input_ended => thread_ended("reads standard input", ended),
        closed = &mut output_closed => return gone(thread_ended("writes standard output", closed)),
        () = stop => Ok(()),
    };
    connection.drain(GRACE).await;
    connection.out().close();
    // A peer that does not read keeps its answers to itself; the process does not wait for it for ever.
    if let Ok(written) = tokio::time::timeout(GRACE, output_closed).await {
        gone(thread_ended("writes standard output", written))?;
    }
    if let Err(error) = &ended {
        connection.fail(&error.to_string());
    }
    gone(ended)
}

/// How a thread has ended. One that says nothing has panicked; the panic hook has said where.
fn thread_ended(which: &str, ended: Result<io::Result<()>, oneshot::error::RecvError>) -> io::Result<()> {
    ended.unwrap_or_else(|_| Err(io::Error::other(format!("the thread that {which} has panicked"))))
}

/// That nobody listens any more is how connections end.
fn gone(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

struct Reader {
    connection: Arc<Connection>,
    input: Input,
    output: Arc<Output>,
    runtime: Handle,
}

impl Reader {
    /// Reads until the input ends.
    fn run(mut self) -> io::Result<()> {
        // Handlers that are polled here may use the runtime: spawn, sleep, open sockets.
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        let mut chunk = vec![0; CHUNK];
        let mut lines = Lines::new(self.connection.message_limit());
        let mut answers = Answers { frames: Frames::default(), lines: Vec::new(), since: Tick::now() };
        loop {
            let read = self.input.read(&mut chunk)?;
            // Calls that are polled here are running, too: whoever ends the connection waits for them.
            let _busy = self.connection.busy();
            answers.since = Tick::now();
            let mut result = Ok(());
            let mut handle = |line| {
                if result.is_ok() {
                    result = self.handle(line, &mut answers);
                }
            };
            if read == 0 {
                lines.end().into_iter().for_each(&mut handle);
            } else {
                lines.feed(&chunk[..read], &mut handle);
            }
            result?;
            self.write(&mut answers)?;
            if read == 0 {
                return Ok(());
            }
        }
    }

    /// Handles a line. Answers wait for those of the lines behind it, but not for long, and not for many.
    fn handle(&self, line: Line, answers: &mut Answers) -> io::Result<()> {
        match line {
            Line::Whole(line) => self.connection.handle_frame(line, &mut answers.frames),
            Line::TooLong(skimmed) => self.connection.handle_oversize(skimmed, &mut answers.frames),
        }
        if answers.frames.bytes() < CHUNK && answers.since.elapsed() < PATIENCE {
            return Ok(());
        }
        self.write(answers)
    }

    /// Writes answers right here, and what waits before them, if nobody is writing; else they wait with the rest. Then waits
    /// until the peer has caught up.
    fn write(&self, answers: &mut Answers) -> io::Result<()> {
        let out = self.connection.out();
        if out.push_and_take(&mut answers.frames) {
            let result = write_lines(&self.output, &mut answers.frames, &mut answers.lines);
            out.written();
            result?;
        }
        out.wait_for_room();
        answers.since = Tick::now();
        Ok(())
    }
}

/// What is to be written of one read's answers, and since when the oldest waits.
struct Answers {
    frames: Frames,
    /// Kept to be filled again.
    lines: Vec<u8>,
    since: Tick,
}

/// Writes each frame on a line: all of them in one write, unless they are large.
fn write_lines(mut output: &Output, frames: &mut Frames, lines: &mut Vec<u8>) -> io::Result<()> {
    // One frame, as most often, is not copied.
    while frames.pop_into(lines) {
        lines.push(b'\n');
        if frames.is_empty() || lines.len() >= WRITE {
            output.write_all(lines)?;
            lines.clear();
        }
    }
    // A burst does not keep its memory for ever.
    if lines.capacity() > CHUNK {
        *lines = Vec::new();
    }
    Ok(())
}

/// The writer thread: writes what waits, until nothing will.
fn write_all(out: &Out, output: &Output) -> io::Result<()> {
    let (mut frames, mut lines) = (Frames::default(), Vec::new());
    while out.take_blocking(&mut frames) {
        let result = write_lines(output, &mut frames, &mut lines);
        out.written();
        result?;
    }
    Ok(())
}
