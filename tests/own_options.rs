//! Options that a program has beside those of the command line.

use std::process::Command;

/// What a program with the options `--root DIR` and `--from-builder` says: its exit code, and what it prints.
fn run(line: &str) -> (Option<i32>, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_own-options")).args(line.split(' ')).output().expect("it runs");
    let printed = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8_lossy(&printed).trim().to_owned())
}

#[test]
fn a_name_that_another_command_has_is_the_programs_before_it() {
    for (line, expected) in [
        ("--root mine call root", "mine, 0 asked for"),
        ("--root mine call root --root /a --root /b", "mine, 2 asked for"),
        ("call root --root /a", "error: --root is missing"),
        ("--root mine --from-builder call root", "built mine, 0 asked for"),
        ("call root --from-builder", "built none, 0 asked for"),
    ] {
        let (code, printed) = run(line);
        assert_eq!(printed, expected, "{line}");
        assert_eq!(code == Some(0), !expected.starts_with("error"), "{line}");
    }
}

#[test]
fn run_lists_the_options_and_is_not_configured_for_help() {
    let (code, help) = run("--help");
    assert_eq!(code, Some(0));
    assert!(help.contains("--root <DIR>") && help.contains("What the tool names"), "{help}");
    assert!(run("--from-builder --help").1.starts_with("Made by hand"));
    assert_eq!(run("--rot mine list").0, Some(2));
}
