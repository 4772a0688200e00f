//! Options of a program's own, beside those that every server has.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::commands::TABLE;
use super::matches::Matches;
use super::word::{Command, Takes, Word, flag, option};
use crate::nearest::nearest;
use crate::output::causes;

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
///
/// An option may come from a variable of the environment, too, and its value be of any type that is read from text:
///
/// ```
/// use mcp_runtime::CliOption;
/// use mcp_runtime::prelude::*;
///
/// struct Limit(u32);
///
/// /// Says how many may be ordered at once.
/// #[tool(read_only)]
/// fn limit(limit: State<Limit>) -> u32 {
///     limit.0
/// }
///
/// const OPTIONS: [CliOption; 1] = [CliOption::value("limit", "COUNT", "The most of one order").env("SHOP_LIMIT")];
///
/// # mod program {
/// # use super::*;
/// mcp_runtime::main!(OPTIONS, |server, options| {
///     server.state(Limit(options.parse("limit")?.unwrap_or(100)))
/// });
/// # }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CliOption {
    pub(super) word: Word,
    /// The variable of the environment that has its value; empty for none.
    pub(super) env: &'static str,
}

impl CliOption {
    /// An option with a value: `--currency <CODE>`. A line break in the help begins a line there, which should fit into 80 columns
    /// beside the name.
    pub const fn value(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { word: option(name, value, help), env: "" }
    }

    /// An option without a value: `--read-only`.
    pub const fn flag(name: &'static str, help: &'static str) -> Self {
        Self { word: flag(name, help), env: "" }
    }

    /// The same, which may be given several times.
    #[must_use]
    pub const fn several(self) -> Self {
        Self { word: self.word.several(), ..self }
    }

    /// The same, read from a variable of the environment where the command line does not have it. An empty variable counts as none. For
    /// an option without a value it says `true` or `false`; for one that may be given several times it has one value. `--help` names
    /// the variable.
    #[must_use]
    pub const fn env(self, variable: &'static str) -> Self {
        Self { env: variable, ..self }
    }

    /// Its value in the environment.
    fn env_value(&self) -> Result<Option<String>, String> {
        let Some(value) = std::env::var_os(self.env).filter(|value| !self.env.is_empty() && !value.is_empty()) else {
            return Ok(None);
        };
        let Ok(value) = value.into_string() else {
            return Err(format!("the environment variable {} has a value that is not UTF-8", self.env));
        };
        match (self.word.takes, &*value) {
            (Takes::Nothing, "1" | "true" | "yes") => Ok(Some(String::new())),
            (Takes::Nothing, "0" | "false" | "no") => Ok(None),
            (Takes::Nothing, _) => {
                Err(format!("the environment variable {} has the value '{value}'; write true or false", self.env))
            }
            _ => Ok(Some(value)),
        }
    }
}

/// The values that were given for the options of a program: the second parameter of the closure of [`main!`](crate::main!).
///
/// See [`CliOption`] for an example.
///
/// ```
/// use mcp_runtime::CliOption;
/// use mcp_runtime::prelude::*;
///
/// struct Shop {
///     currency: String,
///     limits: Vec<u32>,
///     is_closed: bool,
/// }
///
/// /// Says whether anything can be bought.
/// #[tool(read_only)]
/// fn is_open(shop: State<Shop>) -> bool {
///     !shop.is_closed && shop.limits.iter().all(|limit| *limit > 0) && !shop.currency.is_empty()
/// }
///
/// const OPTIONS: [CliOption; 3] = [
///     CliOption::value("currency", "CODE", "The currency of all prices"),
///     CliOption::value("limit", "COUNT", "The most of one order").several(),
///     CliOption::flag("closed", "Sell nothing"),
/// ];
///
/// # mod program {
/// # use super::*;
/// mcp_runtime::main!(OPTIONS, |server, options| {
///     server.state(Shop {
///         currency: options.value("currency").unwrap_or("EUR").to_owned(),
///         limits: options.parse_all("limit")?,
///         is_closed: options.has("closed"),
///     })
/// });
/// # }
/// # fn main() {}
/// ```
///
/// # Panics
/// All of its functions panic if the name is not that of an option which the program declares, with the names that there are: a name
/// that is misspelled would be an option without effect.
#[derive(Clone, Debug)]
pub struct CliOptions {
    declared: &'static [CliOption],
    given: Vec<Given>,
}

/// A value of an option.
#[derive(Clone, Debug)]
struct Given {
    option: &'static CliOption,
    value: String,
    is_from_env: bool,
}

impl CliOptions {
    /// # Errors
    /// What is wrong with a variable of the environment.
    pub(super) fn new(own: &'static [CliOption], matches: &Matches) -> Result<Self, String> {
        let mut all = Vec::new();
        for option in own {
            let before = all.len();
            let given = matches.program_values(option.word.name).map(str::to_owned);
            all.extend(given.map(|value| Given { option, value, is_from_env: false }));
            if all.len() == before {
                all.extend(option.env_value()?.map(|value| Given { option, value, is_from_env: true }));
            }
        }
        Ok(Self { declared: own, given: all })
    }

    /// The values of an option, in their order.
    ///
    /// # Panics
    /// If no option of this name is declared.
    #[track_caller]
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.given(name).map(|given| &*given.value)
    }

    /// The value of an option. The last one counts, if it was given before the command and after it.
    ///
    /// # Panics
    /// If no option of this name is declared.
    #[track_caller]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.last(name).map(|given| &*given.value)
    }

    /// The value of an option as a `T`: a number, an address, a path. `None` if it was not given.
    ///
    /// # Errors
    /// The value is no `T`. The message names the option, its value, and the variable if it comes from the environment. A program
    /// that ends with it has the exit code 2.
    ///
    /// # Panics
    /// If no option of this name is declared.
    #[track_caller]
    pub fn parse<T: FromStr<Err: fmt::Display>>(&self, name: &str) -> Result<Option<T>, CliOptionError> {
        self.last(name).map(Given::read).transpose()
    }

    /// The values of an option as `T`s, in their order.
    ///
    /// # Errors
    /// One of them is no `T`, as for [`parse`](Self::parse).
    ///
    /// # Panics
    /// If no option of this name is declared.
    #[track_caller]
    pub fn parse_all<T: FromStr<Err: fmt::Display>>(&self, name: &str) -> Result<Vec<T>, CliOptionError> {
        self.given(name).map(Given::read).collect()
    }

    /// Whether an option was given.
    ///
    /// # Panics
    /// If no option of this name is declared.
    #[track_caller]
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    #[track_caller]
    fn last(&self, name: &str) -> Option<&Given> {
        self.check(name);
        self.given.iter().rev().find(|given| given.option.word.name == name)
    }

    #[track_caller]
    fn given<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Given> + use<'a> {
        self.check(name);
        self.given.iter().filter(move |given| given.option.word.name == name)
    }

    /// Panics if no option of this name is declared.
    #[track_caller]
    fn check(&self, name: &str) {
        let names = || self.declared.iter().map(|option| option.word.name);
        if names().any(|declared| declared == name) {
            return;
        }
        let meant = nearest(name, &mut names()).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        let names: Vec<_> = names().collect();
        panic!("the program declares no option `{name}`{meant} (it declares: {})", names.join(", "));
    }
}

impl Given {
    fn read<T: FromStr<Err: fmt::Display>>(&self) -> Result<T, CliOptionError> {
        self.value.parse().map_err(|why: T::Err| self.misfit(&why))
    }

    fn misfit(&self, why: &dyn fmt::Display) -> CliOptionError {
        let Self { option, value, is_from_env } = self;
        let from = if *is_from_env { format!(" in the environment variable {}", option.env) } else { String::new() };
        let what = format!("invalid value '{value}' for '{}'{from}", option.word.written(false));
        CliOptionError { what, why: Unread(why.to_string()) }
    }
}

/// The value of an option is not of the type that was asked for: see [`CliOptions::parse`]. With `?` in the closure of
/// [`main!`](crate::main!) it ends the program, which says so, with the exit code 2, also from within another error, such as one of
/// `anyhow`. Its [`source`](std::error::Error::source) is what the type says of the value.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{CliOptionError, CliOptions};
///
/// /// The most of one order: 100 without `--limit`.
/// fn limit(options: &CliOptions) -> Result<u32, CliOptionError> {
///     Ok(options.parse("limit")?.unwrap_or(100))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliOptionError {
    what: String,
    why: Unread,
}

impl CliOptionError {
    /// Whether this error, or one that caused it, is of the command line. An error of `anyhow` hides its type, and has its causes.
    pub(in crate::program) fn is_in(error: &(dyn Error + 'static)) -> bool {
        let is_of_it = |error: &(dyn Error + 'static)| error.is::<Self>() || error.is::<Unread>();
        is_of_it(error) || causes(error).any(is_of_it)
    }
}

impl fmt::Display for CliOptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for CliOptionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.why)
    }
}

/// What a type says of a value that it cannot be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unread(String);

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Unread {}

/// The name of an option that serving has itself: wherever that is asked for, both could be meant.
pub(super) fn taken(own: &'static [CliOption]) -> Option<&'static str> {
    let serving = || [Some(TABLE.program), TABLE.find("serve")].into_iter().flatten();
    let is_taken =
        |name: &str| serving().flat_map(Command::options).any(|word| [word.long, word.alias].contains(&name));
    own.iter().map(|option| option.word.name).find(|name| name.is_empty() || is_taken(name))
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
            assert_eq!(taken(one), Some(one[0].word.name));
        }
    }
}
