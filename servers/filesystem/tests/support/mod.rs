//! A directory that may be used, one beside it that may not, and a client of the server.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use mcp_runtime::client::{Client, Launch};
use serde_json::Value;
use tempfile::TempDir;

/// What no answer may have.
pub const SECRET: &str = "TOP-SECRET";

pub struct World {
    base: TempDir,
}

impl World {
    pub fn new() -> Self {
        let world = Self { base: tempfile::tempdir().expect("a directory") };
        for directory in ["root/sub", "root/empty", "outside/inner", "root-beside"] {
            fs::create_dir_all(world.path(directory)).expect("made");
        }
        for (file, text) in [
            ("root/a.txt", "hello\nworld\n"),
            ("root/sub/b.txt", "in b\n"),
            ("root/crlf.txt", "one\r\ntwo\r\n"),
            ("outside/secret.txt", SECRET),
            ("outside/inner/more.txt", SECRET),
            ("outside/hard.txt", "shared"),
            ("root-beside/secret.txt", SECRET),
        ] {
            fs::write(world.path(file), text).expect("written");
        }
        let absolute = |name: &str| world.path(name).to_str().expect("text").to_owned();
        for (link, target) in [
            ("inside", "a.txt"),
            ("absolute", &*absolute("outside/secret.txt")),
            ("absolute-inside", &*absolute("root/a.txt")),
            ("relative", "../outside/secret.txt"),
            ("directory", "../outside"),
            ("up", ".."),
            ("sub/up-twice", "../.."),
            ("chain", "relative"),
            ("through-sub", "sub/../../outside/secret.txt"),
            ("top", "/"),
            ("loop-1", "loop-2"),
            ("loop-2", "loop-1"),
            ("self", "self"),
            ("dangling", "nowhere"),
            ("dangling-outside", "../outside/new.txt"),
            ("proc", "/proc/self/root"),
            ("fd", "/proc/self/fd/0"),
            ("zero", "/dev/zero"),
        ] {
            symlink(target, world.path("root").join(link)).expect("linked");
        }
        fs::hard_link(world.path("outside/hard.txt"), world.path("root/hard.txt")).expect("linked");
        let made = Command::new("mkfifo").arg(world.path("root/pipe")).status().expect("mkfifo");
        assert!(made.success());
        drop(UnixListener::bind(world.path("root/socket")).expect("a socket"));
        let huge = fs::File::create(world.path("root/huge.txt")).expect("made");
        huge.set_len(1 << 40).expect("sparse");
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.base.path().join(name)
    }

    /// A text in which `ROOT`, `BASE` and `LONG` stand for what is different each time, or long.
    pub fn fill(&self, text: &str) -> String {
        let base = self.base.path().to_str().expect("text");
        let long = |length: usize| "n".repeat(length);
        text.replace("ROOT", &format!("{base}/root"))
            .replace("BASE", base)
            .replace("LONG-NAME", &long(300))
            .replace("LONG-PATH", &vec![long(100); 60].join("/"))
    }

    /// All files outside of the directory, with their contents.
    pub fn outside(&self) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        for directory in ["outside", "root-beside"] {
            collect(&self.path(directory), &mut found);
        }
        found.sort();
        found
    }

    /// The server, which may use the directory.
    pub async fn serve(&self) -> Client {
        serve(&["--allow", self.path("root").to_str().expect("text")]).await
    }

    /// The number of entries beside the directory.
    pub fn entries(&self) -> usize {
        fs::read_dir(self.base.path()).expect("read").count()
    }
}

pub async fn serve(words: &[&str]) -> Client {
    let launch = Launch::new(env!("CARGO_BIN_EXE_mcp-filesystem")).args(words);
    Client::spawn(launch).await.expect("it starts")
}

/// What a call gives: its text, or why it fails.
pub async fn call(client: &Client, tool: &str, arguments: Value) -> Result<String, String> {
    match client.call(tool, arguments).await {
        Ok(result) => Ok(result.text()),
        Err(error) => Err(error.to_string()),
    }
}

fn collect(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).expect("read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push((path.clone(), fs::read_to_string(path).expect("text")));
        }
    }
}
