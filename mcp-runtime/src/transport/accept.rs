//! The loop that accepts connections, for every transport that listens.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::background::Background;
use crate::log;

/// How long to wait after a connection could not be accepted: for want of file descriptors, most often.
const OUT_OF_ROOM: Duration = Duration::from_millis(50);

/// What is listened on.
pub(crate) trait Listener: Send {
    /// What is accepted.
    type Connection;

    /// Waits for the next connection. It may be dropped before it is ready, and loses no connection by that.
    fn next(&mut self) -> impl Future<Output = io::Result<Self::Connection>> + Send;

    /// What is listened on, for the log.
    fn name(&self) -> String;
}

/// The permit of a connection, which it has to keep until it ends.
pub(crate) type Permit = Option<OwnedSemaphorePermit>;

/// Accepts connections until `stop`, at most so many at once, and serves each in a task of its own. Then nothing is listened on any
/// more; the tasks that still run are in `tasks`.
pub(crate) async fn accept<L: Listener>(
    mut listener: L,
    connections: usize,
    tasks: &mut JoinSet<()>,
    serve: impl Fn(L::Connection, Permit) -> Background,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
    let mut stop = pin!(stop);
    let mut is_short = false;
    loop {
        let accepted = async {
            // It closes only when it is told to, which it never is.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (listener.next().await, place)
        };
        tokio::select! {
            (accepted, place) = accepted => match accepted {
                Ok(connection) => {
                    is_short = false;
                    tasks.spawn(serve(connection, place));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Once, and not twenty times a second until a descriptor is free.
                    if !std::mem::replace(&mut is_short, true) {
                        let name = listener.name();
                        log::event!(WARN, "connections at {name} cannot be accepted and have to wait: {error}");
                    }
                    tokio::time::sleep(OUT_OF_ROOM).await;
                }
            },
            // Forgets connections that are over.
            Some(_) = tasks.join_next() => {}
            () = &mut stop => return,
        }
    }
}

/// Whether a connection that came was gone before it was accepted; the next one may be in order.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
