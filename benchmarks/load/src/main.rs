//! Asks servers, checks their answers, and tells what they cost.
//!
//! `load [--rounds N] [--requests N] [--only TEXT] [--json FILE] NAME=PROGRAM...`: the first server is the one that the
//! others are compared to; with `--only`, just the cases whose name has this text in it. All servers are started at once
//! and asked in turn, round by round, so that whatever else the machine does befalls all of them alike.

mod case;
mod http;
mod report;
mod round;
mod server;

use std::error::Error;
use std::fs;
use std::thread::available_parallelism;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use self::case::{CASES, Case};
use self::report::Row;
use self::round::Round;
use self::server::Server;

/// What went wrong, to be told and to end with.
pub(crate) type Fault = Box<dyn Error + Send + Sync>;
pub(crate) type Outcome<T> = Result<T, Fault>;

/// How many connections ask at once.
const CONNECTIONS: [u32; 2] = [1, 50];

/// Requests of a round. Many short rounds are better than a few long ones: where the system lets a server's threads run
/// changes from time to time, and what that costs is the greater part of what a round can cost more than another.
const REQUESTS: u32 = 5_000;

/// The most that may be asked for, so that no slip makes load without end.
const MOST_ROUNDS: u32 = 1_000;
const MOST_REQUESTS: u32 = 100_000;

const ROUNDS: u32 = 100;

struct Options {
    rounds: u32,
    requests: u32,
    only: String,
    json: Option<String>,
    servers: Vec<String>,
}

/// What is written as JSON.
#[derive(Serialize)]
struct Report {
    /// When it was, in seconds since 1970.
    at: u64,
    cores: usize,
    rows: Vec<Row>,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let (only, servers) = (String::new(), Vec::new());
        let mut options = Self { rounds: ROUNDS, requests: REQUESTS, only, json: None, servers };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match &*word {
                "--rounds" => options.rounds = value()?.parse::<u32>()?.clamp(1, MOST_ROUNDS),
                "--requests" => options.requests = value()?.parse::<u32>()?.clamp(1, MOST_REQUESTS),
                "--only" => options.only = value()?,
                "--json" => options.json = Some(value()?),
                option if option.starts_with("--") => return Err(format!("there is no option {option}").into()),
                _ => options.servers.push(word),
            }
        }
        if options.servers.is_empty() { Err("no server is named".into()) } else { Ok(options) }
    }
}

// One thread: what is left of the machine is the servers'.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let mut servers = Vec::new();
    for given in &options.servers {
        servers.push(Server::start(given).await?);
    }
    let cores = available_parallelism()?.get();
    // What else goes on disturbs the figures, so it is told with them.
    let others = fs::read_to_string("/proc/loadavg")?;
    let others = others.split(' ').next().unwrap_or_default();
    println!("{cores} cores, load average {others} before; {} rounds of {} requests", options.rounds, options.requests);
    println!("\n{}", Row::head());
    let mut rows = Vec::new();
    for case in CASES.iter().filter(|case| case.name.contains(&options.only)) {
        for connections in CONNECTIONS {
            let measured = compare(&servers, case, connections, &options).await?;
            for row in &measured {
                println!("{row}");
            }
            rows.extend(measured);
        }
    }
    if let Some(file) = options.json {
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        fs::write(file, serde_json::to_string_pretty(&Report { at, cores, rows })?)?;
    }
    Ok(())
}

/// Asks all servers in turn, round by round.
async fn compare(servers: &[Server], case: &'static Case, connections: u32, options: &Options) -> Outcome<Vec<Row>> {
    let mut rounds: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.rounds {
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            rounds.push(round::run(server, case, connections, options.requests).await?);
        }
    }
    let of_each = servers.iter().zip(&rounds);
    Ok(of_each.map(|(server, of_it)| Row::new(case.name, connections, &server.name, of_it, &rounds[0])).collect())
}
