//! The command line that every server has. Each file of `cli/` is a list of cases:
//!
//! ```text
//! == what it is about
//! server: asking             a variant of the fixture; the whole one without
//! terminal: 60               on a terminal of so many columns, where both outputs are seen as one
//! env: NO_COLOR=             what else is in the environment
//! $ call add a=2 'b=3'       the words, as a shell splits them; `\e` begins an escape sequence
//! < typed                    lines of standard input; `^D` ends it on a terminal
//! 5                          what is expected on standard output; `~` at an end stands for no line break
//! ! error: …                 the same on standard error
//! exit: 1                    0 without
//! ```

#[path = "cli/harness.rs"]
mod harness;

use std::path::Path;
use std::process::Command;

use self::harness::{Case, Program, check};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// The fixture server's own command line.
struct Fixture;

impl Program for Fixture {
    fn command(&self, case: &Case) -> Command {
        let mut command = Command::new(SERVER);
        command.args(&case.words);
        command
    }
}

#[test]
fn commands_print_what_they_should() {
    check("cli", &Fixture);
}

/// Bytes go where they are told to, as they are, and nothing else does.
#[test]
fn bytes_are_written_to_a_file() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{}.png", std::process::id()));
    for words in [&["call", "picture"], &["read", "test://bytes"]] {
        let done =
            Command::new(SERVER).args(words).arg("--out").arg(&file).env("FIXTURE", "").output().expect("it runs");
        assert!(done.status.success() && done.stdout.is_empty(), "{done:?}");
        assert_eq!(std::fs::read(&file).expect("it was written"), b"data", "{words:?}");
        std::fs::remove_file(&file).expect("it is there");
    }
    let nowhere = file.join("below");
    let done = Command::new(SERVER).args(["call", "picture", "--out"]).arg(&nowhere).output().expect("it runs");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(errors.starts_with("error: cannot write `") && done.status.code() == Some(2), "{errors}");
}

/// Words in other encodings are refused wherever they stand, and nothing is called.
#[cfg(unix)]
#[test]
fn words_that_are_not_text_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    for words in [
        &[b"li\xffst".as_slice()][..],
        &[b"call", b"add", b"a=1", b"b=\xff"],
        &[b"call", b"add", b"--as=\xff", b"a=1", b"b=2"],
        &[b"call", b"add", b"--as", b"\xff", b"a=1", b"b=2"],
        &[b"call", b"add", b"--json={\xff}"],
        &[b"call", b"add", b"--", b"\xff"],
    ] {
        let done = Command::new(SERVER).args(words.iter().map(|word| OsStr::from_bytes(word))).output();
        let done = done.expect("it runs");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(errors.contains("is not valid UTF-8, as all arguments must be"), "{words:?}: {errors}");
        assert!(done.status.code() == Some(2) && done.stdout.is_empty(), "{done:?}");
    }
}
