//! The table of commands.

use super::word::{Command, DESCRIBE, HELP_OPTION, Required, Table, Takes, Word, argument, flag, option};

const MAX_MESSAGE: Word = Word {
    takes: Takes::Size,
    ..option(
        "max-message",
        "SIZE",
        "The most bytes of one message, as 65536 or 32MiB;\nby default 32MiB, and 4MiB on HTTP",
    )
};

/// How lines of the log look.
const LOG_FORMAT: Word = Word {
    takes: Takes::OneOf(&["text", "json"]),
    ..option("log-format", "FORMAT", "How the log is written; by default as\nMCP_LOG_FORMAT says")
};

pub(super) const ARGUMENTS: Word =
    Word { name: "all", is_hidden: true, ..option("arguments", "OBJECT", "The same as --json OBJECT") };

pub(super) const OUT: Word = option("out", "FILE", "Write the result, or its bytes, to a file");

/// `--json` has two meanings: how a result is printed, and, before an object, `@FILE` or `-`, what the arguments are.
pub(super) const JSON_OR_ARGUMENTS: Word = Word {
    takes: Takes::PerhapsObject(&ARGUMENTS),
    ..json("Print the whole result as JSON. Before an object,\n@FILE or -: take all arguments from it")
};

/// Answers to the server's questions.
pub(super) const ANSWERS: &[Word] = &[
    option(
        "answer",
        "[KEY=]VALUE",
        "Answer a question: JSON, text, decline or cancel;\nwithout a key the next one that is asked",
    )
    .several(),
    option("sample", "[KEY=]TEXT", "Answer a question for the client's model: text, or\nthe whole result as JSON")
        .several(),
    option("root", "DIR", "A directory to name to a server that asks for them").several(),
];

/// The caller that the server sees.
const WHOM: &[Word] = &[
    option("as", "SUBJECT", "Try it as this principal"),
    option("scopes", "SCOPE,...", "What the principal may do").needing("as"),
    option("roles", "ROLE,...", "What the principal is").needing("as"),
    option("meta", "KEY=JSON", "Add this to the `_meta` of requests").several(),
    #[cfg(feature = "http")]
    option("header", "NAME:VALUE", "Send this header along; it identifies nobody").several(),
];

/// What is called, read or got; not needed where only help is asked for.
pub(super) const fn named(value: &'static str, help: &'static str) -> Word {
    argument("name", value, help).required(Required::Unless(DESCRIBE.name))
}

pub(super) const fn pairs(help: &'static str) -> Word {
    argument("arguments", "KEY=VALUE", help).several()
}

const fn json(help: &'static str) -> Word {
    Word { alias: "raw", ..flag("json", help) }
}

/// Whether `--help` of a command may be about one thing that the server offers.
pub(super) fn describes(command: &Command) -> bool {
    command.options().any(|word| word.name == DESCRIBE.name)
}

/// The commands of a server program.
pub(super) static TABLE: Table = Table {
    program: &PROGRAM,
    commands: COMMANDS,
    closing: "Without a command it serves MCP clients on standard input and output.",
    is_client: false,
};

/// The program, without a command.
static PROGRAM: Command = Command {
    name: "",
    about: "An MCP server",
    words: &[&[MAX_MESSAGE, LOG_FORMAT], HELP_OPTION, &[Word { short: Some('V'), ..flag("version", "Print version") }]],
};

/// Its commands.
static COMMANDS: &[&Command] = &[
    &SERVE,
    &LIST,
    &CALL,
    &READ,
    &PROMPT,
    &COMPLETE,
    &INSPECT,
    &super::policy::POLICY,
    #[cfg(feature = "http")]
    &super::health::HEALTH,
    #[cfg(feature = "install")]
    &super::install::INSTALL,
    #[cfg(feature = "install")]
    &super::install::UNINSTALL,
    #[cfg(feature = "install")]
    &super::install::DOCTOR,
    #[cfg(any(feature = "completions", feature = "client"))]
    &super::shell::COMPLETIONS,
    #[cfg(feature = "auth")]
    &super::keys::KEYS,
    #[cfg(feature = "auth")]
    &super::audit::AUDIT,
    &HELP,
];

static SERVE: Command = Command {
    name: "serve",
    about: if cfg!(feature = "http") {
        "Serve MCP clients on standard input and output, or on HTTP"
    } else {
        "Serve MCP clients on standard input and output"
    },
    words: &[
        #[cfg(feature = "http")]
        super::http::OPTIONS,
        #[cfg(feature = "tls")]
        super::tls::OPTIONS,
        #[cfg(all(unix, feature = "unix"))]
        super::unix::OPTIONS,
        #[cfg(all(windows, feature = "pipes"))]
        super::pipes::OPTIONS,
        #[cfg(feature = "auth")]
        super::checks::OPTIONS,
        &[MAX_MESSAGE, LOG_FORMAT, flag("metrics-summary", "Print to standard error what was counted")],
        HELP_OPTION,
    ],
};

static LIST: Command = Command {
    name: "list",
    about: "List what the server offers, and how it is used",
    words: &[
        &[
            Word {
                takes: Takes::OneOf(&["tools", "resources", "templates", "prompts"]),
                ..argument("kind", "KIND", "Only these")
            },
            flag("json", "Print all that the server lists, as JSON"),
        ],
        WHOM,
        #[cfg(feature = "auth")]
        super::checks::CALLERS,
        HELP_OPTION,
    ],
};

static CALL: Command = Command {
    name: "call",
    about: "Call a tool",
    words: &[
        &[
            named("TOOL", "The tool; with --help: how it is called"),
            pairs(
                "A text, number, true, false or JSON, as the tool's\nschema wants it; @FILE and @- are read, @@ is one @;\n\
                 tags=a,b or tags=a tags=b for a list",
            ),
            ARGUMENTS,
            JSON_OR_ARGUMENTS,
            OUT,
            DESCRIBE,
        ],
        ANSWERS,
        WHOM,
        #[cfg(feature = "auth")]
        super::checks::CALLERS,
    ],
};

static READ: Command = Command {
    name: "read",
    about: "Read a resource",
    words: &[
        &[
            named("URI", "The resource; with --help: what it is, or which\nvariables a template has"),
            json("Print the whole result as JSON"),
            OUT,
            DESCRIBE,
        ],
        ANSWERS,
        WHOM,
        #[cfg(feature = "auth")]
        super::checks::CALLERS,
    ],
};

static PROMPT: Command = Command {
    name: "prompt",
    about: "Get a prompt",
    words: &[
        &[
            named("PROMPT", "The prompt; with --help: its arguments"),
            pairs("Texts; @FILE and @- are read, @@ is one @;\na list is JSON: tags='[\"a\",\"b\"]'"),
            ARGUMENTS,
            JSON_OR_ARGUMENTS,
            OUT,
            DESCRIBE,
        ],
        ANSWERS,
        WHOM,
        #[cfg(feature = "auth")]
        super::checks::CALLERS,
    ],
};

static COMPLETE: Command = Command {
    name: "complete",
    about: "Complete an argument of a prompt or a template",
    words: &[
        &[
            argument("name", "PROMPT|TEMPLATE", "A prompt, or the template of a resource").required(Required::Yes),
            pairs("The others that have their values already, and last\nthe argument to complete and how it begins")
                .required(Required::Yes),
            json("Print the whole result as JSON"),
        ],
        WHOM,
        #[cfg(feature = "auth")]
        super::checks::CALLERS,
        HELP_OPTION,
    ],
};

static INSPECT: Command = Command {
    name: "inspect",
    about: "Show everything the server offers",
    words: &[
        &[flag("json", "As JSON, with schemas and capabilities")],
        super::surface::OPTIONS,
        WHOM,
        #[cfg(feature = "auth")]
        super::checks::CALLERS,
        HELP_OPTION,
    ],
};

pub(super) static HELP: Command = Command {
    name: "help",
    about: "Print this message or the help of the given subcommand(s)",
    words: &[
        &[argument("commands", "COMMAND", "Print help for the subcommand(s)").several()],
        &[Word { name: "help", is_hidden: true, ..DESCRIBE }],
    ],
};
