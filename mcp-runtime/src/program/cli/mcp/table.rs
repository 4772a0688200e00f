//! The commands of `mcp`.

use super::super::commands::{ANSWERS, ARGUMENTS, HELP, JSON_OR_ARGUMENTS, OUT, named, pairs};
use super::super::shell::COMPLETIONS;
use super::super::word::{Command, DESCRIBE, HELP_OPTION, Required, Table, Takes, Word, argument, flag, option};

/// All of them.
pub(super) static TABLE: Table = Table {
    program: &PROGRAM,
    commands: &[&LIST, &CALL, &READ, &PROMPT, &COMPLETE, &INSPECT, &PING, &TAIL, &GENERATE, &COMPLETIONS, &HELP],
    closing: "TARGET is a URL, or the name of a server in the configuration file; or it is
left out, and a program's command line stands behind everything else:

  mcp list http://127.0.0.1:3000/mcp
  mcp call add a=2 b=3 -- npx -y @modelcontextprotocol/server-everything

The exit code is 0, 1 if a tool has failed, 2 if the command line is wrong, 3 if
the server cannot be reached, and 4 if it refuses the request or breaks the
protocol.",
    is_client: true,
};

static PROGRAM: Command = Command {
    name: "",
    about: "A client of MCP servers",
    words: &[HELP_OPTION, &[Word { short: Some('V'), ..flag("version", "Print version") }]],
};

const TARGET: Word = argument(
    "target",
    "TARGET",
    "A URL, or the name of a server in the configuration\nfile; left out before -- and a program's command line",
)
.required(Required::Yes);

/// How the server is reached.
const CONNECTION: &[Word] = &[
    option("config", "FILE", "The configuration file that has servers' names;\nby default .mcp.json"),
    option("header", "NAME:VALUE", "Send this header with each HTTP request").several(),
    option("env", "NAME=VALUE", "Set a variable of the program's environment").several(),
    option("protocol", "REVISION", "Speak this revision, such as 2025-11-25"),
    option("timeout", "SECONDS", "How long an answer is waited for; 60 by default"),
    flag("raw", "Show all messages on standard error, with times"),
    flag("verbose", "Show what the program says on standard error"),
];

/// Which servers are trusted.
#[cfg(feature = "tls")]
const TLS: &[Word] = super::super::tls::CONNECTION;
#[cfg(not(feature = "tls"))]
const TLS: &[Word] = &[];

const META: Word = option("meta", "KEY=JSON", "Add this to the `_meta` of requests").several();

const FOLLOW: Word = flag("follow", "Show progress and logs on standard error");

const SAMPLER: Word = option(
    "sampler",
    "COMMAND",
    "Answer for a model with a program, which reads the\nrequest as JSON and prints text or a whole result",
);

const JSON: Word = flag("json", "Print the whole result as JSON");

const JSON_OBJECT: Word = Word { alias: "", ..JSON_OR_ARGUMENTS };

static LIST: Command = Command {
    name: "list",
    about: "List what a server offers, and how it is used",
    words: &[
        &[
            TARGET,
            Word {
                takes: Takes::OneOf(&["tools", "resources", "templates", "prompts"]),
                ..argument("kind", "KIND", "Only these")
            },
            flag("json", "Print all that the server lists, as JSON"),
        ],
        CONNECTION,
        TLS,
        &[META],
        HELP_OPTION,
    ],
};

static CALL: Command = Command {
    name: "call",
    about: "Call a tool",
    words: &[
        &[
            TARGET,
            named("TOOL", "The tool; with --help: how it is called"),
            pairs(
                "A text, number, true, false or JSON, as the tool's\nschema wants it; @FILE and @- are read, @@ is one @;\n\
                 tags=a,b or tags=a tags=b for a list",
            ),
            ARGUMENTS,
            JSON_OBJECT,
            OUT,
            FOLLOW,
            DESCRIBE,
        ],
        ANSWERS,
        &[SAMPLER],
        CONNECTION,
        TLS,
        &[META],
    ],
};

static READ: Command = Command {
    name: "read",
    about: "Read a resource",
    words: &[
        &[
            TARGET,
            named("URI", "The resource; with --help: what it is, or which\nvariables a template has"),
            JSON,
            OUT,
            FOLLOW,
            DESCRIBE,
        ],
        ANSWERS,
        &[SAMPLER],
        CONNECTION,
        TLS,
        &[META],
    ],
};

static PROMPT: Command = Command {
    name: "prompt",
    about: "Get a prompt",
    words: &[
        &[
            TARGET,
            named("PROMPT", "The prompt; with --help: its arguments"),
            pairs("Texts; @FILE and @- are read, @@ is one @;\na list is JSON: tags='[\"a\",\"b\"]'"),
            ARGUMENTS,
            JSON_OBJECT,
            OUT,
            FOLLOW,
            DESCRIBE,
        ],
        ANSWERS,
        &[SAMPLER],
        CONNECTION,
        TLS,
        &[META],
    ],
};

static COMPLETE: Command = Command {
    name: "complete",
    about: "Complete an argument of a prompt or a template",
    words: &[
        &[
            TARGET,
            argument("name", "PROMPT|TEMPLATE", "A prompt, or the template of a resource").required(Required::Yes),
            pairs("The others that have their values already, and last\nthe argument to complete and how it begins")
                .required(Required::Yes),
            JSON,
        ],
        CONNECTION,
        TLS,
        &[META],
        HELP_OPTION,
    ],
};

static INSPECT: Command = Command {
    name: "inspect",
    about: "Show everything a server offers",
    words: &[
        &[TARGET, flag("json", "As JSON, with schemas and capabilities")],
        super::super::surface::OPTIONS,
        CONNECTION,
        TLS,
        &[META],
        HELP_OPTION,
    ],
};

static PING: Command = Command {
    name: "ping",
    about: "Ask whether a server is there, and how soon it answers",
    words: &[&[TARGET, flag("json", "As JSON")], CONNECTION, TLS, HELP_OPTION],
};

static TAIL: Command = Command {
    name: "tail",
    about: "Show what changes at a server, and what it logs",
    words: &[
        &[
            TARGET,
            argument("uris", "URI", "Resources whose contents are watched, beside the lists").several(),
            flag("json", "Each change as JSON, on a line of its own"),
            option("count", "N", "End after so many changes"),
        ],
        ANSWERS,
        &[SAMPLER],
        CONNECTION,
        TLS,
        HELP_OPTION,
    ],
};

static GENERATE: Command = Command {
    name: "generate",
    about: "Write Rust that calls a server's tools and prompts",
    words: &[
        &[
            TARGET,
            option("out", "FILE", "The file to write; standard output without"),
            option("null", "TYPE.FIELD", "An optional field that tells null from left out").several(),
        ],
        CONNECTION,
        TLS,
        HELP_OPTION,
    ],
};

#[cfg(test)]
mod tests {
    use super::super::super::usage::help;
    use super::*;

    #[test]
    fn help_fits_a_terminal_of_80_columns() {
        for command in TABLE.commands.iter().copied().chain([TABLE.program]) {
            for line in help(&TABLE, &[], command, "mcp", None).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
