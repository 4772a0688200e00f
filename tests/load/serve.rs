//! What all these tests need: a server in this process, patience, dice.

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use mcp_runtime::{Http, Listening, Server, ServerBuilder, ServerHandle};
use mcp_tests::load::{Stage, builder};
use mcp_tests::process::PATIENCE;
use tokio::sync::{Mutex, MutexGuard, oneshot};
use tokio::task::JoinHandle;

/// As long as anybody may like: what is set to it never happens in a test.
pub const FOREVER: Duration = Duration::from_secs(100_000);

/// Waits for something that comes sooner or later.
pub async fn within<T>(something: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, something).await.expect("it comes before all patience ends")
}

/// Does all of it at once.
pub async fn all<T: Send + 'static>(tasks: impl Iterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let tasks: Vec<_> = tasks.map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.expect("it does not panic"));
    }
    done
}

/// Runs one at a time: tests that want the machine, or many files, for themselves.
pub async fn alone() -> MutexGuard<'static, ()> {
    static HEAVY: Mutex<()> = Mutex::const_new(());
    raise_file_limit();
    HEAVY.lock().await
}

/// A thousand connections have two thousand ends, all of them in this process.
fn raise_file_limit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(unix)]
        {
            use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
            let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
            // Where the system refuses, a test that needs more says so by itself.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        }
    });
}

/// A server on a free port, until it is stopped or dropped.
pub struct Running {
    pub address: SocketAddr,
    pub handle: ServerHandle,
    pub stage: Arc<Stage>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Running {
    pub async fn start() -> Self {
        Self::with(|http| http, |listening| listening).await
    }

    /// Starts a server that is set up differently.
    pub async fn with(http: impl FnOnce(Http) -> Http, listen: impl FnOnce(Listening) -> Listening) -> Self {
        Self::built(|server| server.message_limit(1 << 20), http, listen).await
    }

    /// Starts a server that is built differently, too.
    pub async fn built(
        build: impl FnOnce(ServerBuilder) -> ServerBuilder,
        http: impl FnOnce(Http) -> Http,
        listen: impl FnOnce(Listening) -> Listening,
    ) -> Self {
        let stage = Arc::<Stage>::default();
        let server: Server = build(builder(&stage)).build().expect("a server");
        let handle = server.handle();
        let listening = http(Http::new(server)).listen("127.0.0.1:0").await.expect("a free port");
        let listening = listen(listening);
        let address = listening.address().expect("its address");
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(listening.run(async {
            if stopped.await.is_err() {
                pending::<()>().await;
            }
        }));
        Self { address, handle, stage, stop: Some(stop), served }
    }

    /// What tells it to stop, for somebody else to do.
    pub fn stopper(&mut self) -> oneshot::Sender<()> {
        self.stop.take().expect("it is told once")
    }

    /// Tells it to stop, if it was not told before.
    pub fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).expect("it is running");
        }
    }

    /// Tells it to stop, and waits until it has.
    pub async fn stop(mut self) {
        self.tell_to_stop();
        within(&mut self.served).await.expect("it ends well");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.served.abort();
    }
}

/// Chance that is the same every time (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below this one.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).expect("31 bits") % most
    }
}
