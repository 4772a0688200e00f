//! Being told to stop.

use std::future::Future;

#[cfg(unix)]
use crate::background::background;

/// SIGTERM or SIGINT (elsewhere: Ctrl-C). A second one ends the process on the spot.
#[cfg(unix)]
pub(crate) fn told_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Asked for here, not at the first poll: a client may have had its answers by then, and send one.
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(background(async move {
            tokio::select! {
                _ = terminate.recv() => std::process::exit(143),
                _ = interrupt.recv() => std::process::exit(130),
            }
        }));
    }
}

#[cfg(not(unix))]
pub(crate) async fn told_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
