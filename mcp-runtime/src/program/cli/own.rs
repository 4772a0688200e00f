//! Options of a program's own, beside those that every server has.

use super::commands::TABLE;
use super::matches::Matches;
use super::word::{Command, Word, flag, option};

/// An option of your program, which [`main!`](crate::main!) reads from the command line and `--help` lists.
///
/// It may be given before a command and after it: `shop --currency EUR`, `shop call price name=tea --currency EUR`. Name it by
/// lower-case words with dashes between them. A name that the program without a command or `serve` has itself, such as `http`, keeps
/// the program from starting. A name that only other commands have, such as `root` of `call`, is free: after those commands it is the
/// command's, so there the program's is given before the command, `shop --root DIR call price`.
///
/// ```
/// use mcp_runtime::CliOption;
/// use mcp_runtime::prelude::*;
///
/// struct Currency(String);
///
/// /// Says what tea costs.
/// #[tool(read_only)]
/// fn price(currency: State<Currency>) -> String {
///     format!("250 {}", currency.0)
/// }
///
/// const OPTIONS: [CliOption; 1] = [CliOption::value("currency", "CODE", "The currency of all prices; EUR without it")];
///
/// # mod program {
/// # use super::*;
/// mcp_runtime::main!(OPTIONS, |server, options| {
///     server.state(Currency(options.value("currency").unwrap_or("EUR").to_owned()))
/// });
/// # }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CliOption(pub(super) Word);

impl CliOption {
    /// An option with a value: `--currency <CODE>`. A line break in the help begins a line there, which should fit into 80 columns
    /// beside the name.
    pub const fn value(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self(option(name, value, help))
    }

    /// An option without a value: `--read-only`.
    pub const fn flag(name: &'static str, help: &'static str) -> Self {
        Self(flag(name, help))
    }

    /// The same, which may be given several times.
    #[must_use]
    pub const fn several(self) -> Self {
        Self(self.0.several())
    }
}

/// The values that were given for the options of a program: the second parameter of the closure of [`main!`](crate::main!).
#[derive(Clone, Debug, Default)]
pub struct CliOptions(Vec<(&'static str, String)>);

impl CliOptions {
    pub(super) fn new(own: &'static [CliOption], matches: &Matches) -> Self {
        let given = |CliOption(word): &CliOption| {
            matches.program_values(word.name).map(|value| (word.name, value.to_owned())).collect::<Vec<_>>()
        };
        Self(own.iter().flat_map(given).collect())
    }

    /// The values of an option, in their order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.iter().filter(move |(given, _)| *given == name).map(|(_, value)| &**value)
    }

    /// The value of an option. The last one counts, if it was given before the command and after it.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| &**value)
    }

    /// Whether an option was given.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }
}

/// The name of an option that serving has itself: wherever that is asked for, both could be meant.
pub(super) fn taken(own: &'static [CliOption]) -> Option<&'static str> {
    let serving = || [Some(TABLE.program), TABLE.find("serve")].into_iter().flatten();
    let is_taken =
        |name: &str| serving().flat_map(Command::options).any(|word| [word.long, word.alias].contains(&name));
    own.iter().map(|CliOption(word)| word.name).find(|name| name.is_empty() || is_taken(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_serving_has_are_taken_and_those_of_other_commands_are_not() {
        static FREE: [CliOption; 4] = [
            CliOption::flag("read-only", ""),
            CliOption::value("json", "FILE", ""),
            CliOption::value("root", "DIR", ""),
            CliOption::value("name", "NAME", ""),
        ];
        static TAKEN: [CliOption; 4] = [
            CliOption::value("", "", ""),
            CliOption::value("help", "", ""),
            CliOption::value("max-message", "", ""),
            CliOption::flag("metrics-summary", ""),
        ];
        assert_eq!(taken(&FREE), None);
        for one in TAKEN.chunks(1) {
            assert_eq!(taken(one), Some(one[0].0.name));
        }
    }
}
