//! An event as the data of a log message.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use tracing::Event;

use crate::log::Fields;

/// An event as data: its message, or an object of the message and the other fields. Nothing is formatted until it is
/// serialized.
pub(super) struct Record<'a>(pub(super) &'a Event<'a>);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The causes of errors are for the log.
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
        for field in &fields.others {
            object.serialize_entry(field.name, &field.value)?;
        }
        object.end()
    }
}
