//! A Unix socket that is listened on.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tokio::net::{UnixListener, UnixSocket as Unbound, UnixStream};

use super::address::Address;
use super::credentials::PeerCredentials;
use crate::transport::stream::{Accept, Lines, PeerInfo};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A Unix domain socket that is listened on. Dropped, its file is removed.
///
/// The file has mode 0600 unless [`bind_with_mode`](Self::bind_with_mode) says otherwise: only processes of the same user, and root,
/// can connect. The system says who does: callers have a [`Principal`](crate::Principal) of the issuer `unix`, whose subject is the
/// user's id, with the roles `uid:1000` and `gid:1000`, the claims `uid`, `gid` and `pid`, and
/// [`AuthMethod::Unix`](crate::AuthMethod::Unix); handlers find [`PeerCredentials`].
///
/// ```no_run
/// use mcp_runtime::Server;
/// use mcp_runtime::transport::{Listen, UnixSocket};
///
/// # async fn example(server: Server) -> std::io::Result<()> {
/// let socket = UnixSocket::bind_with_mode("/run/shop/mcp.sock", 0o660)?;
/// server.serve([Listen::on(socket)]).await
/// # }
/// ```
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    address: Address,
    /// What to remove at the end.
    #[expect(dead_code, reason = "it removes the file when it is dropped")]
    file: Option<Bound>,
}

impl UnixSocket {
    /// Listens at a path, or on Linux at an abstract name, which is written `@name` and which any process of this machine can
    /// connect to.
    ///
    /// A socket file that is there already is replaced if nobody listens on it.
    ///
    /// # Errors
    /// If it cannot be listened on: another program does, or there is a file that is no socket.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::bind_with_mode(path, 0o600)
    }

    /// The same with other permissions. The modes of abstract names have no effect.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub fn bind_with_mode(path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        let address = Address::new(path.as_ref());
        if address.is_abstract() {
            let socket = Unbound::new_stream()?;
            socket.bind(address.path())?;
            return Ok(Self { listener: socket.listen(BACKLOG)?, address, file: None });
        }
        // Two programs that start at once do not take each other's socket for one that nobody listens on.
        let directory = address.path().parent().filter(|parent| !parent.as_os_str().is_empty());
        let lock = File::open(directory.unwrap_or(Path::new("."))).ok();
        let _locked = lock.as_ref().map(|lock| flock(lock, FlockOperation::LockExclusive));
        clear(address.path())?;
        let socket = Unbound::new_stream()?;
        socket.bind(address.path())?;
        let file = Bound::at(address.path())?;
        // Nobody can connect before it is listened on, so no other permissions are ever in force.
        fs::set_permissions(address.path(), fs::Permissions::from_mode(mode))?;
        Ok(Self { listener: socket.listen(BACKLOG)?, address, file: Some(file) })
    }

    /// A socket that something else listens on already, such as systemd, which also removes its file.
    ///
    /// # Errors
    /// If it cannot be used.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let path = listener.local_addr().ok().and_then(|address| address.as_pathname().map(Path::to_owned));
        let address = Address::new(&path.unwrap_or_default());
        Ok(Self { listener: UnixListener::from_std(listener)?, address, file: None })
    }

    /// The next connection, and who is at its other end, where the system says so.
    pub(crate) async fn next_stream(&self) -> io::Result<(UnixStream, Option<PeerCredentials>)> {
        let (stream, _) = self.listener.accept().await?;
        let credentials = stream.peer_cred().ok().map(|system| PeerCredentials::of(&system));
        Ok((stream, credentials))
    }
}

/// `unix:PATH`.
impl std::fmt::Display for UnixSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.address.fmt(f)
    }
}

impl Accept for UnixSocket {
    type Transport = Lines<tokio::net::unix::OwnedReadHalf, tokio::net::unix::OwnedWriteHalf>;

    async fn accept(&mut self) -> io::Result<Self::Transport> {
        let (stream, credentials) = self.next_stream().await?;
        Ok(lines(stream, credentials))
    }

    fn name(&self) -> String {
        self.to_string()
    }
}

fn lines(
    stream: UnixStream,
    credentials: Option<PeerCredentials>,
) -> Lines<tokio::net::unix::OwnedReadHalf, tokio::net::unix::OwnedWriteHalf> {
    let mut peer = PeerInfo::new("unix");
    if let Some(credentials) = credentials {
        let PeerCredentials { uid, pid, .. } = credentials;
        let process = pid.map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"));
        peer = peer.name(format!("{process} of user {uid}"));
        peer = peer.principal(credentials.principal()).extension(credentials);
    }
    let (reader, writer) = stream.into_split();
    Lines::new(reader, writer, peer)
}

/// Removes a socket file on which nobody listens.
///
/// # Errors
/// Somebody does, or it is no socket.
fn clear(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
    }
    match BlockingStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        // Its queue may be full, too: somebody listens.
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens on it")),
        Err(error) => Err(error),
    }
}

/// The file of a socket, removed when this is dropped, unless another has taken its place.
#[derive(Debug)]
struct Bound {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Bound {
    fn at(path: &Path) -> io::Result<Self> {
        let file = fs::symlink_metadata(path)?;
        // The program may change its directory.
        Ok(Self { path: std::path::absolute(path)?, device: file.dev(), inode: file.ino() })
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        let is_ours = |file: fs::Metadata| (file.dev(), file.ino()) == (self.device, self.inode);
        if fs::symlink_metadata(&self.path).is_ok_and(is_ours) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
