//! A server on HTTP that is measured: its process, and where it listens.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::time::timeout;

use crate::process::Process;
use crate::request::Place;
use crate::trouble::{Outcome, Trouble};

/// How long a server may take to say where it listens.
const START: Duration = Duration::from_secs(30);

/// A server that runs, until this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub place: Place,
    /// Its process.
    pub process: Process,
    /// Held, so that a server that says more does not fail.
    _said: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it. The first line it prints is its URL: `http://127.0.0.1:80/mcp`.
    ///
    /// # Errors
    /// Where it does not start, or does not say where it listens.
    pub async fn start(command: Command) -> Outcome<Self> {
        let mut process = Process::start(command)?;
        let stdout = process.child().stdout.take().ok_or_else(|| Trouble::failed("it has no output"))?;
        let mut said = BufReader::new(stdout);
        let mut url = String::new();
        let read = timeout(START, said.read_line(&mut url)).await;
        read.map_err(|_| Trouble::failed("it does not say where it listens"))??;
        let place = parse_url(url.trim());
        let place = place.ok_or_else(|| Trouble::failed(format!("its first line is not its URL, but {url:?}")))?;
        Ok(Self { place, process, _said: said })
    }
}

fn parse_url(url: &str) -> Option<Place> {
    let rest = url.strip_prefix("http://")?;
    let (address, path) = rest.split_at(rest.find('/')?);
    Some(Place { address: address.parse().ok()?, path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_an_address_and_a_path() {
        let place = Place { address: ([127, 0, 0, 1], 4000).into(), path: "/mcp".to_owned() };
        assert_eq!(parse_url("http://127.0.0.1:4000/mcp"), Some(place));
        for bad in ["", "127.0.0.1:4000/mcp", "http://127.0.0.1:4000", "http://localhost/mcp"] {
            assert_eq!(parse_url(bad), None, "{bad}");
        }
    }
}
