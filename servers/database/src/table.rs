//! Results, as text for models and as data for programs.

use std::fmt::Write as _;

use mcp_runtime::{ToolOutput, ToolWriter};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The rows of a result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Table {
    /// The names of the columns, in their order.
    pub columns: Vec<String>,
    /// Each row has a value for each column. Bytes are `x'…'` in hexadecimal digits, as in SQL.
    pub rows: Vec<Vec<Value>>,
    /// Why the result is not whole, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
}

/// A table that grows up to its limits.
pub struct Filling {
    table: Table,
    rows: usize,
    bytes: usize,
    left: usize,
}

impl Filling {
    pub fn new(columns: Vec<String>, rows: usize, bytes: usize) -> Self {
        Self { table: Table { columns, rows: Vec::new(), cut: None }, rows, bytes, left: bytes }
    }

    /// Adds a row, unless the table is full. Whether there is space for more.
    pub fn push(&mut self, row: Vec<Value>) -> bool {
        if self.table.rows.len() >= self.rows {
            self.table.cut = Some(format!("cut after {} rows: there are more", self.rows));
            return false;
        }
        // What a value takes in JSON, at the least.
        let size: usize = row.iter().map(|value| value.as_str().map_or(8, |text| text.len() + 3)).sum();
        let Some(left) = self.left.checked_sub(size) else {
            self.table.cut = Some(format!(
                "cut after {} rows: the next would make more than {} bytes. Ask for fewer columns, or for parts of long values",
                self.table.rows.len(),
                self.bytes
            ));
            return false;
        };
        self.left = left;
        self.table.rows.push(row);
        true
    }

    pub fn finish(self) -> Table {
        self.table
    }
}

impl Table {
    /// The texts of a column.
    pub fn texts(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |row| row.get(column)?.as_str())
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        line(&mut text, self.columns.iter().map(|name| escaped(name)));
        line(&mut text, self.columns.iter().map(|_| "---".to_owned()));
        for row in &self.rows {
            line(&mut text, row.iter().map(cell));
        }
        let count = self.rows.len();
        let _ = match &self.cut {
            Some(why) => write!(text, "\n{why}."),
            None => write!(text, "\n{count} {}.", if count == 1 { "row" } else { "rows" }),
        };
        text
    }
}

impl ToolOutput for Table {
    fn write(&self, writer: &mut ToolWriter<'_>) {
        writer.text(&self.markdown());
        writer.structured(serde_json::to_string(self).unwrap_or_default());
    }
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    text.push('|');
    for cell in cells {
        let _ = write!(text, " {cell} |");
    }
    text.push('\n');
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => escaped(text),
        other => escaped(&other.to_string()),
    }
}

/// Text that stays in its cell, whatever is in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' => escaped.push_str("\\|"),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            c if c.is_control() => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Bytes as SQL writes them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2 + 3);
    text.push_str("x'");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\'');
    text
}

/// A number as JSON, or as text if JSON has none for it.
pub fn real(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or_else(|| Value::from(number.to_string()), Value::Number)
}
