//! Listing what a server offers, and how to use it.

use super::json::Json;
use super::offer::{Items, Kind, Offer};
use super::output::{Output, Style, plain_line};
use super::schema::{Property, Schema, bare};
use crate::joined::joined;
use crate::nearest::characters;

/// Names that are longer have what is said of them below them.
const COLUMN: usize = 20;

/// Lists how each thing is used and the first line of its description, with the hints of tools if they are asked for: one kind of
/// things, or all under headings.
pub(super) fn show(offer: &Offer, kind: Option<Kind>, has_hints: bool, out: &mut Output) {
    for list in offer.lists.iter().filter(|list| kind.is_none_or(|kind| kind == list.kind)) {
        if kind.is_none() && !list.json.is_empty() {
            out.line(format_args!("{}:", list.kind.name()));
        }
        let indent = if kind.is_none() { 2 } else { 0 };
        out.bytes(items(list, indent, has_hints, out.style()).as_bytes());
    }
}

fn items(list: &Items, indent: usize, has_hints: bool, style: Style) -> String {
    let mut rows: Vec<Row> = Vec::new();
    for item in list.read() {
        let mut row = Row::of(list.kind, &item);
        let hints = hints(&item["annotations"]);
        if has_hints && !hints.is_empty() {
            let space = if row.about.is_empty() { "" } else { " " };
            row.about += &format!("{space}({})", hints.join(", "));
        }
        rows.push(row);
    }
    let widths = rows.iter().map(|row| characters(&row.name));
    // On a terminal one long name does not move all that is said of the others to the right.
    let width = match style.is_terminal() {
        true => widths.filter(|width| *width <= COLUMN).max().unwrap_or(COLUMN.min(8)),
        false => widths.max().unwrap_or(0),
    };
    rows.iter().map(|row| row.show(indent, width, style)).collect()
}

/// What a tool says of itself that holds.
fn hints(annotations: &Json) -> Vec<&'static str> {
    const HINTS: [(&str, bool, &str); 5] = [
        ("readOnlyHint", true, "read only"),
        ("destructiveHint", true, "destructive"),
        ("destructiveHint", false, "not destructive"),
        ("idempotentHint", true, "idempotent"),
        ("openWorldHint", false, "closed world"),
    ];
    HINTS
        .into_iter()
        .filter(|(name, value, _)| annotations[*name] == Json::Bool(*value))
        .map(|(_, _, hint)| hint)
        .collect()
}

struct Row {
    name: String,
    signature: String,
    about: String,
}

impl Row {
    fn of(kind: Kind, item: &Json) -> Self {
        let about = [&item["description"], &item["title"]].into_iter().map(Json::text).find(|text| !text.is_empty());
        let first = about.unwrap_or_default().trim_start().lines().next().unwrap_or_default();
        let signature = match kind {
            Kind::Tools => of_tool(item),
            Kind::Prompts => of_prompt(item),
            Kind::Resources | Kind::Templates => String::new(),
        };
        let plain = |text: &str| plain_line(text).into_owned();
        Self { name: plain(item[kind.key()].text()), signature: plain(&signature), about: plain(first) }
    }

    fn show(&self, indent: usize, width: usize, style: Style) -> String {
        let Self { name, signature, about } = self;
        let length = characters(name);
        let padding = width.saturating_sub(length);
        let rest = [signature, about].map(String::as_str).into_iter().filter(|text| !text.is_empty());
        let rest = rest.collect::<Vec<_>>().join("  ");
        let begin = format!("{:indent$}{}", "", style.name(name));
        let column = indent + width + 2;
        let fits = length <= width && column + characters(&rest) <= style.width.unwrap_or(usize::MAX);
        if rest.is_empty() {
            return format!("{begin}\n");
        }
        if fits {
            return format!("{begin}{:padding$}  {rest}\n", "");
        }
        let mut shown = begin;
        let mut below = length > width;
        for text in [signature, about].into_iter().filter(|text| !text.is_empty()) {
            let gap = if below { format!("\n{:column$}", "") } else { format!("{:padding$}  ", "") };
            shown += &gap;
            shown += &style.wrap(text, column);
            below = true;
        }
        shown + "\n"
    }
}

/// How a tool is called: `a:int [b:int=1]`.
pub(super) fn of_tool(tool: &Json) -> String {
    let argument = |Property { name, schema, is_required }: Property<'_>| match (is_required, schema.default()) {
        (true, _) => format!("{name}:{}", schema.brief()),
        (false, None) => format!("[{name}:{}]", schema.brief()),
        (false, Some(default)) => format!("[{name}:{}={}]", schema.brief(), bare(default)),
    };
    joined(" ", &mut Schema::new(&tool["inputSchema"]).properties().map(argument))
}

/// How a prompt is got: `name [times]`.
pub(super) fn of_prompt(prompt: &Json) -> String {
    let argument = |argument: &Json| match &argument["required"] {
        Json::Bool(true) => argument["name"].text().to_owned(),
        _ => format!("[{}]", argument["name"].text()),
    };
    joined(" ", &mut prompt["arguments"].items().iter().map(argument))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: Kind, items_json: &str, width: Option<usize>) -> String {
        let json = serde_json::from_str(items_json).expect("a list");
        items(&Items { kind, json }, 2, false, Style { width, bold: false })
    }

    #[test]
    fn it_tells_how_each_is_used_within_the_width_of_the_terminal() {
        let tools = r#"[
            {"name":"add","description":"Adds two numbers.\nSlowly.","inputSchema":{"properties":{
                "b":{"type":"integer"},"a":{"type":"integer","default":1}},"required":["b"]}},
            {"name":"a_name_that_is_quite_long","title":"Long","inputSchema":{"properties":{"tags":{
                "type":"array","items":{"enum":["red","green"]}},"when":{"type":"string","format":"date"},
                "maybe":{"anyOf":[{"$ref":"\u0023/$defs/N"},{"type":"null"}]}},
                "required":["tags"],"$defs":{"N":{"type":"number"}}}},
            {"name":"\u001b[2J","inputSchema":{}}
        ]"#;
        let wide = "  add                        b:int [a:int=1]  Adds two numbers.\n  \
                    a_name_that_is_quite_long  tags:red|green,... [when:date] [maybe:number]  Long\n  \
                    \\u{1b}[2J\n";
        assert_eq!(shown(Kind::Tools, tools, None), wide);
        let narrow = "  add        b:int [a:int=1]\n             Adds two numbers.\n  a_name_that_is_quite_long\n             \
                      tags:red|green,...\n             [when:date]\n             [maybe:number]\n             Long\n  \
                      \\u{1b}[2J\n";
        assert_eq!(shown(Kind::Tools, tools, Some(36)), narrow);
        let prompts = r#"[{"name":"greet","arguments":[{"name":"name","required":true},{"name":"times"}]}]"#;
        assert_eq!(shown(Kind::Prompts, prompts, Some(80)), "  greet  name [times]\n");
    }
}
