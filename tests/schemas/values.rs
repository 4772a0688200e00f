//! Values made from a schema: such as it admits, and such as it just does not.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Number, Value, json};

use super::judge::range_of_format;

/// How deep a value may be nested before nothing is added to it that could be left out.
const DEEPEST: u32 = 4;

/// Random numbers from a seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end as u64) as usize
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Makes values of a schema.
pub struct Values<'s> {
    root: &'s Value,
    random: Random,
    texts: TestRunner,
}

impl<'s> Values<'s> {
    pub fn new(root: &'s Value, random: Random) -> Self {
        Self { root, random, texts: TestRunner::deterministic() }
    }

    /// A value that the schema admits, as far as its keywords can be followed one by one.
    pub fn fitting(&mut self) -> Value {
        self.of(self.root, DEEPEST)
    }

    /// A value that the schema admits, with one change: a bound is overstepped by one, a member is taken away or added, a
    /// word has another letter, a value is of another type. Now and then the schema admits that one, too.
    pub fn near(&mut self) -> Value {
        let mut value = self.fitting();
        self.change(self.root, &mut value, true);
        value
    }

    fn resolved(&self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = super::dialects::decoded(reference.trim_start_matches('#'));
            match self.root.pointer(&pointer) {
                // What stands beside a reference describes.
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    fn of(&mut self, schema: &'s Value, depth: u32) -> Value {
        let schema = self.resolved(schema);
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
            return self.random.one_of(values).clone();
        }
        let kind = self.kind(schema);
        if kind != "object"
            && let Some(branch) = self.branch(schema, depth)
        {
            return self.of(branch, depth);
        }
        match kind {
            "null" => Value::Null,
            "boolean" => self.random.once_in(2).into(),
            "integer" | "number" => self.number(schema, kind),
            "string" => self.text(schema).into(),
            "array" => self.list(schema, depth),
            "object" => {
                let mut members = Map::new();
                self.members(schema, depth, &mut members);
                Value::Object(members)
            }
            _ => self.anything(1),
        }
    }

    /// The type of values that a schema describes; one of them where there are several.
    fn kind(&mut self, schema: &'s Value) -> &'s str {
        match &schema["type"] {
            Value::String(kind) => kind,
            Value::Array(kinds) => self.random.one_of(kinds).as_str().unwrap_or_default(),
            _ if schema.get("properties").is_some() => "object",
            _ => "",
        }
    }

    /// One of the alternatives; the first, which does not go on for ever, where values are deep enough.
    fn branch(&mut self, schema: &'s Value, depth: u32) -> Option<&'s Value> {
        let branches = ["oneOf", "anyOf", "allOf"].into_iter().find_map(|keyword| schema[keyword].as_array())?;
        Some(if depth == 0 { branches.first()? } else { self.random.one_of(branches) })
    }

    fn number(&mut self, schema: &Value, kind: &str) -> Value {
        let range = schema["format"].as_str().and_then(range_of_format);
        let bound = |keyword: &str| schema[keyword].as_f64();
        let own = |end: fn((f64, f64)) -> f64| range.clone().map(|(min, max)| end((as_f64(&min), as_f64(&max))));
        let least = bound("minimum").or(bound("exclusiveMinimum").map(|end| end + 1.0)).or(own(|(min, _)| min));
        let most = bound("maximum").or(bound("exclusiveMaximum").map(|end| end - 1.0)).or(own(|(_, max)| max));
        let small = self.random.below(9) as f64 - 2.0;
        let mut number = match (least, most, self.random.below(3)) {
            (Some(least), _, 0) => least,
            (_, Some(most), 1) => most,
            (least, most, _) => small.max(least.unwrap_or(small)).min(most.unwrap_or(small)),
        };
        if let Some(step) = bound("multipleOf") {
            number = (number / step).ceil() * step;
        }
        if kind == "number" && self.random.once_in(3) && number.abs() < 1e9 && schema.get("multipleOf").is_none() {
            number = (number - 0.5).max(least.unwrap_or(number - 0.5));
        }
        // A whole number is an integer however it is written.
        if number.fract() == 0.0 && number.abs() < 2_f64.powi(53) && !self.random.once_in(4) {
            return json!(number as i64);
        }
        let exact = range.filter(|_| kind == "integer");
        match exact {
            Some((min, _)) if number == as_f64(&min) => min.into(),
            Some((_, max)) if number == as_f64(&max) => max.into(),
            _ => json!(number),
        }
    }

    fn text(&mut self, schema: &Value) -> String {
        if let Some(sample) = schema["format"].as_str().and_then(sample) {
            return (*self.random.one_of(sample)).to_owned();
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            return self.matching(pattern);
        }
        let least = schema["minLength"].as_u64().unwrap_or(0) as usize;
        let most = schema["maxLength"].as_u64().map_or(least + 4, |most| most as usize);
        let length = least + self.random.below(most.saturating_sub(least) + 1);
        (0..length).map(|_| *self.random.one_of(&['a', 'b', 'é', '"', '\\', '\n', '\u{1d11e}', ' '])).collect()
    }

    /// A text that a pattern matches: as a whole, so that it does so from its beginning and to its end.
    fn matching(&mut self, pattern: &str) -> String {
        let inner = pattern.trim_start_matches('^').trim_end_matches('$');
        let strategy = proptest::string::string_regex(inner).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        strategy.new_tree(&mut self.texts).expect("a text").current()
    }

    fn list(&mut self, schema: &'s Value, depth: u32) -> Value {
        let first = schema["prefixItems"].as_array().map(Vec::as_slice).unwrap_or_default();
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        let most = schema["maxItems"].as_u64().map_or(least + 3, |most| most as usize);
        let more = if depth == 0 { 0 } else { self.random.below(most.saturating_sub(least) + 1) };
        let mut items: Vec<Value> = Vec::new();
        for index in 0..least + more {
            let item = match first.get(index) {
                Some(schema) => self.of(schema, depth.saturating_sub(1)),
                None => self.of(&schema["items"], depth.saturating_sub(1)),
            };
            if schema["uniqueItems"] != true || !items.contains(&item) {
                items.push(item);
            }
        }
        items.into()
    }

    /// The members that a schema and all that it is made of give an object.
    fn members(&mut self, schema: &'s Value, depth: u32, members: &mut Map<String, Value>) {
        let schema = self.resolved(schema);
        let inner = depth.saturating_sub(1);
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if is_required(schema, name) || (depth > 0 && self.random.once_in(2)) {
                let value = self.of(property, inner);
                members.insert(name.clone(), value);
            }
        }
        if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object() && depth > 0) {
            for name in ["k", "long name", "ü"].into_iter().take(self.random.below(4)) {
                let value = self.of(values, inner);
                members.entry(name).or_insert(value);
            }
        }
        for (pattern, values) in schema["patternProperties"].as_object().into_iter().flatten() {
            for _ in 0..self.random.below(3) {
                let name = self.matching(pattern);
                let value = self.of(values, inner);
                members.entry(name).or_insert(value);
            }
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.members(part, depth, members);
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = schema[keyword].as_array() {
                let branch = self.random.one_of(branches);
                self.members(branch, depth, members);
            }
        }
    }

    fn anything(&mut self, depth: u32) -> Value {
        match self.random.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => self.random.once_in(2).into(),
            2 => json!(self.random.below(9)),
            3 => json!(self.random.below(9) as f64 + 0.5),
            4 => "text".into(),
            5 => (0..self.random.below(3)).map(|_| self.anything(depth - 1)).collect(),
            _ => json!({ *self.random.one_of(&["a", "format", "k"]): self.anything(depth - 1) }),
        }
    }

    /// Changes a value, or something in it. A member that may be left out is never made `null`, which says that it is left
    /// out.
    fn change(&mut self, schema: &'s Value, value: &mut Value, takes_null: bool) {
        let mut schema = self.resolved(schema);
        while let Some(branch) = self.branch(schema, 1).filter(|_| schema.get("properties").is_none()) {
            schema = self.resolved(branch);
        }
        let is_arguments = std::ptr::eq(schema, self.root);
        let within = value.as_object().map_or(0, Map::len) + value.as_array().map_or(0, Vec::len);
        if within > 0 && !self.random.once_in(4) {
            return self.change_within(schema, value);
        }
        match value {
            Value::Number(_) if !self.random.once_in(4) => *value = self.other_number(schema, value),
            Value::String(text) if !self.random.once_in(4) => *text = self.other_text(schema, text),
            Value::Array(items) if !self.random.once_in(4) => match self.random.below(4) {
                0 => drop(items.pop()),
                1 => items.extend(items.first().cloned()),
                2 => items.push(self.anything(1)),
                _ => items.extend((0..=schema["maxItems"].as_u64().unwrap_or(0)).map(|n| json!(n))),
            },
            Value::Object(members) if is_arguments || !self.random.once_in(4) => match self.random.below(3) {
                0 => drop(members.insert((*self.random.one_of(&["other", "k", "x"])).to_owned(), json!(true))),
                _ => {
                    let names: Vec<String> = members.keys().cloned().collect();
                    if !names.is_empty() {
                        members.remove(self.random.one_of(&names).as_str());
                    }
                }
            },
            _ => {
                *value = self.anything(1);
                if value.is_null() && !takes_null {
                    *value = json!([]);
                }
            }
        }
    }

    fn change_within(&mut self, schema: &'s Value, value: &mut Value) {
        match value {
            Value::Array(items) => {
                let index = self.random.below(items.len());
                let item = schema["prefixItems"].get(index).unwrap_or(&schema["items"]);
                self.change(item, &mut items[index], true);
            }
            Value::Object(members) => {
                let names: Vec<String> = members.keys().cloned().collect();
                let name = self.random.one_of(&names).clone();
                let property = schema["properties"].get(&name).unwrap_or(&schema["additionalProperties"]);
                let takes_null = is_required(schema, &name);
                if let Some(value) = members.get_mut(&name) {
                    self.change(property, value, takes_null);
                }
            }
            _ => {}
        }
    }

    fn other_number(&mut self, schema: &Value, value: &Value) -> Value {
        let mut others = vec![json!(0.5), json!(-1), json!(1e300), json!(u64::MAX)];
        if let Some((min, max)) = schema["format"].as_str().and_then(range_of_format) {
            others.extend([beyond(&min, -1), beyond(&max, 1)]);
        }
        for (keyword, step) in [("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0), ("exclusiveMaximum", 0)] {
            others.extend(schema[keyword].as_number().map(|end| beyond(end, step)));
        }
        others.extend(schema["multipleOf"].as_f64().and(value.as_f64()).map(|number| json!(number + 1.0)));
        self.random.one_of(&others).clone()
    }

    fn other_text(&mut self, schema: &Value, text: &str) -> String {
        let mut others = vec![format!("{text}é"), text.to_uppercase(), text.chars().skip(1).collect(), String::new()];
        if let Some(least) = schema["minLength"].as_u64() {
            others.push("é".repeat(least.saturating_sub(1) as usize));
        }
        if let Some(most) = schema["maxLength"].as_u64() {
            others.push("é".repeat(most as usize + 1));
        }
        self.random.one_of(&others).clone()
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name))
}

fn as_f64(number: &Number) -> f64 {
    number.as_f64().unwrap_or_default()
}

/// The number that is so far from another one; the next that JSON can express where whole numbers end.
fn beyond(number: &Number, step: i64) -> Value {
    let exact = number.as_i128().and_then(|number| {
        let other = number + i128::from(step);
        i64::try_from(other).map(Value::from).or_else(|_| u64::try_from(other).map(Value::from)).ok()
    });
    exact.unwrap_or_else(|| json!(as_f64(number) * if step == 0 { 1.0 } else { 1.001 }))
}

/// Texts in a format.
fn sample(format: &str) -> Option<&'static [&'static str]> {
    Some(match format {
        "date" => &["2026-01-02", "2024-02-29"],
        "partial-date-time" => &["2026-01-02T03:04:05"],
        "uuid" => &["67e55044-10b1-426f-9247-bb680e5fe0c8"],
        "ip" => &["::1", "192.0.2.1"],
        _ => return None,
    })
}
