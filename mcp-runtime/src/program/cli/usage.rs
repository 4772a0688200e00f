//! Messages about the command line itself: its help, and mistakes in what was written.

use std::fmt;

use super::commands::describes;
use super::own::CliOption;
use super::word::{Command, Required, Table, Takes, Word};

/// The help of a command, or of the program, which the server describes.
pub(super) fn help(
    table: &Table,
    own: &'static [CliOption],
    command: &Command,
    program: &str,
    about: Option<&str>,
) -> String {
    let is_program = command.name.is_empty();
    let about = about.filter(|_| is_program).unwrap_or(command.about);
    let mut text = format!("{about}\n\nUsage: {}\n", full(command, program));
    if is_program {
        let commands = table.commands.iter().map(|one| (one.name.to_owned(), one.about.to_owned()));
        section(&mut text, "Commands", commands.collect());
    }
    let mut arguments = Vec::new();
    for one in command.arguments().filter(|one| !one.is_hidden) {
        arguments.push((one.written(matches!(one.required, Required::Yes)), about_of(one)));
    }
    section(&mut text, "Arguments", arguments);
    let (mut options, mut of_program) = (Vec::new(), Vec::new());
    for CliOption { word, env } in own {
        // Behind a command, an option that both have is the command's.
        if !command.options().any(|one| one.name == word.name) {
            of_program.push(row(word, env));
        }
    }
    if is_program {
        // Those of the program come first in its help: they are why the help is read.
        options.append(&mut of_program);
    }
    for one in command.options().filter(|one| !one.is_hidden) {
        options.push(row(one, ""));
    }
    section(&mut text, "Options", options);
    section(&mut text, "Options of the program", of_program);
    if is_program {
        text += &format!("\n{}\n", table.closing);
    }
    text
}

/// An option, and the variable of the environment that stands for it.
#[inline(never)]
fn row(one: &Word, env: &str) -> (String, String) {
    let short = one.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let env = if env.is_empty() { String::new() } else { format!("\n[env: {env}]") };
    (short + &one.written(false), about_of(one) + &env)
}

fn about_of(word: &Word) -> String {
    match word.takes {
        Takes::OneOf(values) => format!("{} [possible values: {}]", word.help, values.join(", ")),
        _ => word.help.to_owned(),
    }
}

/// A heading, and below it two columns: names, and what each is for.
fn section(text: &mut String, heading: &str, rows: Vec<(String, String)>) {
    if rows.is_empty() {
        return;
    }
    *text += &format!("\n{heading}:\n");
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, about) in rows {
        let next_line = format!("\n{:column$}", "", column = width + 4);
        *text += &format!("  {name:width$}  {}\n", about.replace('\n', &next_line));
    }
}

/// How a command is written, with `[OPTIONS]` for all its options.
fn full(command: &Command, program: &str) -> String {
    if command.name.is_empty() {
        return format!("{program} [OPTIONS] [COMMAND]");
    }
    let mut usage = format!("{program} {}", command.name);
    if command.options().any(|one| !one.is_hidden) {
        usage += " [OPTIONS]";
    }
    for argument in command.arguments() {
        usage += &format!(" {}", argument.written(matches!(argument.required, Required::Yes)));
    }
    usage
}

/// A mistake on the command line.
pub(super) struct Mistake<'a> {
    what: String,
    tips: Vec<String>,
    usage: Option<String>,
    program: &'a str,
    command: &'static Command,
}

impl<'a> Mistake<'a> {
    pub(super) fn new(what: String, program: &'a str, command: &'static Command) -> Self {
        Self { what, tips: Vec::new(), usage: None, program, command }
    }

    /// Says what could have been meant.
    pub(super) fn with_tips(mut self, tips: impl IntoIterator<Item = String>) -> Self {
        self.tips.extend(tips);
        self
    }

    /// Says how the command is written.
    pub(super) fn with_usage(mut self) -> Self {
        self.usage = Some(full(self.command, self.program));
        self
    }

    /// Says how the command is written with the options that were used.
    pub(super) fn with_usage_of(mut self, used: Vec<&Word>) -> Self {
        if used.is_empty() || self.command.name.is_empty() {
            return self.with_usage();
        }
        let mut usage = format!("{} {}", self.program, self.command.name);
        for option in used.iter().filter(|one| !one.is_argument() && !one.is_hidden) {
            usage += &format!(" {}", option.written(false));
        }
        for argument in self.command.arguments() {
            let is_required = match argument.required {
                Required::No => false,
                Required::Yes => true,
                Required::Unless(flag) => !used.iter().any(|one| one.name == flag),
            };
            usage += &format!(" {}", argument.written(is_required));
        }
        self.usage = Some(usage);
        self
    }
}

impl fmt::Display for Mistake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.what)?;
        if !self.tips.is_empty() {
            f.write_str("\n")?;
        }
        for tip in &self.tips {
            writeln!(f, "  tip: {tip}")?;
        }
        if let Some(usage) = &self.usage {
            writeln!(f, "\nUsage: {usage}")?;
        }
        // The help of these is about a tool, a resource or a prompt.
        if describes(self.command) { Ok(()) } else { f.write_str("\nFor more information, try '--help'.\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::super::commands::TABLE;
    use super::*;

    #[test]
    fn help_fits_a_terminal_of_80_columns() {
        for command in TABLE.commands.iter().copied().chain([TABLE.program]) {
            for line in help(&TABLE, &[], command, "demo", None).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
