//! What a change of a JSON Schema means, for what is sent and for what is answered.

use super::change::{Changes, Verdict};
use crate::program::cli::json::Json;

/// Who makes the values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The client: what it sends must go on to be accepted.
    Input,
    /// The server: what it answers must go on to be understood.
    Output,
}

/// How the values that a schema admits have changed.
#[derive(Clone, Copy)]
enum Turn {
    Fewer,
    More,
    Others,
}

/// How deep schemas are compared.
const DEEPEST: usize = 64;

/// A comparison: the documents that references are in, and where we are.
struct Comparison<'a> {
    old: &'a Json,
    new: &'a Json,
    side: Side,
    depth: usize,
    /// The references that were followed: schemas that refer to themselves would go on for ever.
    followed: Vec<(String, String)>,
    changes: &'a mut Changes,
}

/// Compares two schemas.
pub(super) fn compare(old: &Json, new: &Json, side: Side, changes: &mut Changes) {
    Comparison { old, new, side, depth: 0, followed: Vec::new(), changes }.schemas(old, new);
}

/// A schema with what it refers to; what stands beside a reference counts, too.
fn resolved(schema: &Json, root: &Json) -> Json {
    let mut schema = schema.clone();
    for _ in 0..DEEPEST {
        let Some(path) = schema["$ref"].text().strip_prefix('#') else { break };
        let mut found = root;
        for name in path.split('/').skip(1) {
            found = &found[&*name.replace("~1", "/").replace("~0", "~")];
        }
        let Json::Object(mut members) = found.clone() else { break };
        for (name, value) in schema.members().iter().filter(|(name, _)| name != "$ref") {
            members.retain(|(member, _)| member != name);
            members.push((name.clone(), value.clone()));
        }
        schema = Json::Object(members);
    }
    schema
}

impl Comparison<'_> {
    /// Looks at what is within a member.
    fn within(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        if self.depth == DEEPEST {
            return;
        }
        self.depth += 1;
        let outer = self.changes.path.len();
        self.changes.path.push('/');
        self.changes.path += name;
        look(self);
        self.changes.path.truncate(outer);
        self.depth -= 1;
    }

    fn schemas(&mut self, old: &Json, new: &Json) {
        let references = (old["$ref"].text().to_owned(), new["$ref"].text().to_owned());
        // What stands beside a reference is compared in any case.
        let (old, new) = if self.followed.contains(&references) {
            (old.clone(), new.clone())
        } else {
            (resolved(old, self.old), resolved(new, self.new))
        };
        if !references.0.is_empty() && !references.1.is_empty() {
            self.followed.push(references);
        }
        let covers = |all: &Json, one: &Json| all == one || (all.text() == "number" && one.text() == "integer");
        self.sets("type", &old["type"], &new["type"], &covers);
        let values = |schema: &Json| match schema.get("const") {
            Some(value) => Json::List(vec![value.clone()]),
            None => schema["enum"].clone(),
        };
        self.sets("values", &values(&old), &values(&new), &|one, other| one == other);
        self.members(&old, &new);
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in old.members().iter().chain(new.members()) {
            let (before, after) = (&old[name], &new[name]);
            if seen.contains(&&**name) {
                continue;
            }
            seen.push(name);
            match &**name {
                "type" | "enum" | "const" | "properties" | "required" | "$ref" | "$defs" | "definitions" => {}
                "items" | "additionalProperties" | "contains" | "propertyNames" => {
                    self.within(name, |inside| inside.inner(before, after));
                }
                "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                    self.within(name, |inside| inside.several(before, after, name.ends_with("yOf") || name == "oneOf"));
                }
                _ if before == after => {}
                "title" | "description" | "examples" | "$comment" | "deprecated" | "$schema" | "$id" => {
                    self.changes.add(Verdict::Wording, &format!("{name} has changed"), before, after);
                }
                "default" => {
                    let what = "what is taken if it is left out has changed";
                    self.changes.add(Verdict::Compatible, what, before, after);
                }
                _ => self.bound(name, before, after),
            }
        }
    }

    /// Which way values may change.
    fn verdict(&self, turn: Turn) -> Verdict {
        match (turn, self.side) {
            (Turn::Fewer, Side::Output) | (Turn::More, Side::Input) => Verdict::Compatible,
            _ => Verdict::Breaking,
        }
    }

    /// Says how the values have changed.
    fn turned(&mut self, turn: Turn, what: &str, old: &Json, new: &Json) {
        let how = match turn {
            Turn::Fewer => "fewer values than before",
            Turn::More => "more values than before",
            Turn::Others => "other values than before",
        };
        self.changes.add(self.verdict(turn), &format!("{what}: {how}"), old, new);
    }

    /// Compares sets of what is admitted, of which none stands for everything.
    fn sets(&mut self, what: &str, old: &Json, new: &Json, covers: &dyn Fn(&Json, &Json) -> bool) {
        let (before, after) = (listed(old), listed(new));
        let within = |some: &[Json], all: &[Json]| some.iter().all(|one| all.iter().any(|other| covers(other, one)));
        let turn = match (before.is_empty(), after.is_empty()) {
            (true, true) => return,
            (true, false) => Turn::Fewer,
            (false, true) => Turn::More,
            (false, false) => match (within(&after, &before), within(&before, &after)) {
                (true, true) => return,
                (true, false) => Turn::Fewer,
                (false, true) => Turn::More,
                (false, false) => Turn::Others,
            },
        };
        self.turned(turn, what, old, new);
    }

    /// Compares the members of objects.
    fn members(&mut self, old: &Json, new: &Json) {
        let requires = |schema: &Json, name: &str| schema["required"].items().iter().any(|one| one.text() == name);
        let (before, after) = (&old["properties"], &new["properties"]);
        for (name, schema) in before.members() {
            self.within(name, |inside| {
                let Some(other) = after.get(name) else {
                    // What is sent in vain is not what was meant; what was never promised may be missing.
                    let is_missed = inside.side == Side::Input || requires(old, name);
                    let verdict = if is_missed { Verdict::Breaking } else { Verdict::Compatible };
                    return inside.changes.add(verdict, "removed", schema, &Json::Null);
                };
                let (was, is) = (requires(old, name), requires(new, name));
                if was != is {
                    let (what, turn) = if is { ("required now", Turn::Fewer) } else { ("optional now", Turn::More) };
                    inside.changes.add(inside.verdict(turn), what, &Json::Null, &Json::Null);
                }
                inside.schemas(schema, other);
            });
        }
        for (name, schema) in after.members().iter().filter(|(name, _)| before.get(name).is_none()) {
            let is_needed = self.side == Side::Input && requires(new, name);
            let (verdict, what) =
                if is_needed { (Verdict::Breaking, "added, and required") } else { (Verdict::Compatible, "added") };
            self.within(name, |inside| inside.changes.add(verdict, what, &Json::Null, schema));
        }
    }

    /// Compares schemas that may be missing, or `true` or `false`.
    fn inner(&mut self, old: &Json, new: &Json) {
        let is_any = |schema: &Json| match schema {
            Json::Null | Json::Bool(true) => true,
            Json::Object(members) => members.is_empty(),
            _ => false,
        };
        let is_none = |schema: &Json| *schema == Json::Bool(false);
        let turn = match (is_any(old), is_any(new), is_none(old), is_none(new)) {
            (true, true, ..) | (_, _, true, true) => return,
            (true, ..) | (_, _, _, true) => Turn::Fewer,
            (_, true, ..) | (_, _, true, _) => Turn::More,
            _ => return self.schemas(old, new),
        };
        self.turned(turn, "what is admitted", old, new);
    }

    /// Compares lists of schemas: alternatives, or conditions that all hold.
    fn several(&mut self, old: &Json, new: &Json, is_choice: bool) {
        let (before, after) = (old.items(), new.items());
        if before.len() == after.len() {
            for (at, (one, other)) in before.iter().zip(after).enumerate() {
                self.within(&at.to_string(), |inside| inside.schemas(one, other));
            }
        } else if is_choice {
            self.sets("alternatives", old, new, &|one, other| one == other);
        } else {
            let turn = if before.len() < after.len() { Turn::Fewer } else { Turn::More };
            self.turned(turn, "conditions", old, new);
        }
    }

    /// Compares what bounds values.
    fn bound(&mut self, name: &str, old: &Json, new: &Json) {
        let number = |json: &Json| json.number().and_then(serde_json::Number::as_f64);
        let is_lower = name.starts_with("min") || name == "exclusiveMinimum";
        let is_bound = is_lower || name.starts_with("max") || name == "exclusiveMaximum";
        let turn = match (number(old), number(new)) {
            _ if old.is_null() => Turn::Fewer,
            _ if new.is_null() => Turn::More,
            (Some(old), Some(new)) if is_bound && (new > old) == is_lower => Turn::Fewer,
            (Some(_), Some(_)) if is_bound => Turn::More,
            _ if name == "uniqueItems" && *new == Json::Bool(true) => Turn::Fewer,
            _ if name == "uniqueItems" => Turn::More,
            _ => Turn::Others,
        };
        self.turned(turn, name, old, new);
    }
}

fn listed(json: &Json) -> Vec<Json> {
    match json {
        Json::Null => Vec::new(),
        Json::List(items) => items.clone(),
        one => vec![one.clone()],
    }
}
