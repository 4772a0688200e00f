//! The regular expressions that ECMA-262 (with its `u` flag) and our checker read in the same way: what clients are told
//! must be what is checked. JSON Schema has those of ECMA-262 (2020-12, validation, 6.3.3).
//!
//! A pattern in the source is held to it when the program is compiled, so the reader is a `const fn`.

use std::borrow::Cow;

/// Which expressions are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Those of ECMA-262, which clients can read.
    Ecma,
    /// Of them those that our checker knows, too.
    Both,
}

/// How deep groups may be nested: as deep as the checker takes them.
const DEEPEST: usize = 49;

/// How many characters an expression may describe, counted repetitions written out: `(a{10}){10}` describes 100. Matching
/// looks at each of them for each character of a text.
const LARGEST: u64 = 50_000;

type Fault = &'static str;

const CLASS: Fault = "a class needs its `]`";
const NOTHING: Fault = "there is nothing to repeat here: write `\\*`, `\\+`, `\\?` or `\\{` for the character itself";
const TWICE: Fault = "repeating what is repeated needs a group: write `(?:a+)+`; there is no possessive `a++`";
const COUNT: Fault = "a count is `{2}`, `{2,}` or `{2,5}`: write `{0,5}` for at most five, and `\\{` for the character";
const LOOK: Fault = "the checker has no look-around (`(?=…)`, `(?!…)`): check it in the function";
const BACK: Fault = "the checker has no references to groups (`\\1`, `\\k<name>`): check it in the function";
const UNICODE: Fault = "the checker has no classes of Unicode (`\\p{…}`): write the ranges, as in `[A-Za-zÀ-ÿ]`";
const NUL: Fault = "`\\0` means different things: write `\\x00`";
const HEX: Fault = "characters by number are `\\x41`, `\\u0041` or `\\u{1F600}`";
const RANGE: Fault = "this range in a class has no order: write the smaller end first, and a `-` of its own at the end";
const DOUBLED: Fault = "`&&`, `--` and `~~` in a class mean different things: write the character once";
const GROUP: Fault = "a group is `(…)`, `(?:…)` or `(?<name>…)`, with letters, digits and `_` in its name";

/// What is wrong with a pattern, and what to write instead.
pub(super) const fn fault(pattern: &str, dialect: Dialect) -> Option<Fault> {
    let mut reader = Reader { text: pattern.as_bytes(), at: 0, both: matches!(dialect, Dialect::Both) };
    match reader.expression() {
        Ok(()) => None,
        Err(fault) => Some(fault),
    }
}

/// What keeps clients from reading a pattern, and what to write instead.
pub(crate) fn pattern_fault(pattern: &str) -> Option<Fault> {
    fault(pattern, Dialect::Ecma)
}

macro_rules! check {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(fault) => return Err(fault),
        }
    };
}

/// What an escape stands for.
#[derive(Clone, Copy)]
enum Escaped {
    Char(u32),
    /// A class, such as `\d`.
    Set,
    /// A place, such as `\b`, which can't be repeated.
    Place,
}

struct Reader<'p> {
    text: &'p [u8],
    at: usize,
    both: bool,
}

impl Reader<'_> {
    const fn peek(&self, ahead: usize) -> Option<u8> {
        if self.at + ahead < self.text.len() { Some(self.text[self.at + ahead]) } else { None }
    }

    const fn is(&self, byte: u8) -> bool {
        matches!(self.peek(0), Some(next) if next == byte)
    }

    const fn takes(&mut self, byte: u8) -> bool {
        let is = self.is(byte);
        if is {
            self.at += 1;
        }
        is
    }

    const fn expression(&mut self) -> Result<(), Fault> {
        // What is described before each open group, and in the one that is being read; and by what was read last, if that
        // can be repeated.
        let mut open = [0_u64; DEEPEST];
        let (mut depth, mut size, mut last) = (0, 0_u64, None);
        while let Some(byte) = self.peek(0) {
            match byte {
                b'(' => {
                    self.at += 1;
                    check!(self.group());
                    if depth == DEEPEST {
                        return Err("groups are nested too deep for the checker");
                    }
                    open[depth] = size;
                    (depth, size, last) = (depth + 1, 0, None);
                }
                b')' => {
                    if depth == 0 {
                        return Err("this `)` closes no group: write `\\)` for the character itself");
                    }
                    self.at += 1;
                    depth -= 1;
                    last = Some(size);
                    size = open[depth].saturating_add(size);
                }
                b'|' | b'^' | b'$' => {
                    self.at += 1;
                    last = None;
                }
                b'*' | b'+' | b'?' | b'{' => {
                    let Some(repeated) = last else { return Err(NOTHING) };
                    let times = check!(self.quantifier());
                    size = size.saturating_add(repeated.saturating_mul(times.saturating_sub(1)));
                    if size > LARGEST {
                        return Err("repeated that often it is too large for the checker: use `length(..)` for counts");
                    }
                    if let Some(b'*' | b'+' | b'?' | b'{') = self.peek(0) {
                        return Err(TWICE);
                    }
                    last = None;
                }
                b'}' => return Err("a `}` needs its `{`: write `\\}` for the character itself"),
                b']' => return Err("a `]` needs its `[`: write `\\]` for the character itself"),
                b'[' => {
                    self.at += 1;
                    check!(self.class());
                    (size, last) = (size.saturating_add(1), Some(1));
                }
                b'\\' => {
                    self.at += 1;
                    last = match check!(self.escape(false)) {
                        Escaped::Place => None,
                        Escaped::Char(_) | Escaped::Set => {
                            size = size.saturating_add(1);
                            Some(1)
                        }
                    };
                }
                _ => {
                    self.char();
                    (size, last) = (size.saturating_add(1), Some(1));
                }
            }
        }
        if depth > 0 {
            return Err("a group needs its `)`: write `\\(` for the character itself");
        }
        if size > LARGEST { Err("it is too large for the checker") } else { Ok(()) }
    }

    /// What stands behind `(`.
    const fn group(&mut self) -> Result<(), Fault> {
        if !self.takes(b'?') {
            return Ok(());
        }
        if self.takes(b':') {
            return Ok(());
        }
        let look = match (self.peek(0), self.peek(1)) {
            (Some(b'=' | b'!'), _) => 1,
            (Some(b'<'), Some(b'=' | b'!')) => 2,
            _ => 0,
        };
        if look > 0 {
            self.at += look;
            return if self.both { Err(LOOK) } else { Ok(()) };
        }
        match self.peek(0) {
            Some(b'<') => self.at += 1,
            Some(b'P') => return Err("`(?P<name>…)` is not ECMA-262's: write `(?<name>…)`"),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'-' => {
                return Err("flags such as `(?i)` are not ECMA-262's: write both cases, as in `[Aa][Bb]`");
            }
            _ => return Err(GROUP),
        }
        let start = self.at;
        while let Some(byte) = self.peek(0) {
            let is_first = self.at == start;
            if !(byte.is_ascii_alphabetic() || byte == b'_' || (byte.is_ascii_digit() && !is_first)) {
                break;
            }
            self.at += 1;
        }
        if self.at == start || !self.takes(b'>') { Err(GROUP) } else { Ok(()) }
    }

    /// A quantifier; gives how often it makes the checker write out what is repeated.
    const fn quantifier(&mut self) -> Result<u64, Fault> {
        let times = if self.takes(b'{') {
            let Some(least) = check!(self.number()) else { return Err(COUNT) };
            let times = if self.takes(b',') {
                match check!(self.number()) {
                    Some(most) if most < least => return Err(COUNT),
                    Some(most) => most,
                    None => least.saturating_add(1),
                }
            } else {
                least
            };
            if !self.takes(b'}') {
                return Err(COUNT);
            }
            times
        } else {
            self.at += 1;
            1
        };
        // As few as can be.
        self.takes(b'?');
        Ok(times)
    }

    const fn number(&mut self) -> Result<Option<u64>, Fault> {
        let (start, mut number) = (self.at, 0_u64);
        while let Some(byte @ b'0'..=b'9') = self.peek(0) {
            number = number.saturating_mul(10).saturating_add((byte - b'0') as u64);
            self.at += 1;
        }
        Ok(if self.at == start { None } else { Some(number) })
    }

    /// What stands behind `[`, with the `]`.
    const fn class(&mut self) -> Result<(), Fault> {
        self.takes(b'^');
        if self.is(b']') && self.both {
            return Err("an empty class means different things: write `\\]` for the character itself");
        }
        loop {
            if self.takes(b']') {
                return Ok(());
            }
            let from = check!(self.class_item());
            if !self.is(b'-') || matches!(self.peek(1), Some(b']') | None) {
                continue;
            }
            if self.both && matches!(self.peek(1), Some(b'-')) {
                return Err(DOUBLED);
            }
            self.at += 1;
            match (from, check!(self.class_item())) {
                (Escaped::Char(from), Escaped::Char(to)) if from <= to => {}
                _ => return Err(RANGE),
            }
        }
    }

    const fn class_item(&mut self) -> Result<Escaped, Fault> {
        let Some(byte) = self.peek(0) else { return Err(CLASS) };
        if self.both {
            if byte == b'[' {
                return Err(match self.peek(1) {
                    Some(b':') => "`[:alpha:]` and its like are not ECMA-262's: write `A-Za-z`",
                    _ => "a `[` in a class means different things: write `\\[`",
                });
            }
            if matches!(byte, b'&' | b'-' | b'~') && matches!(self.peek(1), Some(next) if next == byte) {
                return Err(DOUBLED);
            }
        }
        if byte == b'\\' {
            self.at += 1;
            return self.escape(true);
        }
        Ok(Escaped::Char(self.char()))
    }

    /// What stands behind a backslash.
    const fn escape(&mut self, in_class: bool) -> Result<Escaped, Fault> {
        let Some(byte) = self.peek(0) else { return Err("there is nothing behind the last `\\`: write `\\\\`") };
        self.at += 1;
        let char = match byte {
            b'd' | b'D' | b'w' | b'W' | b's' => return Ok(Escaped::Set),
            b'S' if in_class && self.both => {
                return Err("the checker has no `\\S` in a class: write what it is to have");
            }
            b'S' => return Ok(Escaped::Set),
            b'b' | b'B' if !in_class => return Ok(Escaped::Place),
            b'b' if !self.both => 8,
            b'b' => return Err("`\\b` in a class means different things: write `\\x08`"),
            b't' => 9,
            b'n' => 10,
            b'v' => 11,
            b'f' => 12,
            b'r' => 13,
            b'0' if matches!(self.peek(0), Some(b'0'..=b'9')) || self.both => return Err(NUL),
            b'0' => 0,
            b'1'..=b'9' | b'k' if self.both || in_class => return Err(BACK),
            b'1'..=b'9' => {
                check!(self.number());
                return Ok(Escaped::Set);
            }
            b'k' => {
                if !self.is(b'<') {
                    return Err(GROUP);
                }
                check!(self.until(b'>'));
                return Ok(Escaped::Set);
            }
            b'x' => check!(self.hex(2)),
            b'u' => check!(self.unicode()),
            b'c' => match self.peek(0) {
                Some(letter) if letter.is_ascii_alphabetic() && !self.both => {
                    self.at += 1;
                    (letter % 32) as u32
                }
                _ => return Err("the checker has no `\\cA`: write `\\x01`"),
            },
            b'p' | b'P' if self.both => return Err(UNICODE),
            b'p' | b'P' => {
                if !self.is(b'{') {
                    return Err("a class of Unicode is `\\p{…}`");
                }
                check!(self.until(b'}'));
                return Ok(Escaped::Set);
            }
            b'^' | b'$' | b'\\' | b'.' | b'*' | b'+' | b'?' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'|' | b'/' => {
                byte as u32
            }
            b'-' if in_class => byte as u32,
            b'A' => return Err("`\\A` is not ECMA-262's: write `^`"),
            b'z' | b'Z' => return Err("`\\z` is not ECMA-262's: write `$`"),
            b'h' => return Err("`\\h` is not ECMA-262's: write `[ \\t]`"),
            b'a' => return Err("`\\a` is not ECMA-262's: write `\\x07`"),
            b'e' => return Err("`\\e` is not ECMA-262's: write `\\x1B`"),
            _ if byte.is_ascii_alphanumeric() || byte == b'<' || byte == b'>' => {
                return Err("ECMA-262 has no such escape: write the character without its `\\`, or a class");
            }
            _ => return Err("this character has no escape in ECMA-262: write it without its `\\`"),
        };
        Ok(Escaped::Char(char))
    }

    /// What stands behind `\u`.
    const fn unicode(&mut self) -> Result<u32, Fault> {
        if !self.takes(b'{') {
            let char = check!(self.hex(4));
            let is_half = char >= 0xD800 && char < 0xE000;
            if is_half && self.both {
                return Err("the checker has no halves of characters: write `\\u{1F600}`, or the character itself");
            }
            return Ok(char);
        }
        let (start, mut char) = (self.at, 0_u32);
        while let Some(digit) = self.digit() {
            char = char.saturating_mul(16).saturating_add(digit);
        }
        let is_char = char::from_u32(char).is_some() && self.at > start;
        if !is_char || !self.takes(b'}') { Err(HEX) } else { Ok(char) }
    }

    const fn hex(&mut self, digits: u32) -> Result<u32, Fault> {
        let (mut left, mut char) = (digits, 0);
        while left > 0 {
            let Some(digit) = self.digit() else { return Err(HEX) };
            char = char * 16 + digit;
            left -= 1;
        }
        Ok(char)
    }

    const fn digit(&mut self) -> Option<u32> {
        let digit = match self.peek(0) {
            Some(byte) => (byte as char).to_digit(16),
            None => None,
        };
        if digit.is_some() {
            self.at += 1;
        }
        digit
    }

    const fn until(&mut self, end: u8) -> Result<(), Fault> {
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == end {
                return Ok(());
            }
        }
        Err(GROUP)
    }

    /// One character, however many bytes it has.
    const fn char(&mut self) -> u32 {
        let first = self.text[self.at];
        self.at += 1;
        let mut char = match first {
            0..=0x7F => return first as u32,
            0x80..=0xDF => (first & 0x1F) as u32,
            0xE0..=0xEF => (first & 0x0F) as u32,
            _ => (first & 0x07) as u32,
        };
        while let Some(next @ 0x80..=0xBF) = self.peek(0) {
            char = char << 6 | (next & 0x3F) as u32;
            self.at += 1;
        }
        char
    }
}

/// White space and ends of lines in ECMA-262 (12.2, 12.3), as they stand in a class.
const SPACE: &str = r"\t\n\x0B\x0C\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";

/// A good pattern as the checker has to be told it. The same words mean less there: white space is ASCII's, and `.` has
/// but one end of a line.
pub(super) fn for_checker(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains(['.', 's', 'S']) {
        return pattern.into();
    }
    let mut out = String::with_capacity(pattern.len() + 64);
    let (mut chars, mut in_class) = (pattern.chars(), false);
    while let Some(char) = chars.next() {
        match char {
            '.' if !in_class => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            '\\' => match chars.next() {
                Some('s') if in_class => out.push_str(SPACE),
                Some('s') => out.extend(["[", SPACE, "]"]),
                Some('S') => out.extend(["[^", SPACE, "]"]),
                escaped => out.extend(['\\'].into_iter().chain(escaped)),
            },
            _ => {
                in_class = (in_class || char == '[') && char != ']';
                out.push(char);
            }
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_lite::Regex;

    /// Lines of `tests/grammar/patterns.txt`: which dialects take a pattern, the pattern, texts in which it matches, and
    /// texts in which it does not.
    fn rows() -> impl Iterator<Item = (&'static str, &'static str, Vec<String>, Vec<String>)> {
        let lines = include_str!("../../../tests/grammar/patterns.txt").lines();
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
            let mut parts = line.split('\t');
            let texts = |json: Option<&str>| json.map_or(Vec::new(), |json| serde_json::from_str(json).expect(line));
            let (dialect, pattern) = (parts.next().expect(line), parts.next().expect(line));
            (dialect, pattern, texts(parts.next()), texts(parts.next()))
        })
    }

    #[test]
    fn a_pattern_is_what_clients_read_it_as_or_is_refused() {
        for (dialect, pattern, yes, no) in rows() {
            let taken = match (fault(pattern, Dialect::Both), fault(pattern, Dialect::Ecma)) {
                (None, None) => "both",
                (Some(_), None) => "ecma",
                (Some(_), Some(_)) => "none",
                (None, Some(why)) => panic!("{pattern}: {why}"),
            };
            assert_eq!(taken, dialect, "{pattern}: {:?}", fault(pattern, Dialect::Both));
            if taken == "both" {
                let checker = Regex::new(&for_checker(pattern)).unwrap_or_else(|why| panic!("{pattern}: {why}"));
                yes.iter().for_each(|text| assert!(checker.is_match(text), "{pattern} matches in {text:?}"));
                no.iter().for_each(|text| assert!(!checker.is_match(text), "{pattern} does not match in {text:?}"));
            }
        }
    }

    #[test]
    fn the_largest_pattern_is_none_too_large_for_the_checker() {
        for pattern in [r".{49999}", r"[^\s]{49999}", r"((\s{100}){100}){4}", "(?:[a-cx-z]?){49000}"] {
            assert_eq!(fault(pattern, Dialect::Both), None, "{pattern}");
            assert!(Regex::new(&for_checker(pattern)).is_ok(), "{pattern}");
        }
        for pattern in ["a{50001}", "((a{1000}){1000}){1000}", "(a{1000}b{40000}){2,}", "a{99999999999999999999}"] {
            assert!(fault(pattern, Dialect::Both).is_some(), "{pattern}");
        }
        let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(fault(&nested(DEEPEST), Dialect::Both), None);
        assert!(Regex::new(&nested(DEEPEST)).is_ok());
        assert!(fault(&nested(DEEPEST + 1), Dialect::Both).is_some());
    }
}
