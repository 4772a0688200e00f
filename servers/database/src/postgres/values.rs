//! Values, which go both ways as text: PostgreSQL itself reads and writes each of its types.

use std::error::Error;

use serde_json::Value;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use crate::table::real;

/// A value of a client. The server reads it as the type that the statement wants.
#[derive(Debug)]
pub struct Param<'a>(pub &'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::String(text) => out.extend_from_slice(text.as_bytes()),
            other => out.extend_from_slice(other.to_string().as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// A value of the server: numbers, booleans and JSON as what they are, all others as PostgreSQL writes them.
pub fn json(text: Option<&str>, kind: &Type) -> Value {
    let Some(text) = text else {
        return Value::Null;
    };
    let known = match *kind {
        Type::BOOL => Some(Value::Bool(text == "t")),
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => text.parse::<i64>().ok().map(Value::from),
        Type::FLOAT4 | Type::FLOAT8 => text.parse().ok().map(real),
        Type::JSON | Type::JSONB => serde_json::from_str(text).ok(),
        _ => None,
    };
    known.unwrap_or_else(|| Value::from(text))
}
