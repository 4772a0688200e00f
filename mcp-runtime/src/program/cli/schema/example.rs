//! Values that a schema takes, as somebody may write them.

use super::{DEEPEST, Schema, pattern};
use crate::json_text;
use crate::program::cli::json::Json;

impl<'a> Schema<'a> {
    /// A value that it takes: the first that comes to mind and fits. What has a pattern may not fit.
    pub(in super::super) fn example(self) -> Json {
        self.nth_example(0, DEEPEST)
    }

    /// One that is not the default, if such a one comes to mind: who writes it has said something.
    pub(in super::super) fn telling_example(self) -> Json {
        // A default may be the first choice and an example as well, so the fourth is another.
        for nth in 0..4 {
            let value = self.nth_example(nth, DEEPEST);
            if Some(&value) != self.default() && self.faults(&value).is_empty() {
                return value;
            }
        }
        self.example()
    }

    /// One of several values that differ, as the items of a set do.
    fn nth_example(self, nth: usize, depth: usize) -> Json {
        let said = [self.given_example(), self.default(), self.at.get("const")].into_iter().flatten();
        let choices = self.choices();
        let said = said.chain(choices.iter().map(|choice| choice.value));
        if let Some(said) = said.filter(|value| self.faults(value).is_empty()).nth(nth) {
            return said.clone();
        }
        let plain = self.example_of_kind(nth, depth);
        let mut all = plain.clone();
        // All of these at once, and one of those.
        for part in self.at["allOf"].items() {
            all = beside(all, Self::within(self.root, part).nth_example(nth, depth.saturating_sub(1)));
        }
        if depth > 0 {
            for form in self.forms() {
                let value = beside(all.clone(), form.nth_example(nth, depth - 1));
                if self.faults(&value).is_empty() {
                    return value;
                }
            }
        }
        let is_null = self.takes("null") && !self.faults(&all).is_empty();
        if is_null { Json::Null } else { all }
    }

    fn example_of_kind(self, nth: usize, depth: usize) -> Json {
        match self.kind() {
            kind @ ("integer" | "number") => self.number(kind == "integer", nth),
            "boolean" => Json::Bool(nth.is_multiple_of(2)),
            "string" => Json::Text(self.text_example(nth)),
            "array" => self.list(depth),
            "object" if depth > 0 => {
                let required = self.properties().filter(|property| property.is_required);
                let example = |schema: Schema<'a>| schema.nth_example(nth, depth - 1);
                Json::Object(required.map(|member| (member.name.to_owned(), example(member.schema))).collect())
            }
            "object" => Json::Object(Vec::new()),
            _ => Json::Text("text".to_owned()),
        }
    }

    fn list(self, depth: usize) -> Json {
        let size = |name: &str| self.keyword(name).and_then(Json::whole).and_then(|size| usize::try_from(size).ok());
        let first = self.at["prefixItems"].items();
        // One item tells what they are like, unless it is deep inside.
        let usual = if depth + 1 < DEEPEST { 0 } else { 1 };
        let count =
            usual.max(first.len()).max(size("minItems").unwrap_or(0)).min(size("maxItems").unwrap_or(MOST_ITEMS));
        let differ = self.at["uniqueItems"] == Json::Bool(true);
        let item = |at: usize| {
            let schema = first.get(at).map_or_else(|| self.items(), |schema| Self::within(self.root, schema));
            schema.nth_example(if differ { at } else { 0 }, depth.saturating_sub(1))
        };
        Json::List((0..count.min(MOST_ITEMS)).map(item).collect())
    }

    fn number(self, is_integer: bool, nth: usize) -> Json {
        let bound = |name: &str| self.keyword(name)?.number()?.as_f64();
        let bounds = |inclusive, exclusive| {
            bound(inclusive).map(|bound| (bound, false)).or_else(|| bound(exclusive).map(|bound| (bound, true)))
        };
        let (least, most) = (bounds("minimum", "exclusiveMinimum"), bounds("maximum", "exclusiveMaximum"));
        let step = bound("multipleOf").filter(|step| *step > 0.0).or(is_integer.then_some(1.0));
        let is_beyond = |value: f64| most.is_some_and(|(most, open)| value > most || (open && value >= most));
        // As it is written, if it is one: floats do not hold all integers.
        let said = self.keyword("minimum").filter(|least| self.faults(least).is_empty());
        if let (Some(said), 0) = (said, nth) {
            return said.clone();
        }
        let value = match (least, most, step) {
            // A number between, if it need not be a multiple of anything.
            (Some((least, true)), Some((most, _)), None) => f64::midpoint(least, most),
            (Some((least, open)), _, _) => {
                let grain = step.unwrap_or(1.0);
                let first = if step.is_some() { (least / grain).ceil() * grain } else { least };
                if open && first <= least { first + grain } else { first }
            }
            (None, Some((most, open)), _) if is_beyond(step.unwrap_or(1.0)) => {
                let grain = step.unwrap_or(1.0);
                let last = if step.is_some() { (most / grain).floor() * grain } else { most };
                if open && last >= most { last - grain } else { last }
            }
            _ => step.unwrap_or(1.0),
        };
        // Written and read: a number without a fraction is an integer then, and none is negative zero.
        let nth = (0..nth).fold(value, |value, _| value + step.unwrap_or(1.0));
        Json::parse(&json_text::float(nth + 0.0))
    }

    fn text_example(self, nth: usize) -> String {
        let size = |name: &str| self.keyword(name).and_then(Json::whole).and_then(|size| usize::try_from(size).ok());
        let (least, most) = (size("minLength").unwrap_or(0), size("maxLength").unwrap_or(usize::MAX));
        if let Some((_, _, example)) = self.format() {
            return (*example).to_owned();
        }
        if let Some(pattern) = self.keyword("pattern").map(Json::text) {
            return pattern::matching(pattern, least, most, nth).unwrap_or_default();
        }
        let text = if nth == 0 { "text".to_owned() } else { format!("text{}", nth + 1) };
        let length = text.len().max(least.min(LONGEST)).min(most);
        text.chars().cycle().take(length).collect()
    }
}

/// Longer lists and texts are no examples.
const MOST_ITEMS: usize = 16;
const LONGEST: usize = 200;

/// An object with the members of both; of anything else the second.
fn beside(one: Json, other: Json) -> Json {
    match (one, other) {
        (Json::Object(mut members), Json::Object(more)) => {
            for (name, value) in more {
                members.retain(|(known, _)| *known != name);
                members.push((name, value));
            }
            Json::Object(members)
        }
        (_, other) => other,
    }
}
