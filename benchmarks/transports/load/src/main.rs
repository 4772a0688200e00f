//! Calls `echo` on the servers, and tells what a call takes of the processor in the server's process.
//!
//! `transports-load LIMIT OURS`, the two programs. In each round one is asked after the other; the ratios are those of the round.

mod connection;
mod server;

use std::error::Error;

use self::connection::Connection;
use self::server::{Files, Server};

/// What may go wrong.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Rounds that count, after one that does not. Where the system lets two sides run, and how many calls a thread finds when it wakes,
/// is another matter in each round: with 25 rounds the median moves by a tenth from run to run.
const ROUNDS: usize = 100;

/// Calls in a round.
const CALLS: usize = 2_500;

/// Who is asked when: none comes always first, or always after the same other one.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [1, 0, 2], [0, 2, 1]];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let (limit, ours) = (words.next().ok_or("no limit")?, words.next().ok_or("no other")?);
    let files = Files::new()?;
    println!(
        "CPU of a call in the server in microseconds: of one that returns what it gets, of one that reads the envelope and answers,"
    );
    println!("and of ours; and that as a multiple of both (median and quartiles)");
    for kind in ["ws", "unix", "tls"] {
        for at_once in [1, 50] {
            let start = |program, said| Server::start(program, kind, said, &files);
            let servers = [start(&limit, "echo")?, start(&limit, "answer")?, start(&ours, "")?];
            let mut connections = [const { Vec::new() }; 3];
            for (server, connections) in servers.iter().zip(&mut connections) {
                for _ in 0..at_once {
                    connections.push(Connection::open(kind, &server.place, &files).await?);
                }
            }
            let (mut taken, mut ratios) = ([const { Vec::new() }; 3], [const { Vec::new() }; 2]);
            for round in 0..=ROUNDS {
                let mut now = [0.0; 3];
                for which in ORDERS[round % ORDERS.len()] {
                    let before = servers[which].nanoseconds();
                    let open = std::mem::take(&mut connections[which]);
                    let mut tasks = tokio::task::JoinSet::new();
                    for mut connection in open {
                        tasks.spawn(async move {
                            for _ in 0..CALLS / at_once {
                                connection.call().await?;
                            }
                            Ok::<_, Box<dyn Error + Send + Sync>>(connection)
                        });
                    }
                    while let Some(connection) = tasks.join_next().await {
                        connections[which].push(connection??);
                    }
                    now[which] = (servers[which].nanoseconds() - before) as f64 / CALLS as f64 / 1000.0;
                }
                if round > 0 {
                    taken.iter_mut().zip(now).for_each(|(all, now)| all.push(now));
                    ratios.iter_mut().zip(now).for_each(|(all, limit)| all.push(now[2] / limit));
                }
            }
            let [echo, answer, ours] = taken.map(|mut all| median(&mut all));
            let ratios = ratios.map(|mut all| {
                let middle = median(&mut all);
                format!("{middle:.2} ({:.2} - {:.2})", all[all.len() / 4], all[all.len() * 3 / 4])
            });
            println!("{kind:5} {at_once:3} at once {echo:7.2} {answer:7.2} {ours:7.2}  {}", ratios.join("  "));
        }
    }
    Ok(())
}

fn median(all: &mut [f64]) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
