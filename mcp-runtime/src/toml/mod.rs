//! Files that people write: TOML, as tables that know their lines.
//!
//! `toml_parser` reads the text; here its events become tables. Every fault in a file is reported at once, with its line.

mod build;
mod fields;

use std::fmt;

pub(crate) use self::build::parse;
pub(crate) use self::fields::Fields;
pub(crate) use crate::moment::{read as read_moment, write as write_moment};

/// A table, in the order of the file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
    /// Whether it has a header or a value of its own. Another header for it would be a mistake.
    is_defined: bool,
}

/// A member of a table.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: Value,
}

/// A value, and the line it begins in.
#[derive(Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug, PartialEq)]
pub(crate) enum Kind {
    Text(String),
    Boolean(bool),
    Integer(i64),
    /// As it is written.
    Float(String),
    /// As it is written.
    Moment(String),
    List(Vec<Value>),
    Table(Table),
    /// The tables under headers of the form `[[name]]`.
    Tables(Vec<Value>),
}

impl Kind {
    /// What it is, for messages.
    fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Boolean(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Moment(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Tables(_) => "a list of tables",
        }
    }
}

/// Something wrong in a file: where, what, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Counted from 1; 0 for the file as a whole.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Fault {
    pub(crate) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// As compilers write it, behind the name of the file: `:3: what is wrong`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, ": {}", self.what),
            line => write!(f, ":{line}: {}", self.what),
        }
    }
}
