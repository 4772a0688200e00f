//! A PostgreSQL of the tests' own, in a directory that goes with it: on a Unix socket and, with TLS, on a port of this machine.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::certificates::Leaf;

/// Who owns the database, and who only reads.
const OWNER: &str = "owner";

pub struct Server {
    directory: TempDir,
    programs: PathBuf,
    /// Its port, which the name of its Unix socket has too.
    pub port: u16,
    child: Child,
}

impl Server {
    /// Starts one, with this SQL run by a superuser; `None`, with a word, where no PostgreSQL is installed.
    pub fn start(sql: &str) -> Option<Self> {
        Self::start_with(sql, None)
    }

    /// The same, which has TLS on its [`port`](Self::port).
    pub fn start_with_tls(sql: &str, leaf: &Leaf) -> Option<Self> {
        Self::start_with(sql, Some(leaf))
    }

    fn start_with(sql: &str, tls: Option<&Leaf>) -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("skipped: there is no PostgreSQL (the package postgresql)");
            return None;
        };
        let directory = tempfile::tempdir().expect("a directory");
        if is_root() {
            // The server refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(directory.path()));
        }
        let data = directory.path().join("data");
        let initdb = programs.join("initdb");
        run(command(&initdb).arg("--pgdata").arg(&data).args(["--username", OWNER, "--auth", "trust", "--no-sync"]));
        let mut server = command(&programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(directory.path());
        server.args(["-c", "fsync=off", "-c", "lc_messages=C"]);
        let mut port = 5432;
        match tls {
            None => server.args(["-c", "listen_addresses="]),
            Some(leaf) => {
                for (name, text) in [("server.crt", &leaf.pem), ("server.key", &leaf.key)] {
                    let file = data.join(name);
                    fs::write(&file, text).expect("written");
                    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its owner's alone");
                    if is_root() {
                        run(Command::new("chown").arg("postgres").arg(&file));
                    }
                }
                port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
                server.args(["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on", "-p", &port.to_string()])
            }
        };
        let mut child = server.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let is_ready = log.by_ref().any(|line| line.expect("text").contains("ready to accept connections"));
        assert!(is_ready, "it does not start");
        // Nobody reads it, but somebody has to take it.
        std::thread::spawn(move || log.for_each(drop));
        let server = Self { directory, programs, port, child };
        server.execute(sql);
        Some(server)
    }

    /// Runs SQL as a superuser, and gives what it says.
    pub fn execute(&self, sql: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.arg("--host").arg(self.directory.path()).args(["--port", &self.port.to_string()]).args([
            "--username",
            OWNER,
            "--dbname",
            "postgres",
        ]);
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set",
            "ON_ERROR_STOP=1",
            "--command",
            sql,
        ]);
        let done = psql.output().expect("psql runs");
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text").trim().to_owned()
    }

    pub fn url(&self, role: &str) -> String {
        let directory = self.directory.path().to_str().expect("text").replace('/', "%2F");
        format!("postgres://{role}@{directory}/postgres")
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg("-QUIT").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Where the programs are: among those that are found by name, or where Debian has them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    places.sort();
    places.extend(std::env::split_paths(&path));
    let has_all = |place: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| place.join(name).exists());
    places.into_iter().rfind(has_all)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout == b"0\n"
}

/// A program that runs as somebody who is not root.
fn command(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    let done = command.output().expect("it runs");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}
