//! What the macros say of mistakes, word for word, and what they must accept.
//!
//! Each file in `ui/` has one mistake, after which it is named. When a message has changed on
//! purpose, `TRYBUILD=overwrite cargo test -p mcp-tests --test ui` writes the new ones; read them.

use std::path::Path;

#[test]
fn messages_and_programs() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    cases.pass("ui/pass/*.rs");
}

/// A message that does not fit on a screen is not read.
#[test]
fn messages_are_short() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for file in std::fs::read_dir(ui).expect("the directory is beside this file") {
        let path = file.expect("it can be read").path();
        // That file is about how several messages stand together.
        let many = path.file_stem().is_some_and(|stem| stem == "many_mistakes_at_once");
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
