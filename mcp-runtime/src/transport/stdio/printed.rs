//! What the program prints while standard output carries the protocol.
//!
//! It belongs on standard error. Where that is a pipe or a socket the other end may not be read, and a function that prints
//! would wait for ever, with the thread that serves. So the descriptors 1 and 2, which child processes inherit too, lead to a
//! pipe of our own that is always read; from there the text takes the way of the log lines, through a bounded queue.
//!
//! A terminal and a file are written to directly: they take all there is, and there a message that the process ends with
//! (of a stack that overflows, say) is not lost on the way.

use std::fs::File;
use std::io::{self, PipeReader, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::sync::{Arc, Condvar};

use super::stderr;
use crate::background::start_thread;
use crate::lock::Lock;

/// How much is read of the pipe at once; that much is dropped at once where it is too much.
const CHUNK: usize = 8 * 1024;

/// The way of what is printed, until it is given back.
pub(super) struct Printed {
    /// Standard error as it was.
    stderr: Arc<File>,
    drained: Arc<Drained>,
}

/// Whether all that was printed is in the queue. (A channel would do, with ten kilobytes of code.)
#[derive(Default)]
struct Drained {
    is_done: Lock<bool>,
    done: Condvar,
}

/// Says so at its end, also where that is a panic.
struct Draining(Arc<Drained>);

impl Drop for Draining {
    fn drop(&mut self) {
        *self.0.is_done.lock() = true;
        self.0.done.notify_all();
    }
}

/// Sends what is printed from now on to standard error. `None` where it goes there directly.
///
/// # Errors
/// Where a standard stream is not open, or the system has no pipe or no thread to give.
pub(super) fn divert() -> io::Result<Option<Printed>> {
    let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let kind = stderr.metadata()?.file_type();
    if !kind.is_fifo() && !kind.is_socket() {
        rustix::stdio::dup2_stdout(&stderr)?;
        return Ok(None);
    }
    let stderr = Arc::new(stderr);
    let (reader, writer) = io::pipe()?;
    let drained = Arc::<Drained>::default();
    let draining = Draining(Arc::clone(&drained));
    let pass = move || {
        pass_on(reader);
        drop(draining);
    };
    start_thread("mcp-printed", None, Box::new(pass))?;
    // Before anything can come through the pipe: it must not lead to its own beginning.
    stderr::redirect(Arc::clone(&stderr))?;
    rustix::stdio::dup2_stdout(&writer)?;
    rustix::stdio::dup2_stderr(&writer)?;
    Ok(Some(Printed { stderr, drained }))
}

fn pass_on(mut reader: PipeReader) {
    let mut chunk = [0; CHUNK];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(read) => stderr::send(chunk[..read].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

impl Printed {
    /// Serving is over: what is printed goes to standard error directly again, so that the last words of the program are not
    /// lost. Where nobody reads standard error it stays as it is: the process could not end.
    pub(super) fn give_back(self) {
        if !stderr::flush() {
            return;
        }
        let restored =
            rustix::stdio::dup2_stdout(&*self.stderr).and_then(|()| rustix::stdio::dup2_stderr(&*self.stderr));
        if restored.is_ok() {
            // The pipe has ended, unless a child process still has it.
            let is_done = self.drained.is_done.lock();
            let _ = self.drained.done.wait_timeout_while(is_done, stderr::PATIENCE, |is_done| !*is_done);
        }
        stderr::flush();
    }
}
