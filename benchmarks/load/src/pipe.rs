//! A client on a server's standard streams, with one request in flight or with several.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::answer::Examiner;
use crate::case::{Case, Era};
use crate::client::agreed_version;
use crate::process::Process;
use crate::request::{INITIALIZE, INITIALIZED, Template};
use crate::trouble::{Outcome, Trouble};

/// How long a server may take to its first answer.
const START: Duration = Duration::from_secs(30);

/// What one read takes at the most; a pipe holds as much.
const BUFFER: usize = 64 * 1024;

/// A server and its only client.
#[derive(Debug)]
pub struct Pipe {
    /// The server's process.
    pub process: Process,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: Vec<u8>,
    template: Template,
    examiner: Examiner,
}

impl Pipe {
    /// Starts a server, and opens a session where there are any.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn open(command: Command, case: &Case) -> Outcome<Self> {
        let mut process = Process::start(command)?;
        let streams = (process.child().stdin.take(), process.child().stdout.take());
        let (Some(input), Some(output)) = streams else { return Err(Trouble::failed("it has no streams")) };
        let mut pipe = Self {
            process,
            input,
            output: BufReader::with_capacity(BUFFER, output),
            line: Vec::new(),
            template: Template::line(case),
            examiner: Examiner::new(case),
        };
        if case.era == Era::Session {
            let opened = timeout(START, pipe.open_session()).await;
            opened.map_err(|_| Trouble::failed("it does not answer initialize"))??;
        }
        Ok(pipe)
    }

    async fn open_session(&mut self) -> Outcome<()> {
        self.input.write_all(format!("{INITIALIZE}\n").as_bytes()).await?;
        agreed_version(self.read().await?)?;
        self.input.write_all(format!("{INITIALIZED}\n").as_bytes()).await?;
        Ok(())
    }

    /// Asks so many times, with so many requests in flight, and no more once `until` has come. How long each answer took,
    /// in nanoseconds.
    ///
    /// # Errors
    /// An answer that is not right, or none.
    pub async fn ask(&mut self, times: u32, in_flight: u32, until: Instant) -> Outcome<Vec<u32>> {
        let mut latencies = Vec::with_capacity(times as usize);
        let mut waiting: HashMap<u32, Instant> = HashMap::new();
        let mut requests = Vec::new();
        let mut asked = 0;
        loop {
            // For all answers that came together, as many requests together.
            requests.clear();
            let began = Instant::now();
            while waiting.len() < in_flight as usize && asked < times && (asked == 0 || began < until) {
                let (request, id) = self.template.next();
                requests.extend_from_slice(request);
                waiting.insert(id, began);
                asked += 1;
            }
            self.input.write_all(&requests).await?;
            if waiting.is_empty() {
                return Ok(latencies);
            }
            loop {
                let Some(id) = self.read_answer().await? else { continue };
                let sent = waiting.remove(&id).ok_or_else(|| Trouble::wrong(format!("nobody asked {id}")))?;
                latencies.push(u32::try_from(sent.elapsed().as_nanos()).unwrap_or(u32::MAX));
                if waiting.is_empty() || !self.output.buffer().contains(&b'\n') {
                    break;
                }
            }
        }
    }

    /// The id of the answer that the next line is; none for a notification.
    async fn read_answer(&mut self) -> Outcome<Option<u32>> {
        self.line.clear();
        let length = self.output.read_until(b'\n', &mut self.line).await?;
        if length == 0 {
            return Err(Trouble::failed("its output has ended"));
        }
        self.examiner.take(std::str::from_utf8(&self.line)?)
    }

    async fn read(&mut self) -> Outcome<&str> {
        self.line.clear();
        self.output.read_until(b'\n', &mut self.line).await?;
        if self.line.is_empty() {
            return Err(Trouble::failed("its output has ended"));
        }
        Ok(std::str::from_utf8(&self.line)?)
    }
}
