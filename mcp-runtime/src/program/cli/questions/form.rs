//! The fields of a form, and what is typed into them.

use crate::nearest::nearest;
use crate::program::cli::json::Json;
use crate::program::cli::schema::{Property, Schema, bare};
use crate::program::cli::values;

/// A field of a form.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) is_required: bool,
    schema: Schema<'a>,
}

/// The fields, in the order in which they stand in the form.
pub(super) fn fields(schema: &Json) -> Vec<Field<'_>> {
    let field = |Property { name, schema, is_required }| Field { name, is_required, schema };
    Schema::new(schema).properties().map(field).collect()
}

/// A form that is filled in: what is given, what it needs as well and, if that is nothing, one field of its own.
pub(super) fn example(fields: &[Field<'_>], given: &Json) -> Json {
    let mut members = given.members().to_vec();
    let is_needed = fields.iter().any(|field| field.is_required);
    for (at, field) in fields.iter().enumerate() {
        if field.is_open(given) || (at == 0 && !is_needed) {
            members.push((field.name.to_owned(), field.schema.telling_example()));
        }
    }
    Json::Object(members)
}

/// What can be chosen: its value, and what people call it.
pub(super) type Listed<'a> = (&'a Json, String);

impl<'a> Field<'a> {
    /// What people call it.
    pub(super) fn title(&self) -> &'a str {
        if self.schema.title().is_empty() { self.name } else { self.schema.title() }
    }

    pub(super) fn description(&self) -> &'a str {
        self.schema.description()
    }

    pub(super) fn default(&self) -> Option<&'a Json> {
        self.schema.default()
    }

    /// Whether the form needs it, and it is not given.
    pub(super) fn is_open(&self, given: &Json) -> bool {
        self.is_required && given.get(self.name).is_none()
    }

    /// What it takes, in words.
    pub(super) fn wanted(&self) -> String {
        match (self.choices().is_empty(), self.is_list()) {
            (false, false) => "one of them".to_owned(),
            (false, true) => "numbers with commas between them".to_owned(),
            _ => self.words(),
        }
    }

    /// What it takes. A person answers with yes or no.
    fn words(&self) -> String {
        if self.schema.kind() == "boolean" { "yes or no".to_owned() } else { self.schema.words() }
    }

    pub(super) fn is_list(&self) -> bool {
        self.schema.kind() == "array"
    }

    /// What can be chosen; none where anything can be typed.
    pub(super) fn choices(&self) -> Vec<Listed<'a>> {
        let schema = if self.is_list() { self.schema.items() } else { self.schema };
        let shown = |choice: &crate::program::cli::schema::Choice<'a>| match choice.about {
            "" => bare(choice.value),
            about => about.to_owned(),
        };
        schema.choices().iter().map(|choice| (choice.value, shown(choice))).collect()
    }

    /// What it is left at, in the words in which choices are listed.
    pub(super) fn default_shown(&self) -> Option<String> {
        let default = self.default()?;
        let choices = self.choices();
        let shown = |value: &Json| match choices.iter().find(|(choice, _)| *choice == value) {
            Some((_, shown)) => shown.clone(),
            None => bare(value),
        };
        Some(match default {
            Json::Bool(flag) => yes_or_no(*flag).to_owned(),
            Json::List(items) => joined(items.iter().map(shown).collect()),
            value => shown(value),
        })
    }

    /// What it takes, on one line.
    pub(super) fn summary(&self) -> String {
        let wanted = match self.choices() {
            none if none.is_empty() => self.words(),
            choices => {
                let values: Vec<_> = choices.iter().map(|(value, _)| bare(value)).collect();
                format!("{}{}", if self.is_list() { "some of " } else { "one of " }, values.join(", "))
            }
        };
        let default = match self.default() {
            Some(Json::Bool(flag)) => format!(", {} if left out", yes_or_no(*flag)),
            Some(default) => format!(", {} if left out", bare(default)),
            None if self.is_required => String::new(),
            None => ", optional".to_owned(),
        };
        let about = if self.description().is_empty() { String::new() } else { format!(": {}", self.description()) };
        format!("{wanted}{default}{about}")
    }

    /// What was typed, held to what the field takes: of choices a value, what it is called, or its number. A list has commas between its
    /// items, or is JSON.
    ///
    /// # Errors
    /// What it takes; of choices their values, and if the list `is_shown`, their numbers, too.
    pub(super) fn read(&self, typed: &str, is_shown: bool) -> Result<Json, String> {
        let typed = typed.trim();
        if !self.is_list() {
            return self.read_one(typed, is_shown);
        }
        let items = match Json::parse(typed) {
            Json::List(items) => items,
            _ => {
                let items = typed.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.map(|item| Json::Text(item.to_owned())).collect()
            }
        };
        let read = |item: &Json| {
            let item = bare(item);
            self.read_one(&item, is_shown).map_err(|wanted| of_list(&wanted, &item))
        };
        let items = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let count = items.len() as u64;
        let bound = |name: &str| self.schema.keyword(name).and_then(Json::whole);
        match (bound("minItems"), bound("maxItems")) {
            (Some(least), _) if count < least => Err(format!("at least {least} of them")),
            (_, Some(most)) if count > most => Err(format!("at most {most} of them")),
            _ => Ok(Json::List(items)),
        }
    }

    fn read_one(&self, typed: &str, is_shown: bool) -> Result<Json, String> {
        let choices = self.choices();
        if !choices.is_empty() {
            let is_meant = |(value, shown): &&Listed<'_>| bare(value) == typed || shown.eq_ignore_ascii_case(typed);
            // A value that is a number is meant by its number, before a place in the list is.
            let named = choices.iter().find(is_meant);
            let at = || typed.parse::<usize>().ok().and_then(|at| choices.get(at.checked_sub(1)?));
            let chosen = named.or_else(at);
            return chosen.map(|(value, _)| (*value).clone()).ok_or_else(|| {
                let values = joined(choices.iter().map(|(value, _)| bare(value)).collect());
                match is_shown {
                    true => format!("a number from 1 to {}, or one of {values}", choices.len()),
                    false => format!("one of {values}"),
                }
            });
        }
        let schema = if self.is_list() { self.schema.items() } else { self.schema };
        let value = match schema.kind() {
            "boolean" => Json::Bool(values::flag(typed).ok_or("yes or no")?),
            "integer" | "number" => Json::parse(typed),
            _ => Json::Text(typed.to_owned()),
        };
        if schema.faults(&value).is_empty() { Ok(value) } else { Err(a_or_an(&schema.words())) }
    }
}

/// What is wrong with a form that is filled in, as far as its schema tells.
pub(super) fn faults(schema: &Json, content: &Json) -> Vec<String> {
    let fields = fields(schema);
    let mut faults: Vec<String> = Vec::new();
    for (name, _) in content.members() {
        if fields.iter().all(|field| field.name != name) {
            let meant = nearest(name, &mut fields.iter().map(|field| field.name));
            let tip = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            faults.push(format!("the form has no field `{name}`{tip}"));
        }
    }
    let misfits = Schema::new(schema).faults(content);
    faults.extend(misfits.into_iter().map(|(place, what)| format!("`{}`: {what}", place.trim_start_matches('/'))));
    faults
}

/// Names with commas between them; in quotes if a name has a comma itself.
fn joined(mut names: Vec<String>) -> String {
    if names.len() > 1 && names.iter().any(|name| name.contains(',')) {
        names.iter_mut().for_each(|name| *name = format!("\"{name}\""));
    }
    names.join(", ")
}

/// What a list takes of which one item is something else.
fn of_list(wanted: &str, item: &str) -> String {
    match wanted.strip_prefix("one of ") {
        Some(names) => format!("some of {names}, with commas between them (`{item}` is none of these)"),
        None => format!("{wanted}, or several with commas between them (`{item}` is none)"),
    }
}

fn a_or_an(words: &str) -> String {
    format!("{} {words}", if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" })
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever writes what it shows has not answered with the defaults alone.
    #[test]
    fn an_example_of_a_form_says_something() {
        for (properties, required, expected) in [
            (r#"{"a":{"type":"integer","minimum":3},"b":{"type":"boolean"}}"#, r#"["a"]"#, r#"{"a":3}"#),
            (r#"{"a":{"type":"boolean","default":false}}"#, "[]", r#"{"a":true}"#),
            (r#"{"a":{"type":"boolean","default":true}}"#, r#"["a"]"#, r#"{"a":false}"#),
            (r#"{"a":{"type":"integer","minimum":1,"maximum":3,"default":1}}"#, "[]", r#"{"a":2}"#),
            (r#"{"a":{"type":"string","default":"text"}}"#, "[]", r#"{"a":"text2"}"#),
            (r#"{"a":{"enum":["x","y"],"default":"x","examples":["x"]}}"#, "[]", r#"{"a":"y"}"#),
            // Of this one there is no other value, and of the last form none at all.
            (r#"{"a":{"enum":["x"],"default":"x"}}"#, "[]", r#"{"a":"x"}"#),
            ("{}", "[]", "{}"),
        ] {
            let schema =
                Json::parse(&format!(r#"{{"type":"object","properties":{properties},"required":{required}}}"#));
            assert_eq!(example(&fields(&schema), &Json::Null).to_string(), expected, "{properties}");
        }
    }

    #[test]
    fn what_is_typed_is_held_to_the_field() {
        let schema = Json::parse(
            r#"{"properties":{
                "n":{"type":"integer","minimum":1,"maximum":8},
                "x":{"type":"number"},
                "yes":{"type":"boolean"},
                "word":{"type":"string","minLength":2},
                "size":{"oneOf":[{"const":"S","title":"Small"},{"const":"L","title":"Large"}]},
                "numbers":{"type":"array","items":{"type":"integer"}},
                "some":{"type":"array","maxItems":2,"items":{"enum":["a","b","c"]}}}}"#,
        );
        let fields = fields(&schema);
        let read = |name: &str, typed: &str| {
            let field = fields.iter().find(|field| field.name == name).expect("a field");
            field.read(typed, false).map(|value| value.to_string())
        };
        let (ok, err) = (|text: &str| Ok(text.to_owned()), |text: &str| Err(text.to_owned()));
        assert_eq!(read("n", " 3 "), ok("3"));
        assert_eq!(read("n", "9"), err("an integer from 1 to 8"));
        assert_eq!(read("n", "1.5"), err("an integer from 1 to 8"));
        assert_eq!(read("x", "1.5"), ok("1.5"));
        assert_eq!(read("x", "\"1\""), err("a number"));
        assert_eq!(read("yes", "Y"), ok("true"));
        assert_eq!(read("yes", "perhaps"), err("yes or no"));
        assert_eq!(read("word", "7"), err("a text of 2 or more characters"));
        assert_eq!(read("word", "77"), ok("\"77\""));
        for typed in ["2", "L", "large"] {
            assert_eq!(read("size", typed), ok("\"L\""));
        }
        assert_eq!(read("size", "3"), err("one of S, L"));
        let size = fields.iter().find(|field| field.name == "size").expect("a field");
        assert_eq!(size.read("3", true), Err("a number from 1 to 2, or one of S, L".to_owned()));
        let some = fields.iter().find(|field| field.name == "some").expect("a field");
        let wanted = "a number from 1 to 3, or one of a, b, c, or several with commas between them (`d` is none)";
        assert_eq!(some.read("a, d", true), Err(wanted.to_owned()));
        assert_eq!(read("some", "1, c"), ok(r#"["a","c"]"#));
        assert_eq!(read("some", r#"["a", "c"]"#), ok(r#"["a","c"]"#));
        assert_eq!(read("some", "[]"), ok("[]"));
        assert_eq!(read("numbers", "[1, 2]"), ok("[1,2]"));
        assert_eq!(read("numbers", "1,2"), ok("[1,2]"));
        assert_eq!(read("some", "1,2,3"), err("at most 2 of them"));
        assert_eq!(read("some", "a, d"), err("some of a, b, c, with commas between them (`d` is none of these)"));
        assert_eq!(read("numbers", "1,x"), err("an integer, or several with commas between them (`x` is none)"));
    }
}
