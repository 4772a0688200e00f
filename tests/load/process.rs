//! Servers that are processes of their own.

use std::net::SocketAddr;
use std::process::Command;

use mcp_tests::process::Process;

const SERVER: &str = env!("CARGO_BIN_EXE_load-server");

/// A server in a process of its own, whose memory is its own.
pub struct Child {
    process: Process,
    id: u32,
    pub address: SocketAddr,
}

impl Child {
    /// Starts a server that keeps so many sessions.
    pub fn start(sessions: usize) -> Self {
        Self::spawn(Command::new(SERVER).arg(sessions.to_string()))
    }

    /// Starts a server that keeps so many sessions and may have so many files open.
    #[cfg(unix)]
    pub fn with_files(sessions: usize, files: usize) -> Self {
        let script = format!(r#"ulimit -n {files} && exec "$0" "$1""#);
        Self::spawn(Command::new("sh").args(["-c", &script, SERVER, &sessions.to_string()]))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut process = Process::spawn(command);
        let address = process.receive().expect("its address").parse().expect("an address");
        Self { id: process.id(), process, address }
    }

    /// The memory it has now, in KiB, where the system tells.
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id)).ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        Some(resident.and_then(|resident| resident.parse().ok()).expect("a number"))
    }

    /// Ends it; its exit code.
    pub fn end(self) -> Option<i32> {
        self.process.end().0
    }
}
