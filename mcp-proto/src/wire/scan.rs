//! Walking over JSON text without building anything from it.
//!
//! It takes exactly what is JSON, however deep it is nested; what is none ends it, without words: they are found by who has
//! to say them.

use super::frame::Span;
use super::names::Names;
use super::nest::Nest;
use super::plain::{end_of_plain, plain_bytes};
use super::value::{Kind, Value};

/// JSON text, and how far it was walked over.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
}

/// This is no JSON.
#[derive(Debug)]
pub(super) struct Malformed;

type Step<T> = Result<T, Malformed>;

// What is called is given the text and the place, and not the scanner, which so stays in registers where it is used.
impl<'a> Scanner<'a> {
    /// Begins to walk over text.
    pub(super) fn new(json: &'a str) -> Self {
        Self::over(json.as_bytes())
    }

    /// Begins to walk over the bytes of a text: whoever gives them knows that they are one.
    #[inline]
    pub(super) fn over(json: &'a [u8]) -> Self {
        let mut scanner = Self { json, at: 0 };
        scanner.skip_space();
        scanner
    }

    /// Nothing but white space is left.
    #[inline]
    pub(super) fn end(mut self) -> Step<()> {
        self.skip_space();
        if self.at == self.json.len() { Ok(()) } else { Err(Malformed) }
    }

    /// What the value that comes next begins with.
    #[inline]
    pub(super) fn peek(&self) -> Step<u8> {
        self.json.get(self.at).copied().ok_or(Malformed)
    }

    /// Walks over the object that comes next; `member` is given each name, and has to walk over its value.
    pub(super) fn object(&mut self, mut member: impl FnMut(&mut Self, Value) -> Step<()>) -> Step<()> {
        let mut more = self.enter(b'{', b'}')?;
        while more {
            let name = self.name()?;
            member(self, name)?;
            more = self.more(b'}')?;
        }
        Ok(())
    }

    /// The same; `member` is told which of the names that are looked for each one is.
    #[inline]
    pub(super) fn object_of<N: Names>(&mut self, mut member: impl FnMut(&mut Self, N) -> Step<()>) -> Step<()> {
        let mut more = self.enter(b'{', b'}')?;
        while more {
            let name = self.name_of()?;
            member(self, name)?;
            more = self.more(b'}')?;
        }
        Ok(())
    }

    /// Steps into the object or array that comes next. Whether something is in it; if not, it has been walked over.
    #[inline]
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
    #[inline]
    pub(super) fn more(&mut self, close: u8) -> Step<bool> {
        match self.next_token()? {
            b',' => {
                self.skip_space();
                Ok(true)
            }
            byte if byte == close => Ok(false),
            _ => Err(Malformed),
        }
    }

    /// The text that is walked over.
    pub(super) fn text(&self) -> &'a [u8] {
        self.json
    }

    /// The text that comes next.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.json.get(self.at..).unwrap_or_default()
    }

    /// Goes on behind so many bytes, of which somebody knows what they are.
    #[inline]
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// How many bytes were walked over.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Walks over the value that comes next, whatever it is.
    #[inline]
    pub(super) fn value(&mut self) -> Step<Value> {
        let (start, kind) = (self.at, self.go(value)?);
        Ok(self.since(start, kind))
    }

    /// The same, for where most values are short strings: these are walked over in place.
    #[inline(always)]
    pub(super) fn mostly_string(&mut self) -> Step<Value> {
        let (start, kind) = (self.at, if self.peek()? == b'"' { self.string()? } else { self.go(value)? });
        Ok(self.since(start, kind))
    }

    /// Walks over a member's name and the colon behind it.
    #[inline]
    pub(super) fn name(&mut self) -> Step<Value> {
        let (start, kind) = (self.at, self.go(string)?);
        let name = self.since(start, kind);
        self.colon()?;
        Ok(name)
    }

    /// The same; which of the names that are looked for it is.
    #[inline]
    fn name_of<N: Names>(&mut self) -> Step<N> {
        if let Some((name, length)) = N::written(self.json.get(self.at..).ok_or(Malformed)?) {
            self.at += length;
            self.skip_space();
            return Ok(name);
        }
        let (name, at) = other_name(self.json, self.at)?;
        self.at = at;
        Ok(name)
    }

    #[inline]
    pub(super) fn since(&self, start: usize, kind: Kind) -> Value {
        Value { kind, span: Span::new(start, self.at) }
    }

    /// Walks over a string, and says of which kind it is. Most have less than 16 bytes, for which nothing is called.
    #[inline(always)]
    fn string(&mut self) -> Step<Kind> {
        self.take(b'"')?;
        for _ in 0..2 {
            let Some(plain) = plain_bytes(self.json, self.at) else { break };
            self.at += plain;
            if plain < 8 {
                break;
            }
        }
        if self.json.get(self.at) == Some(&b'"') {
            self.at += 1;
            return Ok(Kind::Plain);
        }
        self.go(rest_of_string)
    }

    /// Has something walked over, and goes on behind it.
    #[inline(always)]
    fn go(&mut self, over: impl Fn(&[u8], usize) -> Step<(Kind, usize)>) -> Step<Kind> {
        let (kind, at) = over(self.json, self.at)?;
        self.at = at;
        Ok(kind)
    }

    #[inline]
    fn colon(&mut self) -> Step<()> {
        if self.next_token()? != b':' {
            return Err(Malformed);
        }
        self.skip_space();
        Ok(())
    }

    /// The next byte that is no white space.
    #[inline]
    fn next_token(&mut self) -> Step<u8> {
        let byte = self.next()?;
        // Programs write no white space, as a rule.
        if byte > b' ' {
            return Ok(byte);
        }
        self.at = end_of_space(self.json, self.at - 1);
        self.next()
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Step<()> {
        if self.next()? == byte { Ok(()) } else { Err(Malformed) }
    }

    #[inline]
    fn next(&mut self) -> Step<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn skip_space(&mut self) {
        if self.json.get(self.at).is_some_and(|byte| *byte <= b' ') {
            self.at = end_of_space(self.json, self.at);
        }
    }
}

/// Walks over a name that is none of those that are looked for, or is written otherwise than is usual. Which of them it is, and
/// where its value begins.
#[cold]
#[inline(never)]
fn other_name<N: Names>(json: &[u8], at: usize) -> Step<(N, usize)> {
    let mut scanner = Scanner { json, at };
    let name = scanner.name()?;
    let name = match name.plain(json) {
        Some(name) => N::of(name),
        // With escapes it is the same.
        None => N::of(name.string(json).ok_or(Malformed)?.as_bytes()),
    };
    Ok((name, scanner.at))
}

// Cold, so that what is executed without white space lies side by side.
#[cold]
#[inline(never)]
fn end_of_space(json: &[u8], mut at: usize) -> usize {
    while matches!(json.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// Walks over a value: what it is, and where it ends.
#[inline(never)]
fn value(json: &[u8], at: usize) -> Step<(Kind, usize)> {
    match json.get(at) {
        Some(b'"') => string(json, at),
        // Capabilities are empty, as a rule.
        Some(b'{') if json.get(at + 1) == Some(&b'}') => Ok((Kind::Object, at + 2)),
        Some(b'{') => Ok((Kind::Object, nested(json, at)?)),
        Some(b'[') => Ok((Kind::Array, nested(json, at)?)),
        _ => scalar(json, at),
    }
}

/// Walks over a string.
#[inline(never)]
fn string(json: &[u8], at: usize) -> Step<(Kind, usize)> {
    let mut scanner = Scanner { json, at };
    let kind = scanner.string()?;
    Ok((kind, scanner.at))
}

/// Walks over an object or an array with all that is in it.
fn nested(json: &[u8], at: usize) -> Step<usize> {
    let mut scanner = Scanner { json, at };
    let mut nest = Nest::default();
    let mut has_name = false;
    loop {
        if has_name {
            scanner.go(string)?;
            scanner.colon()?;
        }
        // A value begins.
        match scanner.peek()? {
            open @ (b'{' | b'[') => {
                scanner.at += 1;
                scanner.skip_space();
                let is_object = open == b'{';
                if scanner.peek()? == if is_object { b'}' } else { b']' } {
                    scanner.at += 1;
                } else {
                    nest.enter(is_object);
                    has_name = is_object;
                    continue;
                }
            }
            b'"' => _ = scanner.string()?,
            _ => _ = scanner.go(scalar)?,
        }
        // It has ended, and perhaps what it was in.
        loop {
            let Some(in_object) = nest.is_in_object() else { return Ok(scanner.at) };
            match (scanner.next_token()?, in_object) {
                (b',', _) => {
                    scanner.skip_space();
                    has_name = in_object;
                    break;
                }
                (b'}', true) | (b']', false) => nest.leave(),
                _ => return Err(Malformed),
            }
        }
    }
}

/// Walks over the rest of a string.
#[inline(never)]
fn rest_of_string(json: &[u8], at: usize) -> Step<(Kind, usize)> {
    let at = end_of_plain(json, at);
    if json.get(at) == Some(&b'"') { Ok((Kind::Plain, at + 1)) } else { escaped_string(json, at) }
}

/// Walks over the rest of a string, from its first escape on.
#[cold]
fn escaped_string(json: &[u8], at: usize) -> Step<(Kind, usize)> {
    let mut scanner = Scanner { json, at };
    loop {
        match scanner.next()? {
            b'"' => return Ok((Kind::Escaped, scanner.at)),
            b'\\' => match scanner.next()? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => {
                    for _ in 0..4 {
                        if !scanner.next()?.is_ascii_hexdigit() {
                            return Err(Malformed);
                        }
                    }
                }
                _ => return Err(Malformed),
            },
            _ => return Err(Malformed),
        }
        scanner.at = end_of_plain(json, scanner.at);
    }
}

/// Walks over a number or a word.
#[inline(never)]
fn scalar(json: &[u8], at: usize) -> Step<(Kind, usize)> {
    match json.get(at) {
        Some(b't') => word(json, at, b"true", Kind::Bool),
        Some(b'f') => word(json, at, b"false", Kind::Bool),
        Some(b'n') => word(json, at, b"null", Kind::Null),
        _ => Ok((Kind::Number, number(json, at)?)),
    }
}

fn word(json: &[u8], at: usize, word: &[u8], kind: Kind) -> Step<(Kind, usize)> {
    if json[at..].starts_with(word) { Ok((kind, at + word.len())) } else { Err(Malformed) }
}

fn number(json: &[u8], mut at: usize) -> Step<usize> {
    if json.get(at) == Some(&b'-') {
        at += 1;
    }
    // No digits after a leading zero.
    at = if json.get(at) == Some(&b'0') { at + 1 } else { digits(json, at)? };
    if json.get(at) == Some(&b'.') {
        at = digits(json, at + 1)?;
    }
    if matches!(json.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(json.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        at = digits(json, at)?;
    }
    Ok(at)
}

#[inline]
fn digits(json: &[u8], start: usize) -> Step<usize> {
    let mut at = start;
    while json.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    if at > start { Ok(at) } else { Err(Malformed) }
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
