//! From a JSON Schema (2020-12, as `schemars` writes it) to a shape.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use mcp_proto::hash::Fold;
use serde_json::{Map, Value};

use super::length::Length;
use super::node::{Choice, Id, Kinds, ListRules, MemberRules, Node, ObjectRules, Others, Tag};
use super::number::{NumberRules, Range, TypeRange};
use super::text::{Format, Pattern, TextRules};
use super::{Gap, Shape};
use crate::args::constraint::Num;
use crate::args::pattern_engine::{Matcher, PatternEngine};
use crate::json_text::{Members, member, members};
use crate::order::sorted;

/// Keywords of JSON Schema that no shape has rules for.
const BEYOND: [&str; 10] = [
    "if",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
    "unevaluatedItems",
    "additionalItems",
    "$dynamicRef",
    "$recursiveRef",
];

struct Compiler<'a> {
    root: &'a Value,
    engine: Option<PatternEngine>,
    nodes: Vec<Node>,
    /// What references have led to.
    known: HashMap<Arc<str>, Id, Fold>,
    /// The argument whose schema is being compiled.
    argument: Option<String>,
    gaps: Vec<Gap>,
}

/// Compiles a schema. What cannot be expressed is left out, and listed in the shape's gaps.
pub(super) fn compile(schema: &Value, engine: Option<PatternEngine>) -> Shape {
    let mut compiler = Compiler {
        root: schema,
        engine,
        nodes: Vec::new(),
        known: HashMap::default(),
        argument: None,
        gaps: Vec::new(),
    };
    // The whole may be referred to as well, as `#`.
    let root = compiler.reference("#");
    let Compiler { mut nodes, gaps, .. } = compiler;
    admit(&mut nodes);
    tag(&mut nodes);
    Shape { nodes, root, gaps }
}

/// The JSON pointer that a URI's fragment is: names that are not ASCII stand in it percent-encoded.
pub(crate) fn decoded(fragment: &str) -> Option<Cow<'_, str>> {
    if !fragment.contains('%') {
        return Some(fragment.into());
    }
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

impl Compiler<'_> {
    fn gap(&mut self, keyword: &str) {
        let gap = Gap { argument: self.argument.clone(), keyword: keyword.to_owned() };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// The node that a reference leads to.
    fn reference(&mut self, target: &str) -> Id {
        if let Some(known) = self.known.get(target) {
            return *known;
        }
        let id = self.nodes.len();
        // Its place is taken first: it may refer to itself.
        self.nodes.push(Node::any());
        self.known.insert(target.into(), id);
        match target.strip_prefix('#').and_then(decoded).and_then(|pointer| self.root.pointer(&pointer)) {
            Some(schema) => self.nodes[id] = self.node(schema, target == "#"),
            None => self.gap("$ref"),
        }
        id
    }

    fn schema(&mut self, schema: &Value) -> Id {
        // A reference that stands alone is what it refers to.
        if let Value::Object(object) = schema
            && let Some(Value::String(target)) = member(object, "$ref")
            && !members(Some(object)).any(|(keyword, _)| keyword != "$ref" && is_rule(keyword))
        {
            return self.reference(target);
        }
        let node = self.node(schema, false);
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn node(&mut self, schema: &Value, is_root: bool) -> Node {
        let mut node = Node::any();
        let Value::Object(schema) = schema else {
            if schema == false {
                node.kinds = Kinds::NONE;
            }
            return node;
        };
        node.kinds = kinds(schema);
        for keyword in BEYOND {
            // `true` demands nothing.
            if member(schema, keyword).is_some_and(|rule| *rule != true) {
                self.gap(keyword);
            }
        }
        match member(schema, "not") {
            None => {}
            Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => node.kinds = Kinds::NONE,
            Some(Value::Object(members)) if members.is_empty() => node.kinds = Kinds::NONE,
            Some(_) => self.gap("not"),
        }
        node.values = match (member(schema, "const"), member(schema, "enum")) {
            (Some(only), _) => Some([only.clone()].into()),
            (None, Some(Value::Array(values))) => Some(values.as_slice().into()),
            _ => None,
        };
        let format = member(schema, "format").and_then(Value::as_str).unwrap_or_default();
        node.number = number_rules(schema, format).map(Box::new);
        node.text = self.text_rules(schema, format).map(Box::new);
        node.list = self.list_rules(schema).map(Box::new);
        node.object = self.object_rules(schema, is_root).map(Box::new);
        if let Some(Value::String(target)) = member(schema, "$ref") {
            node.all.push(self.reference(target));
        }
        node.all.extend(branches(schema, "allOf").map(|branch| self.schema(branch)));
        for (keyword, exactly_one) in [("anyOf", false), ("oneOf", true)] {
            let branches: Vec<Id> = branches(schema, keyword).map(|branch| self.schema(branch)).collect();
            match &*branches {
                [] => {}
                [only] => node.all.push(*only),
                _ => match self.listed(&branches).filter(|_| node.values.is_none()) {
                    Some(values) => node.values = Some(values),
                    None => node.choices.push(Choice { branches, exactly_one, tag: None }),
                },
            }
        }
        node
    }

    /// The values that alternatives are, where each of them is a list of texts: an enum whose variants have descriptions.
    fn listed(&self, branches: &[Id]) -> Option<Box<[Value]>> {
        let mut all: Vec<Value> = Vec::new();
        for branch in branches {
            let node = &self.nodes[*branch];
            let bare = node.text.is_none() && node.all.is_empty() && node.choices.is_empty();
            let values = node.values.as_ref().filter(|_| bare && node.kinds.contains(Kinds::STRING))?;
            if !values.iter().all(|value| value.is_string() && !all.contains(value)) {
                return None;
            }
            all.extend(values.iter().cloned());
        }
        Some(all.into())
    }

    fn text_rules(&mut self, schema: &Map<String, Value>, format: &str) -> Option<TextRules> {
        let pattern = member(schema, "pattern").and_then(Value::as_str).and_then(|source| {
            let matcher = self.matcher(source, "pattern")?;
            Some(Pattern { source: source.into(), matcher })
        });
        let rules = TextRules { length: length(schema, "minLength", "maxLength"), pattern, format: Format::of(format) };
        (!rules.are_none() || rules.format.is_some()).then_some(rules)
    }

    fn matcher(&mut self, pattern: &str, keyword: &str) -> Option<Matcher> {
        // Expressions that the engine reads otherwise than JSON Schema are none that it could enforce.
        let matcher = self.engine.and_then(|engine| engine(pattern));
        if matcher.is_none() {
            self.gap(keyword);
        }
        matcher
    }

    fn list_rules(&mut self, schema: &Map<String, Value>) -> Option<ListRules> {
        let rules = ListRules {
            length: length(schema, "minItems", "maxItems"),
            first: branches(schema, "prefixItems").map(|item| self.schema(item)).collect(),
            others: match member(schema, "items") {
                Some(Value::Array(_)) => {
                    self.gap("items");
                    Others::Any
                }
                rule => self.others(rule),
            },
            unique: member(schema, "uniqueItems").is_some_and(|unique| *unique == true),
        };
        let says = !rules.length.is_any() || !rules.first.is_empty() || rules.unique;
        (says || !matches!(rules.others, Others::Any)).then_some(rules)
    }

    fn object_rules(&mut self, schema: &Map<String, Value>, is_root: bool) -> Option<ObjectRules> {
        let mut members: Vec<MemberRules> = Vec::new();
        for (name, property) in object(schema, "properties") {
            if is_root {
                self.argument = Some(name.clone());
            }
            let docs = property.get("description").and_then(Value::as_str).unwrap_or_default();
            let docs = docs.lines().next().unwrap_or_default().into();
            let node = Some(self.schema(property));
            members.push(MemberRules { name: name.as_str().into(), node, required: false, docs });
        }
        if is_root {
            self.argument = None;
        }
        for name in branches(schema, "required").filter_map(Value::as_str) {
            match members.iter_mut().find(|member| *member.name == *name) {
                Some(member) => member.required = true,
                None => {
                    members.push(MemberRules { name: name.into(), node: None, required: true, docs: "".into() });
                }
            }
        }
        let members = sorted(members, &|a, b| a.name.cmp(&b.name));
        let mut patterns = Vec::new();
        for (pattern, property) in object(schema, "patternProperties") {
            let node = self.schema(property);
            patterns.extend(self.matcher(pattern, "patternProperties").map(|matcher| (matcher, node)));
        }
        // Names that a pattern would take, were it understood, are no strangers.
        let lost = patterns.len() < object(schema, "patternProperties").count();
        let rules = ObjectRules {
            length: length(schema, "minProperties", "maxProperties"),
            members,
            patterns,
            names: member(schema, "propertyNames").map(|names| self.schema(names)),
            others: if lost { Others::Any } else { self.others(member(schema, "additionalProperties")) },
        };
        let says = !rules.length.is_any() || !rules.members.is_empty() || !rules.patterns.is_empty();
        (says || rules.names.is_some() || !matches!(rules.others, Others::Any)).then_some(rules)
    }

    fn others(&mut self, rule: Option<&Value>) -> Others {
        match rule {
            None | Some(Value::Bool(true)) => Others::Any,
            Some(Value::Bool(false)) => Others::None,
            Some(Value::Object(rules)) if !members(Some(rules)).any(|(keyword, _)| is_rule(keyword)) => Others::Any,
            Some(schema) => Others::Each(self.schema(schema)),
        }
    }
}

/// Whether a keyword may refuse values; others describe.
fn is_rule(keyword: &str) -> bool {
    const DESCRIBE: [&str; 14] = [
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "$comment",
        "$defs",
        "$schema",
        "$id",
    ];
    !DESCRIBE.contains(&keyword) && !keyword.starts_with("x-")
}

fn kinds(schema: &Map<String, Value>) -> Kinds {
    match member(schema, "type") {
        Some(Value::String(name)) => Kinds::of_type(name).unwrap_or(Kinds::ALL),
        Some(Value::Array(names)) => {
            let each = names.iter().filter_map(Value::as_str).filter_map(Kinds::of_type);
            each.fold(Kinds::NONE, Kinds::or)
        }
        _ => Kinds::ALL,
    }
}

fn branches<'a>(schema: &'a Map<String, Value>, keyword: &str) -> std::slice::Iter<'a, Value> {
    member(schema, keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn object<'a>(schema: &'a Map<String, Value>, keyword: &str) -> Members<'a> {
    members(member(schema, keyword).and_then(Value::as_object))
}

fn length(schema: &Map<String, Value>, min: &str, max: &str) -> Length {
    let read = |keyword| {
        let value = member(schema, keyword)?;
        value.as_u64().or_else(|| value.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64))
    };
    Length { min: read(min).filter(|min| *min > 0), max: read(max) }
}

fn number_rules(schema: &Map<String, Value>, format: &str) -> Option<NumberRules> {
    let read = |keyword| member(schema, keyword).and_then(number);
    let end = |inclusive, exclusive, stricter: std::cmp::Ordering| match (read(inclusive), read(exclusive)) {
        (Some(a), Some(b)) if a.compare(b) == Some(stricter) => Some((a, true)),
        (_, Some(b)) => Some((b, false)),
        (a, None) => a.map(|a| (a, true)),
    };
    let range = Range {
        min: end("minimum", "exclusiveMinimum", std::cmp::Ordering::Greater),
        max: end("maximum", "exclusiveMaximum", std::cmp::Ordering::Less),
    };
    let rules = NumberRules { range, multiple_of: read("multipleOf"), type_range: TypeRange::of_format(format) };
    let says = range.min.is_some() || range.max.is_some() || rules.multiple_of.is_some();
    (says || !matches!(rules.type_range, TypeRange::Any)).then_some(rules)
}

fn number(value: &Value) -> Option<Num> {
    super::number::parse(&value.as_number()?.to_string())
}

/// Finds out which kinds of values each node takes, with all that it refers to.
fn admit(nodes: &mut [Node]) {
    // Sets only shrink, so this ends; schemas refer to others no more than a few levels deep before a member or an item.
    loop {
        let mut changed = false;
        for id in 0..nodes.len() {
            let node = &nodes[id];
            let mut admits = node.kinds;
            if let Some(values) = &node.values {
                let values = values.iter().map(Kinds::of_value).fold(Kinds::NONE, Kinds::or);
                admits = admits.and(values);
            }
            for other in &node.all {
                admits = admits.and(nodes[*other].admits);
            }
            for choice in &node.choices {
                let any = choice.branches.iter().map(|branch| nodes[*branch].admits).fold(Kinds::NONE, Kinds::or);
                admits = admits.and(any);
            }
            if admits != node.admits {
                nodes[id].admits = admits;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Finds the members that tell alternatives apart.
fn tag(nodes: &mut [Node]) {
    for id in 0..nodes.len() {
        for index in 0..nodes[id].choices.len() {
            let tag = find_tag(nodes, &nodes[id].choices[index].branches);
            nodes[id].choices[index].tag = tag;
        }
    }
}

fn find_tag(nodes: &[Node], branches: &[Id]) -> Option<Tag> {
    let objects: Vec<usize> =
        (0..branches.len()).filter(|index| nodes[branches[*index]].admits.contains(Kinds::OBJECT)).collect();
    let first = objects.first().filter(|_| objects.len() > 1)?;
    let candidates = nodes[branches[*first]].object.as_ref()?;
    candidates.members.iter().find_map(|member| {
        let mut values: Vec<(Box<str>, usize)> = Vec::new();
        for index in &objects {
            let rules = nodes[branches[*index]].object.as_ref()?;
            let member = &rules.members[rules.find(&member.name).filter(|at| rules.members[*at].required)?];
            for value in nodes[member.node?].values.as_deref()? {
                let value = value.as_str()?;
                if values.iter().any(|(known, _)| **known == *value) {
                    return None;
                }
                values.push((value.into(), *index));
            }
        }
        Some(Tag { name: member.name.clone(), values })
    })
}
