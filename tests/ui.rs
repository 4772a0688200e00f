//! What the macros say of mistakes, word for word, and what they must accept.
//!
//! Each file in `ui/` has one mistake, after which it is named; beside it stands what the compiler says of it. Each file in
//! `ui/pass/` is a program that runs.
//!
//! ```sh
//! cargo test -p mcp-tests --test ui                    # all
//! UI=arg_default cargo test -p mcp-tests --test ui     # those with this in their names
//! UI_WRITE=1 cargo test -p mcp-tests --test ui         # messages that have changed are written down; read them
//! ```
//!
//! The compiler is called without cargo, once a case, with the libraries that this test is linked to itself.

#[path = "ui/harness/mod.rs"]
mod harness;

use std::path::Path;
use std::process::Command;

use harness::{Case, Outcome, run_all, scratch};

#[test]
fn mistakes_are_told_word_for_word() {
    run_all("ui", Case::says_what_is_written);
}

/// Where the runtime has no feature switched on.
#[test]
fn missing_features_are_named() {
    run_all("ui/without_features", |case| case.without_features().says_what_is_written());
}

#[test]
fn programs_compile_and_run() {
    run_all("ui/pass", Case::runs);
}

/// The first program that a reader tries, and what its commands answer.
#[test]
fn the_program_of_the_readme_does_what_it_says() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).expect("it is there").replace("\r\n", "\n");
    let block = |kind: &str| {
        let (_, rest) = readme.split_once(&format!("```{kind}\n")).expect("it begins");
        rest.split_once("```").expect("it ends").0
    };
    let file = scratch().join("shop.rs");
    std::fs::write(&file, block("rust")).expect("it can be written");
    let checked = Case::named(file.to_str().expect("paths are UTF-8")).with_program(&[], |program| {
        for command in block("console").trim().split("\n\n") {
            let (command, expected) = command.split_once('\n').expect("it answers");
            let words = words(command.strip_prefix("$ cargo run -- ").expect("it is run by cargo"));
            let ran = Command::new(program).args(words).output().expect("it starts");
            let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).replace('\r', "");
            if said.trim_end() != expected {
                return Err(format!("{command}\n--- README\n{expected}\n--- seen\n{said}"));
            }
        }
        Ok(())
    });
    assert_eq!(checked, Ok(()));
}

/// Doc-tests leave out functions that are marked as tests, so the blocks of the guides that have some are compiled here.
#[test]
fn the_unit_tests_of_the_guides_pass() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut passed = 0;
    for guide in std::fs::read_dir(guides).expect("the directory is beside this one") {
        let guide = guide.expect("it can be read").path();
        let text = std::fs::read_to_string(&guide).expect("it can be read").replace("\r\n", "\n");
        let blocks = text.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
        for block in blocks.filter(|block| block.contains("#[tokio::test]")) {
            let file = scratch().join(format!("guide_{passed}.rs"));
            std::fs::write(&file, block).expect("it can be written");
            let checked = Case::named(file.to_str().expect("paths are UTF-8")).tests_pass();
            assert_eq!(checked, Ok(()), "{}", guide.display());
            passed += 1;
        }
    }
    assert!(passed > 0, "the guides show a unit test");
}

/// The words of a command, of which single quotes keep some together.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (place, piece) in command.split('\'').enumerate() {
        let mut parts = if place % 2 == 0 { piece.split(' ').collect() } else { vec![piece] }.into_iter();
        words.last_mut().expect("there is one").push_str(parts.next().unwrap_or_default());
        words.extend(parts.map(str::to_owned));
    }
    words
}

/// A message that does not fit on a screen is not read.
#[test]
fn messages_are_short() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for file in std::fs::read_dir(ui).expect("the directory is beside this file") {
        let path = file.expect("it can be read").path();
        // Those of several mistakes are about how messages stand together; the others have several calls each, of whose arguments rustc
        // tells with notes of its own.
        let many = path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| {
            matches!(
                stem,
                "many_mistakes_at_once" | "tool_cache_of_what_changes" | "read_wrong_type" | "prompt_wrong_number"
            ) || stem.starts_with("call_")
        });
        if many || path.extension().is_none_or(|extension| extension != "stderr") {
            continue;
        }
        let message = std::fs::read_to_string(&path).expect("it can be read");
        let errors = message.lines().filter(|line| line.starts_with("error")).count();
        let lines = message.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(errors, 1, "{} has one mistake", path.display());
        assert!(lines <= 16, "{} has {lines} lines", path.display());
    }
}

/// A harness that finds nothing wrong must not be one that looks at nothing.
#[test]
fn another_message_is_a_failure_and_shown() {
    let case = Case::named("ui/tool_bad_name.rs");
    let said = case.message().expect("there is a mistake in it");
    assert!(matches!(case.compare(&said, &said), Outcome::Ok));
    let Outcome::Wrong(shown) = case.compare(&said, &said.replace("-->", "==>")) else {
        panic!("another message is no success");
    };
    assert!(shown.contains("-  --> ui/tool_bad_name.rs"), "{shown}");
    assert!(shown.contains("+  ==> ui/tool_bad_name.rs"), "{shown}");
}
