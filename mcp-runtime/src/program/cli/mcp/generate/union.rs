//! Objects of several kinds, which a member tells apart: the enums that serde calls internally tagged.

use std::fmt::Write as _;

use super::super::super::json::Json;
use super::names::{Names, camel, doc, quoted};
use super::types::{DERIVED, Types, some, target};

/// What a schema has to choose from, all of them objects.
pub(super) struct Union<'a> {
    /// The member whose text says which it is.
    tag: &'a str,
    alternatives: Vec<Alternative<'a>>,
}

struct Alternative<'a> {
    /// The text of the tag.
    value: &'a str,
    /// Where the members are described.
    object: &'a Json,
    /// The definition that has all members beside the tag.
    inner: Option<&'a str>,
}

impl<'a> Union<'a> {
    /// Reads the alternatives of a schema; `None` where no member of theirs tells them apart.
    pub(super) fn of(root: &'a Json, branches: &[&'a Json]) -> Option<Self> {
        let objects = branches.iter().map(|&branch| match &branch["$ref"] {
            Json::Text(reference) if branch.get("properties").is_none() => target(root, reference),
            _ => Some(branch),
        });
        let objects = objects.collect::<Option<Vec<_>>>()?;
        let first = objects.first()?["properties"].members();
        first.iter().find_map(|(tag, _)| {
            let alternative = |&object: &&'a Json| {
                let value = text_of(object, tag)?;
                let inner = match &object["$ref"] {
                    Json::Text(inner) if object["properties"].members().len() == 1 => Some(&**inner),
                    Json::Text(_) => return None,
                    _ => None,
                };
                Some(Alternative { value, object, inner })
            };
            let alternatives = objects.iter().map(alternative).collect::<Option<Vec<_>>>()?;
            let mut values: Vec<&str> = alternatives.iter().map(|alternative| alternative.value).collect();
            values.sort_unstable();
            values.dedup();
            (values.len() == alternatives.len()).then_some(Self { tag, alternatives })
        })
    }
}

/// The only text that a required member of an object may be.
fn text_of<'a>(object: &'a Json, member: &str) -> Option<&'a str> {
    let schema = &object["properties"][member];
    let is_required = object["required"].items().iter().any(|one| one.text() == member);
    match (&schema["const"], schema["enum"].items()) {
        _ if !is_required => None,
        (Json::Text(text), _) | (Json::Null, [Json::Text(text)]) => Some(text),
        _ => None,
    }
}

impl Types<'_> {
    /// An enum of objects.
    pub(super) fn union(&mut self, root: &Json, union: &Union<'_>, name: &str, about: &str) {
        let (mut variants, mut names) = (String::new(), Names::default());
        for Alternative { value, object, inner } in &union.alternatives {
            let variant = names.take_type(&camel(value));
            let about = some(object["description"].text(), "An alternative without a description.");
            doc(&mut variants, "    ", about);
            if variant != *value {
                let _ = writeln!(variants, "    #[serde(rename = {})]", quoted(value));
            }
            let place = format!("{name}::{variant}");
            let _ = match inner {
                Some(inner) => writeln!(variants, "    {variant}({}),", self.referred(root, inner, &place)),
                None => match self.fields(root, object, &place, Some(union.tag)) {
                    (fields, _) if fields.is_empty() => writeln!(variants, "    {variant},"),
                    (fields, _) => writeln!(variants, "    {variant} {{\n{fields}    }},"),
                },
            };
        }
        self.code += "\n";
        let tag = quoted(union.tag);
        doc(&mut self.code, "", some(about, &format!("One of several objects, which {tag} tells apart.")));
        let _ = write!(self.code, "{DERIVED}#[serde(tag = {tag})]\npub enum {name} {{\n{variants}}}\n");
    }
}
