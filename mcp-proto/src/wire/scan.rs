//! Walking over JSON text without building anything from it.
//!
//! It takes exactly what is JSON, however deep it is nested; what is none ends it, without words: they are found by who has
//! to say them.

use super::frame::Span;
use super::plain::end_of_plain;

/// JSON text, and how far it was walked over.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
}

/// This is no JSON.
#[derive(Debug)]
pub(super) struct Malformed;

/// A value: what it is, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string without escapes: its bytes are its text.
    Plain,
    /// A string with escapes.
    Escaped,
    Number,
    Bool,
    Null,
    Array,
    Object,
}

type Step<T> = Result<T, Malformed>;

impl<'a> Scanner<'a> {
    /// Begins to walk.
    pub(super) fn new(json: &'a str) -> Self {
        let mut scanner = Self { json: json.as_bytes(), at: 0 };
        scanner.skip_space();
        scanner
    }

    /// Nothing but white space is left.
    pub(super) fn end(mut self) -> Step<()> {
        self.skip_space();
        if self.at == self.json.len() { Ok(()) } else { Err(Malformed) }
    }

    /// What the value that comes next begins with.
    pub(super) fn peek(&self) -> Step<u8> {
        self.json.get(self.at).copied().ok_or(Malformed)
    }

    /// Walks over the object that comes next; `member` is given each name, and has to walk over its value.
    pub(super) fn object(&mut self, mut member: impl FnMut(&mut Self, Value) -> Step<()>) -> Step<()> {
        self.take(b'{')?;
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let name = self.name()?;
            member(self, name)?;
            self.skip_space();
            match self.next()? {
                b',' => self.skip_space(),
                b'}' => return Ok(()),
                _ => return Err(Malformed),
            }
        }
    }

    /// Steps into the object or array that comes next. Whether something is in it; if not, it has been walked over.
    pub(super) fn enter(&mut self, open: u8, close: u8) -> Step<bool> {
        self.take(open)?;
        self.skip_space();
        if self.peek()? == close {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// Walks over what stands behind a member or an item. Whether another one follows.
    pub(super) fn more(&mut self, close: u8) -> Step<bool> {
        self.skip_space();
        match self.next()? {
            b',' => {
                self.skip_space();
                Ok(true)
            }
            byte if byte == close => Ok(false),
            _ => Err(Malformed),
        }
    }

    /// How many bytes were walked over.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Walks over the value that comes next, whatever it is.
    pub(super) fn value(&mut self) -> Step<Value> {
        let start = self.at;
        let kind = match self.peek()? {
            b'"' => return self.string(),
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            _ => self.scalar()?,
        };
        if matches!(kind, Kind::Object | Kind::Array) {
            self.nested()?;
        }
        Ok(self.since(start, kind))
    }

    /// The text of a string without escapes; `None` where it has some.
    pub(super) fn plain(&self, value: Value) -> Option<&'a [u8]> {
        if value.kind == Kind::Plain { self.json.get(value.span.inner().range()) } else { None }
    }

    /// The JSON of a value that was walked over.
    pub(super) fn json(&self, value: Value) -> &'a [u8] {
        self.json.get(value.span.range()).unwrap_or_default()
    }

    /// The text of a string with escapes.
    pub(super) fn decode(&self, value: Value) -> Step<String> {
        let json = self.json.get(value.span.range()).and_then(|json| std::str::from_utf8(json).ok());
        json.and_then(|json| serde_json::from_str(json).ok()).ok_or(Malformed)
    }

    /// Walks over an object or an array with all that is in it.
    fn nested(&mut self) -> Step<()> {
        let mut nest = Nest::default();
        loop {
            // A value begins.
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    self.skip_space();
                    let is_object = open == b'{';
                    if self.peek()? == if is_object { b'}' } else { b']' } {
                        self.at += 1;
                    } else {
                        nest.enter(is_object);
                        if is_object {
                            self.name()?;
                        }
                        continue;
                    }
                }
                b'"' => drop(self.string()?),
                _ => drop(self.scalar()?),
            }
            // A value has ended, and perhaps what it was in.
            loop {
                let Some(in_object) = nest.is_in_object() else { return Ok(()) };
                self.skip_space();
                match (self.next()?, in_object) {
                    (b',', _) => {
                        self.skip_space();
                        if in_object {
                            self.name()?;
                        }
                        break;
                    }
                    (b'}', true) | (b']', false) => nest.leave(),
                    _ => return Err(Malformed),
                }
            }
        }
    }

    /// Walks over a member's name and the colon behind it.
    pub(super) fn name(&mut self) -> Step<Value> {
        let name = self.string()?;
        self.skip_space();
        self.take(b':')?;
        self.skip_space();
        Ok(name)
    }

    fn string(&mut self) -> Step<Value> {
        let start = self.at;
        self.take(b'"')?;
        self.at = end_of_plain(self.json, self.at);
        if self.json.get(self.at) != Some(&b'"') {
            return self.rest_of_string(start);
        }
        self.at += 1;
        Ok(self.since(start, Kind::Plain))
    }

    /// Walks over the rest of a string, from its first escape on.
    #[cold]
    fn rest_of_string(&mut self, start: usize) -> Step<Value> {
        loop {
            match self.next()? {
                b'"' => return Ok(self.since(start, Kind::Escaped)),
                b'\\' => self.escape()?,
                _ => return Err(Malformed),
            }
            self.at = end_of_plain(self.json, self.at);
        }
    }

    fn escape(&mut self) -> Step<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    if !self.next()?.is_ascii_hexdigit() {
                        return Err(Malformed);
                    }
                }
                Ok(())
            }
            _ => Err(Malformed),
        }
    }

    fn scalar(&mut self) -> Step<Kind> {
        match self.peek()? {
            b't' => self.word(b"true", Kind::Bool),
            b'f' => self.word(b"false", Kind::Bool),
            b'n' => self.word(b"null", Kind::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Step<Kind> {
        if !self.json[self.at..].starts_with(word) {
            return Err(Malformed);
        }
        self.at += word.len();
        Ok(kind)
    }

    fn number(&mut self) -> Step<Kind> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        // No digits after a leading zero.
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.json.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.json.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.json.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    fn digits(&mut self) -> Step<()> {
        let count = self.json[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count > 0 { Ok(()) } else { Err(Malformed) }
    }

    fn take(&mut self, byte: u8) -> Step<()> {
        if self.next()? == byte { Ok(()) } else { Err(Malformed) }
    }

    fn next(&mut self) -> Step<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_space(&mut self) {
        while matches!(self.json.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    pub(super) fn since(&self, start: usize, kind: Kind) -> Value {
        Value { kind, span: Span::new(start, self.at) }
    }
}

/// What is open around a value: for each object or array a bit, the innermost in front.
#[derive(Default)]
struct Nest {
    depth: usize,
    innermost: u64,
    /// The bits beyond the innermost 64, in words.
    outer: Vec<u64>,
}

impl Nest {
    fn enter(&mut self, is_object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.innermost);
        }
        self.innermost = self.innermost << 1 | u64::from(is_object);
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.innermost >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.innermost = self.outer.pop().unwrap_or_default();
        }
    }

    /// `None` where nothing is open.
    fn is_in_object(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.innermost & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn is_json(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        scanner.value().is_ok() && scanner.end().is_ok()
    }

    #[test]
    fn it_takes_what_serde_json_takes_and_nothing_else() {
        let values = [
            "",
            "0",
            "-0",
            "-",
            "01",
            "1.",
            ".5",
            "1.5e+3",
            "1e",
            "1E-",
            "1e5x",
            "true",
            "truer",
            "tru",
            "null",
            "nul",
            "\"\"",
            "\"a",
            "\"\\u00e9\"",
            "\"\\u00g0\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "\"\t\"",
            "[]",
            "[1,]",
            "[,]",
            "[1 2]",
            "[1,2]",
            "{}",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "{\"a\":1 \"b\":2}",
            "{1:2}",
            "[}",
            "{]",
            "nan",
            "'a'",
            "é",
            "\u{feff}1",
            "1 1",
            "--1",
            "+1",
            "\u{b}1",
            "[[],{},[{}]]",
            "{\"a\":{\"b\":[1,{\"c\":[]}]}}",
            "\"\u{7f}é\"",
        ];
        let frames = ["{}", " {} ", "[{}]", "[1,{}]", "{\"k\":{}}", "{\"k\" : {} , \"l\":[{},\"x\"]}", "{}}", "[{}"];
        for value in values {
            for frame in frames {
                let text = frame.replace("{}", value);
                let expected = serde_json::from_str::<&RawValue>(&text).is_ok();
                assert_eq!(is_json(&text), expected, "{text}");
            }
        }
    }

    #[test]
    fn every_cut_and_every_other_byte_is_judged_as_serde_json_does() {
        let text = r#"{"a":[1.5e-3,"x\n\u0041y",null,{"é":[true,false,[[]],{}]}], "b" : -0.0}"#;
        for at in text.char_indices().map(|(at, _)| at) {
            assert!(!is_json(&text[..at]), "cut at {at}");
            for other in [' ', '"', '\\', '0', '{', '}', '[', ']', ',', ':', 'e', '-', '\u{1}', 'é'] {
                let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
                let text = format!("{}{other}{}", &text[..at], &text[end..]);
                assert_eq!(is_json(&text), serde_json::from_str::<&RawValue>(&text).is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn nesting_of_any_depth_is_walked_over() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 1000, 100_000] {
            let open = "[{\"a\":".repeat(depth);
            let close = "}]".repeat(depth);
            assert!(is_json(&format!("{open}1{close}")), "{depth}");
            assert!(!is_json(&format!("{open}1{}", &close[1..])), "{depth}");
            assert!(!is_json(&format!("{open}1{}", close.replace("}]", "]}"))), "{depth}");
        }
    }
}
