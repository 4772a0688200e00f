//! A named pipe that is listened on.

use std::io;

use tokio::io::{ReadHalf, WriteHalf, split};
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};

use super::name::PipeName;
use crate::transport::stream::{Accept, Lines, PeerInfo};

/// A named pipe of Windows that is listened on.
///
/// Clients of other machines are refused, and no other program can take the name while this one has it. The pipe has the permissions
/// that Windows gives by default: the user of this process, administrators and the system may use it; other users of this machine may
/// open it for reading only, by which they call nothing, but count as a connection until the
/// [idle timeout](super::super::StreamLimits::idle). Windows is not asked who calls: callers are
/// [whom the builder names](crate::ServerBuilder::principal), nobody by default.
///
/// ```no_run
/// use mcp_runtime::Server;
/// use mcp_runtime::transport::{Listen, NamedPipe};
///
/// # async fn example(server: Server) -> std::io::Result<()> {
/// let pipe = NamedPipe::bind("shop")?;
/// server.serve([Listen::on(pipe)]).await
/// # }
/// ```
#[derive(Debug)]
pub struct NamedPipe {
    name: PipeName,
    /// What the next client gets. There is one at any time: once there were none, anybody could take the name.
    next: NamedPipeServer,
}

impl NamedPipe {
    /// Listens at a name: `NAME`, or in full `\\.\pipe\NAME`.
    ///
    /// # Errors
    /// If it cannot be listened on: another program does, or it is no name of a pipe of this machine.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub fn bind(name: impl AsRef<str>) -> io::Result<Self> {
        let name = PipeName::parse(name.as_ref()).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        let next = open(&name, true).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                io::Error::new(io::ErrorKind::AddrInUse, "another program listens on it")
            }
            _ => error,
        })?;
        Ok(Self { name, next })
    }
}

/// One pipe of this name, for one client. The first of them has the name to itself.
fn open(name: &PipeName, is_first: bool) -> io::Result<NamedPipeServer> {
    ServerOptions::new().first_pipe_instance(is_first).reject_remote_clients(true).create(name.path())
}

/// `pipe:NAME`.
impl std::fmt::Display for NamedPipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.name.fmt(f)
    }
}

impl Accept for NamedPipe {
    type Transport = Lines<ReadHalf<NamedPipeServer>, WriteHalf<NamedPipeServer>>;

    async fn accept(&mut self) -> io::Result<Self::Transport> {
        if let Err(error) = self.next.connect().await {
            // Most often it has left already. Without this the pipe would wait for no other.
            let _ = self.next.disconnect();
            let is_gone = error.kind() == io::ErrorKind::BrokenPipe;
            return Err(if is_gone { io::ErrorKind::ConnectionAborted.into() } else { error });
        }
        match open(&self.name, false) {
            Ok(next) => {
                let (reader, writer) = split(std::mem::replace(&mut self.next, next));
                Ok(Lines::new(reader, writer, PeerInfo::new("pipe")))
            }
            Err(error) => {
                // There is no room for another pipe. The name is kept, and the client has to come again.
                let _ = self.next.disconnect();
                Err(error)
            }
        }
    }

    fn name(&self) -> String {
        self.to_string()
    }
}
