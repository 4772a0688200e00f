//! Commands, and what they print: files of cases, as `tests/cli.rs` describes them.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mcp_tests::side_by_side;

/// A program to try. Several of its commands run at the same time.
pub trait Program: Sync {
    /// The program, with these words; what else a case says of it is added.
    fn command(&self, case: &Case) -> Command;

    /// What was seen in a case, without what differs from run to run.
    fn settled(&self, _case: &Case, text: String) -> String {
        text
    }
}

/// How many commands run at the same time: many of them wait.
const TOGETHER: usize = 4;

/// Runs all cases of a folder below `tests`.
///
/// # Panics
/// Where something else is seen than expected.
pub fn check(folder: &str, program: &impl Program) {
    let folder = directory(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("it is there").map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("text");
        let name = file.file_name().unwrap_or_default().display().to_string();
        for case in text.split("\n== ").skip(1) {
            cases.push(Case { file: name.clone(), number: cases.len(), ..Case::parse(case) });
        }
    }
    assert!(!cases.is_empty(), "no cases");
    let failures = side_by_side::failures(&cases, TOGETHER, |case| case.failure(program, &folder));
    assert!(failures.is_empty(), "{}", failures.concat());
}

/// A folder below `tests`.
pub fn directory(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// A command, and what is expected of it.
pub struct Case {
    file: String,
    /// Which of the folder's cases it is, from zero.
    #[allow(dead_code)] // Not all tests that share this file ask for it.
    pub number: usize,
    name: String,
    /// Whether it takes seconds.
    slow: bool,
    /// The variant of the fixture.
    pub variant: String,
    /// A home directory, where the program has one of its own.
    #[allow(dead_code)] // Not all tests that share this file have them.
    pub home: String,
    terminal: Option<u16>,
    env: BTreeMap<String, String>,
    /// The words of the command.
    pub words: Vec<String>,
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
        f.write_str(&self.output.replace('\u{1b}', "\\e").replace('\r', "\\r"))?;
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
            file: String::new(),
            number: 0,
            slow: false,
            name: lines.next().unwrap_or_default().to_owned(),
            variant: String::new(),
            home: String::new(),
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
                Some(("slow", "yes")) => case.slow = true,
                Some(("home", home)) => home.clone_into(&mut case.home),
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
                case.expected.output += &ended(&line.replace("\\e", "\u{1b}").replace("\\r", "\r"));
            }
        }
        case
    }

    fn command(&self, program: &impl Program, directory: &Path) -> Command {
        let mut command = program.command(self);
        command.current_dir(directory).env("FIXTURE", &self.variant).env("TERM", "xterm");
        for name in ["RUST_LOG", "RUST_BACKTRACE", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command.envs(&self.env);
        command
    }

    /// How what is seen differs from what is expected, if it does.
    fn failure(&self, program: &impl Program, folder: &Path) -> Option<String> {
        if self.slow && !cfg!(feature = "slow") {
            return None;
        }
        let mut seen = self.run(&mut self.command(program, folder))?;
        seen.output = program.settled(self, seen.output);
        seen.errors = program.settled(self, seen.errors);
        let (file, name, expected) = (&self.file, &self.name, &self.expected);
        (seen != *expected).then(|| format!("\n{file}: {name}\n--- expected\n{expected:#}--- seen\n{seen:#}"))
    }

    /// Runs the command. There is nothing to see where there are no terminals.
    fn run(&self, command: &mut Command) -> Option<Seen> {
        match self.terminal {
            Some(columns) => self.run_on_terminal(command, columns),
            None => Some(self.run_in_pipes(command)),
        }
    }

    fn run_in_pipes(&self, command: &mut Command) -> Seen {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        // Most read nothing of it, and may be gone already.
        let _ = child.stdin.take().expect("a pipe").write_all(self.input.as_bytes());
        let done = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Seen { output: text(done.stdout), errors: text(done.stderr), code: done.status.code().unwrap_or(-1) }
    }

    #[cfg(unix)]
    fn run_on_terminal(&self, command: &mut Command, columns: u16) -> Option<Seen> {
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
        command.stdin(open()).stdout(open()).stderr(theirs);
        let mut child = command.spawn().expect("it starts");
        // Its ends of the terminal are closed.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
        // Linux says with an error that nobody has the other end any more.
        while let Ok(count @ 1..) = ours.read(&mut chunk) {
            seen.extend_from_slice(&chunk[..count]);
        }
        let code = child.wait().expect("it ends").code().unwrap_or(-1);
        Some(Seen { output: String::from_utf8(seen).expect("text"), errors: String::new(), code })
    }

    #[cfg(not(unix))]
    fn run_on_terminal(&self, _: &mut Command, _: u16) -> Option<Seen> {
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
