//! The thread that numbers, chains and writes the lines.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::SystemTime;

use tokio::sync::oneshot;

use super::line::{hex, number};
use super::sink::AuditSink;
use crate::lock::Lock;
use crate::log;

/// The most bytes of lines that wait.
const WAITING: usize = 4 * 1024 * 1024;

/// The most lines that are written at once.
const AT_ONCE: usize = 256;

/// What the first line refers to.
const BEGINNING: &str = "";

enum Job {
    /// The members of a line. Whether it was written is told.
    Line(String, Option<oneshot::Sender<bool>>),
    Flush(oneshot::Sender<bool>),
    Since(SystemTime, oneshot::Sender<io::Result<Vec<String>>>),
}

/// Hands lines to the thread.
pub(super) struct Writer {
    jobs: Lock<Sender<Job>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// The bytes that wait.
    waiting: AtomicUsize,
    /// The lines that are lost, all of them and those that no line has told of yet.
    lost: AtomicU64,
    untold: AtomicU64,
    /// Whether lines are lost for the time being because too much waits: it is said once.
    is_behind: AtomicBool,
}

impl Counts {
    fn lose(&self, lines: u64) {
        self.lost.fetch_add(lines, Ordering::Relaxed);
        self.untold.fetch_add(lines, Ordering::Relaxed);
    }
}

impl Writer {
    pub(super) fn start(sink: Box<dyn AuditSink>) -> Self {
        let (jobs, receiver) = channel();
        let counts = Arc::<Counts>::default();
        let thread =
            Thread { sink, counts: Arc::clone(&counts), seq: 0, prev: BEGINNING.to_owned(), has_failed: false };
        let started = std::thread::Builder::new().name("mcp-audit".to_owned()).spawn(move || thread.run(&receiver));
        if let Err(error) = started {
            // Whoever asks for a line to be written is told that it was not.
            log::event!(ERROR, "the audit log cannot be written: {error}");
        }
        Self { jobs: Lock::new(jobs), counts }
    }

    fn send(&self, job: Job) -> bool {
        self.jobs.lock().send(job).is_ok()
    }

    /// Has a line written some time soon. It is lost where too much waits.
    pub(super) fn write(&self, line: String) {
        let bytes = line.len();
        let is_behind = self.counts.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes > WAITING;
        if is_behind || !self.send(Job::Line(line, None)) {
            self.counts.waiting.fetch_sub(bytes, Ordering::Relaxed);
            self.counts.lose(1);
        }
        if is_behind && !self.counts.is_behind.swap(true, Ordering::Relaxed) {
            log::event!(ERROR, "the audit log is too slow: 4 MiB of lines wait, and more are lost");
        }
    }

    /// Writes a line. Whether it is written.
    pub(super) async fn write_now(&self, line: String) -> bool {
        let (tell, told) = oneshot::channel();
        self.counts.waiting.fetch_add(line.len(), Ordering::Relaxed);
        self.send(Job::Line(line, Some(tell))) && told.await.unwrap_or(false)
    }

    /// Waits for what was handed over so far. Whether all of it is written.
    pub(super) async fn flush(&self) -> bool {
        let (tell, told) = oneshot::channel();
        self.send(Job::Flush(tell)) && told.await.unwrap_or(false)
    }

    pub(super) async fn since(&self, moment: SystemTime) -> io::Result<Vec<String>> {
        let (tell, told) = oneshot::channel();
        let gone = || io::Error::other("the audit log is closed");
        if self.send(Job::Since(moment, tell)) { told.await.map_err(|_| gone())? } else { Err(gone()) }
    }

    pub(super) fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }
}

struct Thread {
    sink: Box<dyn AuditSink>,
    counts: Arc<Counts>,
    seq: u64,
    /// The digest of the line before.
    prev: String,
    has_failed: bool,
}

impl Thread {
    fn run(mut self, jobs: &Receiver<Job>) {
        match self.sink.last_line() {
            Ok(Some(line)) => self.follow(&line),
            Ok(None) => {}
            Err(error) => log::event!(ERROR, "the audit log cannot be read, and begins anew: {error}"),
        }
        while let Ok(job) = jobs.recv() {
            let mut lines = vec![job];
            while lines.len() < AT_ONCE && matches!(lines.last(), Some(Job::Line(..))) {
                match jobs.try_recv() {
                    Ok(job) => lines.push(job),
                    Err(_) => break,
                }
            }
            let other = lines.pop_if(|job| !matches!(job, Job::Line(..)));
            self.write(lines);
            match other {
                Some(Job::Flush(tell)) => drop(tell.send(!self.has_failed)),
                Some(Job::Since(moment, tell)) => drop(tell.send(self.sink.since(moment))),
                _ => {}
            }
        }
    }

    /// Goes on after a line of an earlier run.
    fn follow(&mut self, line: &str) {
        // It may have been cut off; the number comes first.
        self.seq = number(line).unwrap_or_default();
        self.prev = hex(line.as_bytes());
    }

    fn write(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let untold = self.counts.untold.swap(0, Ordering::Relaxed);
        let (mut seq, mut prev) = (self.seq + untold, self.prev.clone());
        let (mut lines, mut tell, mut bytes) = (Vec::new(), Vec::new(), 0);
        for job in jobs {
            let Job::Line(members, asks) = job else { continue };
            bytes += members.len();
            seq += 1;
            let lost = if lines.is_empty() && untold > 0 { format!(r#""lost":{untold},"#) } else { String::new() };
            let line = format!(r#"{{"seq":{seq},"prev":"{prev}",{lost}{members}"#);
            prev = hex(line.as_bytes());
            lines.push(line);
            tell.push(asks);
        }
        let written = self.sink.write(&lines);
        self.counts.waiting.fetch_sub(bytes, Ordering::Relaxed);
        let is_written = written.is_ok();
        // It is said when it begins and when it ends, not for each line.
        match written {
            Ok(()) => {
                (self.seq, self.prev) = (seq, prev);
                self.counts.is_behind.store(false, Ordering::Relaxed);
                if self.has_failed {
                    log::event!(WARN, "the audit log is written again; {untold} lines are lost");
                }
            }
            Err(error) => {
                self.counts.untold.fetch_add(untold, Ordering::Relaxed);
                self.counts.lose(lines.len() as u64);
                if !self.has_failed {
                    log::event!(ERROR, "the audit log cannot be written: {error}");
                }
            }
        }
        self.has_failed = !is_written;
        for asks in tell.into_iter().flatten() {
            let _ = asks.send(is_written);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    /// A sink that waits at each write.
    struct Slow(Receiver<()>, Sender<Vec<String>>);

    impl AuditSink for Slow {
        fn write(&mut self, lines: &[String]) -> io::Result<()> {
            let _ = self.0.recv();
            self.1.send(lines.to_vec()).map_err(io::Error::other)
        }
    }

    #[tokio::test]
    async fn more_than_may_wait_is_lost_and_told() {
        let ((go, waits), (written, lines)) = (sync_channel(100), channel());
        let writer = Writer::start(Box::new(Slow(waits, written)));
        let line = || format!(r#""text":"{}"}}"#, "x".repeat(WAITING / 4));
        (0..10).for_each(|_| writer.write(line()));
        let lost = writer.lost();
        assert!((6..=7).contains(&lost), "{lost}");
        (0..20).for_each(|_| go.send(()).expect("it is read"));
        assert!(writer.flush().await);
        writer.write(line());
        assert!(writer.flush().await);
        let all: Vec<String> = lines.try_iter().flatten().collect();
        assert_eq!(all.len() as u64, 11 - lost);
        // Told where the next line is written: once, or in parts where one was taken meanwhile.
        let told = |line: &String| line.split_once(r#""lost":"#)?.1.split(',').next()?.parse::<u64>().ok();
        assert_eq!(all.iter().filter_map(told).sum::<u64>(), lost, "{all:?}");
    }
}
