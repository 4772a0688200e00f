//! Help for one tool, prompt or template: from its schema to what a person has to write.

use super::json::Json;
use super::list;
use super::output::{Style, plain};
use super::schema::{Property, Schema, bare};
use super::values::written;
use crate::nearest::characters;

/// How a tool is called, with all that its schema says of the arguments and of the result.
pub(super) fn of_tool(tool: &Json, program: &str, style: Style) -> String {
    let name = tool["name"].text();
    let input = Schema::new(&tool["inputSchema"]);
    let mut page = Page::new(style);
    page.about(tool);
    page.usage(&format!("{program} call {name} {}", list::of_tool(tool)));
    let mut rows = Vec::new();
    for property in input.properties() {
        rows.push((property.name.to_owned(), of_property(&property)));
    }
    page.rows("Arguments", &rows);
    if let Some(output) = tool.get("outputSchema") {
        let output = Schema::new(output);
        let wrapped = tool["outputSchema"].get("x-fastmcp-wrap-result").and_then(|_| output.property("result"));
        page.line("Returns", &wrapped.unwrap_or(output).shape());
    }
    page.line("Hints", &hints(&tool["annotations"]));
    page.example(&format!("{program} call {name}"), &example(input));
    page.text
}

/// How a prompt is got.
pub(super) fn of_prompt(prompt: &Json, program: &str, style: Style) -> String {
    let name = prompt["name"].text();
    let mut page = Page::new(style);
    page.about(prompt);
    page.usage(&format!("{program} prompt {name} {}", list::of_prompt(prompt)));
    let mut rows = Vec::new();
    let mut needed = Vec::new();
    for argument in prompt["arguments"].items() {
        let name = argument["name"].text().to_owned();
        let is_required = argument["required"] == Json::Bool(true);
        if is_required {
            needed.push((name.clone(), Json::Text("text".to_owned())));
        }
        let lines = [if is_required { "text" } else { "text, optional" }, argument["description"].text()];
        rows.push((name, lines.map(str::to_owned).into_iter().filter(|line| !line.is_empty()).collect()));
    }
    page.rows("Arguments", &rows);
    page.example(&format!("{program} prompt {name}"), &needed);
    page.text
}

/// How a resource is read, or one of those that a template stands for.
pub(super) fn of_resource(resource: &Json, program: &str, style: Style) -> String {
    let template = resource["uriTemplate"].text();
    let mut page = Page::new(style);
    page.about(resource);
    let uri = if template.is_empty() { resource["uri"].text() } else { template };
    page.usage(&format!("{program} read {}", written(&Json::Text(uri.to_owned()))));
    page.line("Type", resource["mimeType"].text());
    let (variables, filled) = variables(template);
    page.line("Variables", &variables.join(", "));
    if !template.is_empty() {
        page.example(&format!("{program} read {}", written(&Json::Text(filled))), &[]);
    }
    page.text
}

/// The names in a template, and the template with something in their places.
fn variables(template: &str) -> (Vec<String>, String) {
    let (mut names, mut filled, mut rest) = (Vec::new(), String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (expression, after) = after.split_once('}').unwrap_or((after, ""));
        let in_query = expression.starts_with(['?', '&']);
        filled += before;
        for (at, name) in expression.trim_start_matches(['?', '&', '+', '#', '/', '.', ';']).split(',').enumerate() {
            let name = name.trim_end_matches('*');
            let optional = if in_query { " (optional)" } else { "" };
            names.push(format!("{name}{optional}"));
            // What is asked for in the query can be left out.
            if !in_query {
                filled += if at == 0 { "" } else { "," };
                filled += name;
            }
        }
        rest = after;
    }
    (names, filled + rest)
}

/// What is said of an argument: what it takes, its choices, and its description.
fn of_property(property: &Property<'_>) -> Vec<String> {
    let schema = property.schema;
    let mut first = schema.words();
    match schema.default() {
        Some(default) => first += &format!(", {} if left out", bare(default)),
        None if !property.is_required => first += ", optional",
        None => {}
    }
    let mut lines = vec![first];
    for choice in schema.choices() {
        let about = if choice.about.is_empty() { String::new() } else { format!("  {}", choice.about) };
        lines.push(format!("  {}{about}", bare(choice.value)));
    }
    if !schema.description().is_empty() {
        lines.push(schema.description().to_owned());
    }
    if let Some(example) = schema.given_example() {
        lines.push(format!("Example: {}", bare(example)));
    }
    lines
}

/// Values for the arguments that must be given; for the first one where none must.
fn example(input: Schema<'_>) -> Vec<(String, Json)> {
    let all: Vec<Property<'_>> = input.properties().collect();
    let needed = all.iter().filter(|property| property.is_required);
    let shown: Vec<_> = needed.map(|property| (property.name.to_owned(), property.schema.example())).collect();
    let first = all.first().map(|property| (property.name.to_owned(), property.schema.example()));
    if shown.is_empty() { first.into_iter().collect() } else { shown }
}

/// What a tool's annotations say of it.
fn hints(annotations: &Json) -> String {
    let hint = |(name, yes): (&str, &'static str)| (annotations[name] == Json::Bool(true)).then_some(yes);
    let all = [
        ("readOnlyHint", "only reads"),
        ("destructiveHint", "may destroy"),
        ("idempotentHint", "may be repeated"),
        ("openWorldHint", "reaches outside"),
    ];
    all.into_iter().filter_map(hint).collect::<Vec<_>>().join(", ")
}

/// A page of help in the making. What it is given is made plain.
struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn new(style: Style) -> Self {
        Self { text: String::new(), style }
    }

    fn about(&mut self, item: &Json) {
        let about = [&item["description"], &item["title"]].into_iter().map(Json::text).find(|text| !text.is_empty());
        if let Some(about) = about {
            self.text += &format!("{}\n\n", self.style.wrap(plain(about).trim(), 0));
        }
    }

    fn usage(&mut self, usage: &str) {
        self.line("Usage", usage.trim_end());
    }

    fn line(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            let begin = format!("{name}: ");
            let text = self.style.wrap(&plain(text), begin.len());
            self.text += &format!("{}{text}\n", self.style.name(&begin));
        }
    }

    fn rows(&mut self, heading: &str, rows: &[(String, Vec<String>)]) {
        if rows.is_empty() {
            return;
        }
        self.text += &format!("\n{}\n", self.style.name(&format!("{heading}:")));
        let width = rows.iter().map(|(name, _)| characters(&plain(name))).max().unwrap_or(0);
        for (name, lines) in rows {
            let name = plain(name);
            let padding = width - characters(&name);
            self.text += &format!("  {}{:padding$}", self.style.name(&name), "");
            for (at, line) in lines.iter().enumerate() {
                let gap = if at == 0 { "  ".to_owned() } else { format!("{:column$}", "", column = width + 4) };
                self.text += &format!("{gap}{}\n", self.style.wrap(&plain(line), width + 4));
            }
        }
        self.text.push('\n');
    }

    fn example(&mut self, begin: &str, arguments: &[(String, Json)]) {
        let arguments = arguments.iter().map(|(name, value)| format!(" {name}={}", written(value)));
        let line = format!("{begin}{}", arguments.collect::<String>());
        // Not wrapped: it is there to be copied.
        self.text += &format!("{}{}\n", self.style.name("Example: "), plain(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_told_with_its_types_defaults_bounds_choices_and_docs() {
        let tool = Json::parse(
            r##"{"name":"order","description":"Orders things.\n\nAt once.","inputSchema":{"type":"object","properties":{
                "what":{"$ref":"#/$defs/What","description":"What to order."},
                "count":{"type":"integer","minimum":1,"maximum":9,"default":2},
                "tags":{"anyOf":[{"type":"array","items":{"type":"string","minLength":2},"maxItems":3},{"type":"null"}]},
                "to":{"type":"object","properties":{"zip":{"type":"string"},"street":{"type":"string"}},"required":["zip"]},
                "when":{"type":"string","format":"date-time","examples":["2026-01-01T00:00:00Z"]}},
                "required":["what","to"],
                "$defs":{"What":{"oneOf":[{"const":"tea","description":"Hot."},{"enum":["cake","pie"]}]}}},
                "outputSchema":{"type":"object","properties":{"result":{"type":"array","items":{"type":"object",
                "properties":{"id":{"type":"integer"},"note":{"type":"string"}},"required":["id"]}}},
                "x-fastmcp-wrap-result":true},"annotations":{"readOnlyHint":false,"idempotentHint":true}}"##,
        );
        let expected = "\
Orders things.

At once.

Usage: shop call order what:tea|cake|pie [count:int=2] [tags:text,...]
       to:object [when:date-time]

Arguments:
  what   one of these
           tea  Hot.
           cake
           pie
         What to order.
  count  integer from 1 to 9, 2 if left out
  tags   list of at most 3 items, each: text of 2 or more characters, optional
  to     JSON: {zip: text, street?: text}
  when   date and time like 2026-11-28T12:00:00Z, optional
         Example: 2026-01-01T00:00:00Z

Returns: [{id: int, note?: text}]
Hints: may be repeated
Example: shop call order what=tea to='{\"zip\":\"text\"}'
";
        let page = of_tool(&tool, "shop", Style { width: Some(79), bold: false });
        assert_eq!(page, expected);
    }

    #[test]
    fn a_template_is_told_with_its_variables() {
        let template = Json::parse(
            r#"{"uriTemplate":"note://{id}/{path*}{?lang,page}","description":"A note.","mimeType":"text/plain"}"#,
        );
        let expected = "\
A note.

Usage: shop read 'note://{id}/{path*}{?lang,page}'
Type: text/plain
Variables: id, path, lang (optional), page (optional)
Example: shop read note://id/path
";
        assert_eq!(of_resource(&template, "shop", Style::default()), expected);
    }
}
