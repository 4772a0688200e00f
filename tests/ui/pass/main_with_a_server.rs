//! What the closure of `main!` may be: it gives the builder, a `Result` or a future of it, and it may have `.await` and `?`. Each
//! program is told to call what it has.

#![deny(warnings)]

use std::process::{Command, ExitCode};

use mcp_runtime::StartError;
use mcp_runtime::prelude::*;

struct Db;

impl Db {
    async fn open() -> std::io::Result<Self> {
        Ok(Self)
    }

    fn load() -> Result<Self, String> {
        if std::env::var_os("BROKEN").is_some() { Err("no database".to_owned()) } else { Ok(Self) }
    }
}

/// Fails as a handler does.
fn check() -> mcp_runtime::Result<()> {
    if std::env::var_os("BROKEN").is_some() { Err(Error::internal(std::io::Error::other("no disk"))) } else { Ok(()) }
}

/// Counts.
#[tool]
fn count(_db: State<Db>, at_most: State<u32>) -> u32 {
    *at_most
}

async fn set_up(server: ServerBuilder) -> Result<ServerBuilder, StartError> {
    Ok(server.state(Db::open().await?).state(7_u32))
}

macro_rules! programs {
    ($($name:ident($($configure:tt)*))*) => {
        $(mod $name {
            use super::*;

            mcp_runtime::main!($($configure)*);

            pub fn run() -> ExitCode {
                main()
            }
        })*

        const PROGRAMS: &[(&str, fn() -> ExitCode)] = &[$((stringify!($name), $name::run)),*];
    };
}

programs! {
    plain(|server| server.state(Db).state(7_u32))
    fails(|server| server.state(Db::load()?).state(7_u32))
    waits(|server| server.state(Db::open().await?).state(7_u32))
    in_a_block(|mut server| {
        server = server.state(Db::load()?);
        server.state(7_u32)
    })
    is_moved(move |server| server.state(Db).state(7_u32))
    is_typed(|server: ServerBuilder| server.state(Db).state(7_u32))
    says_its_type(|server| -> ServerBuilder { server.state(Db).state(7_u32) })
    gives_a_result(|server| Ok(server.state(Db::load()?).state(7_u32)))
    gives_a_future(|server| async { Ok(server.state(Db::open().await?).state(7_u32)) })
    checks(|server| {
        check()?;
        server.state(Db).state(7_u32)
    })
    checks_in_a_future(|server| async {
        check()?;
        Ok(server.state(Db).state(7_u32))
    })
    leaves_early(|server| {
        let Ok(db) = Db::load() else { return Err("none".into()) };
        server.state(db).state(7_u32)
    })
    is_a_function(set_up)
    calls_a_function(|server| set_up(server))
}

fn main() -> ExitCode {
    if let Ok(which) = std::env::var("WHICH") {
        let (_, run) = PROGRAMS.iter().find(|(name, _)| *name == which).expect("it is there");
        return run();
    }
    let call = |which: &str, broken: Option<&str>| {
        let program = std::env::current_exe().expect("it is running");
        let mut command = Command::new(program);
        command.env("WHICH", which).envs(broken.map(|broken| ("BROKEN", broken))).args(["call", "count"]);
        command.output().expect("it starts")
    };
    for (which, _) in PROGRAMS {
        let output = call(which, None);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "7\n", "{which}: {output:?}");
    }
    let output = call("fails", Some(""));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: no database"), "{output:?}");
    let output = call("checks", Some(""));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: no disk"), "{output:?}");
    ExitCode::SUCCESS
}
