//! A server that is measured.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use crate::Result;

/// What servers are given: a certificate and its key, and where sockets may be.
pub struct Files {
    folder: PathBuf,
    /// The certificate, which signs itself.
    pub certificate: Vec<u8>,
}

impl Files {
    /// Writes them.
    pub fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("mcp-transports-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        fs::write(folder.join("cert.pem"), made.cert.pem())?;
        fs::write(folder.join("key.pem"), made.signing_key.serialize_pem())?;
        Ok(Self { folder, certificate: made.cert.der().to_vec() })
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A server that runs until it is dropped.
pub struct Server {
    child: Child,
    /// Its address or its socket.
    pub place: String,
}

impl Server {
    /// Starts a program for one transport; what the limit says is `said`.
    pub fn start(program: &str, kind: &str, said: &str, files: &Files) -> Result<Self> {
        let socket = files.folder.join(format!("socket-{said}"));
        let _ = fs::remove_file(&socket);
        let mut child = Command::new(program)
            .arg(kind)
            .env("CERT", files.folder.join("cert.pem"))
            .env("KEY", files.folder.join("key.pem"))
            .env("SOCKET", socket)
            .env("LIMIT", said)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut place = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut place)?;
        Ok(Self { child, place: place.trim().to_owned() })
    }

    /// What its threads have run, by the account of the scheduler.
    pub fn nanoseconds(&self) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten();
        let account = |path: PathBuf| fs::read_to_string(path.join("schedstat")).ok();
        let run = |text: String| text.split_whitespace().next()?.parse::<u64>().ok();
        threads.filter_map(|thread| run(account(thread.ok()?.path())?)).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
