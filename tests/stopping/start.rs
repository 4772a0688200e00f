//! `on_start`, where it fails.

use std::process::{Command, Stdio};

use mcp_runtime::dynamic::Tool;
use serde_json::json;

use super::{Done, SERVER, said_all};

/// The server is not built, the functions after the one that fails do not run, and the error says where that one stands.
#[test]
fn a_start_that_fails_keeps_the_server_from_starting() {
    let done = Done::default();
    let (unopened, late) = (done.clone(), done.clone());
    let line = line!() + 3;
    let server = done
        .server()
        .on_start(move |_| {
            unopened.add("unopened");
            Err::<(), _>(std::io::Error::other("no database"))
        })
        .on_start(move |_| late.add("late"));
    let error = server.build().expect_err("it does not start");
    assert_eq!(
        error.to_string(),
        format!("the server cannot start: {}:{line}: `on_start` failed: no database", file!())
    );
    let [problem] = error.problems() else { panic!("one has failed: {error}") };
    assert_eq!((problem.file(), problem.line()), (Some(file!()), Some(line)));
    assert_eq!(done.all(), ["started", "unopened"]);
}

/// A change that is wrong is a problem of the server's like those that are found before.
#[test]
fn a_change_at_the_start_that_fails_is_told_as_of_the_server() {
    let tool = || Tool::new("late", json!({ "type": "object" })).handler(async |(), _ctx| ());
    let server = Done::default().server();
    let server = server.on_start(move |handle| {
        handle.add(tool())?;
        handle.add(tool())
    });
    let error = server.build().expect_err("it does not start");
    let [problem] = error.problems() else { panic!("one has failed: {error}") };
    assert!(problem.file() == Some(file!()) && problem.message().contains("has this name"), "{error}");
    assert!(error.to_string().starts_with("the server cannot start: "), "{error}");
}

/// In a program nothing is served; what has started stops, and the exit code is that of other servers that cannot start.
#[test]
fn a_program_whose_start_fails_says_why_and_stops() {
    for words in [&[][..], &["list"], &["call", "late", "--help"], &["serve", "--http", "0"]] {
        let mut command = Command::new(SERVER);
        command.args(words).env("FIXTURE", "stopping-unstarted").env_remove("RUST_LOG").stdin(Stdio::null());
        let output = command.output().expect("it starts");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{words:?}: {errors}");
        let said = "`on_start` failed: no settings";
        let why = errors.lines().find(|line| line.contains("error: the server cannot start: "));
        assert!(why.is_some_and(|why| why.ends_with(said)), "{words:?}: {errors}");
        assert!(!errors.contains("late start") && !errors.contains("listening"), "{words:?}: {errors}");
        said_all(&errors);
    }
    // The help of what is declared needs no server that has started.
    let mut command = Command::new(SERVER);
    let output = command.args(["call", "stuck", "--help"]).env("FIXTURE", "stopping-unstarted").output();
    assert_eq!(output.expect("it starts").status.code(), Some(0));
}
