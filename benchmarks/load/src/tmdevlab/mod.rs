//! The workload of TM Dev Lab's "MCP Server Performance Benchmark v2": users who search, look into their carts and order.
//!
//! `load --workload tmdevlab [OPTIONS] NAME=PROGRAM...`; the servers find Redis and the catalogue by `REDIS_URL` and
//! `API_SERVICE_URL`, which they have from this process. `tmdevlab/README.md` says what is the same as in the original.

mod check;
mod course;
mod plan;
mod report;
mod table;
mod user;

use std::error::Error;
use std::fs;
use std::time::Duration;

use self::plan::Case;
use self::report::Report;
use crate::machine::Machine;
use crate::options::Options;

/// How long a round is.
const ROUND: Duration = Duration::from_millis(2_000);
const QUICK_ROUND: Duration = Duration::from_millis(600);

/// Runs all cases, prints the tables, and writes the report.
///
/// # Errors
/// Where the report cannot be written.
pub async fn run(options: &Options, machine: Machine) -> Result<(), Box<dyn Error>> {
    let time = if options.quick { QUICK_ROUND } else { ROUND };
    println!("{machine}; {} users, {} rounds of {time:?}\n", plan::USERS, options.rounds);
    let mut report = Report::of(machine, options.rounds, time);
    println!("{}", table::head());
    for case in Case::all().into_iter().filter(|case| options.wants(&case.to_string())) {
        let courses = course::run(&options.programs, case, options.rounds, time).await;
        for row in report.add(case, &options.programs, &courses) {
            println!("{row}");
        }
    }
    println!("\nOurs as a multiple of another's, round by round:\n\n{}", table::against(&report));
    println!("\nHow long each kind of request took, in µs, mean / p99:\n\n{}", table::kinds(&report));
    let troubles = table::troubles(&report);
    if !troubles.is_empty() {
        println!("\nWhy there are no figures:\n\n{troubles}");
    }
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}
