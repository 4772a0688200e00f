//! An event as the data of a log message.

use std::error::Error;
use std::fmt;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Number, Value};
use tracing::Event;
use tracing::field::{Field, Visit};

/// An event as data: its message, or an object of the message and the other fields. Nothing is formatted until it is
/// serialized.
pub(super) struct Record<'a>(pub(super) &'a Event<'a>);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::default();
        self.0.record(&mut fields);
        if fields.others.is_empty()
            && let Some(message) = &fields.message
        {
            return message.serialize(serializer);
        }
        let mut object = serializer.serialize_map(None)?;
        if let Some(message) = &fields.message {
            object.serialize_entry("message", message)?;
        }
        for (name, value) in &fields.others {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

/// The fields of an event, in their order.
#[derive(Default)]
struct Fields {
    message: Option<Value>,
    others: Vec<(&'static str, Value)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = Some(value),
            // A field that is called as a keyword is: `r#type`.
            name => self.others.push((name.strip_prefix("r#").unwrap_or(name), value)),
        }
    }

    /// A number, or its digits where JSON has no such number.
    fn add_number(&mut self, field: &Field, number: Option<Number>, text: impl fmt::Display) {
        self.add(field, number.map_or_else(|| text.to_string().into(), Value::from));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add_number(field, Number::from_f64(value), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add_number(field, Number::from_i128(value), value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.add_number(field, Number::from_u128(value), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.into());
    }

    /// Its own words; what lies behind it is for the log.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, value.to_string().into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}").into());
    }
}
