//! The fields of an event or a span, as JSON values.

use std::error::Error;
use std::fmt::{self, Write as _};

use serde_json::{Number, Value};
use tracing::field::{Field as Key, Visit};

use crate::json_text;

/// Fields in their order, the message apart.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) message: Option<Value>,
    pub(crate) others: Vec<Field>,
    /// Whether errors are told with their causes.
    has_causes: bool,
}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
    /// Whether it was given as text, which is quoted where text stands beside other text; what was formatted stands as it is.
    #[cfg_attr(not(feature = "stdio"), allow(dead_code))] // Only lines of text ask.
    pub(crate) is_text: bool,
}

impl Fields {
    /// Fields whose errors are told with their causes.
    #[cfg(feature = "stdio")]
    pub(crate) fn with_causes() -> Self {
        Self { has_causes: true, ..Self::default() }
    }

    fn add(&mut self, key: &Key, value: Value, is_text: bool) {
        if key.name() == "message" {
            self.message = Some(value);
            return;
        }
        // A field that is called as a keyword is: `r#type`.
        let name = key.name().strip_prefix("r#").unwrap_or(key.name());
        // A span may be told a value again.
        match self.others.iter_mut().find(|other| other.name == name) {
            Some(other) => *other = Field { name, value, is_text },
            None => self.others.push(Field { name, value, is_text }),
        }
    }

    /// A number, or its digits where JSON has no such number.
    fn add_number(&mut self, key: &Key, number: Option<Number>, text: impl fmt::Display) {
        self.add(key, number.map_or_else(|| text.to_string().into(), Value::from), false);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, key: &Key, value: f64) {
        self.add(key, Number::from_f64(value).map_or_else(|| json_text::float(value).into(), Value::from), false);
    }

    fn record_i64(&mut self, key: &Key, value: i64) {
        self.add(key, value.into(), false);
    }

    fn record_u64(&mut self, key: &Key, value: u64) {
        self.add(key, value.into(), false);
    }

    fn record_i128(&mut self, key: &Key, value: i128) {
        self.add_number(key, Number::from_i128(value), value);
    }

    fn record_u128(&mut self, key: &Key, value: u128) {
        self.add_number(key, Number::from_u128(value), value);
    }

    fn record_bool(&mut self, key: &Key, value: bool) {
        self.add(key, value.into(), false);
    }

    fn record_str(&mut self, key: &Key, value: &str) {
        self.add(key, value.into(), true);
    }

    fn record_error(&mut self, key: &Key, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source().filter(|_| self.has_causes);
        while let Some(error) = cause {
            // A `String` takes all that is written.
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        self.add(key, text.into(), false);
    }

    fn record_debug(&mut self, key: &Key, value: &dyn fmt::Debug) {
        self.add(key, format!("{value:?}").into(), false);
    }
}
