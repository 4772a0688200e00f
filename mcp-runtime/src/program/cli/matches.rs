//! What was written on the command line, by the words of the table of commands.

use super::size;
use super::word::{Command, Word};

/// The command, and the values of its options and arguments. The options that a program has itself are told apart: a name may be
/// theirs before a command and the command's own after it.
#[derive(Default)]
pub(super) struct Matches {
    command: Option<&'static Command>,
    /// The options of the program's own, with their values.
    program: Vec<(&'static Word, String)>,
    /// How many of them were given before the command.
    program_outer: usize,
    /// Each option and argument that was given, with its value, which is empty for a flag.
    given: Vec<(&'static Word, String)>,
    /// How many of them were given before the command.
    outer: usize,
}

impl Matches {
    /// The name of the command; `None` where there is none.
    pub(super) fn command(&self) -> Option<&'static str> {
        self.command.map(|command| command.name)
    }

    /// The values of an option or an argument.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
        self.given.iter().filter(move |(word, _)| word.name == name).map(|(_, value)| &**value)
    }

    /// The values of an option that the program has itself.
    pub(super) fn program_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.program.iter().filter(move |(word, _)| word.name == name).map(|(_, value)| &**value)
    }

    /// The options that the program takes without a command, each with its value: first those that every server has, then the
    /// program's own, which may stand behind the command, too.
    #[cfg(feature = "install")]
    pub(super) fn of_program(&self) -> impl DoubleEndedIterator<Item = (&'static Word, &str)> + Clone {
        let all = self.given[..self.outer].iter().chain(&self.program);
        all.map(|(word, value)| (*word, &**value))
    }

    /// Whether an option or an argument was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The most bytes of one message. The option may be given before `serve` and after it; then the later one counts.
    pub(super) fn max_message(&self) -> Option<usize> {
        self.values("max-message").last().and_then(|size| size::parse(size).ok())
    }

    /// How lines of the log look. The option may be given before `serve` and after it; then the later one counts.
    pub(super) fn log_format(&self) -> Option<&str> {
        self.values("log-format").last()
    }

    /// Notes the command.
    pub(super) fn begin(&mut self, command: &'static Command) {
        self.command = Some(command);
        self.outer = self.given.len();
        self.program_outer = self.program.len();
    }

    /// Adds an option or an argument of the command.
    pub(super) fn add(&mut self, word: &'static Word, value: String) {
        self.given.push((word, value));
    }

    /// Adds an option of the program's own.
    pub(super) fn add_to_program(&mut self, word: &'static Word, value: String) {
        self.program.push((word, value));
    }

    /// Whether an option of the program's own was given, on this side of the command.
    pub(super) fn program_has(&self, name: &str) -> bool {
        self.program[self.program_outer..].iter().any(|(word, _)| word.name == name)
    }

    /// The options and arguments that were given after the command.
    pub(super) fn own(&self) -> impl Iterator<Item = &'static Word> {
        self.given[self.outer..].iter().map(|(word, _)| *word)
    }

    /// Whether an option or an argument was given after the command.
    pub(super) fn own_has(&self, name: &str) -> bool {
        self.own().any(|word| word.name == name)
    }
}
