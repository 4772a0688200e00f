//! Walking over JSON value by value, for code that decides at each one whether to look inside.

use super::member::Member;
use super::scan::{Malformed, Scanner};

/// A place in JSON text. It moves forward over values, builds nothing, and can be cloned to look ahead.
///
/// ```
/// use mcp_proto::wire::{Cursor, JsonKind, Stopped};
///
/// fn sum(json: &str) -> Result<i64, Stopped> {
///     let mut cursor = Cursor::new(json);
///     let mut sum = 0;
///     let mut more = cursor.enter_array()?;
///     while more {
///         sum += cursor.value()?.json().parse::<i64>().map_err(|_| Stopped)?;
///         more = cursor.more_items()?;
///     }
///     Ok(sum)
/// }
///
/// assert_eq!(Cursor::new("[1, 2]").kind(), Some(JsonKind::Array));
/// assert_eq!(sum("[1, 2]"), Ok(3));
/// assert_eq!(sum("[1, 2"), Err(Stopped));
/// ```
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    json: &'a str,
    scanner: Scanner<'a>,
}

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// The walk has ended early: the text is not JSON, or the code that walks has seen enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl From<Malformed> for Stopped {
    fn from(Malformed: Malformed) -> Self {
        Self
    }
}

impl<'a> Cursor<'a> {
    /// At the beginning of the text.
    pub fn new(json: &'a str) -> Self {
        Self { json, scanner: Scanner::new(json) }
    }

    /// What the next value is, judged by its first byte. `None` where no value can begin like this.
    pub fn kind(&self) -> Option<JsonKind> {
        Some(match self.scanner.peek().ok()? {
            b'n' => JsonKind::Null,
            b't' | b'f' => JsonKind::Bool,
            b'-' | b'0'..=b'9' => JsonKind::Number,
            b'"' => JsonKind::String,
            b'[' => JsonKind::Array,
            b'{' => JsonKind::Object,
            _ => return None,
        })
    }

    /// How many bytes the cursor has passed.
    pub fn at(&self) -> usize {
        self.scanner.at()
    }

    /// Passes the next value, with all that is in it.
    ///
    /// # Errors
    /// It is not JSON.
    pub fn value(&mut self) -> Result<Member<'a>, Stopped> {
        let value = self.scanner.value()?;
        Ok(Member::new(value.span.of(self.json), value.kind))
    }

    /// Steps into the next value, an object. Whether it has members; if not, it has been passed.
    ///
    /// # Errors
    /// It is no object.
    pub fn enter_object(&mut self) -> Result<bool, Stopped> {
        Ok(self.scanner.enter(b'{', b'}')?)
    }

    /// Passes a member's name; its value is next.
    ///
    /// # Errors
    /// There is no name.
    pub fn name(&mut self) -> Result<Member<'a>, Stopped> {
        let name = self.scanner.name()?;
        Ok(Member::new(name.span.of(self.json), name.kind))
    }

    /// After a member: whether another one follows. If not, the object has been passed.
    ///
    /// # Errors
    /// Neither a comma nor the end of the object follows.
    pub fn more_members(&mut self) -> Result<bool, Stopped> {
        Ok(self.scanner.more(b'}')?)
    }

    /// Steps into the next value, an array. Whether it has items; if not, it has been passed.
    ///
    /// # Errors
    /// It is no array.
    pub fn enter_array(&mut self) -> Result<bool, Stopped> {
        Ok(self.scanner.enter(b'[', b']')?)
    }

    /// After an item: whether another one follows. If not, the array has been passed.
    ///
    /// # Errors
    /// Neither a comma nor the end of the array follows.
    pub fn more_items(&mut self) -> Result<bool, Stopped> {
        Ok(self.scanner.more(b']')?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks into everything. The number of values.
    fn count(cursor: &mut Cursor<'_>) -> Result<usize, Stopped> {
        let mut values = 1;
        match cursor.kind().ok_or(Stopped)? {
            JsonKind::Object => {
                let mut more = cursor.enter_object()?;
                while more {
                    cursor.name()?;
                    values += count(cursor)?;
                    more = cursor.more_members()?;
                }
            }
            JsonKind::Array => {
                let mut more = cursor.enter_array()?;
                while more {
                    values += count(cursor)?;
                    more = cursor.more_items()?;
                }
            }
            _ => drop(cursor.value()?),
        }
        Ok(values)
    }

    #[test]
    fn it_goes_in_wherever_it_can() {
        let json = r#" { "a" : [1, "x", {}, [] ] , "b":null } "#;
        let mut cursor = Cursor::new(json);
        assert_eq!(count(&mut cursor), Ok(7));
        assert_eq!(cursor.at(), json.len() - 1);
    }

    #[test]
    fn what_is_not_json_stops_it() {
        for json in ["", "{", "[1,]", "[1 2]", r#"{"a"}"#, r#"{"a":1,}"#, "{1:2}", "nul", "[}", "x"] {
            assert_eq!(count(&mut Cursor::new(json)), Err(Stopped), "{json}");
        }
    }
}
