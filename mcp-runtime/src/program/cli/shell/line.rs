//! A command line that is being written: what its last word may be.

use super::super::matches::Matches;
use super::super::offer::Kind;
use super::super::word::{Command, Table, Takes, Word};
use super::Candidate;

/// How the last word of a command line may go on.
pub(super) enum Asked {
    /// In these ways.
    Words(Vec<Candidate>),
    /// As what the server offers of these kinds.
    Names(&'static [Kind]),
    /// As an argument of what is called.
    Arguments,
}

/// Reads all words but the last into `matches`, as far as they can be understood.
pub(super) fn read(
    table: &'static Table,
    own: &[&'static Word],
    words: Vec<String>,
    current: &str,
    matches: &mut Matches,
    targets: &dyn Fn(&Matches) -> Vec<String>,
) -> Asked {
    let mut command = table.program;
    // The option whose value comes next.
    let mut open: Option<&'static Word> = None;
    let mut are_values = false;
    for word in words {
        if let Some(option) = open.take() {
            add(own, option, word, matches);
        } else if let Some(written) = word.strip_prefix("--").filter(|_| !are_values) {
            if written.is_empty() {
                are_values = true;
                continue;
            }
            let (name, value) = written.split_once('=').map_or((written, None), |(name, value)| (name, Some(value)));
            let Some(option) = options(command, own).find(|one| one.long == name || one.alias == name) else {
                continue;
            };
            match (value, option.takes) {
                (Some(value), _) => add(own, option, value.to_owned(), matches),
                (None, Takes::Nothing | Takes::PerhapsObject(_)) => add(own, option, String::new(), matches),
                (None, _) => open = Some(option),
            }
        } else if word.starts_with('-') && word.len() > 1 && !are_values {
            // -h and -V have no values.
        } else if command.name.is_empty() {
            // Behind a word that is none nothing is known.
            let Some(found) = table.find(&word) else { return Asked::Words(Vec::new()) };
            command = found;
            matches.begin(command);
        } else if let Some(argument) = next_argument(command, matches) {
            matches.add(argument, word);
        }
    }
    // Behind `--` there is the command line of another program.
    if are_values && table.is_client {
        return Asked::Words(Vec::new());
    }
    if let Some(option) = open {
        return Asked::Words(values(option, ""));
    }
    if let Some(written) = current.strip_prefix('-').filter(|_| !are_values) {
        if let Some((name, _)) = written.trim_start_matches('-').split_once('=') {
            let option = options(command, own).find(|one| one.long == name);
            return Asked::Words(option.map(|option| values(option, &format!("--{name}="))).unwrap_or_default());
        }
        let shown = options(command, own).filter(|one| !one.is_hidden);
        return Asked::Words(shown.map(|one| candidate(&format!("--{}", one.long), one.help)).collect());
    }
    if command.name.is_empty() {
        return Asked::Words(commands(table));
    }
    let Some(argument) = next_argument(command, matches) else { return Asked::Words(Vec::new()) };
    match (command.name, argument.name) {
        ("call", "name") => Asked::Names(&[Kind::Tools]),
        ("prompt", "name") => Asked::Names(&[Kind::Prompts]),
        ("read", "name") => Asked::Names(&[Kind::Resources, Kind::Templates]),
        ("complete", "name") => Asked::Names(&[Kind::Prompts, Kind::Templates]),
        ("call" | "prompt" | "complete", "arguments") => Asked::Arguments,
        ("help", _) => Asked::Words(commands(table)),
        (_, "target") => Asked::Words(targets(matches).iter().map(|name| candidate(name, "")).collect()),
        _ => Asked::Words(values(argument, "")),
    }
}

fn options(command: &'static Command, own: &[&'static Word]) -> impl Iterator<Item = &'static Word> {
    command.options().chain(own.iter().copied())
}

/// The argument that the next word is.
fn next_argument(command: &Command, matches: &Matches) -> Option<&'static Word> {
    command.arguments().find(|one| matches!(one.takes, Takes::Several) || !matches.own_has(one.name))
}

fn add(own: &[&'static Word], option: &'static Word, value: String, matches: &mut Matches) {
    if own.iter().any(|word| std::ptr::eq(*word, option)) {
        matches.add_to_program(option, value);
    } else {
        matches.add(option, value);
    }
}

fn commands(table: &Table) -> Vec<Candidate> {
    table.commands.iter().map(|command| candidate(command.name, command.about)).collect()
}

/// The values of an option or an argument, where there are only so many.
fn values(word: &Word, before: &str) -> Vec<Candidate> {
    let Takes::OneOf(values) = word.takes else { return Vec::new() };
    values.iter().map(|value| candidate(&format!("{before}{value}"), "")).collect()
}

fn candidate(word: &str, about: &str) -> Candidate {
    // In help it is broken into lines.
    Candidate { word: word.to_owned(), about: about.replace('\n', " ") }
}
