//! What the table of commands is made of: commands, and their arguments and options.

/// The commands of a program.
#[derive(Debug)]
pub(super) struct Table {
    /// The program, without a command.
    pub(super) program: &'static Command,
    pub(super) commands: &'static [&'static Command],
    /// What stands at the end of the program's help.
    pub(super) closing: &'static str,
    /// Whether `--` begins the command line of the server that is asked, so that no words of the command's own follow it.
    pub(super) is_client: bool,
}

impl Table {
    /// The command of this name.
    pub(super) fn find(&self, name: &str) -> Option<&'static Command> {
        self.commands.iter().copied().find(|command| command.name == name)
    }
}

/// A command.
#[derive(Debug)]
pub(super) struct Command {
    /// The word that selects it; empty for the program itself.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Its arguments and options, in the order of its help.
    pub(super) words: &'static [&'static [Word]],
}

/// An argument or an option.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// The key of its values.
    pub(super) name: &'static str,
    /// The option without its dashes; empty for an argument.
    pub(super) long: &'static str,
    /// Another name of the option, which help leaves out.
    pub(super) alias: &'static str,
    /// The option as one letter.
    pub(super) short: Option<char>,
    /// What stands for the value in help.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    pub(super) takes: Takes,
    /// The option that must be given with it.
    pub(super) needs: Option<&'static str>,
    pub(super) required: Required,
    /// Whether help leaves it out.
    pub(super) is_hidden: bool,
}

/// The values of an option or an argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    /// No value: a flag.
    Nothing,
    /// One value.
    One,
    /// One of these values.
    OneOf(&'static [&'static str]),
    /// A number of bytes.
    Size,
    /// One value, or this one if it is left out.
    Perhaps(&'static str),
    /// No value, or an object; an object belongs to this other option.
    PerhapsObject(&'static Word),
    /// Several values: the words that follow for an argument, one for each use of an option.
    Several,
}

/// Whether there must be a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Required {
    No,
    Yes,
    /// Unless this flag is set.
    Unless(&'static str),
}

impl Command {
    /// Its arguments and options.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static Word> + use<> {
        self.words.iter().copied().flatten()
    }

    /// Its options.
    pub(super) fn options(&self) -> impl Iterator<Item = &'static Word> + use<> {
        self.words().filter(|word| !word.is_argument())
    }

    /// Its arguments.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'static Word> + use<> {
        self.words().filter(|word| word.is_argument())
    }
}

impl Word {
    /// Whether it is an argument, and not an option.
    pub(super) fn is_argument(&self) -> bool {
        self.long.is_empty()
    }

    /// As usage shows it, with its value: `--as <SUBJECT>`, `[KIND]`.
    pub(super) fn written(&self, is_required: bool) -> String {
        let Self { long, value, .. } = self;
        match self.takes {
            Takes::Several if self.is_argument() => format!("[{value}]..."),
            _ if self.is_argument() && is_required => format!("<{value}>"),
            _ if self.is_argument() => format!("[{value}]"),
            Takes::Nothing | Takes::PerhapsObject(_) => format!("--{long}"),
            Takes::Perhaps(_) => format!("--{long} [<{value}>]"),
            _ => format!("--{long} <{value}>"),
        }
    }

    /// Takes several values.
    pub(super) const fn several(mut self) -> Self {
        self.takes = Takes::Several;
        self
    }

    /// Must come with another option.
    pub(super) const fn needing(mut self, other: &'static str) -> Self {
        self.needs = Some(other);
        self
    }

    /// Must be given, or not.
    pub(super) const fn required(mut self, required: Required) -> Self {
        self.required = required;
        self
    }
}

/// An option with one value.
pub(super) const fn option(long: &'static str, value: &'static str, help: &'static str) -> Word {
    Word {
        name: long,
        long,
        alias: "",
        short: None,
        value,
        help,
        takes: Takes::One,
        needs: None,
        required: Required::No,
        is_hidden: false,
    }
}

/// An option without a value.
pub(super) const fn flag(long: &'static str, help: &'static str) -> Word {
    Word { takes: Takes::Nothing, ..option(long, "", help) }
}

/// An argument.
pub(super) const fn argument(name: &'static str, value: &'static str, help: &'static str) -> Word {
    Word { name, ..option("", value, help) }
}

/// Help for a tool, a resource or a prompt is written from its schema, once the server is built.
pub(super) const DESCRIBE: Word = Word { name: "describe", short: Some('h'), ..flag("help", "Print help") };

/// The same where it is about the command.
pub(super) const HELP_OPTION: &[Word] = &[Word { name: "help", ..DESCRIBE }];
