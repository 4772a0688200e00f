//! The standard streams, taken over.

use std::fs::File;
use std::io::{self, Read, Write};

/// Standard input, unbuffered. Reading blocks the thread.
pub(super) struct Input {
    file: File,
}

/// Standard output as it was when the process started. Writing blocks the thread.
pub(super) struct Output {
    file: File,
}

/// Takes over standard input and output.
pub(super) fn take() -> io::Result<(Input, Output)> {
    let (input, output) = files()?;
    Ok((Input { file: input }, Output { file: output }))
}

#[cfg(unix)]
fn files() -> io::Result<(File, File)> {
    use std::os::fd::AsFd as _;
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((input.into(), output.into()))
}

#[cfg(windows)]
fn files() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle as _;
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    Ok((input.into(), output.into()))
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read(buf) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&self.file, Direction::Readable)?;
                }
                result => return result,
            }
        }
    }
}

impl Write for &Output {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        loop {
            match (&self.file).write(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&self.file, Direction::Writable)?;
                }
                result => return result,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Readable,
    Writable,
}

/// Waits for a stream that somebody else has made non-blocking.
#[cfg(unix)]
fn wait(file: &File, direction: Direction) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let flags = match direction {
        Direction::Readable => PollFlags::IN,
        Direction::Writable => PollFlags::OUT,
    };
    match poll(&mut [PollFd::new(file, flags)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(windows)]
fn wait(_: &File, _: Direction) -> io::Result<()> {
    // Pipes that do not block are not given to child processes there.
    Err(io::ErrorKind::WouldBlock.into())
}
