//! Schemas of whole types, as schemars gives them.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::for_each_inner;

/// The schema of a type that is all there is to describe: exact, but for what only repeats that it is a schema, and with no
/// reference to the document's root, so that it can be put into another one.
pub(crate) fn root_schema<T: JsonSchema + ?Sized>(generator: SchemaGenerator) -> Map<String, Value> {
    let mut schema = into_object(generator.into_root_schema_for::<T>());
    // The title is the type's name.
    let title = schema.remove("title");
    anchored(schema, title.as_ref().and_then(Value::as_str).unwrap_or("Root"))
}

/// A schema that was written elsewhere, perhaps for an older draft, in the same form. Its title is the author's.
pub(crate) fn written_schema(mut schema: Map<String, Value>) -> Map<String, Value> {
    if !schema.contains_key("$defs")
        && let Some(definitions) = schema.remove("definitions")
    {
        schema.insert("$defs".to_owned(), definitions);
        for_each_reference(&mut schema, &mut |reference| {
            if let Some(rest) = reference.strip_prefix("#/definitions/") {
                *reference = format!("#/$defs/{rest}");
            }
        });
    }
    anchored(schema, "Root")
}

fn anchored(mut schema: Map<String, Value>, name: &str) -> Map<String, Value> {
    // 2020-12 is what a schema is that does not say (`basic/index`, "Schema Dialect").
    schema.remove("$schema");
    let mut refers = false;
    for_each_reference(&mut schema, &mut |reference| refers |= leads_to_root(reference));
    if refers {
        let name = free_name(name, &schema);
        let own = format!("#/$defs/{name}");
        for_each_reference(&mut schema, &mut |reference| {
            if leads_to_root(reference) {
                reference.replace_range(..1, &own);
            }
        });
        let mut itself = schema.clone();
        itself.remove("$defs");
        if let Value::Object(definitions) = schema.entry("$defs").or_insert_with(|| json!({})) {
            definitions.insert(name, Value::Object(itself));
        }
    }
    schema
}

/// Whether a reference is to the document itself, or by way of it to something that is no definition: `#/oneOf/0`.
fn leads_to_root(reference: &str) -> bool {
    reference == "#" || (reference.starts_with("#/") && !reference.starts_with("#/$defs/"))
}

/// The schema as an object, which can be added to.
pub(crate) fn into_object(schema: Schema) -> Map<String, Value> {
    match schema.to_value() {
        Value::Object(object) => object,
        // `true` and `false` say what these say.
        other => {
            let mut schema = Map::new();
            if other == false {
                schema.insert("not".to_owned(), json!({}));
            }
            schema
        }
    }
}

/// A name for a definition that no other has, and that needs no escapes in a reference.
fn free_name(title: &str, schema: &Map<String, Value>) -> String {
    let mut name: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    while schema.get("$defs").and_then(|definitions| definitions.get(&name)).is_some() {
        name.push('_');
    }
    name
}

fn for_each_reference(schema: &mut Map<String, Value>, change: &mut dyn FnMut(&mut String)) {
    if let Some(Value::String(reference)) = schema.get_mut("$ref") {
        change(reference);
    }
    for_each_inner(schema, &mut |_, inner| {
        if let Value::Object(inner) = inner {
            for_each_reference(inner, change);
        }
    });
}

#[cfg(test)]
mod tests {
    use schemars::SchemaGenerator;

    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Tree {
        children: Vec<Tree>,
    }

    #[test]
    fn a_type_that_holds_itself_refers_to_a_definition() {
        let schema = Value::Object(root_schema::<Tree>(SchemaGenerator::default()));
        let own = json!({ "$ref": "#/$defs/Tree" });
        assert_eq!(schema["properties"]["children"]["items"], own);
        assert_eq!(schema["$defs"]["Tree"]["properties"]["children"]["items"], own);
    }

    #[test]
    fn a_reference_by_way_of_the_root_leads_to_the_definition_too() {
        let schema = json!({ "$defs": { "A_B_": {}, "C": { "$ref": "#/oneOf/0" } },
            "oneOf": [{ "const": 1 }, { "items": { "$ref": "#/$defs/C" } }] });
        let schema = Value::Object(anchored(Schema::try_from(schema).map(into_object).expect("a schema"), "A<B>"));
        assert_eq!(schema["$defs"]["C"]["$ref"], "#/$defs/A_B__/oneOf/0");
        assert_eq!(schema["$defs"]["A_B__"]["oneOf"], schema["oneOf"]);
        assert_eq!(schema["oneOf"][1]["items"]["$ref"], "#/$defs/C");
    }
}
