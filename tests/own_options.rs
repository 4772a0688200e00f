//! Options that a program has beside those of the command line.

use std::process::Command;

/// What a program with the options `--root DIR` and `--from-builder` says: its exit code, and what it prints.
fn run(line: &str) -> (Option<i32>, String) {
    run_in(&[], line)
}

/// The same, with variables of the environment.
fn run_in(env: &[(&str, &str)], line: &str) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_own-options"));
    let done = program.envs(env.iter().copied()).args(line.split(' ')).output().expect("it runs");
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
fn run_fills_in_what_the_package_says_where_the_builder_says_nothing() {
    let (version, description) = (env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"));
    for (builder, expected) in [("plain", format!("plain {version}")), ("group", "versioned 7.1".to_owned())] {
        let run = |line| run_in(&[("OWN_BUILDER", builder)], line).1;
        assert_eq!(run("--version"), expected);
        assert!(run("--help").starts_with(description), "{}", run("--help"));
    }
    let silent = |line| run_in(&[("OWN_BUILDER", "silent")], line).1;
    assert!(silent("--help").starts_with("An MCP server"), "{}", silent("--help"));
    assert!(silent("inspect").starts_with("silent 2\nspeaks "), "{}", silent("inspect"));
}

#[test]
fn install_writes_the_options_that_are_given_into_the_entry_so_that_they_are_read_again() {
    for (words, expected, called) in [
        (&["--root", "a b", "install", "json"][..], r#"["--root","a b"]"#, Some("a b, 0 asked for")),
        (&["install", "--root", "a", "json", "--loud"], r#"["--root","a","--loud"]"#, Some("A, 0 asked for")),
        // As they were given, and no others: they may say how often one counts.
        (
            &["--times", "2", "--root=a", "install", "json", "--times", "1"],
            r#"["--times","2","--root","a","--times","1"]"#,
            Some("a!, 0 asked for"),
        ),
        // The last one counts.
        (&["--root", "a", "install", "json", "--root", "b"], r#"["--root","b"]"#, Some("b, 0 asked for")),
        // It would be read as an option.
        (&["--root=-a", "install", "json", "--loud"], r#"["--root=-a","--loud"]"#, Some("-A, 0 asked for")),
        (&["--root=", "install", "json"], r#"["--root",""]"#, Some(", 0 asked for")),
        (&["--root", "-", "install", "json"], r#"["--root=-"]"#, Some("-, 0 asked for")),
        // As well as those that every server has.
        (
            &["--log-format", "text", "install", "json", "--name", "n", "--root", "a"],
            r#"["--log-format","text","--root","a"]"#,
            Some("a, 0 asked for"),
        ),
        (&["--root", "a", "install", "json", "--", "--loud"], r#"["--root","a","--loud"]"#, Some("A, 0 asked for")),
        (
            &["--root", "a", "install", "json", "--", "serve", "--root", "b"],
            r#"["--root","a","serve","--root","b"]"#,
            None,
        ),
        (&["install", "json", "--", "--root", "b"], r#"["--root","b"]"#, Some("b, 0 asked for")),
        // What the environment says is not written: it may say something else tomorrow.
        (&["install", "json"], "[]", None),
    ] {
        let program = || Command::new(env!("CARGO_BIN_EXE_own-options"));
        let done = program().env("OWN_LOUD", "true").args(words).output().expect("it runs");
        assert_eq!((String::from_utf8_lossy(&done.stderr), done.status.code()), ("".into(), Some(0)), "{words:?}");
        let printed: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        let entry = printed["mcpServers"].as_object().and_then(|all| all.values().next()).expect("an entry");
        assert_eq!(entry["args"].to_string(), expected, "{words:?}");
        let Some(called) = called else { continue };
        let args = entry["args"].as_array().expect("a list").iter().map(|arg| arg.as_str().expect("text"));
        let done = program().args(args).args(["call", "root"]).output().expect("it runs");
        assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), called.trim(), "{words:?}");
    }
    // The entry would start nothing.
    let (code, printed) = run("--root a install json -- --root b");
    assert!(printed.starts_with("error: the argument '--root <DIR>' cannot be used multiple times"), "{printed}");
    assert_eq!(code, Some(2));
}

#[test]
fn run_lists_the_options_and_is_not_configured_for_help() {
    let (code, help) = run("--help");
    assert_eq!(code, Some(0));
    assert!(help.contains("--root <DIR>") && help.contains("What the tool names"), "{help}");
    assert!(run("--from-builder --help").1.starts_with("Made by hand"));
    for line in ["serve --help", "list --help"] {
        let help = run(line).1;
        let own = help.split_once("\nOptions of the program:\n").map_or("", |(_, own)| own);
        assert!(own.contains("--root <DIR>") && own.contains("[env: OWN_TIMES]"), "{line}: {help}");
    }
    // `call` has a `--root` of its own.
    let help = run("call --help").1;
    assert!(help.matches("--root <DIR>").count() == 1 && help.contains("--from-builder"), "{help}");
    assert_eq!(run("--rot mine list").0, Some(2));
}

#[test]
fn an_option_comes_from_the_environment_where_the_command_line_does_not_have_it() {
    for (env, line, expected) in [
        (&[("OWN_TIMES", "2")][..], "--root a call root", "aa, 0 asked for"),
        (&[("OWN_TIMES", "2")], "--root a --times 1 call root", "a, 0 asked for"),
        (&[("OWN_TIMES", "2")], "--root a --times 1 call root --times 3", "aaa!, 0 asked for"),
        (&[("OWN_TIMES", "")], "--root a call root", "a, 0 asked for"),
        (&[("OWN_LOUD", "true")], "--root a call root", "A, 0 asked for"),
        (&[("OWN_LOUD", "0")], "--root a call root", "a, 0 asked for"),
        (&[("OWN_LOUD", "0")], "--root a --loud call root", "A, 0 asked for"),
    ] {
        assert_eq!(run_in(env, line), (Some(0), expected.to_owned()), "{env:?} {line}");
    }
    let help = run("--help").1;
    assert!(help.contains("How often") && help.contains("[env: OWN_TIMES]"), "{help}");
}

#[test]
fn what_is_logged_while_the_program_is_configured_looks_as_the_command_line_says() {
    let logged = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_own-options"));
        command.args(words).args(["--root", "a", "--ask", "log tea", "call", "root"]).env_remove("RUST_LOG");
        let output = command.env("MCP_LOG_FORMAT", "text").output().expect("it runs");
        String::from_utf8(output.stderr).expect("UTF-8").lines().next().expect("a line").to_owned()
    };
    let json = logged(&["--log-format", "json"]);
    assert!(json.starts_with('{') && json.contains(r#""message":"tea""#), "{json}");
    let text = logged(&[]);
    assert!(!text.starts_with('{') && text.ends_with("tea"), "{text}");
}

#[test]
fn a_value_of_another_type_is_refused_with_its_option_and_where_it_comes_from() {
    let why = "invalid digit found in string";
    for (env, line, expected) in [
        (&[][..], "--root a --times ten call root", format!("error: invalid value 'ten' for '--times <COUNT>': {why}")),
        (
            &[("OWN_TIMES", "ten")],
            "--root a call root",
            format!("error: invalid value 'ten' for '--times <COUNT>' in the environment variable OWN_TIMES: {why}"),
        ),
        (
            &[("OWN_LOUD", "maybe")],
            "--root a call root",
            "error: the environment variable OWN_LOUD has the value 'maybe'; write true or false".to_owned(),
        ),
    ] {
        let (code, printed) = run_in(env, line);
        assert_eq!(printed, expected, "{env:?} {line}");
        assert_eq!(code, Some(2), "{line}");
    }
    // The type of the program's own error makes no difference.
    for (ask, begin) in [("anyhow", ""), ("context", "the options: ")] {
        let words = ["--root", "a", "--times", "ten", "--ask", &format!("{ask} times"), "call", "root"];
        let done = Command::new(env!("CARGO_BIN_EXE_own-options")).args(words).output().expect("it runs");
        let expected = format!("error: {begin}invalid value 'ten' for '--times <COUNT>': {why}\n");
        assert_eq!(
            (String::from_utf8_lossy(&done.stderr).into_owned(), done.status.code()),
            (expected, Some(2)),
            "{ask}"
        );
    }
    // Help is there whatever the environment has.
    assert_eq!(run_in(&[("OWN_LOUD", "maybe")], "--help").0, Some(0));
}

#[test]
fn a_name_that_no_option_has_stops_the_program_and_is_told_with_those_that_there_are() {
    for (ask, expected) in [
        ("value rot", "the program declares no option `rot`; did you mean `root`? (it declares: root, from-builder,"),
        ("values tmes", "the program declares no option `tmes`; did you mean `times`?"),
        ("parse tmes", "the program declares no option `tmes`; did you mean `times`?"),
        (
            "parse_all other",
            "the program declares no option `other` (it declares: root, from-builder, times, loud, ask)",
        ),
        ("has lod", "the program declares no option `lod`; did you mean `loud`?"),
    ] {
        let mut words = vec!["--root", "a", "--ask", ask];
        words.extend(["call", "root"]);
        let done = Command::new(env!("CARGO_BIN_EXE_own-options")).args(words).output().expect("it runs");
        let printed = String::from_utf8_lossy(&done.stderr);
        assert!(printed.contains(expected), "{ask}: {printed}");
        // It is told where the name stands.
        assert!(printed.contains("own_options.rs:"), "{ask}: {printed}");
        assert_eq!((done.status.code(), done.stdout.len()), (Some(101), 0), "{ask}");
    }
}
