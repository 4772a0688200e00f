//! Help for one tool, prompt or template: from its schema to what a person has to write.

use super::json::Json;
use super::list;
use super::output::{Style, plain};
use super::schema::{Property, Schema, bare};
use super::texts::Texts;
use super::values::written;
use crate::nearest::characters;

/// What is wrong with arguments: places as JSON pointers, and what is wrong there.
pub(super) type Faults = Vec<(String, String)>;

/// How a command is written: what stands before the name of what it is about, and what behind all.
pub(super) struct Written {
    pub(super) begin: String,
    pub(super) end: String,
}

impl Written {
    fn line(&self, words: &str) -> String {
        let Self { begin, end } = self;
        format!("{begin} {}{end}", words.trim_end())
    }
}

/// How a tool is called, with all that its schema says of the arguments and of the result. `faults` holds arguments to what the
/// tool takes, which the schema may not say all of.
pub(super) fn of_tool(tool: &Json, written_as: &Written, style: Style, faults: impl Fn(&Json) -> Faults) -> String {
    let name = tool["name"].text();
    let input = Schema::new(&tool["inputSchema"]);
    let mut page = Page::new(style);
    page.about(tool);
    page.usage(&written_as.line(&format!("{name} {}", list::of_tool(tool))));
    // It tells which forms the arguments have, if there are several.
    let forms = plain(input.description());
    if !forms.is_empty() && *forms != *plain(tool["description"].text()) {
        page.text += &format!("\n{}\n", style.wrap(&forms, 0));
    }
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
    if let Some(example) = example(input, faults) {
        page.example(name, example.members(), written_as);
    }
    page.finish()
}

/// How a prompt is got. `texts` tells what its arguments take; otherwise they are what the protocol has them as, texts.
pub(super) fn of_prompt(prompt: &Json, texts: Option<&Texts>, written_as: &Written, style: Style) -> String {
    let name = prompt["name"].text();
    let mut page = Page::new(style);
    page.about(prompt);
    page.usage(&written_as.line(&format!("{name} {}", list::of_prompt(prompt))));
    let mut rows = Vec::new();
    let mut needed = Some(Vec::new());
    for argument in prompt["arguments"].items() {
        let name = argument["name"].text().to_owned();
        let is_required = argument["required"] == Json::Bool(true);
        if is_required {
            let example = texts.map_or_else(|| Some("text".to_owned()), |texts| texts.example(&name));
            needed = needed.zip(example).map(|(mut needed, example)| {
                needed.push((name.clone(), Json::Text(example)));
                needed
            });
        }
        let lines = match texts.and_then(|texts| row(texts, &name)) {
            Some(lines) => lines,
            None => {
                let lines = [if is_required { "text" } else { "text, optional" }, argument["description"].text()];
                lines.map(str::to_owned).into_iter().filter(|line| !line.is_empty()).collect()
            }
        };
        rows.push((name, lines));
    }
    page.rows("Arguments", &rows);
    if let Some(needed) = needed {
        page.example(name, &needed, written_as);
    }
    page.finish()
}

/// What is said of an argument of a prompt, or of a variable.
fn row(texts: &Texts, name: &str) -> Option<Vec<String>> {
    let property = texts.input().properties().find(|property| property.name == name)?;
    Some(of_property(&property))
}

/// How a resource is read, or one of those that a template stands for. `texts` tells what the template's variables take.
pub(super) fn of_resource(resource: &Json, texts: Option<&Texts>, written_as: &Written, style: Style) -> String {
    let template = resource["uriTemplate"].text();
    let mut page = Page::new(style);
    page.about(resource);
    let uri = if template.is_empty() { resource["uri"].text() } else { template };
    page.usage(&written_as.line(&written(&Json::Text(uri.to_owned()))));
    page.line("Type", resource["mimeType"].text());
    if template.is_empty() {
        return page.finish();
    }
    let (names, example) = variables(template, texts);
    match texts {
        Some(texts) => {
            let rows: Vec<_> = names
                .iter()
                .map(|name| name.trim_end_matches(OPTIONAL))
                .map(|name| (name.to_owned(), row(texts, name).unwrap_or_default()))
                .collect();
            page.rows("Variables", &rows);
        }
        None => page.line("Variables", &names.join(", ")),
    }
    if let Some(example) = example {
        page.example(&written(&Json::Text(example)), &[], written_as);
    }
    page.finish()
}

/// What stands behind the name of a variable that may be left out.
const OPTIONAL: &str = " (optional)";

/// The names in a template, and the template with their values, or themselves, in their places.
pub(super) fn variables(template: &str, texts: Option<&Texts>) -> (Vec<String>, Option<String>) {
    let (mut names, mut filled, mut rest) = (Vec::new(), Some(String::new()), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (expression, after) = after.split_once('}').unwrap_or((after, ""));
        let in_query = expression.starts_with(['?', '&']);
        filled.iter_mut().for_each(|filled| *filled += before);
        for (at, name) in expression.trim_start_matches(['?', '&', '+', '#', '/', '.', ';']).split(',').enumerate() {
            let name = name.trim_end_matches('*');
            let optional = if in_query { OPTIONAL } else { "" };
            names.push(format!("{name}{optional}"));
            // What is asked for in the query can be left out.
            if !in_query {
                let value = texts.map_or_else(|| Some(name.to_owned()), |texts| texts.variable(name));
                let comma = if at == 0 { "" } else { "," };
                filled = filled.zip(value).map(|(filled, value)| filled + comma + &value);
            }
        }
        rest = after;
    }
    (names, filled.map(|filled| filled + rest))
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
    details(schema, "", &mut lines, DEEPEST);
    if !schema.description().is_empty() {
        lines.push(schema.description().to_owned());
    }
    if let Some(example) = schema.given_example() {
        lines.push(format!("Example: {}", bare(example)));
    }
    lines
}

/// What is said of members within an argument, beyond the shape that all of them have together.
fn details(schema: Schema<'_>, path: &str, lines: &mut Vec<String>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if schema.kind() == "array" {
        return details(schema.items(), path, lines, depth);
    }
    for Property { name, schema, .. } in schema.properties() {
        let name = format!("{path}{name}");
        let words = schema.words();
        let words = words.split(", each: JSON").next().unwrap_or_default();
        let is_in_shape = |words: &str| {
            ["text", "integer", "number", "true or false", "one of these", "list"].contains(&words)
                || words.contains("JSON")
        };
        let is_plain = is_in_shape(words.strip_prefix("list, each: ").unwrap_or(words));
        let default = schema.default().map(|default| format!("{} if left out", bare(default)));
        let said =
            [(!is_plain).then(|| words.to_owned()), default].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let said =
            [&*said, schema.description()].into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>().join(": ");
        if !said.is_empty() {
            lines.push(format!("  {name}  {said}"));
        }
        details(schema, &format!("{name}."), lines, depth);
    }
    for form in schema.forms() {
        details(form, path, lines, depth);
    }
}

/// How deep members are told of.
const DEEPEST: usize = 4;

/// Arguments that the tool takes: those that must be given, or the first one where none must; `None` if none are found.
fn example(input: Schema<'_>, faults: impl Fn(&Json) -> Faults) -> Option<Json> {
    let given = |name: &str| Some((name.to_owned(), input.property(name)?.example()));
    let mut arguments = input.example();
    let Json::Object(members) = &mut arguments else { return None };
    if members.is_empty() {
        members.extend(input.properties().next().and_then(|first| given(first.name)));
    }
    // What else must be there may depend on the others. Each round adds or changes something.
    for _ in 0..DEEPEST * 2 {
        let found = faults(&arguments);
        if found.is_empty() {
            return Some(arguments);
        }
        let with = |member| {
            let mut more = arguments.clone();
            if let Json::Object(members) = &mut more {
                members.extend(member);
            }
            more
        };
        let is_absent = |name: &str| arguments.get(name).is_none();
        let missing = found.iter().map(|(place, _)| place.trim_start_matches('/')).find(|name| is_absent(name));
        arguments = match missing.and_then(given) {
            Some(member) => with(Some(member)),
            None if found.iter().all(|(place, _)| place.is_empty()) => {
                let absent = input.properties().filter(|property| is_absent(property.name));
                absent.map(|property| with(given(property.name))).find(|more| faults(more).is_empty())?
            }
            None => told(&arguments, &found)?,
        };
    }
    None
}

/// The arguments with the values that messages propose: `expected an IP address like 192.0.2.1, got …`. Formats are not listed
/// if models' APIs do not take them.
fn told(arguments: &Json, faults: &Faults) -> Option<Json> {
    let mut arguments = arguments.clone();
    let mut is_changed = false;
    for (place, message) in faults {
        let Some(like) = message.split(" like ").nth(1).and_then(|rest| rest.split([' ', ',']).next()) else {
            continue;
        };
        let at = place.split('/').skip(1).try_fold(&mut arguments, |at, name| match at {
            Json::Object(members) => members.iter_mut().find(|(member, _)| member == name).map(|(_, value)| value),
            Json::List(items) => items.get_mut(name.parse::<usize>().ok()?),
            _ => None,
        });
        if let Some(Json::Text(text)) = at {
            is_changed |= text != like;
            like.clone_into(text);
        }
    }
    is_changed.then_some(arguments)
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
                // What goes on stands below what it goes on from.
                let inner = match line.len() - line.trim_start().len() {
                    0 => 0,
                    inner => inner + 2,
                };
                self.text += &format!("{gap}{}\n", self.style.wrap(&plain(line), width + 4 + inner));
            }
        }
        self.text.push('\n');
    }

    fn example(&mut self, name: &str, arguments: &[(String, Json)], written_as: &Written) {
        let arguments = arguments.iter().map(|(name, value)| format!(" {name}={}", written(value)));
        let line = written_as.line(&format!("{name}{}", arguments.collect::<String>()));
        // Not wrapped: it is there to be copied.
        self.text += &format!("{}{}\n", self.style.name("Example: "), plain(&line));
    }

    /// The page, which does not end with the empty line that stands behind a list.
    fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(command: &str) -> Written {
        Written { begin: format!("shop {command}"), end: String::new() }
    }

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
        let schema = &tool["inputSchema"];
        let page = of_tool(&tool, &shop("call"), Style { width: Some(79), bold: false }, |json| {
            Schema::new(schema).faults(json)
        });
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
        assert_eq!(of_resource(&template, None, &shop("read"), Style::default()), expected);
    }
}
