//! Where lines of the audit log go.

use std::io;
use std::time::SystemTime;

/// Where lines of the audit log go. Its methods run on a thread of their own, so that they may block.
///
/// ```
/// use std::io::{self, Write as _};
///
/// use mcp_runtime::audit::{Audit, AuditSink};
///
/// /// Sends lines to a collector.
/// struct Collector(std::net::TcpStream);
///
/// impl AuditSink for Collector {
///     fn write(&mut self, lines: &[String]) -> io::Result<()> {
///         lines.iter().try_for_each(|line| writeln!(self.0, "{line}"))
///     }
/// }
/// ```
pub trait AuditSink: Send + 'static {
    /// Writes lines, which have no line break in them. When it returns they are kept, as far as the sink keeps anything.
    ///
    /// # Errors
    /// If not all of them are. They count as lost, so none of them should be there then.
    fn write(&mut self, lines: &[String]) -> io::Result<()>;

    /// The line that was written last, by an earlier run of the program: the next one refers to it.
    ///
    /// # Errors
    /// If it cannot be read. The log begins anew then, and says so.
    fn last_line(&mut self) -> io::Result<Option<String>> {
        Ok(None)
    }

    /// The lines from a moment on.
    ///
    /// # Errors
    /// If the sink does not keep them, or cannot read them.
    fn since(&mut self, moment: SystemTime) -> io::Result<Vec<String>> {
        let _ = moment;
        Err(io::Error::new(io::ErrorKind::Unsupported, "this audit log cannot be read back"))
    }
}

/// Writes each line to the log, as an event of `tracing` under the target `mcp_runtime::audit`, at the level `INFO`.
///
/// ```
/// use mcp_runtime::audit::{Audit, AuditLog};
/// use mcp_runtime::prelude::*;
///
/// let server = Server::new("shop").audit(Audit::to(AuditLog));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditLog;

impl AuditSink for AuditLog {
    fn write(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            tracing::info!(target: "mcp_runtime::audit", "{line}");
        }
        Ok(())
    }
}
