//! Asks servers, checks their answers, and tells what they cost.
//!
//! `load [OPTIONS] NAME=PROGRAM...` starts each program as `PROGRAM http` and `PROGRAM stdio`. The README beside this
//! directory says what is measured. The options:
//!
//! * `--workload tmdevlab`: users who search and order instead of single requests; `--pin`, `--json`, `--rounds`, `--quick`
//!   and `--only` go with it
//! * `--quick`: some of the cases, and fewer of what else is looked at
//! * `--rounds N`: so many of each case
//! * `--only TEXT`: the cases whose name has this in it; besides cases there are `idle`, `start` and `counts`
//! * `--pin CORE`: the servers on this core alone
//! * `--progress NAME=MODE`: this server reports progress only when it is started as `PROGRAM MODE`, where MODE begins with
//!   `http-` or `stdio-`
//! * `--json FILE`: everything as JSON
//! * `--builds FILE`: lines of server, word and value, which go into the table of servers
//! * `--allocations FILE`: the library that counts them

mod answer;
mod case;
mod client;
mod compare;
mod counts;
mod figures;
mod http;
mod idle;
mod machine;
mod options;
mod pipe;
mod process;
mod report;
mod request;
mod round;
mod server;
mod start;
mod table;
mod tmdevlab;
mod trouble;

use std::error::Error;
use std::fs;

use self::compare::Fleet;
use self::machine::Machine;
use self::options::Options;
use self::report::Report;

// One thread: what is left of the machine is the servers'.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let machine = Machine::look(options.pin)?;
    if options.tmdevlab {
        return tmdevlab::run(&options, machine).await;
    }
    println!("{machine}; {} rounds\n", options.rounds);
    let mut report = Report { machine, ..Report::default() };

    run_cases(&options, &mut report).await;
    run_counts(&options, &mut report).await;
    look_besides(&options, &mut report).await?;

    let troubles = table::troubles(&report);
    if !troubles.is_empty() {
        println!("\nWhy there are no figures:\n\n{troubles}");
    }
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}

async fn run_cases(options: &Options, report: &mut Report) {
    let (programs, cases) = (&options.programs, options.cases());
    let mut fleet: Option<Fleet> = None;
    for (number, case) in cases.iter().enumerate() {
        if number == 0 {
            println!("{}", table::head());
        }
        let servers = match fleet.take().filter(|fleet| fleet.fits(case)) {
            Some(fleet) => fleet,
            None => Fleet::start(programs, case.setup()).await,
        };
        let courses = compare::compare(programs, &servers, case, options.rounds, options.round_time()).await;
        for row in report.add(case, programs, &courses) {
            println!("{row}");
        }
        fleet = Some(servers);
    }
    if !report.against.is_empty() {
        let names: Vec<&str> = programs.iter().map(|program| &*program.name).collect();
        println!("\nOur processor time as a multiple of others':\n\n{}", table::against(report, &names));
    }
}

async fn run_counts(options: &Options, report: &mut Report) {
    if !options.wants("counts") {
        return;
    }
    for case in case::all(options.quick) {
        let counts_system_calls = !options.quick && counts::has_system_calls(&case);
        let library = options.allocations.as_deref().filter(|_| counts::has_allocations(&case));
        if library.is_none() && !counts_system_calls {
            continue;
        }
        for program in &options.programs {
            let allocations = match library {
                Some(library) => Some(counts::allocations(program, &case, library).await),
                None => None,
            };
            let system_calls =
                if counts_system_calls { Some(counts::system_calls(program, &case).await) } else { None };
            report.count(&case, program, [allocations, system_calls]);
        }
    }
    println!("\nCounted for one request:\n\n{}", table::counts(report));
}

async fn look_besides(options: &Options, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let programs = &options.programs;
    if options.wants("idle") {
        for program in programs {
            let idle = idle::measure(program, options.quick).await;
            report.about(program).keeps(idle);
        }
    }
    if options.wants("start") {
        for (program, start) in programs.iter().zip(start::measure(programs, options.quick).await) {
            report.about(program).start_ms = Some(start.into());
        }
    }
    let builds = options.builds.as_ref().map_or(Ok(String::new()), fs::read_to_string)?;
    for program in programs {
        let about = report.about(program);
        for line in builds.lines() {
            if let [server, word, value] = line.split_whitespace().collect::<Vec<_>>()[..]
                && server == program.name
            {
                about.build.insert(word.to_owned(), value.to_owned());
            }
        }
    }
    if options.builds.is_some() || options.wants("idle") || options.wants("start") {
        println!("\nThe servers:\n\n{}", table::servers(report));
    }
    Ok(())
}
