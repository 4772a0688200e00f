//! systemd: sockets that it passes on, and telling it that serving begins and ends.

use std::env;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::LazyLock;
use std::task::Context;
use std::time::Duration;

use listenfd::ListenFd;
use tokio::net::TcpListener;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::unix::UnixSocket;
use crate::lock::Lock;
use crate::log;

/// A socket that was passed on.
pub(crate) enum Socket {
    Tcp(TcpListener),
    Unix(UnixSocket),
}

/// The sockets that nobody has taken yet.
static PASSED: LazyLock<Lock<Passed>> = LazyLock::new(|| {
    // The names go first: what reads the sockets takes its own variables away.
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    Lock::new(Passed { sockets: ListenFd::from_env(), names })
});

struct Passed {
    sockets: ListenFd,
    /// Their names, with colons between.
    names: String,
}

/// The name of a socket in a text: `systemd` is the only one there is, `systemd:NAME` one of several.
pub(crate) fn named(text: &str) -> Option<Option<&str>> {
    match text.strip_prefix("systemd")? {
        "" => Some(None),
        rest => rest.strip_prefix(':').map(Some),
    }
}

/// Takes a socket that systemd has passed on: the one of this name (`FileDescriptorName=`), or the only one there is.
///
/// # Errors
/// There is none, there are several, it was taken already, or it is no stream that can be listened on.
///
/// # Panics
/// Outside of a tokio runtime with I/O.
pub(crate) fn take(name: Option<&str>) -> io::Result<Socket> {
    let missing = |why: String| Err(io::Error::new(io::ErrorKind::NotFound, why));
    let mut passed = PASSED.lock();
    // All sockets of a unit have its name: the first that is not taken is meant.
    let indexes: Vec<usize> = match (name, passed.sockets.len()) {
        (_, 0) => return missing("systemd has passed on no socket (LISTEN_FDS)".to_owned()),
        (None, 1) => vec![0],
        (None, count) => {
            let why = format!("systemd has passed on {count} sockets; name one: systemd:NAME, of {}", passed.names);
            return missing(why);
        }
        (Some(name), _) => {
            let named = passed.names.split(':').enumerate().filter(|(_, one)| *one == name);
            named.map(|(index, _)| index).collect()
        }
    };
    if indexes.is_empty() {
        return missing(format!("systemd has passed on no socket of this name, but {}", passed.names));
    }
    for index in indexes {
        let taken = match passed.sockets.take_tcp_listener(index) {
            Ok(listener) => listener.map(tcp),
            Err(_) => {
                let listener = passed.sockets.take_unix_listener(index)?;
                listener.map(|listener| UnixSocket::from_std(listener).map(Socket::Unix))
            }
        };
        if let Some(socket) = taken {
            return socket;
        }
    }
    missing("the socket of systemd is listened on already".to_owned())
}

fn tcp(listener: std::net::TcpListener) -> io::Result<Socket> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener).map(Socket::Tcp)
}

/// Tells systemd how serving goes, where it wants to know (`Type=notify`, `WatchdogSec=`).
pub(super) struct Manager {
    state: State,
}

enum State {
    /// Nothing was told yet.
    Starting,
    Ready(Told, Option<Interval>),
    /// It does not want to know, or everything was told.
    Over,
}

impl Manager {
    pub(super) fn new() -> Self {
        Self { state: State::Starting }
    }

    /// What is served is, by now; and still is.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        if matches!(self.state, State::Starting) {
            self.state = match Told::open() {
                Some(told) => {
                    told.tell("READY=1");
                    State::Ready(told, watchdog())
                }
                None => State::Over,
            };
        }
        if let State::Ready(told, Some(watchdog)) = &mut self.state {
            while watchdog.poll_tick(cx).is_ready() {
                told.tell("WATCHDOG=1");
            }
        }
    }

    /// Serving ends.
    pub(super) fn stopping(&mut self) {
        if let State::Ready(told, _) = std::mem::replace(&mut self.state, State::Over) {
            told.tell("STOPPING=1");
        }
    }
}

/// How often systemd wants to hear: twice in the time after which it takes the process for hung.
fn watchdog() -> Option<Interval> {
    let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
    if number("WATCHDOG_PID").is_some_and(|pid| pid != u64::from(std::process::id())) {
        return None;
    }
    let time = number("WATCHDOG_USEC").filter(|time| *time > 1)?;
    let mut watchdog = interval(Duration::from_micros(time / 2));
    watchdog.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Some(watchdog)
}

/// Where systemd listens.
struct Told {
    socket: UnixDatagram,
    manager: SocketAddr,
}

impl Told {
    /// `None` where nobody wants to know.
    fn open() -> Option<Self> {
        let path = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty())?;
        let manager = match path.as_bytes().strip_prefix(b"@") {
            #[cfg(target_os = "linux")]
            Some(name) => {
                use std::os::linux::net::SocketAddrExt as _;
                SocketAddr::from_abstract_name(name)
            }
            _ => SocketAddr::from_pathname(&path),
        };
        let socket = UnixDatagram::unbound().and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
        match (manager, socket) {
            (Ok(manager), Ok(socket)) => Some(Self { socket, manager }),
            (Err(error), _) | (_, Err(error)) => {
                log::event!(WARN, "systemd cannot be told that serving begins (NOTIFY_SOCKET): {error}");
                None
            }
        }
    }

    fn tell(&self, state: &str) {
        if let Err(error) = self.socket.send_to_addr(state.as_bytes(), &self.manager) {
            log::event!(WARN, "systemd cannot be told {state}: {error}");
        }
    }
}
