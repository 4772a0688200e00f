//! What the closure of `main!` may give back: the builder, or a future of it. Each program is told to list what it has.

#![deny(warnings)]

use std::process::Command;

use mcp_runtime::prelude::*;

struct Db;

impl Db {
    async fn open() -> std::io::Result<Self> {
        Ok(Self)
    }
}

/// Counts.
#[tool]
fn count(_db: State<Db>, at_most: State<u32>) -> u32 {
    *at_most
}

mod waits {
    use super::*;
    mcp_runtime::main!(|server| async { Ok(server.state(Db::open().await?).state(7_u32)) });

    pub fn run() -> std::process::ExitCode {
        main()
    }
}

mod plain {
    use super::*;
    mcp_runtime::main!(|server| server.state(Db).state(7_u32));

    pub fn run() -> std::process::ExitCode {
        main()
    }
}

fn main() -> std::process::ExitCode {
    match std::env::var("WHICH").as_deref() {
        Ok("waits") => return waits::run(),
        Ok(_) => return plain::run(),
        Err(_) => {}
    }
    for which in ["waits", "plain"] {
        let program = std::env::current_exe().expect("it is running");
        let output = Command::new(program).env("WHICH", which).args(["call", "count"]).output().expect("it starts");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "7\n", "{which}: {output:?}");
    }
    std::process::ExitCode::SUCCESS
}
