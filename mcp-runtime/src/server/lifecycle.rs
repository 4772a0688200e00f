//! What a program does when its server starts, and once it has stopped.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use super::{Server, ServerBuilder, ServerHandle};
use crate::output::Error;
use crate::registry::BuildError;
use crate::service::{GRACE, ServerState, Stop};

/// A function of `on_start`.
type Start = Box<dyn FnOnce(ServerHandle) -> Result<(), BuildError> + Send>;

/// What is done when a server starts, and once it has stopped.
#[derive(Default)]
pub(crate) struct Lifecycle {
    started: Vec<Start>,
    stopped: Vec<Stop>,
}

impl Lifecycle {
    /// The server starts.
    ///
    /// # Errors
    /// What the first function fails with; those after it do not run.
    #[inline(never)]
    pub(crate) fn begin(self, server: &Server) -> Result<(), BuildError> {
        server.core.on_stop(self.stopped);
        server.core.is_now(ServerState::Starting);
        self.started.into_iter().try_for_each(|started| started(server.handle()))
    }
}

impl ServerBuilder {
    /// Calls a function with the [`ServerHandle`] once the server is built. A program of `main!` or `run!` gets its handle here.
    ///
    /// On the command line it is called before `list`, `inspect` and `call`, too; before the help of a tool, a resource or a prompt
    /// only if nothing of that name is declared, because the function may add it.
    ///
    /// It is a plain function that returns nothing or a `Result`, and nothing is served before it returns: items that it adds are
    /// there for the first client. Unlike [`on_stop`](Self::on_stop) it is not `async`: what waits goes into a task of your own.
    ///
    /// If it fails, the server does not start, and functions that were registered after it do not run: [`build`](Self::build)
    /// returns a [`BuildError`] with the text of the error and those of its causes. A program of `main!` or `run!` prints it, runs
    /// the functions of [`on_stop`](Self::on_stop), and ends with the exit code 1.
    ///
    /// ```
    /// # mod a {
    /// use std::time::Duration;
    ///
    /// mcp_runtime::main!(|server| {
    ///     server.on_start(|handle| {
    ///         tokio::spawn(async move {
    ///             loop {
    ///                 tokio::time::sleep(Duration::from_secs(60)).await;
    ///                 handle.resource_updated("time://now");
    ///             }
    ///         });
    ///     })
    /// });
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// The text of a failure begins with the place of `on_start` in the source; where a change of the server has failed, with the
    /// place of the item that it was to add:
    ///
    /// ```standalone_crate
    /// use mcp_runtime::prelude::*;
    ///
    /// let server = Server::new("notes").on_start(|_handle| {
    ///     let notes = std::fs::read_to_string("no/such/notes.txt")?;
    ///     println!("{} notes", notes.lines().count());
    ///     Ok::<(), Error>(())
    /// });
    /// let error = server.build().expect_err("there is no such file").to_string();
    /// assert!(error.starts_with("the server cannot start: "));
    /// assert!(error.contains("`on_start` failed: "));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn on_start<R: StartOutput>(mut self, started: impl FnOnce(ServerHandle) -> R + Send + 'static) -> Self {
        let at = Location::caller();
        self.lifecycle.started.push(Box::new(move |handle| {
            started(handle).outcome().map_err(|error| BuildError::of_start(at.into(), &error))
        }));
        self
    }

    /// Calls a function with the URI of each resource that a client subscribes to, so that the program watches only what somebody
    /// wants to hear of. Changes are told by [`ServerHandle::resource_updated`]. The URI is the client's: it fits one of your
    /// resources that the client may read, but what it stands for need not exist. The function is called before the subscription
    /// is answered, in every revision of the protocol, and should be quick. It is not told when a client no longer listens.
    ///
    /// ```
    /// # mod a {
    /// mcp_runtime::main!(|server| {
    ///     let (wanted, mut uris) = tokio::sync::mpsc::unbounded_channel();
    ///     server.on_subscribe(move |uri| drop(wanted.send(uri.to_owned()))).on_start(|handle| {
    ///         tokio::spawn(async move {
    ///             while let Some(uri) = uris.recv().await {
    ///                 // … watch it, and whenever it changes:
    ///                 handle.resource_updated(&uri);
    ///             }
    ///         });
    ///     })
    /// });
    /// # }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn on_subscribe(self, subscribed: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.plan.profile.shared.bus.on_subscribe(Arc::new(subscribed));
        self
    }

    /// Calls a function with the [`ServerHandle`] once the server has stopped, and awaits it: to flush what was not written,
    /// to close a database. It may return a `Result`.
    ///
    /// ```
    /// # mod a {
    /// # #[derive(Clone)]
    /// # struct Db;
    /// # impl Db {
    /// #     async fn open() -> std::io::Result<Self> { Ok(Self) }
    /// #     async fn close(&self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// mcp_runtime::main!(|server| {
    ///     let db = Db::open().await?;
    ///     server.state(db.clone()).on_stop(async move |_| db.close().await)
    /// });
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// | Served by | The functions run |
    /// | --- | --- |
    /// | [`main!`](crate::main!), [`run!`](crate::run!) | before the program ends, even if it serves nothing: after `list` and `call`, too, after a function of `on_start` has failed, and after a signal has cancelled what they ask; not after `--help` |
    /// | [`serve_stdio`](Server::serve_stdio) | after the end of the input, or a signal, once the calls in flight have ended |
    /// | [`serve_http`](Server::serve_http), [`Listening::run`](crate::Listening::run) | after the signal, once the calls in flight have ended |
    /// | [`connect`](Server::connect), a `tower` service in another server | when the program calls [`Server::stop`] |
    ///
    /// Each runs once, the one that was registered last first. A server that is served in two ways stops with the last. All
    /// functions together have four seconds; on HTTP what the calls in flight have left of their
    /// [grace](crate::Listening::grace), if that is more. Whatever is not done by then is dropped. Panics and errors are
    /// logged, and keep the other functions from nothing. They do not run if the process is killed (SIGKILL), nor after a second signal.
    ///
    /// SIGINT (Ctrl-C), SIGTERM and SIGHUP end a command such as `call` in this order: the call is cancelled and dropped, within
    /// four seconds, then these functions run, then the program exits with 128 and the signal's number: 130 after Ctrl-C, 143
    /// after SIGTERM.
    #[must_use]
    #[track_caller]
    pub fn on_stop<F, Fut>(mut self, stopped: F) -> Self
    where
        F: FnOnce(ServerHandle) -> Fut + Send + 'static,
        Fut: Future<Output: StopOutput> + Send + 'static,
    {
        self.lifecycle.stopped.push(Stop::new(Location::caller(), move |core| {
            let stopping = stopped(ServerHandle::new(core));
            async move { stopping.await.outcome() }
        }));
        self
    }
}

impl Server {
    /// Runs the functions of [`on_stop`](ServerBuilder::on_stop) that have not run yet. Only a program that serves in its own
    /// way calls this: as a `tower` service, or in a test.
    ///
    /// ```standalone_crate
    /// use mcp_runtime::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), BuildError> {
    /// let server = Server::new("demo").on_stop(async |_| println!("bye")).build()?;
    /// // … axum serves `mcp_runtime::Http::new(&server)`, until it has ended …
    /// server.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stop(&self) {
        self.core.stop(GRACE).await;
    }
}

/// What a function of [`on_start`](ServerBuilder::on_start) returns: nothing, or a `Result` whose error keeps the server from
/// starting. It is no `async` function.
#[diagnostic::on_unimplemented(
    message = "the function of `on_start` returns nothing or `Result<(), _>`, and is not `async`",
    label = "expected `|handle| {{ … }}`",
    note = "what waits goes into a task: `|handle| {{ tokio::spawn(async move {{ … }}); }}`"
)]
pub trait StartOutput {
    /// Whether the server starts.
    ///
    /// # Errors
    /// The function's error.
    #[doc(hidden)]
    fn outcome(self) -> Result<(), Error>;
}

#[diagnostic::do_not_recommend]
impl StartOutput for () {
    fn outcome(self) -> Result<(), Error> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<Error>> StartOutput for Result<(), E> {
    fn outcome(self) -> Result<(), Error> {
        self.map_err(Into::into)
    }
}

/// What a function of [`on_stop`](ServerBuilder::on_stop) returns: nothing, or a `Result` whose error is logged.
pub trait StopOutput {
    /// What is logged of it.
    ///
    /// # Errors
    /// The text of the function's error.
    #[doc(hidden)]
    fn outcome(self) -> Result<(), String>;
}

impl StopOutput for () {
    fn outcome(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Into<Error>> StopOutput for Result<(), E> {
    fn outcome(self) -> Result<(), String> {
        self.map_err(|error| error.into().log_text())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_that_takes_too_long_is_dropped_and_keeps_the_others_from_nothing() {
        let done = Arc::<Mutex<Vec<&str>>>::default();
        let (quick, slow) = (Arc::clone(&done), Arc::clone(&done));
        let server = Server::empty("slow")
            .on_stop(async move |_| quick.lock().expect("nothing panics").push("quick"))
            .on_stop(async move |_| {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                slow.lock().expect("nothing panics").push("slow");
            })
            .on_stop(|_| -> std::future::Ready<()> { panic!("on purpose") })
            .on_stop(async |_| -> () { panic!("on purpose, later") })
            .build()
            .expect("a server");
        let began = tokio::time::Instant::now();
        server.stop().await;
        assert_eq!(*done.lock().expect("nothing panics"), ["quick"]);
        assert_eq!(began.elapsed(), GRACE);
    }
}
