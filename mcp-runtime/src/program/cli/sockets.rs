//! A program that serves on sockets of this machine, beside HTTP or alone: Unix domain sockets, or named pipes of Windows.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::matches::Matches;
#[cfg(windows)]
use super::pipes::{Socket, bind};
#[cfg(unix)]
use super::unix::{Socket, bind};
use crate::background::{Background, background};
use crate::call::Latch;
use crate::server::Server;
use crate::transport::signals::told_to_stop;
use crate::transport::stdio::say;
use crate::transport::{Listen, Listened};

/// The sockets that are served on.
pub(super) struct Sockets {
    server: Server,
    sockets: Vec<Socket>,
}

impl Sockets {
    /// Listens on those that the command line names.
    ///
    /// # Errors
    /// The exit code, where one cannot be listened on; it was said why.
    pub(super) fn bind(server: &Server, matches: &Matches) -> Result<Self, ExitCode> {
        let sockets = bind(matches)?;
        #[cfg(feature = "auth")]
        if !sockets.is_empty() && server.has_checks() {
            let place = if cfg!(windows) { "named pipe" } else { "Unix socket" };
            say(&format!("note: nobody is asked for a key or a token on a {place}; a policy says who may call what"));
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
