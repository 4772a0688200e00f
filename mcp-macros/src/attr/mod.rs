//! Reads what was written: the function, its docs, and the options in brackets.

pub(crate) mod docs;
pub(crate) mod function;
pub(crate) mod options;
pub(crate) mod suggest;
pub(crate) mod surroundings;

/// A pair of brackets that options stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Tool,
    Resource,
    Prompt,
    Block,
    ToolArg,
    ResourceArg,
    PromptArg,
    Icon,
    Annotations,
    Form,
    Words,
    Field,
    Word,
}

impl Place {
    /// As it is called in messages.
    pub(crate) fn called(self) -> &'static str {
        match self {
            Place::Tool => "`#[tool]`",
            Place::Resource => "`#[resource]`",
            Place::Prompt => "`#[prompt]`",
            Place::Block => "`#[handlers]`",
            Place::ToolArg => "`#[arg]` of a tool",
            Place::ResourceArg => "`#[arg]` of a resource",
            Place::PromptArg => "`#[arg]` of a prompt",
            Place::Icon => "`icon(…)`",
            Place::Annotations => "`annotations(…)`",
            Place::Form => "`#[elicit]` of a struct",
            Place::Words => "`#[elicit]` of an enum",
            Place::Field => "`#[elicit]` of a field",
            Place::Word => "`#[elicit]` of a variant",
        }
    }

    /// What stands there, if its doc comment is the only description that it has.
    pub(crate) fn documented(self) -> Option<&'static str> {
        match self {
            Place::ToolArg | Place::ResourceArg | Place::PromptArg => Some("a parameter"),
            Place::Field => Some("a field"),
            Place::Word => Some("a variant"),
            _ => None,
        }
    }
}

/// An option: its name, how to write it, where it may stand.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    /// Shown in messages, so it must be something one could paste.
    pub(crate) written: &'static str,
    pub(crate) places: &'static [Place],
}

impl Known {
    pub(crate) fn find(name: &str) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.name == name)
    }

    /// What may stand in `place`.
    pub(crate) fn of(place: Place) -> impl Iterator<Item = &'static Known> {
        KNOWN.iter().filter(move |known| known.places.contains(&place))
    }
}

const ITEM: &[Place] = &[Place::Tool, Place::Resource, Place::Prompt];
const GROUPED: &[Place] = &[Place::Tool, Place::Resource, Place::Prompt, Place::Block];
const CRATE: &[Place] = &[Place::Tool, Place::Resource, Place::Prompt, Place::Block, Place::Form, Place::Words];
const ARG: &[Place] = &[Place::ToolArg, Place::ResourceArg, Place::PromptArg];
const TEXT_ARG: &[Place] = &[Place::ResourceArg, Place::PromptArg];
const BLOCKING: &[Place] = &[Place::Tool, Place::Resource, Place::Prompt, Place::ResourceArg, Place::PromptArg];
const TITLED: &[Place] = &[Place::Tool, Place::Resource, Place::Prompt, Place::Field, Place::Word];
const ASKED: &[Place] = &[Place::ToolArg, Place::ResourceArg, Place::PromptArg, Place::Field];
const NAMED: &[Place] = &[Place::ToolArg, Place::ResourceArg, Place::PromptArg, Place::Field, Place::Word];

const fn known(name: &'static str, written: &'static str, places: &'static [Place]) -> Known {
    Known { name, written, places }
}

/// Every option there is. The docs of the macros list them in the same order.
const KNOWN: &[Known] = &[
    known("name", r#"name = "add_numbers""#, ITEM),
    known("title", r#"title = "Add numbers""#, TITLED),
    known("description", r#"description = "Adds two numbers.""#, ITEM),
    known("read_only", "read_only", &[Place::Tool]),
    known("destructive", "destructive", &[Place::Tool]),
    known("idempotent", "idempotent", &[Place::Tool]),
    known("open_world", "open_world", &[Place::Tool]),
    known("cost", "cost = 5", &[Place::Tool]),
    known("mime", r#"mime = "text/plain""#, &[Place::Resource, Place::Icon]),
    known("size", "size = 1024", &[Place::Resource]),
    known("annotations", r#"annotations(audience = ["user"], priority = 0.8)"#, &[Place::Resource]),
    known("icons", r#"icons = ["https://example.com/icon.png"]"#, ITEM),
    known("tags", r#"tags = ["math"]"#, ITEM),
    known("meta", r#"meta = { "example.com/key": 1 }"#, ITEM),
    known("timeout", r#"timeout = "5s""#, ITEM),
    known("cache", r#"cache = "60s""#, ITEM),
    known("scopes", r#"scopes = "orders:write""#, ITEM),
    known("roles", r#"roles = "clerk""#, ITEM),
    known("policy", "policy = may_refund", ITEM),
    known("public", "public", ITEM),
    known("consent", "consent", ITEM),
    known("blocking", "blocking", BLOCKING),
    known("group", "group = ADMIN", GROUPED),
    known("error", "error = classify", ITEM),
    known("input", "input = SCHEMA", &[Place::Tool]),
    known("schema", "schema = exact", &[Place::Tool]),
    known("output", "output = Report", &[Place::Tool]),
    known("default", "default = 3", ASKED),
    known("rename", r#"rename = "other_name""#, NAMED),
    known("example", "example = 3", ARG),
    known("range", "range(1..=10)", ASKED),
    known("length", "length(1..=20)", ASKED),
    known("pattern", r#"pattern = "^[a-z]+$""#, ARG),
    known("header", r#"header = "Region""#, &[Place::ToolArg]),
    known("flatten", "flatten", &[Place::ToolArg]),
    known("complete", "complete = suggest", TEXT_ARG),
    known("raw", "raw", &[Place::ResourceArg]),
    known("sensitive", "sensitive", ARG),
    known("format", r#"format = "email""#, &[Place::Field]),
    known("choices", r#"choices("small", "large")"#, &[Place::Field]),
    known("items", "items(1..=3)", &[Place::Field]),
    known("rename_all", r#"rename_all = "snake_case""#, &[Place::Form, Place::Words]),
    known("crate", r#"crate = "my_crate::mcp""#, CRATE),
    known("legacy_titles", "legacy_titles", &[Place::Words]),
    known("sizes", r#"sizes = ["48x48"]"#, &[Place::Icon]),
    known("theme", r#"theme = "dark""#, &[Place::Icon]),
    known("audience", r#"audience = ["user"]"#, &[Place::Annotations]),
    known("priority", "priority = 0.8", &[Place::Annotations]),
    known("last_modified", r#"last_modified = "2025-01-12T15:00:58Z""#, &[Place::Annotations]),
];
