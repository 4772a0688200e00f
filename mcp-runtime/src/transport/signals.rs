//! Being told to stop.

use std::future::Future;

/// Waits until the process is told to stop: SIGTERM, SIGINT (Ctrl-C) or SIGHUP, on Windows Ctrl-C. For a program that serves in
/// its own way, such as with axum; [`main!`](crate::main!), [`run!`](crate::run!) and
/// [`serve_http`](crate::Server::serve_http) watch for signals themselves.
///
/// Signals are caught from the call on, not only once the future is polled. After the first one, a second ends the process at once.
///
/// ```no_run
/// # use mcp_runtime::{Http, Server};
/// # async fn example(server: Server) -> std::io::Result<()> {
/// let stop = mcp_runtime::shutdown_signal();
/// Http::new(&server).listen("127.0.0.1:3000").await?.run(stop).await;
/// # Ok(())
/// # }
/// ```
///
/// With the feature `systemd` it also tells systemd (`Type=notify`) that the program is ready, once it is polled for the first time, and
/// that it stops; and it feeds the watchdog (`WatchdogSec=`). So await it only once everything is listened on.
///
/// # Panics
/// Outside of a tokio runtime with I/O.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    let mut stop = told_to_stop();
    async move {
        (&mut stop).await;
        stop.keep_watching();
    }
}

#[cfg(all(unix, feature = "tls"))]
pub(crate) use unix::hangups;
#[cfg(unix)]
pub(crate) use unix::told_to_stop;

#[cfg(unix)]
mod unix {
    use std::future::Future;
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::task::AbortHandle;

    use crate::background::background;
    #[cfg(feature = "systemd")]
    use crate::transport::systemd::Manager;

    /// The signals that ask a process to end, each with its number.
    const ENDING: [(fn() -> SignalKind, i32); 3] =
        [(SignalKind::terminate, 15), (SignalKind::interrupt, 2), (SignalKind::hangup, 1)];

    /// Ready once SIGTERM, SIGINT or SIGHUP has come. From then on, and until this is dropped, a second one ends the process
    /// on the spot; so it is kept for as long as something is served.
    pub(crate) fn told_to_stop() -> Stop {
        // Asked for here, not at the first poll: a client may have had its answers by then, and send one.
        let signals = ENDING.into_iter().filter(|(_, number)| *number != 1 || !is_hangup_ignored());
        let signals = signals.map(|(kind, number)| Ok((signal(kind())?, number))).collect();
        Stop {
            signals,
            first: None,
            second: None,
            #[cfg(feature = "systemd")]
            manager: Manager::new(),
        }
    }

    pub(crate) struct Stop {
        signals: io::Result<Vec<(Signal, i32)>>,
        /// The number of the signal that has come.
        first: Option<i32>,
        /// What waits for the second signal.
        second: Option<AbortHandle>,
        /// Who has started the process, and wants to know.
        #[cfg(feature = "systemd")]
        manager: Manager,
    }

    impl Stop {
        /// A second signal ends the process from now on, whatever becomes of this.
        pub(crate) fn keep_watching(mut self) {
            self.second = None;
        }

        /// SIGHUP ends nothing: somebody else takes it for something else.
        #[cfg(feature = "tls")]
        pub(crate) fn but_hangup(mut self) -> Self {
            if let Ok(signals) = &mut self.signals {
                signals.retain(|(_, number)| *number != 1);
            }
            self
        }

        /// The exit code of a program that a signal has ended: 128 and its number. 0 while none has come.
        #[cfg(feature = "cli")]
        pub(crate) fn exit_code(&self) -> u8 {
            self.first.and_then(|number| u8::try_from(128 + number).ok()).unwrap_or_default()
        }
    }

    impl Future for Stop {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            // Whoever is polled for the first time waits for the end from now on: what is to be served is.
            #[cfg(feature = "systemd")]
            self.manager.poll(cx);
            // Where signals cannot be had, the system ends the process in its own way.
            let Ok(signals) = &mut self.signals else { return Poll::Pending };
            let first = ready!(poll_any(signals, cx));
            let mut signals = std::mem::take(signals);
            #[cfg(feature = "systemd")]
            self.manager.stopping();
            let second = std::future::poll_fn(move |cx| poll_any(&mut signals, cx));
            let second = background(async move { std::process::exit(128 + second.await) });
            self.first = Some(first);
            self.second = Some(tokio::spawn(second).abort_handle());
            Poll::Ready(())
        }
    }

    impl Drop for Stop {
        fn drop(&mut self) {
            if let Some(second) = &self.second {
                second.abort();
            }
        }
    }

    /// SIGHUP, each time it comes.
    #[cfg(feature = "tls")]
    pub(crate) struct Hangups(io::Result<Signal>);

    /// Catches SIGHUP from now on.
    #[cfg(feature = "tls")]
    pub(crate) fn hangups() -> Hangups {
        Hangups(signal(SignalKind::hangup()))
    }

    #[cfg(feature = "tls")]
    impl Hangups {
        /// Waits for the next one.
        pub(crate) async fn next(&mut self) {
            let came = match &mut self.0 {
                Ok(signal) => signal.recv().await,
                Err(_) => None,
            };
            if came.is_none() {
                std::future::pending().await
            }
        }
    }

    /// The number of the signal that has come.
    fn poll_any(signals: &mut [(Signal, i32)], cx: &mut Context<'_>) -> Poll<i32> {
        let came = signals.iter_mut().filter_map(|(signal, number)| signal.poll_recv(cx).is_ready().then_some(*number));
        // All of them are polled, so that each wakes.
        came.last().map_or(Poll::Pending, Poll::Ready)
    }

    /// Whether the program was started to outlive its terminal, by `nohup`. Asking for the signal would undo that.
    fn is_hangup_ignored() -> bool {
        // The one place where Linux tells; elsewhere nobody does without `unsafe`.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    }
}

/// Ready once Ctrl-C was pressed.
#[cfg(not(unix))]
pub(crate) fn told_to_stop() -> Stop {
    Stop(Box::pin(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }))
}

#[cfg(not(unix))]
pub(crate) struct Stop(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>);

/// There is no SIGHUP.
#[cfg(all(not(unix), feature = "tls"))]
pub(crate) struct Hangups;

#[cfg(all(not(unix), feature = "tls"))]
pub(crate) fn hangups() -> Hangups {
    Hangups
}

#[cfg(all(not(unix), feature = "tls"))]
impl Hangups {
    /// It never comes.
    pub(crate) async fn next(&mut self) {
        std::future::pending().await
    }
}

#[cfg(not(unix))]
impl Stop {
    /// There is no SIGHUP.
    #[cfg(feature = "tls")]
    pub(crate) fn but_hangup(self) -> Self {
        self
    }

    /// There is one signal alone.
    pub(crate) fn keep_watching(self) {}

    /// The exit code of a program that Ctrl-C has ended, as shells have it.
    #[cfg(feature = "cli")]
    pub(crate) fn exit_code(&self) -> u8 {
        130
    }
}

#[cfg(not(unix))]
impl Future for Stop {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        self.0.as_mut().poll(cx)
    }
}
