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

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cli")
}

#[test]
fn commands_print_what_they_should() {
    let mut files: Vec<_> =
        std::fs::read_dir(directory()).expect("it is there").map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut failures = String::new();
    let mut cases = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("text");
        for case in text.split("\n== ").skip(1).map(Case::parse) {
            cases += 1;
            let Some(seen) = case.run() else { continue };
            if seen != case.expected {
                let name = file.file_name().unwrap_or_default().display();
                let _ =
                    writeln!(failures, "\n{name}: {}\n--- expected\n{:#}--- seen\n{seen:#}", case.name, case.expected);
            }
        }
    }
    assert!(cases > 0, "no cases");
    assert!(failures.is_empty(), "{failures}");
}

struct Case {
    name: String,
    variant: String,
    terminal: Option<u16>,
    env: BTreeMap<String, String>,
    words: Vec<String>,
    input: String,
    expected: Seen,
}

/// What came of a command.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    output: String,
    errors: String,
    code: i32,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.output.replace('\u{1b}', "\\e"))?;
        for line in self.errors.lines() {
            writeln!(f, "! {line}")?;
        }
        writeln!(f, "exit: {}", self.code)
    }
}

impl Case {
    fn parse(text: &str) -> Self {
        let mut lines = text.trim_end().lines();
        let mut case = Self {
            name: lines.next().unwrap_or_default().to_owned(),
            variant: String::new(),
            terminal: None,
            env: BTreeMap::new(),
            words: Vec::new(),
            input: String::new(),
            expected: Seen::default(),
        };
        for line in lines.by_ref() {
            match line.split_once(": ").or_else(|| line.split_once(' ')) {
                _ if line.starts_with("$ ") => {
                    case.words = split(&line[2..].replace("\\e", "\u{1b}"));
                    break;
                }
                Some(("server", variant)) => variant.clone_into(&mut case.variant),
                Some(("terminal", columns)) => case.terminal = Some(columns.parse().expect("a number of columns")),
                Some(("env", pair)) => {
                    let (name, value) = pair.split_once('=').expect("NAME=value");
                    case.env.insert(name.to_owned(), value.to_owned());
                }
                _ => panic!("{}: what is {line:?}?", case.name),
            }
        }
        for line in lines {
            let ended = |text: &str| match text.strip_suffix('~') {
                Some(text) => text.to_owned(),
                None => format!("{text}\n"),
            };
            if let Some(typed) = line.strip_prefix("< ").or((line == "<").then_some("")) {
                case.input += &if typed == "^D" { "\u{4}".to_owned() } else { ended(typed) };
            } else if let Some(error) = line.strip_prefix("! ") {
                case.expected.errors += &ended(error);
            } else if let Some(code) = line.strip_prefix("exit: ") {
                case.expected.code = code.parse().expect("a number");
            } else {
                case.expected.output += &ended(&line.replace("\\e", "\u{1b}"));
            }
        }
        case
    }

    fn command(&self) -> Command {
        let mut command = Command::new(SERVER);
        command.args(&self.words).current_dir(directory()).env("FIXTURE", &self.variant).env("TERM", "xterm");
        for name in ["RUST_LOG", "RUST_BACKTRACE", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command.envs(&self.env);
        command
    }

    /// Runs the command. There is nothing to see where there are no terminals.
    fn run(&self) -> Option<Seen> {
        match self.terminal {
            Some(columns) => self.run_on_terminal(columns),
            None => Some(self.run_in_pipes()),
        }
    }

    fn run_in_pipes(&self) -> Seen {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        // Most read nothing of it, and may be gone already.
        let _ = child.stdin.take().expect("a pipe").write_all(self.input.as_bytes());
        let done = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Seen { output: text(done.stdout), errors: text(done.stderr), code: done.status.code().unwrap_or(-1) }
    }

    #[cfg(unix)]
    fn run_on_terminal(&self, columns: u16) -> Option<Seen> {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        use rustix::termios::{LocalModes, OptionalActions, OutputModes, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).expect("it is ours");
        unlockpt(&ours).expect("it is ours");
        let name = ptsname(&ours, Vec::new()).expect("it has a name");
        let open = || {
            let path = name.to_str().expect("text");
            std::fs::File::options().read(true).write(true).open(path).expect("it is there")
        };
        let theirs = open();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&theirs, size).expect("a terminal has a size");
        let mut modes = tcgetattr(&theirs).expect("a terminal has modes");
        // What is typed is not shown, and lines end as they are written.
        modes.local_modes.remove(LocalModes::ECHO);
        modes.output_modes.remove(OutputModes::OPOST);
        tcsetattr(&theirs, OptionalActions::Now, &modes).expect("modes can be set");

        let mut ours = std::fs::File::from(ours);
        // A command that reads more than it should ends all the same.
        let typed = format!("{}\u{4}\u{4}", self.input);
        ours.write_all(typed.as_bytes()).expect("a terminal holds what is typed ahead");
        let mut command = self.command();
        command.stdin(open()).stdout(open()).stderr(theirs);
        let mut child = command.spawn().expect("it starts");
        // Its ends of the terminal are closed with it.
        drop(command);
        let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
        // Linux says with an error that nobody has the other end any more.
        while let Ok(count @ 1..) = ours.read(&mut chunk) {
            seen.extend_from_slice(&chunk[..count]);
        }
        let code = child.wait().expect("it ends").code().unwrap_or(-1);
        Some(Seen { output: String::from_utf8(seen).expect("text"), errors: String::new(), code })
    }

    #[cfg(not(unix))]
    fn run_on_terminal(&self, _: u16) -> Option<Seen> {
        None
    }
}

/// Words as a shell splits them: at spaces, but not within single quotes.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted, mut is_word) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (is_quoted, is_word) = (!is_quoted, true),
            ' ' if !is_quoted => {
                if is_word {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
            }
            c => {
                word.push(c);
                is_word = true;
            }
        }
    }
    words.extend(is_word.then_some(word));
    words
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
