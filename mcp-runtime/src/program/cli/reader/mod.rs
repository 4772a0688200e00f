//! Reads the command line. `lexopt` tells options, their values and arguments apart; the table of commands says which
//! there are.

mod mistakes;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use lexopt::{Arg, Parser};

use super::matches::Matches;
use super::own::CliOption;
use super::size;
use super::usage::{self, Mistake};
use super::word::{Command, Table, Takes, Word};
use crate::nearest::nearest;

/// Reads the command line.
///
/// # Errors
/// The exit code, after the help, the version or a mistake was printed.
pub(super) fn read(
    table: &'static Table,
    own: &'static [CliOption],
    about: About<'_>,
    program: &str,
    words: Vec<OsString>,
    is_launched: bool,
) -> Result<Matches, ExitCode> {
    let stop = match Reader::new(table, own, program, is_launched).read(Parser::from_args(words)) {
        Ok(matches) => return Ok(matches),
        Err(stop) => stop,
    };
    let text = match stop {
        Stop::Help(command) => usage::help(table, own, command, program, about.description),
        Stop::Version => format!("{} {}\n", about.name, about.version),
        Stop::Mistake(mistake) => {
            let _ = io::stderr().write_all(mistake.as_bytes());
            return Err(ExitCode::from(2));
        }
    };
    let _ = io::stdout().write_all(text.as_bytes());
    Err(ExitCode::SUCCESS)
}

/// The command that a command line names, if nothing is wrong with it.
#[cfg(feature = "install")]
pub(super) fn command(table: &'static Table, own: &'static [CliOption], words: Vec<OsString>) -> Option<&'static str> {
    Reader::new(table, own, "", false).read(Parser::from_args(words)).ok()?.command()
}

/// What a program says of itself.
pub(super) struct About<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) description: Option<&'a str>,
}

/// Why reading ends early.
#[derive(Debug)]
enum Stop {
    Help(&'static Command),
    Version,
    /// The message about a mistake.
    Mistake(String),
}

impl From<Mistake<'_>> for Stop {
    fn from(mistake: Mistake<'_>) -> Self {
        Self::Mistake(mistake.to_string())
    }
}

struct Reader<'a> {
    table: &'static Table,
    /// The options of the program's own, which may be given before a command and after it.
    own: &'static [CliOption],
    program: &'a str,
    command: &'static Command,
    matches: Matches,
    /// Whether the command line of the server that is asked stands behind all: no argument names it.
    is_launched: bool,
}

impl<'a> Reader<'a> {
    fn new(table: &'static Table, own: &'static [CliOption], program: &'a str, is_launched: bool) -> Self {
        Self { table, own, program, command: table.program, matches: Matches::default(), is_launched }
    }

    fn read(mut self, mut parser: Parser) -> Result<Matches, Stop> {
        while let Some(arg) = parser.next().map_err(|error| self.unreadable(&error))? {
            match arg {
                Arg::Long(name) => {
                    let option = self.option(|one| one.long == name || (one.alias == name && !name.is_empty()));
                    let option = option.ok_or_else(|| self.unknown(name))?;
                    self.take(option, &mut parser)?;
                }
                Arg::Short(letter) => {
                    let option = self.option(|one| one.short == Some(letter));
                    let option = option.ok_or_else(|| self.unknown_letter(letter))?;
                    self.take(option, &mut parser)?;
                }
                Arg::Value(word) => {
                    let word = self.text(word)?;
                    self.plain(word)?;
                }
            }
        }
        self.finish()
    }

    fn option(&self, is_it: impl Fn(&Word) -> bool) -> Option<&'static Word> {
        self.options().find(|one| is_it(one))
    }

    fn options(&self) -> impl Iterator<Item = &'static Word> + use<> {
        self.command.options().chain(self.own.iter().map(|one| &one.word))
    }

    /// Takes an option, with its value where it takes one.
    fn take(&mut self, option: &'static Word, parser: &mut Parser) -> Result<(), Stop> {
        match option.name {
            "help" => return Err(Stop::Help(self.command)),
            "version" => return Err(Stop::Version),
            _ => {}
        }
        if let Takes::PerhapsObject(other) = option.takes
            && let Some(object) = object(parser)
        {
            let object = self.text(object)?;
            return self.add(other, object);
        }
        let value = match option.takes {
            // The parser refuses a value that is not asked for.
            Takes::Nothing | Takes::PerhapsObject(_) => String::new(),
            _ => match (parser.values().ok().and_then(|mut values| values.next()), option.takes) {
                (Some(value), _) => self.text(value)?,
                (None, Takes::Perhaps(default)) => default.to_owned(),
                (None, _) => return Err(self.no_value(option, parser)),
            },
        };
        if matches!(option.takes, Takes::Size)
            && let Err(why) = size::parse(&value)
        {
            let what = format!("invalid value '{value}' for '{}': {why}", option.written(false));
            return Err(self.mistake(what).into());
        }
        self.check_choice(option, &value)?;
        self.add(option, value)
    }

    /// Refuses a value that is none of those that there are.
    #[inline(never)]
    fn check_choice(&self, word: &Word, value: &str) -> Result<(), Stop> {
        let Takes::OneOf(values) = word.takes else { return Ok(()) };
        if values.contains(&value) {
            return Ok(());
        }
        #[cfg(feature = "client")]
        if let Some(kind) = self.matches.values("target").next().filter(|_| names_server(value)) {
            let line = format!("mcp {} {} {kind}", self.command.name, super::values::quoted(value));
            return Err(self.mistake(format!("the server comes first: write `{line}`")).into());
        }
        let (written, values_written) = (word.written(false), values.join(", "));
        let what = format!("invalid value '{value}' for '{written}'\n  [possible values: {values_written}]");
        let tip = nearest(value, &mut values.iter().copied());
        let tip = tip.map(|value| format!("a similar value exists: '{value}'"));
        Err(self.mistake(what).with_tips(tip).into())
    }

    #[inline(never)]
    fn add(&mut self, option: &'static Word, value: String) -> Result<(), Stop> {
        let is_program = self.own.iter().any(|one| std::ptr::eq(&one.word, option));
        let has = if is_program { Matches::program_has } else { Matches::own_has };
        if has(&self.matches, option.name) && !matches!(option.takes, Takes::Several) {
            let what = format!("the argument '{}' cannot be used multiple times", option.written(false));
            return Err(self.mistake(what).with_usage().into());
        }
        if is_program {
            self.matches.add_to_program(option, value);
        } else {
            self.matches.add(option, value);
        }
        Ok(())
    }

    /// Takes a word that is not an option: a command, or an argument of one.
    fn plain(&mut self, word: String) -> Result<(), Stop> {
        if self.command.name.is_empty() {
            let command = self.table.find(&word);
            self.command = command.ok_or_else(|| self.unknown_command(&word))?;
            self.matches.begin(self.command);
            let target = self.command.arguments().find(|one| one.name == "target");
            if let Some(target) = target.filter(|_| self.is_launched) {
                self.matches.add(target, String::new());
            }
            return Ok(());
        }
        let is_free = |one: &&Word| matches!(one.takes, Takes::Several) || !self.matches.own_has(one.name);
        let Some(argument) = self.command.arguments().find(is_free) else {
            let mistake = self.mistake(format!("unexpected argument '{word}' found"));
            return Err(mistake.with_tips(self.tip_of_serve(&word)).with_usage().into());
        };
        self.check_choice(argument, &word)?;
        self.matches.add(argument, word);
        Ok(())
    }

    /// Text that came from outside, which may be in any encoding.
    fn text(&self, word: OsString) -> Result<String, Stop> {
        word.into_string().map_err(|word| {
            let what = format!("'{}' is not valid UTF-8, as all arguments must be", word.to_string_lossy());
            self.mistake(what).into()
        })
    }

    fn finish(self) -> Result<Matches, Stop> {
        // Help for one thing is written from its schema, and waits until the server is built; help for the command waits for
        // nothing, whatever else is missing.
        if self.matches.has("describe") && !self.matches.has("name") {
            return Err(Stop::Help(self.command));
        }
        let missing = self.missing();
        if !missing.is_empty() {
            let mut what = "the following required arguments were not provided:".to_owned();
            for one in &missing {
                what += &format!("\n  {}", one.written(true));
            }
            let mut used = self.used(None);
            used.extend(missing.iter().filter(|one| one.is_argument()));
            return Err(self.mistake(what).with_usage_of(used).into());
        }
        if self.command.name == "help" {
            return Err(self.help());
        }
        Ok(self.matches)
    }

    /// Help for the command that follows `help`.
    fn help(self) -> Stop {
        let mut names = self.matches.values("commands");
        let of = |command| Self { command, ..Self::new(self.table, self.own, self.program, false) };
        let program = self.table.program;
        let Some(name) = names.next() else { return Stop::Help(program) };
        match (self.table.find(name), names.next()) {
            (None, _) => of(program).unknown_command(name),
            (Some(command), Some(other)) => {
                of(command).mistake(format!("unrecognized subcommand '{other}'")).with_usage().into()
            }
            (Some(command), None) => Stop::Help(command),
        }
    }

    fn mistake(&self, what: String) -> Mistake<'a> {
        Mistake::new(what, self.program, self.command)
    }
}

/// Whether a word can be nothing but the address of a server.
#[cfg(feature = "client")]
fn names_server(word: &str) -> bool {
    word.contains("://") || word.starts_with("unix:")
}

/// An object behind an option that may have one: `--json={…}`, or the next word if it is one. Other words are not taken,
/// so that `--json a=2` is a flag and an argument.
fn object(parser: &mut Parser) -> Option<OsString> {
    let is_object = |word: &str| word == "-" || word.starts_with('@') || word.trim_start().starts_with('{');
    parser.optional_value().or_else(|| parser.try_raw_args()?.next_if(|word| word.to_str().is_some_and(is_object)))
}

#[cfg(test)]
mod tests {
    use super::super::commands::TABLE;
    use super::super::own::CliOptions;
    use super::*;

    static OWN: [CliOption; 3] = [
        CliOption::flag("calm", ""),
        CliOption::value("allow", "DIR", "").several(),
        CliOption::value("json", "FILE", ""),
    ];

    fn parse(words: &[&str]) -> Result<Matches, Stop> {
        Reader::new(&TABLE, &OWN, "demo", false).read(Parser::from_args(words))
    }

    fn matches(words: &[&str]) -> Matches {
        parse(words).unwrap_or_else(|stop| panic!("{words:?}: {stop:?}"))
    }

    fn values(matches: &Matches, name: &str) -> String {
        matches.values(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_object_behind_json_is_the_arguments() {
        for (words, all, arguments, is_json) in [
            (&["call", "add", "--json", r#" {"a":1}"#, "--json"][..], r#" {"a":1}"#, "", true),
            (&["call", "--json", "add", "a=1"], "", "a=1", true),
            (&["call", "add", "--json", "-"], "-", "", false),
            (&["call", "add", "--json=@file"], "@file", "", false),
            (&["call", "add", "--arguments={}"], "{}", "", false),
            (&["call", "add", "--raw", "--", "--json={}"], "", "--json={}", true),
        ] {
            let matches = matches(words);
            let read = (values(&matches, "all"), values(&matches, "arguments"), matches.has("json"));
            assert_eq!(read, (all.to_owned(), arguments.to_owned(), is_json), "{words:?}");
        }
    }

    #[test]
    fn options_and_arguments_come_in_any_order() {
        let words = "--max-message 1k call --as=ada add a=1 --raw --answer x b=2 --answer=-y --out - -- --c=3 -d=4";
        let matches_of = matches(&words.split(' ').collect::<Vec<_>>());
        assert_eq!(matches_of.command(), Some("call"));
        for (name, expected) in
            [("name", "add"), ("arguments", "a=1 b=2 --c=3 -d=4"), ("answer", "x -y"), ("as", "ada"), ("out", "-")]
        {
            assert_eq!(values(&matches_of, name), expected);
        }
        assert!(matches_of.has("json") && !matches_of.has("describe"));
        assert_eq!(matches_of.max_message(), Some(1024));
        let twice = matches(&["--max-message", "1k", "serve", "--max-message=2k"]);
        assert_eq!(twice.max_message(), Some(2048));
    }

    #[test]
    fn options_of_the_program_stand_before_a_command_and_after_it() {
        for words in [
            "--allow a --calm --allow b list",
            "--allow=a list --allow b --calm",
            "call add x=1 --calm --allow a --allow b",
        ] {
            let matches = matches(&words.split(' ').collect::<Vec<_>>());
            let options = CliOptions::new(&OWN, &matches).expect("nothing of the environment");
            assert_eq!(options.values("allow").collect::<Vec<_>>(), ["a", "b"], "{words}");
            assert!(options.has("calm"), "{words}");
        }
        // A command's own option of the name is meant behind it, and the program's before it.
        for (words, own, is_json) in [
            ("--json file list --json", "file", true),
            ("--json file list", "file", false),
            ("list --json", "", true),
            ("serve --json file", "file", false),
            ("--json a serve --json b", "a b", false),
        ] {
            let matches = matches(&words.split(' ').collect::<Vec<_>>());
            let options = CliOptions::new(&OWN, &matches).expect("nothing of the environment");
            let read = (options.values("json").collect::<Vec<_>>().join(" "), matches.has("json"));
            assert_eq!(read, (own.to_owned(), is_json), "{words}");
        }
        assert!(matches!(parse(&["--json", "a", "--json", "b"]), Err(Stop::Mistake(_))));
        assert!(matches!(parse(&["--calm", "--calm"]), Err(Stop::Mistake(_))));
        assert!(matches!(parse(&["--calm=1"]), Err(Stop::Mistake(_))));
        assert!(matches!(parse(&["--alow", "a"]), Err(Stop::Mistake(mistake)) if mistake.contains("'--allow'")));
    }

    #[test]
    fn help_is_for_the_program_or_for_a_command() {
        for (words, name) in [
            (&["help"][..], ""),
            (&["-h"], ""),
            (&["help", "list"], "list"),
            (&["list", "-h", "x", "y"], "list"),
            (&["call", "-h"], "call"),
            (&["help", "--help"], "help"),
        ] {
            assert!(matches!(parse(words), Err(Stop::Help(command)) if command.name == name), "{words:?}");
        }
        assert!(matches!(parse(&["--version"]), Err(Stop::Version)));
        // Help for a tool waits for the server.
        assert!(matches(&["call", "add", "--help"]).has("describe"));
    }

    #[cfg(feature = "http")]
    #[test]
    fn an_address_may_be_left_out() {
        for (words, address) in [
            (&["serve", "--http"][..], "127.0.0.1:3000"),
            (&["serve", "--http", "--sse"], "127.0.0.1:3000"),
            (&["serve", "--sse", "--http", "8080"], "8080"),
            (&["serve", "--http=0"], "0"),
        ] {
            assert_eq!(values(&matches(words), "http"), address, "{words:?}");
        }
    }
}
