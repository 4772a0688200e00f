//! What the macros say of mistakes, word for word, and what they must accept.
//!
//! Each file in `ui/` has one mistake, after which it is named; beside it stands what the compiler says of it. Each file in
//! `ui/pass/` is a program that runs.
//!
//! ```sh
//! cargo test -p mcp-tests --test ui                    # all
//! UI=arg_default cargo test -p mcp-tests --test ui     # those with this in their names
//! UI_WRITE=1 cargo test -p mcp-tests --test ui         # messages that have changed are written down; read them
//!
//! # The programs and commands of one page of the book; without `PAGE`, of all pages.
//! PAGE=errors cargo test -p mcp-tests --features slow --test ui pages
//! ```
//!
//! The compiler is called without cargo, once a case, with the libraries that this test is linked to itself.

// The commands of pages are for a shell, and take longer than all the rest.
#[cfg(all(unix, feature = "slow"))]
#[path = "ui/guides/mod.rs"]
mod guides;
#[path = "ui/harness/mod.rs"]
mod harness;

use std::path::Path;

use harness::{Case, Outcome, run_all};

#[test]
fn mistakes_are_told_word_for_word() {
    run_all("ui", Case::says_what_is_written);
}

/// Where the runtime has no feature switched on.
#[test]
fn missing_features_are_named() {
    run_all("ui/without_features", |case| case.without_features().says_what_is_written());
}

/// They run where the feature `slow` is on.
#[test]
fn programs_compile_and_run() {
    // To link and run them takes three times as long as to compile them.
    run_all("ui/pass", if cfg!(feature = "slow") { Case::runs } else { Case::compiles });
}

/// A message that does not fit on a screen is not read.
#[test]
fn messages_are_short() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for file in std::fs::read_dir(ui).expect("the directory is beside this file") {
        let path = file.expect("it can be read").path();
        // Those of several mistakes are about how messages stand together; the others have several calls each, of whose arguments rustc
        // tells with notes of its own. A lock that is held is told by rustc alone.
        let many = path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| {
            matches!(
                stem,
                "many_mistakes_at_once"
                    | "tool_cache_of_what_changes"
                    | "tool_guard_held_across_await"
                    | "read_wrong_type"
                    | "prompt_wrong_number"
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
