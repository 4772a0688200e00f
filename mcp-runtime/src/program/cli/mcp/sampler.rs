//! A program that answers for a model.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::super::questions::Model;
use super::super::remote::Failure;
use crate::client::Launch;

/// Answers by a program: it is given the request as JSON on its standard input, and what it prints is the text of the answer, or
/// the whole result as JSON. Its standard error is this program's.
pub(super) fn sampler(line: String) -> Model {
    Box::new(move |params| {
        let failed = |why: String| Failure::local(format!("--sampler {line}: {why}"));
        let launch = Launch::from(&*line);
        let mut command = Command::from(&launch);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let input = child.stdin.take();
        let params = params.to_owned();
        // What it does not read is not needed; it may print before it has read all.
        let writing = std::thread::spawn(move || input.map(|mut input| input.write_all(params.as_bytes())));
        let done = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        let _ = writing.join();
        if !done.status.success() {
            return Err(failed(done.status.to_string()));
        }
        String::from_utf8(done.stdout).map_err(|_| failed("what it prints is not text".to_owned()))
    })
}
