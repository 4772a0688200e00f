//! A server's process: how it is started, and what the system tells of it.

use std::fs;
use std::io;
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::case::{FEW, Setup};
use crate::trouble::{Outcome, Trouble};

/// A server, as a program to be started.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name in the report.
    pub name: String,
    /// Whether it is a program by itself, and none that another one interprets.
    pub is_native: bool,
    words: Vec<String>,
    environment: Vec<(String, String)>,
    /// The modes in which it reports progress, where it does not in all.
    reporting: Vec<String>,
}

impl Program {
    /// From `name=program argument...`; with `pin`, to be run on that core alone.
    ///
    /// # Errors
    /// What is missing.
    pub fn parse(given: &str, pin: Option<usize>) -> Result<Self, String> {
        let wish = || format!("a server is given as name=program, not {given:?}");
        let (name, command) = given.split_once('=').ok_or_else(wish)?;
        let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        if name.is_empty() || words.is_empty() {
            return Err(wish());
        }
        let is_native = words.len() == 1;
        if let Some(core) = pin {
            words.splice(0..0, ["taskset".to_owned(), "-c".to_owned(), core.to_string()]);
        }
        Ok(Self { name: name.to_owned(), is_native, words, environment: Vec::new(), reporting: Vec::new() })
    }

    /// The same, started by another program.
    #[must_use]
    pub fn behind(mut self, words: &[&str]) -> Self {
        self.words.splice(0..0, words.iter().copied().map(str::to_owned));
        self
    }

    /// The same, with one more variable in its environment.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// This is a mode in which it reports progress: `http-events`, say.
    pub fn reports_in(&mut self, mode: &str) {
        self.reporting.push(mode.to_owned());
    }

    /// To be started on `http` or `stdio`.
    pub fn command(&self, transport: &str, setup: Setup) -> Command {
        let mut command = Command::new(&self.words[0]);
        let mode = self.mode(transport, setup);
        command.args(&self.words[1..]).arg(mode).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        command.stdin(if transport == "stdio" { Stdio::piped() } else { Stdio::null() });
        if setup.tools > FEW {
            command.env("BENCH_TOOLS", setup.tools.to_string());
        } else {
            command.env_remove("BENCH_TOOLS");
        }
        command
    }

    fn mode<'a>(&'a self, transport: &'a str, setup: Setup) -> &'a str {
        let mut own = self.reporting.iter().filter(|mode| mode.split('-').next() == Some(transport));
        own.next().filter(|_| setup.reports).map_or(transport, String::as_str)
    }
}

/// A process that runs, until this is dropped.
#[derive(Debug)]
pub struct Process {
    id: u32,
    child: Child,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(mut command: Command) -> Outcome<Self> {
        let program = command.as_std().get_program().to_owned();
        let child = command.spawn().map_err(|error| Trouble::failed(format!("{}: {error}", program.display())))?;
        let id = child.id().ok_or_else(|| Trouble::failed("it has ended"))?;
        Ok(Self { id, child })
    }

    /// Ends it.
    ///
    /// # Errors
    /// Where the system does not.
    pub async fn stop(mut self) -> Outcome<()> {
        Ok(self.child.kill().await?)
    }

    /// Its standard streams.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The processor time that its threads have used, in the program and in the kernel, in nanoseconds.
    ///
    /// The scheduler's own account is read, which is exact; that of `/proc/PID/stat` counts in steps of 10 ms. Threads that
    /// have ended are not in it: servers keep theirs.
    ///
    /// # Errors
    /// Where the system does not tell: other than Linux, or when the process has ended.
    pub fn cpu_ns(&self) -> Outcome<u64> {
        let tasks = format!("/proc/{}/task", self.id);
        let mut sum = 0;
        for task in fs::read_dir(&tasks).map_err(|error| told(&tasks, &error))? {
            match fs::read_to_string(task?.path().join("schedstat")) {
                Ok(account) => sum += account.split(' ').next().unwrap_or_default().parse::<u64>()?,
                // A thread may end while it is looked for.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(told(&tasks, &error)),
            }
        }
        Ok(sum)
    }

    /// How much of its memory is resident, in KiB.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn resident_kib(&self) -> Outcome<u64> {
        self.status("VmRSS:")
    }

    /// The most that was resident since it was last forgotten, in KiB.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn peak_kib(&self) -> Outcome<u64> {
        self.status("VmHWM:")
    }

    /// Forgets how much was resident (`proc(5)`, `clear_refs`).
    ///
    /// # Errors
    /// Where the system does not allow it.
    pub fn forget_peak(&self) -> Outcome<()> {
        let file = format!("/proc/{}/clear_refs", self.id);
        fs::write(&file, "5").map_err(|error| told(&file, &error))
    }

    fn status(&self, member: &str) -> Outcome<u64> {
        let file = format!("/proc/{}/status", self.id);
        let status = fs::read_to_string(&file).map_err(|error| told(&file, &error))?;
        kib(&status, member).ok_or_else(|| Trouble::failed(format!("{file} has no {member}")))
    }
}

fn told(file: &str, error: &io::Error) -> Trouble {
    Trouble::failed(format!("{file}: {error}"))
}

fn kib(status: &str, member: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(member))?;
    value.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_name_and_a_command() {
        let program = Program::parse("a=python3 server.py", None).expect("name and command");
        assert_eq!((&*program.name, program.is_native), ("a", false));
        let pinned = Program::parse("b=/bin/b", Some(1)).expect("name and command");
        assert!(pinned.is_native);
        assert_eq!(pinned.words, ["taskset", "-c", "1", "/bin/b"]);
        for bad in ["ours", "=ours", "ours="] {
            assert!(Program::parse(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn progress_may_have_a_mode_of_its_own() {
        let mut program = Program::parse("a=/bin/a", None).expect("name and command");
        program.reports_in("http-events");
        let reports = Setup { reports: true, ..Setup::PLAIN };
        assert_eq!(program.mode("http", reports), "http-events");
        assert_eq!((program.mode("http", Setup::PLAIN), program.mode("stdio", reports)), ("http", "stdio"));
    }

    #[test]
    fn memory_is_read_from_the_status() {
        let status = "Name:\tours\nVmHWM:\t    5120 kB\nVmRSS:\t    4096 kB\n";
        assert_eq!(
            (kib(status, "VmRSS:"), kib(status, "VmHWM:"), kib(status, "VmSwap:")),
            (Some(4096), Some(5120), None)
        );
    }
}
