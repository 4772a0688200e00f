//! `serve --unix`: a program that serves on Unix domain sockets.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::matches::Matches;
use super::word::{Word, option};
use crate::background::{Background, background};
use crate::call::Latch;
use crate::program::exit::{fail, misuse};
use crate::server::Server;
use crate::transport::signals::told_to_stop;
use crate::transport::stdio::say;
#[cfg(feature = "systemd")]
use crate::transport::systemd;
use crate::transport::{Listen, Listened, UnixSocket};

/// The options of `serve`.
pub(super) const OPTIONS: &[Word] = &[
    option("unix", "PATH", "Serve on a Unix domain socket, a message on each\nline; @NAME is an abstract name (Linux)")
        .several(),
    option("unix-mode", "MODE", "Who may connect: the mode of the socket, as 660;\n600 by default"),
];

/// The mode of sockets.
///
/// # Errors
/// The exit code, where it is none; it was said why.
pub(super) fn mode(matches: &Matches) -> Result<u32, ExitCode> {
    let Some(mode) = matches.values("unix-mode").last() else { return Ok(0o600) };
    let is_socket = |address: &str| address.starts_with("unix:");
    if !matches.has("unix") && !matches.values("http").chain(matches.values("metrics")).any(is_socket) {
        return Err(misuse(&"--unix-mode needs a socket: --unix PATH, or --http unix:PATH"));
    }
    match u32::from_str_radix(mode, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err(misuse(&format_args!("--unix-mode: write a mode such as 660, not {mode:?}"))),
    }
}

/// Listens at a path, or at a socket that was passed on.
fn bind(path: &str, mode: u32) -> std::io::Result<UnixSocket> {
    #[cfg(feature = "systemd")]
    if let Some(name) = systemd::named(path) {
        return match systemd::take(name)? {
            systemd::Socket::Unix(socket) => Ok(socket),
            systemd::Socket::Tcp(_) => {
                Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is a port, and not a Unix socket"))
            }
        };
    }
    UnixSocket::bind_with_mode(path, mode)
}

/// The sockets that are served on.
pub(super) struct Sockets {
    server: Server,
    sockets: Vec<UnixSocket>,
}

impl Sockets {
    /// Listens on those that the command line names.
    ///
    /// # Errors
    /// The exit code, where one cannot be listened on; it was said why.
    pub(super) fn bind(server: &Server, matches: &Matches) -> Result<Self, ExitCode> {
        let mode = mode(matches)?;
        let mut sockets = Vec::new();
        for path in matches.values("unix") {
            sockets
                .push(bind(path, mode).map_err(|error| fail(&format_args!("cannot listen on unix:{path}: {error}")))?);
        }
        Ok(Self { server: server.clone(), sockets })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Serves on them, beside HTTP.
    #[cfg(feature = "http")]
    pub(super) fn serve(self) -> super::http::Beside {
        let told = Arc::<Latch>::default();
        self.sockets.iter().for_each(|socket| say(&format!("listening at {socket}")));
        (self.until(Arc::clone(&told)), told)
    }

    /// Serves on them until the process is told to stop.
    pub(super) async fn serve_alone(self, offered: &str) -> ExitCode {
        // Kept until the end: it watches for a second signal.
        let mut stop = std::pin::pin!(told_to_stop());
        let told = Arc::<Latch>::default();
        let places: Vec<String> = self.sockets.iter().map(ToString::to_string).collect();
        let served = self.until(Arc::clone(&told));
        say(&format!("{offered}, listening at {}", places.join(", ")));
        tokio::join!(served, async {
            stop.as_mut().await;
            told.raise();
        });
        ExitCode::SUCCESS
    }

    fn until(self, told: Arc<Latch>) -> Background {
        background(async move {
            let mut tasks = JoinSet::new();
            for socket in self.sockets {
                let Ok(Listened::Streams(streams)) = Listen::on(socket).open() else { continue };
                let (told, core) = (Arc::clone(&told), self.server.core());
                tasks.spawn(background(async move { streams.serve(core, told.raised()).await }));
            }
            while tasks.join_next().await.is_some() {}
        })
    }
}
