//! The schema of a form, as each revision has it.

use mcp_proto::Version;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::choice::ChoiceList;
use super::field::{FormField, Kind};
use super::format::Format;
use super::number::Number;

/// The schema of a form with these fields, which stand in the form as they stand here.
///
/// # Errors
/// What the revision lacks, with the names of the fields that want it.
pub(in crate::questions) fn schema(fields: &[FormField], version: Version) -> Result<Box<RawValue>, String> {
    #[derive(Serialize)]
    struct Form<'a> {
        r#type: &'static str,
        properties: Properties<'a>,
        required: Vec<&'a str>,
    }
    let several = |field: &&FormField| matches!(field.kind, Kind::Several(_));
    let wanting: Vec<_> = fields.iter().filter(several).map(|field| format!("`{}`", field.name)).collect();
    if !version.has_rich_forms() && !wanting.is_empty() {
        return Err(format!("choosing several at once in {}, which came with 2025-11-25", wanting.join(", ")));
    }
    let required = fields.iter().filter(|field| !field.may_be_missing()).map(|field| field.name).collect();
    let form = Form { r#type: "object", properties: Properties { fields, version }, required };
    serde_json::value::to_raw_value(&form).map_err(|error| error.to_string())
}

/// In the order of the fields, which a map would not keep.
struct Properties<'a> {
    fields: &'a [FormField],
    version: Version,
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields.iter().map(|field| (field.name, Property::of(field, self.version))))
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Property<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Number>,
    #[serde(flatten)]
    choices: Option<Single>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Items>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Box<RawValue>>,
}

/// Where one can be chosen.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Single {
    Plain { r#enum: Vec<&'static str> },
    Legacy { r#enum: Vec<&'static str>, enum_names: Vec<&'static str> },
    Titled { one_of: Vec<Titled> },
}

/// Where several can be chosen.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Items {
    Plain { r#type: &'static str, r#enum: Vec<&'static str> },
    Titled { any_of: Vec<Titled> },
}

#[derive(Serialize)]
struct Titled {
    r#const: &'static str,
    title: &'static str,
}

impl<'a> Property<'a> {
    fn of(field: &'a FormField, version: Version) -> Self {
        let bounds = field.bounds().of_interest();
        let default = field.default.filter(|_| version.has_rich_forms() || matches!(field.kind, Kind::Bool));
        let property = Self {
            title: field.title,
            description: field.docs,
            // A default without JSON is none.
            default: default.and_then(|json| RawValue::from_string(json()).ok()).filter(|json| json.get() != "null"),
            ..Self::default()
        };
        match field.kind {
            Kind::Text => Self {
                r#type: "string",
                format: field.format,
                min_length: field.length.min,
                max_length: field.length.max,
                ..property
            },
            Kind::Bool => Self { r#type: "boolean", ..property },
            Kind::Integer(_) => Self { r#type: "integer", minimum: bounds.min, maximum: bounds.max, ..property },
            Kind::Number => Self { r#type: "number", minimum: bounds.min, maximum: bounds.max, ..property },
            Kind::One(list) => Self { r#type: "string", choices: Some(single(list, version)), ..property },
            Kind::Several(list) => Self {
                r#type: "array",
                min_items: field.items.min,
                max_items: field.items.max,
                items: Some(items(list)),
                ..property
            },
        }
    }
}

fn single(list: ChoiceList, version: Version) -> Single {
    if !list.has_titles() {
        Single::Plain { r#enum: values(list) }
    } else if list.legacy_titles || !version.has_rich_forms() {
        Single::Legacy { r#enum: values(list), enum_names: list.choices.iter().map(|choice| choice.called()).collect() }
    } else {
        Single::Titled { one_of: titled(list) }
    }
}

fn items(list: ChoiceList) -> Items {
    if list.has_titles() {
        Items::Titled { any_of: titled(list) }
    } else {
        Items::Plain { r#type: "string", r#enum: values(list) }
    }
}

fn values(list: ChoiceList) -> Vec<&'static str> {
    list.choices.iter().map(|choice| choice.value).collect()
}

fn titled(list: ChoiceList) -> Vec<Titled> {
    list.choices.iter().map(|choice| Titled { r#const: choice.value, title: choice.called() }).collect()
}
