//! The client's end of a pipe.

use std::io;
use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};
use tokio::time::{Instant, sleep};

use super::name::PipeName;

/// All pipes of this name are taken (`ERROR_PIPE_BUSY`).
const BUSY: i32 = 231;

/// How long to wait before a pipe that is taken is tried again. A server makes another as soon as one is taken.
const MOMENT: Duration = Duration::from_millis(20);

/// Opens a pipe that a server waits at. While all of its pipes are taken, this tries again for so long. The server may find out who
/// this process' user is, and cannot act as that user.
///
/// # Errors
/// There is no server, it may not be used, or its pipes stay taken.
pub(crate) async fn connect(name: &PipeName, patience: Duration) -> io::Result<NamedPipeClient> {
    // An overflow means that there is no end.
    let end = Instant::now().checked_add(patience);
    loop {
        match ClientOptions::new().open(name.path()) {
            Err(error) if error.raw_os_error() == Some(BUSY) && end.is_none_or(|end| Instant::now() < end) => {
                sleep(MOMENT).await;
            }
            opened => return opened,
        }
    }
}
