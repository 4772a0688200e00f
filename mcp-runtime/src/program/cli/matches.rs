//! What was written on the command line, by the words of the table of commands.

use super::size;
use super::word::{Command, Word};

/// The command, and the values of its options and arguments.
#[derive(Default)]
pub(super) struct Matches {
    command: Option<&'static Command>,
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
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.given.iter().filter(move |(word, _)| word.name == name).map(|(_, value)| &**value)
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
    }

    /// Adds an option or an argument of the command.
    pub(super) fn add(&mut self, word: &'static Word, value: String) {
        self.given.push((word, value));
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
