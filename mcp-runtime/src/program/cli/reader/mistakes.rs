//! What is told of a mistake on the command line, with what was perhaps meant.

use std::ffi::OsStr;

use lexopt::{Error, Parser};

use super::super::word::{Required, Takes, Word};
use super::{Reader, Stop};
use crate::nearest::nearest;

impl Reader<'_> {
    /// A mistake that the parser finds: a flag was given a value.
    pub(super) fn unreadable(&self, error: &Error) -> Stop {
        let what = match error {
            Error::UnexpectedValue { option, value } => {
                format!("unexpected value '{}' for '{option}' found; no more were expected", value.to_string_lossy())
            }
            other => other.to_string(),
        };
        self.mistake(what).with_usage_of(self.used(None)).into()
    }

    /// An option without its value. A word that begins with a dash is another option.
    pub(super) fn no_value(&self, option: &Word, parser: &mut Parser) -> Stop {
        let next = parser.try_raw_args().and_then(|words| words.peek().and_then(OsStr::to_str).map(str::to_owned));
        let is_option = |next: &str| self.option(|one| next.strip_prefix("--") == Some(one.long)).is_some();
        let tip = next.filter(|next| next != "--" && !is_option(next));
        let tip = tip.map(|next| format!("to pass '{next}' as the value, use '--{}={next}'", option.long));
        let what = format!("a value is required for '{}' but none was supplied", option.written(false));
        self.mistake(what).with_tips(tip).into()
    }

    pub(super) fn unknown_command(&self, word: &str) -> Stop {
        let meant = nearest(word, &mut self.table.commands.iter().map(|command| command.name));
        let tip = meant.map(|meant| format!("a similar subcommand exists: '{meant}'"));
        self.mistake(format!("unrecognized subcommand '{word}'")).with_tips(tip).with_usage().into()
    }

    pub(super) fn unknown(&self, name: &str) -> Stop {
        let longs = || self.options().map(|one| one.long);
        let meant = longs().find(|long| !name.is_empty() && long.starts_with(name));
        let meant = meant.or_else(|| nearest(name, &mut longs()));
        let meant = self.option(|one| Some(one.long) == meant);
        let mut tips: Vec<String> =
            meant.iter().map(|meant| format!("a similar argument exists: '--{}'", meant.long)).collect();
        if let Some(tip) = self.tip_of_serve(&format!("--{name}")) {
            tips.push(tip);
        } else if self.command.name.is_empty() && self.table.find(name).is_some() {
            tips.push(format!("commands are written without dashes: '{name}'"));
        } else if self.takes_pairs() {
            tips.push(format!("arguments are written without dashes: `{name}=VALUE`"));
        } else if meant.is_none() && self.takes_any() {
            tips.push(format!("to pass '--{name}' as a value, use '-- --{name}'"));
        }
        let used = self.used(meant);
        self.mistake(format!("unexpected argument '--{name}' found")).with_tips(tips).with_usage_of(used).into()
    }

    pub(super) fn unknown_letter(&self, letter: char) -> Stop {
        let tip = if self.takes_pairs() {
            Some(format!("arguments are written with their names: `NAME=-{letter}`"))
        } else {
            self.takes_any().then(|| format!("to pass '-{letter}' as a value, use '-- -{letter}'"))
        };
        self.mistake(format!("unexpected argument '-{letter}' found")).with_tips(tip).with_usage().into()
    }

    /// Whether the command takes `key=value`.
    fn takes_pairs(&self) -> bool {
        self.command.arguments().any(|one| one.name == "arguments")
    }

    /// Whether it takes a value that may be anything, and so begin with a dash.
    fn takes_any(&self) -> bool {
        let first = self.command.arguments().next();
        !self.table.is_client && first.is_some_and(|first| !matches!(first.takes, Takes::OneOf(_)))
    }

    /// What usage shows after a mistake: what was given, the options that must come with it, and one that was perhaps meant.
    pub(super) fn used(&self, meant: Option<&'static Word>) -> Vec<&'static Word> {
        let is_missing = |one: &Word| self.missing().iter().any(|missing| missing.name == one.name);
        let mut used: Vec<&Word> =
            self.command.options().filter(|one| self.matches.own_has(one.name) || is_missing(one)).collect();
        used.extend(self.command.arguments().filter(|one| self.matches.own_has(one.name)));
        used.extend(meant);
        used
    }

    /// The options and arguments that must be given and were not.
    pub(super) fn missing(&self) -> Vec<&'static Word> {
        let has = |name: &str| self.matches.own_has(name);
        let needed: Vec<&str> = self.matches.own().filter_map(|word| word.needs).collect();
        let is_missing = |one: &&Word| {
            let is_required = match one.required {
                Required::No => needed.contains(&one.name),
                Required::Yes => true,
                Required::Unless(flag) => !has(flag),
            };
            is_required && !has(one.name)
        };
        self.command.words().filter(is_missing).collect()
    }

    /// Where an option of `serve` is to be written, which was written elsewhere.
    pub(super) fn tip_of_serve(&self, word: &str) -> Option<String> {
        let name = word.trim_start_matches('-');
        let serve = self.table.find("serve");
        let is_of_serve = serve.is_some_and(|serve| serve.options().any(|one| one.long == name && !one.is_hidden));
        (is_of_serve && !self.table.is_client).then(|| format!("write `serve {word}`: it is an option of `serve`"))
    }
}
