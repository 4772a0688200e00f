//! An audit log: who asked for what, whether it was allowed, and what came of it. Feature `auth`.
//!
//! ```
//! use mcp_runtime::audit::{Audit, AuditFile};
//! use mcp_runtime::prelude::*;
//!
//! # fn server(path: &std::path::Path) -> std::io::Result<ServerBuilder> {
//! let file = AuditFile::open(path)?.rotate(64 * 1024 * 1024, 10).sync(true);
//! Ok(Server::new("shop").audit(Audit::to(file).or_deny()))
//! # }
//! ```
//!
//! Each request is a line of JSON, the refused ones too:
//!
//! ```json
//! {"seq":7,"prev":"9f86…","time":"2026-11-29T12:00:00.123Z","event":"end","issuer":"https://id.example.com","subject":"ada",
//!  "client":"desk","via":"jwt","method":"tools/call","target":"refund","arguments":{"sha256":"2c26…","bytes":17},
//!  "decision":"allowed","outcome":"result","durationMs":1.204,"bytes":183}
//! ```
//!
//! `prev` is the SHA-256 of the line before, so that a line which was changed, put in or taken out is noticed by
//! `myserver audit verify --file FILE`. Whoever can write the file can also write all of it anew: keep the digest of the last line, which
//! `verify` prints, somewhere else, and pass it as `--expect` the next time. Lines are numbered (`seq`); those that could not be
//! written are told as `lost` by the next one.

mod file;
mod line;
mod read;
mod sink;
#[cfg(feature = "cli")]
mod verify;
mod writer;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use self::line::{Line, Told};
use self::writer::Writer;
use crate::gate::Seen;
use crate::gate::ring::{Call, Next, Reply};
use crate::output::Error;
use crate::redact::Redaction;

pub use file::AuditFile;
#[cfg(feature = "cli")]
pub(crate) use read::since;
pub use sink::{AuditLog, AuditSink};
#[cfg(feature = "cli")]
pub(crate) use verify::{Broken, Verified, verify};

/// An audit log, which [`ServerBuilder::audit`](crate::ServerBuilder::audit) takes. Cheap to clone; servers may share one.
///
/// By default a line has the digest of the arguments: enough to prove what was asked for to somebody who has them, and of no use
/// to others. Calls, reads, prompts, completions, methods of your own, and all that is refused are recorded.
///
/// A thread of its own writes the lines, several at once where they come so; up to 4 MiB wait for it. Where the sink fails, or is
/// slower than that, requests go on and the lines are lost, which is logged as an error, counted, and told in the next line.
/// [`or_deny`](Self::or_deny) refuses requests instead.
///
/// ```no_run
/// use mcp_runtime::audit::{Audit, AuditFile};
/// use mcp_runtime::prelude::*;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// // Arguments are in the lines, but for those of these names; without the log nothing runs.
/// let audit = Audit::to(AuditFile::open("audit.log")?).arguments(4096).redact(["card"]).or_deny();
/// let server = Server::new("shop").audit(audit.clone());
/// println!("{} lines were lost", audit.lost());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Audit {
    writer: Arc<Writer>,
    arguments: Arguments,
    redaction: Arc<Redaction>,
    denies: bool,
    has_lists: bool,
}

/// What is recorded of arguments.
#[derive(Clone, Debug)]
enum Arguments {
    Digest,
    /// At most so many bytes, without secrets.
    Redacted(usize),
    Omitted,
}

impl Audit {
    /// Writes to a sink: an [`AuditFile`], [`AuditLog`], or one of your own.
    pub fn to(sink: impl AuditSink) -> Self {
        let writer = Arc::new(Writer::start(Box::new(sink)));
        Self { writer, arguments: Arguments::Digest, redaction: Arc::default(), denies: false, has_lists: false }
    }

    /// Records the arguments themselves: so many bytes of them, without the values of members that are called like secrets
    /// (`password`, `token` and so on, as [`layers::Log`](crate::layers) has them).
    #[must_use]
    pub fn arguments(self, bytes: usize) -> Self {
        Self { arguments: Arguments::Redacted(bytes), ..self }
    }

    /// Adds names of members whose values are not recorded, beside those that are called like secrets. Case, `_` and `-` do not
    /// matter, and a longer name that has one of them in it counts, too. It does not matter whether this or
    /// [`arguments`](Self::arguments) is said first.
    #[must_use]
    pub fn redact<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        Arc::make_mut(&mut self.redaction).add(names);
        self
    }

    /// Records nothing of the arguments.
    #[must_use]
    pub fn no_arguments(self) -> Self {
        Self { arguments: Arguments::Omitted, ..self }
    }

    /// Records lists, discovery and subscriptions, too.
    #[must_use]
    pub fn with_lists(self) -> Self {
        Self { has_lists: true, ..self }
    }

    /// Lets no call run that cannot be recorded: a line (`"event":"begin"`) is written before the function runs, and a call for
    /// which that fails is refused with an internal error. Each call waits for the sink then.
    #[must_use]
    pub fn or_deny(self) -> Self {
        Self { denies: true, ..self }
    }

    /// Waits until all that was recorded so far is written. Whether it is.
    pub async fn flush(&self) -> bool {
        self.writer.flush().await
    }

    /// The lines from a moment on, the oldest first.
    ///
    /// # Errors
    /// Where the sink cannot read what it has written, as [`AuditLog`] cannot, or fails to.
    pub async fn since(&self, moment: SystemTime) -> io::Result<Vec<String>> {
        self.writer.since(moment).await
    }

    /// How many lines could not be written since the program started.
    pub fn lost(&self) -> u64 {
        self.writer.lost()
    }

    pub(crate) fn denies(&self) -> bool {
        self.denies
    }

    /// A request is over.
    pub(crate) fn observe(&self, seen: &Seen<'_>) {
        if !(self.has_lists || Line::matters(seen)) {
            return;
        }
        let line = Line::end(seen, self.told(seen.arguments));
        self.writer.write(line.to_json());
    }

    /// Records that a call begins, before it does.
    pub(crate) async fn around(self, call: Call, next: Next) -> Reply {
        if !call.is_offered() || call.is_nested() {
            return next.run(call).await;
        }
        let line = Line::begin(&call, self.told(Some(call.arguments_json())));
        if self.writer.write_now(line.to_json()).await {
            return next.run(call).await;
        }
        call.error(Error::internal("the call could not be recorded in the audit log"))
    }

    fn told(&self, arguments: Option<&str>) -> Option<Told> {
        let json = arguments?;
        match &self.arguments {
            Arguments::Digest => Some(Told::digest(json)),
            Arguments::Redacted(bytes) => Some(Told::Text(self.redaction.show(json, *bytes))),
            Arguments::Omitted => None,
        }
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit")
            .field("arguments", &self.arguments)
            .field("denies", &self.denies)
            .finish_non_exhaustive()
    }
}
