//! What the clients share: what they are told on the command line, and the processor time that they take.

use std::fs;
use std::time::{Duration, Instant};

/// What a client is to do: `http URL CALLS`, or `stdio CALLS COMMAND…`.
pub enum Task {
    /// Call a server on HTTP.
    Http {
        /// Where it is.
        url: String,
        /// How often.
        calls: u32,
    },
    /// Start a server, and call it on its standard input and output.
    Stdio {
        /// Its command.
        command: Vec<String>,
        /// How often.
        calls: u32,
    },
}

/// Reads the command line.
///
/// # Panics
/// It says something else.
pub fn task() -> Task {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let count = |word: &String| word.parse().expect("a number of calls");
    match &words[..] {
        [kind, url, calls] if kind == "http" => Task::Http { url: url.clone(), calls: count(calls) },
        [kind, calls, command @ ..] if kind == "stdio" => {
            Task::Stdio { command: command.to_vec(), calls: count(calls) }
        }
        _ => panic!("http URL CALLS, or stdio CALLS COMMAND"),
    }
}

/// The nanoseconds that all threads of this process have run, by the account of the scheduler.
pub fn nanoseconds() -> u64 {
    let threads = fs::read_dir("/proc/self/task").expect("/proc").filter_map(Result::ok);
    let account = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("schedstat")).ok();
    let run = |account: String| account.split_whitespace().next()?.parse::<u64>().ok();
    threads.filter_map(account).filter_map(run).sum()
}

/// Calls that come before those that count: connections are open then, and code is loaded.
pub const WARM: u32 = 300;

/// Notes when a client began, and when it had its first answer.
pub struct Start {
    begun: Instant,
    first: Option<Duration>,
}

impl Start {
    /// Now.
    pub fn now() -> Self {
        Self { begun: Instant::now(), first: None }
    }

    /// An answer has come.
    pub fn answered(&mut self) {
        self.first.get_or_insert_with(|| self.begun.elapsed());
    }

    /// Says what one call took of the processor, in nanoseconds, and how long it took to the first answer, in microseconds.
    pub fn tell(&self, before: u64, calls: u32) {
        let first = self.first.unwrap_or_default().as_micros();
        println!("{} {first}", (nanoseconds() - before) / u64::from(calls));
    }
}

/// The text that is sent and comes back.
pub const TEXT: &str = "hello";
