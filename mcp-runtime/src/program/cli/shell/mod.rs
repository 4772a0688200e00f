//! `completions`: scripts that let a shell complete the command line, names and arguments of what the server offers among it. They
//! ask the program itself: `__complete WORDS…`, a command that no help has, tells how the last word may go on.

mod line;
mod scripts;

use std::ffi::OsString;
use std::process::ExitCode;

use self::line::Asked;
use super::complete;
use super::json::Json;
use super::matches::Matches;
use super::offer::{Items, Kind};
use super::output::{Output, plain_line};
use super::remote::{Failure, Remote};
use super::schema::Schema;
use super::word::{Command, HELP_OPTION, Required, Table, Takes, Word, argument};

pub(super) static COMPLETIONS: Command = Command {
    name: "completions",
    about: "Print a script with which a shell completes words",
    words: &[
        &[Word { takes: Takes::OneOf(&["bash", "zsh", "fish"]), ..argument("shell", "SHELL", "The shell") }
            .required(Required::Yes)],
        HELP_OPTION,
    ],
};

/// The word that the scripts ask with.
pub(super) const ASKS: &str = "__complete";

/// The script for a shell.
///
/// # Errors
/// It cannot be written.
pub(super) fn script(matches: &Matches, program: &str) -> Result<ExitCode, Failure> {
    let script = match matches.values("shell").next() {
        Some("zsh") => scripts::ZSH,
        Some("fish") => scripts::FISH,
        _ => scripts::BASH,
    };
    let safe = |char: char| char.is_ascii_alphanumeric();
    let id: String = program.chars().map(|char| if safe(char) { char } else { '_' }).collect();
    let mut out = Output::open(None)?;
    // A name that a shell would read as more than a name stays out of scripts.
    let name: String =
        program.chars().map(|char| if safe(char) || "._-+".contains(char) { char } else { '_' }).collect();
    out.bytes(script.replace("@NAME@", &name).replace("@ID@", &id).as_bytes());
    out.finish().map(|()| ExitCode::SUCCESS)
}

/// A word that may go on in several ways.
pub(super) struct Completing {
    /// What there is of it.
    current: String,
    asked: Asked,
}

/// One of them, and what it is for.
struct Candidate {
    word: String,
    about: String,
}

impl Completing {
    /// Reads the words of a command line, of which the last is to be completed, and notes the others in `matches`. `targets` are the
    /// names of servers that are known where it says so.
    pub(super) fn read(
        table: &'static Table,
        own: &[&'static Word],
        words: Vec<OsString>,
        matches: &mut Matches,
        targets: &dyn Fn(&Matches) -> Vec<String>,
    ) -> Self {
        // What is no text is completed by nothing, and in its place.
        let mut words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let current = words.pop().unwrap_or_default();
        let asked = line::read(table, own, words, &current, matches, targets);
        Self { current, asked }
    }

    /// Whether a server has to be asked.
    pub(super) fn asks(&self) -> bool {
        matches!(self.asked, Asked::Names(_) | Asked::Arguments)
    }

    /// Prints how the word may go on, where no server has to be asked.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn print(self) -> Result<ExitCode, Failure> {
        let Self { current, asked } = self;
        let candidates = match asked {
            Asked::Words(words) => words,
            _ => Vec::new(),
        };
        show(&current, candidates)
    }

    /// Asks the server how the word may go on, and prints it.
    ///
    /// # Errors
    /// The server's, and that it cannot be written.
    pub(super) fn run(&self, matches: &Matches, remote: &mut dyn Remote) -> Result<ExitCode, Failure> {
        let candidates = match &self.asked {
            Asked::Names(kinds) => names(remote, kinds),
            Asked::Arguments => self.arguments(matches, remote)?,
            Asked::Words(_) => Vec::new(),
        };
        show(&self.current, candidates)
    }

    /// The arguments of what is called, as `key=`, or behind that the values of one.
    fn arguments(&self, matches: &Matches, remote: &mut dyn Remote) -> Result<Vec<Candidate>, Failure> {
        let name = matches.values("name").next().unwrap_or_default();
        let key = self.current.split_once('=').map(|(key, _)| key);
        let whole = |key: &str, value: &str| Candidate { word: format!("{key}={value}"), about: String::new() };
        if matches.command() == Some("call") {
            let tools = Items::fetch(remote, Kind::Tools)?;
            let tool = tools.find(name).unwrap_or_default();
            let input = Schema::new(&tool["inputSchema"]);
            let Some(key) = key else {
                let all = input.properties().filter(|property| {
                    // A list may be given item by item.
                    property.schema.takes("array") || !is_given(matches, property.name)
                });
                return Ok(all.map(|property| argument_of(property.name, &about(property.schema))).collect());
            };
            let Some(schema) = input.property(key) else { return Ok(Vec::new()) };
            let mut values: Vec<String> =
                schema.choices().iter().map(|choice| super::values::written(choice.value)).collect();
            if values.is_empty() && schema.takes("boolean") {
                values = vec!["true".to_owned(), "false".to_owned()];
            }
            return Ok(values.iter().map(|value| whole(key, value)).collect());
        }
        let Some(key) = key else {
            if matches.command() != Some("prompt") && name.contains("://") {
                let template = mcp_proto::types::UriTemplate::parse(name);
                let variables = template.iter().flat_map(|template| template.variables());
                let free = variables.filter(|variable| !is_given(matches, &variable.name));
                return Ok(free.map(|variable| argument_of(&variable.name, "")).collect());
            }
            let prompt = Items::fetch(remote, Kind::Prompts)?.find(name).unwrap_or_default();
            let free = prompt["arguments"].items().iter().filter(|one| !is_given(matches, one["name"].text()));
            return Ok(free.map(|one| argument_of(one["name"].text(), one["description"].text())).collect());
        };
        let written = matches.values("arguments").chain(std::iter::once(&*self.current));
        let result = complete::fetch(remote, name, complete::Begun::read(written)?)?;
        let values = Json::parse(&result);
        Ok(values["completion"]["values"].items().iter().map(|value| whole(key, value.text())).collect())
    }
}

/// Whether an argument has its value already.
fn is_given(matches: &Matches, key: &str) -> bool {
    matches.values("arguments").any(|given| given.split_once('=').is_some_and(|(given, _)| given == key))
}

/// What is said of a value, or else what type it has.
fn about(schema: Schema<'_>) -> String {
    match schema.description() {
        "" => schema.brief(),
        description => description.to_owned(),
    }
}

fn argument_of(name: &str, about: &str) -> Candidate {
    Candidate { word: format!("{name}="), about: about.to_owned() }
}

/// What the server offers of these kinds. That it has none of one is no reason to tell none of the others.
fn names(remote: &mut dyn Remote, kinds: &[Kind]) -> Vec<Candidate> {
    let mut all = Vec::new();
    for kind in kinds {
        let Ok(items) = Items::fetch(remote, *kind) else { continue };
        all.extend(items.read().map(|item| Candidate {
            word: item[kind.key()].text().to_owned(),
            about: item["description"].text().to_owned(),
        }));
    }
    all
}

fn show(current: &str, candidates: Vec<Candidate>) -> Result<ExitCode, Failure> {
    let mut out = Output::open(None)?;
    out.bytes(lines(current, &candidates).as_bytes());
    out.finish().map(|()| ExitCode::SUCCESS)
}

/// Those that go on from what there is, one a line, with a tab before what each is for. Names that would do something to a terminal
/// or to the script are left out.
fn lines(current: &str, candidates: &[Candidate]) -> String {
    let mut lines = String::new();
    for Candidate { word, about } in candidates {
        if !word.starts_with(current) || word.is_empty() || word.contains('\t') || plain_line(word) != *word {
            continue;
        }
        let about = about.lines().next().unwrap_or_default().replace('\t', " ");
        let tab = if about.is_empty() { "" } else { "\t" };
        lines += &format!("{word}{tab}{}\n", plain_line(&about));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_forges_no_candidate_and_moves_no_cursor() {
        let of = |word: &str, about: &str| Candidate { word: word.to_owned(), about: about.to_owned() };
        let all = [
            of("add", "Adds.\nAll of it."),
            of("add\nrm", ""),
            of("add\u{1b}[2J", ""),
            of("add\trm", ""),
            of("add\u{202e}", ""),
            of("", "nothing"),
            of("addé", "a\tb\u{1b}[2J"),
            of("echo", ""),
        ];
        assert_eq!(lines("ad", &all), "add\tAdds.\naddé\ta b\\u{1b}[2J\n");
        assert_eq!(lines("", &all[7..]), "echo\n");
    }
}
