//! What operators want to know of a server: whether it is ready, and what it has counted.

#[cfg(feature = "http")]
use std::future::Future;
#[cfg(feature = "http")]
use std::sync::Arc;
#[cfg(feature = "http")]
use std::time::Duration;

use super::ServerBuilder;
use crate::call::{Ctx, Policy};
use crate::json_text;
use crate::meter::SUMMARY;
use crate::output::Error;
#[cfg(feature = "http")]
use crate::readiness::{Checks, Readiness};
use crate::registry::dynamic::{Read, Resource};

#[cfg(feature = "http")]
impl ServerBuilder {
    /// Adds a check to `/readyz` on HTTP: while it fails, the page answers 503. It returns nothing, a
    /// `bool`, or a `Result<(), _>`.
    ///
    /// ```
    /// # mod a {
    /// # #[derive(Clone)]
    /// # struct Db;
    /// # impl Db {
    /// #     async fn open() -> std::io::Result<Self> { Ok(Self) }
    /// #     async fn ping(&self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// mcp_runtime::main!(|server| {
    ///     let db = Db::open().await?;
    ///     server.state(db.clone()).ready("db", move || {
    ///         let db = db.clone();
    ///         async move { db.ping().await }
    ///     })
    /// });
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// All checks run at once, and each has 800 milliseconds ([`ready_deadline`](Self::ready_deadline)). What they found counts
    /// for a second: however many probes come, each check runs once in that time. A check that panics has failed.
    ///
    /// `/readyz?verbose`, or a request that accepts `application/json`, is answered with the name of each check, how long it took,
    /// and its last error. Errors may tell of the inside of the program, so only requests that the server lets in get that: from
    /// an allowed host and origin and, where the server asks, with credentials. Others get the status alone.
    #[must_use]
    pub fn ready<F, Fut>(mut self, name: impl Into<String>, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output: ReadyOutput> + Send + 'static,
    {
        let run = move || {
            let checking = check();
            Box::pin(async move { checking.await.outcome() }) as _
        };
        self.checks().add(name.into(), Box::new(run));
        self
    }

    /// Sets how long each [check](Self::ready) may take. By default 800 milliseconds, because a probe of Kubernetes waits for a
    /// second.
    #[must_use]
    pub fn ready_deadline(mut self, deadline: Duration) -> Self {
        self.checks().set_deadline(deadline);
        self
    }

    fn checks(&mut self) -> &dyn Readiness {
        &**self.plan.profile.readiness.get_or_insert_with(|| Arc::new(Checks::default()))
    }
}

impl ServerBuilder {
    /// Adds the resource `metrics://summary`: what the server has [counted](crate::Metrics), as JSON.
    ///
    /// It has no policy of its own. On a server without policies every client that may read resources can read it; as soon as anything
    /// has a policy, what has none is denied, this resource too, and a warning says so:
    /// [`metrics_resource_for`](Self::metrics_resource_for) names who may read it.
    #[must_use]
    pub fn metrics_resource(self) -> Self {
        self.add(metrics_summary().handler(read_metrics))
    }

    /// Adds the resource `metrics://summary`, as [`metrics_resource`](Self::metrics_resource) does, for those that the policy lets in;
    /// for all, [`Policy::public`]. It is a policy like that of any item: items without one are denied from then on.
    ///
    /// ```
    /// use mcp_runtime::Policy;
    /// use mcp_runtime::prelude::*;
    ///
    /// # fn main() -> Result<(), BuildError> {
    /// let server = Server::empty("shop").metrics_resource_for(Policy::new().roles("operator")).build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn metrics_resource_for(self, policy: Policy) -> Self {
        self.add(metrics_summary().policy(policy).handler(read_metrics))
    }
}

fn metrics_summary() -> Resource {
    Resource::new(SUMMARY)
        .name("metrics")
        .mime("application/json")
        .describe("What this server has counted: calls, errors and durations of each operation.")
}

async fn read_metrics(_: Read, ctx: Ctx) -> Result<String, Error> {
    let metrics = serde_json::to_value(ctx.handle().metrics()).map_err(Error::internal)?;
    Ok(json_text::value(&metrics))
}

/// What a check of [`ready`](ServerBuilder::ready) returns: nothing, a `bool`, or a `Result<(), _>`. Another `Result` has `.map(drop)`
/// behind it.
///
/// ```
/// use std::io;
///
/// use mcp_runtime::prelude::*;
///
/// let server = Server::empty("shop")
///     .ready("stock", || async { true })
///     .ready("index", || async { std::fs::metadata("index.bin").map(drop) })
///     .ready("queue", || async { Err::<(), _>(io::Error::other("it is closed")) });
/// ```
#[cfg(feature = "http")]
#[diagnostic::on_unimplemented(
    message = "a check of `ready` returns nothing, a `bool` or `Result<(), _>`",
    label = "its `async` block returns `{Self}`",
    note = "of another `Result` only whether it failed counts: `async {{ check().await.map(drop) }}`"
)]
pub trait ReadyOutput {
    /// What is wrong, if anything is.
    ///
    /// # Errors
    /// The text of the check's error.
    #[doc(hidden)]
    fn outcome(self) -> Result<(), String>;
}

#[cfg(feature = "http")]
#[diagnostic::do_not_recommend]
impl ReadyOutput for () {
    fn outcome(self) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(feature = "http")]
#[diagnostic::do_not_recommend]
impl ReadyOutput for bool {
    fn outcome(self) -> Result<(), String> {
        if self { Ok(()) } else { Err("not ready".to_owned()) }
    }
}

#[cfg(feature = "http")]
#[diagnostic::do_not_recommend]
impl<E: Into<Error>> ReadyOutput for Result<(), E> {
    fn outcome(self) -> Result<(), String> {
        self.map_err(|error| error.into().log_text())
    }
}
