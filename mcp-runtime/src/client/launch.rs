//! Programs to start as servers.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::error::ClientError;

/// A program to start, whose standard input and output are the connection (`basic/transports/stdio`).
///
/// It is made from a command line, whose words are told apart as a shell does (quotes and backslashes; nothing is expanded), or
/// from a [`std::process::Command`], of which program, arguments, environment and directory count. A text that is the path of a file
/// is that program, whatever blanks and backslashes it has; with arguments behind it, such a path is quoted, or given to
/// [`Launch::new`].
///
/// ```
/// use mcp_runtime::client::Launch;
///
/// let launch = Launch::new("my-server").arg("--read-only").env("LOG", "debug").directory("/srv/data");
/// let line = Launch::from("'/opt/my tools/server' --read-only");
/// let same = Launch::new("/opt/my tools/server").arg("--read-only");
/// # let _ = (launch, line, same);
/// ```
#[derive(Clone, Debug)]
pub struct Launch {
    pub(super) program: OsString,
    pub(super) args: Vec<OsString>,
    /// What is set, and what is taken away.
    pub(super) env: Vec<(OsString, Option<OsString>)>,
    pub(super) directory: Option<PathBuf>,
    pub(super) stderr: Stderr,
    /// What is wrong with the command line.
    pub(super) fault: Option<&'static str>,
}

/// What becomes of what a server's program says on standard error.
///
/// ```
/// use mcp_runtime::client::{Launch, Stderr};
///
/// let launch = Launch::new("my-server").stderr(Stderr::Discard);
/// # let _ = launch;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stderr {
    /// Each line becomes a `tracing` event of the target `mcp_server`, with the server's name.
    #[default]
    Log,
    /// It goes where this program's own goes.
    Inherit,
    /// Nobody sees it.
    Discard,
}

impl Launch {
    /// A program, found as by a shell. The text is its name or its path, and nothing else: blanks are part of it.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            directory: None,
            stderr: Stderr::default(),
            fault: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable of its environment, which is otherwise this program's.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Takes a variable out of its environment.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), None));
        self
    }

    /// Sets its working directory.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets what becomes of its standard error.
    #[must_use]
    pub fn stderr(mut self, stderr: Stderr) -> Self {
        self.stderr = stderr;
        self
    }

    /// What it is called in logs: the program's name.
    pub(super) fn name(&self) -> String {
        let path = std::path::Path::new(&self.program);
        path.file_stem().unwrap_or(&self.program).to_string_lossy().into_owned()
    }

    /// # Errors
    /// There is nothing to start.
    pub(crate) fn check(&self) -> Result<(), ClientError> {
        match self.fault {
            Some(fault) => Err(ClientError::invalid(fault)),
            None if self.program.is_empty() => Err(ClientError::invalid("the command line is empty")),
            None => Ok(()),
        }
    }
}

impl From<&str> for Launch {
    fn from(line: &str) -> Self {
        // Only a path: a name without directories is looked for in PATH, not here.
        let path = Path::new(line);
        if path.components().nth(1).is_some() && path.is_file() {
            return Self::new(line);
        }
        match words(line) {
            Ok(mut words) if !words.is_empty() => Self::new(words.remove(0)).args(words),
            Ok(_) => Self::new(""),
            Err(fault) => Self { fault: Some(fault), ..Self::new("") },
        }
    }
}

impl From<String> for Launch {
    fn from(line: String) -> Self {
        line.as_str().into()
    }
}

impl From<std::process::Command> for Launch {
    fn from(command: std::process::Command) -> Self {
        (&command).into()
    }
}

impl From<&std::process::Command> for Launch {
    fn from(command: &std::process::Command) -> Self {
        let env = command.get_envs().map(|(name, value)| (name.to_owned(), value.map(OsStr::to_owned)));
        Self {
            env: env.collect(),
            directory: command.get_current_dir().map(Into::into),
            ..Self::new(command.get_program()).args(command.get_args())
        }
    }
}

impl From<&Launch> for std::process::Command {
    fn from(launch: &Launch) -> Self {
        let mut command = Self::new(&launch.program);
        command.args(&launch.args);
        for (name, value) in &launch.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = &launch.directory {
            command.current_dir(directory);
        }
        command
    }
}

/// The words of a command line.
fn words(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    let mut quote = None;
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(char),
            (_, '\\') => {
                let next = chars.next().ok_or("the command line ends in a backslash")?;
                let word = word.get_or_insert_default();
                if quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
            }
            (Some(_), _) => word.get_or_insert_default().push(char),
            (None, '\'' | '"') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, _) if char.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(char),
        }
    }
    if quote.is_some() {
        return Err("a quote in the command line is not closed");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_has_the_words_that_a_shell_sees() {
        for (line, expected) in [
            ("npx -y  server", vec!["npx", "-y", "server"]),
            (r#"a 'b c' "d \" e" f\ g"#, vec!["a", "b c", "d \" e", "f g"]),
            (r#"a '' "C:\dir""#, vec!["a", "", r"C:\dir"]),
            ("", vec![]),
        ] {
            assert_eq!(words(line).expect(line), expected, "{line}");
        }
        assert!(words("a 'b").is_err());
        assert!(words("a \\").is_err());
    }
}
