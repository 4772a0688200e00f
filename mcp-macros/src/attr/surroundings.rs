//! What a marked function stands in, which the compiler does not show to an attribute.

use std::fs;

use proc_macro::Span;

/// A block that functions have a `Self` in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surroundings {
    Impl,
    Trait,
}

impl Surroundings {
    /// Reads the source up to the attribute that is being expanded. `None` for a free function, and where there is no source.
    ///
    /// Without it the compiler would only say that it cannot find the function. A function at the left margin is free; for it
    /// nothing is read.
    pub(crate) fn read() -> Option<Self> {
        if !proc_macro::is_available() {
            return None;
        }
        let at = Span::call_site();
        let start = at.start();
        if start.column() <= 1 {
            return None;
        }
        let source = fs::read_to_string(at.local_file()?).ok()?;
        innermost(before(&source, start.line(), start.column())?).and_then(Self::of)
    }

    /// The kind of block that this stands before.
    fn of(header: &str) -> Option<Self> {
        let mut words = header.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        // What may stand in front: `pub(crate) unsafe auto`.
        let in_front = ["pub", "crate", "super", "in", "unsafe", "auto", "default"];
        match words.find(|word| !in_front.contains(word))? {
            "impl" => Some(Self::Impl),
            "trait" => Some(Self::Trait),
            _ => None,
        }
    }
}

/// The source up to a place, both of whose numbers begin with 1.
fn before(source: &str, line: usize, column: usize) -> Option<&str> {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(nth) => source.match_indices('\n').nth(nth)?.0 + 1,
    };
    let rest = &source[start..];
    let within = rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at);
    Some(&source[..start + within])
}

/// What stands before the innermost brace that is open at the end of the source.
fn innermost(source: &str) -> Option<&str> {
    let bytes = source.as_bytes();
    let mut open: Vec<&str> = Vec::new();
    // Where the current item begins, and how many `(` and `[` are open.
    let (mut begin, mut nested) = (0, 0_usize);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        // In the middle of a letter.
        if !source.is_char_boundary(at) {
            at += 1;
            continue;
        }
        let skipped = skip(source, at);
        if skipped > at {
            // A comment in front of an item is not part of it.
            if source[begin..at].trim().is_empty() {
                begin = skipped;
            }
            at = skipped;
            continue;
        }
        at += 1;
        match byte {
            b'(' | b'[' => nested += 1,
            b')' => nested = nested.saturating_sub(1),
            b']' => {
                nested = nested.saturating_sub(1);
                if source[begin..].trim_start().starts_with('#') && nested == 0 {
                    begin = at;
                }
            }
            b'{' => {
                open.push(&source[begin..at - 1]);
                (begin, nested) = (at, 0);
            }
            b'}' => {
                open.pop();
                (begin, nested) = (at, 0);
            }
            b';' if nested == 0 => begin = at,
            _ => {}
        }
    }
    open.pop()
}

/// The end of the comment or literal that begins here; the same place if none does.
fn skip(source: &str, at: usize) -> usize {
    let rest = &source[at..];
    let until = |end: Option<usize>| at + end.unwrap_or(rest.len());
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    match rest.as_bytes() {
        [b'/', b'/', ..] => until(rest.find('\n')),
        [b'/', b'*', ..] => until(block_comment(rest)),
        [b'r', b'"' | b'#', ..] if at == 0 || !is_word(source.as_bytes()[at - 1]) => until(raw_text(rest)),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if at == 0 || !is_word(source.as_bytes()[at - 1]) => {
            at + 1 + raw_text(&rest[1..]).unwrap_or(rest.len() - 1)
        }
        [b'"', ..] => until(quoted(rest, b'"')),
        [b'\'', b'\\', ..] => until(quoted(rest, b'\'')),
        // A lifetime has no second quote behind one letter.
        [b'\'', ..] => {
            let mut letters = rest.char_indices().skip(2);
            letters.next().filter(|(_, letter)| *letter == '\'').map_or(at, |(end, _)| at + end + 1)
        }
        _ => at,
    }
}

/// Comments nest.
fn block_comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => depth += 1,
            [b'*', b'/', ..] => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// `r#"…"#`; the beginning of a raw identifier (`r#type`) is skipped alike.
fn raw_text(text: &str) -> Option<usize> {
    let hashes = text.bytes().skip(1).take_while(|byte| *byte == b'#').count();
    let quote = 1 + hashes;
    if text.as_bytes().get(quote) != Some(&b'"') {
        return Some(quote);
    }
    let end = format!("\"{}", "#".repeat(hashes));
    text[quote + 1..].find(&end).map(|found| quote + 1 + found + end.len())
}

/// A text or a letter, with escapes.
fn quoted(text: &str, quote: u8) -> Option<usize> {
    let mut at = 1;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'\\' => at += 1,
            byte if *byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: Option<Surroundings>) {
        let end = source.find("#[tool]").expect("it is marked");
        assert_eq!(innermost(&source[..end]).and_then(Surroundings::of), expected, "{source}");
    }

    #[test]
    fn blocks_with_a_self_are_told_from_others() {
        let (in_impl, in_trait) = (Some(Surroundings::Impl), Some(Surroundings::Trait));
        check("impl Shop { #[tool] fn a() {} }", in_impl);
        check(
            "mod ä { /// A shöp.\n #[derive(A)] unsafe impl<T: Of<[u8; 3]>> Shop<T> { const A: u8 = 1; fn b() {} #[tool]",
            in_impl,
        );
        check("impl Shop { fn a() { #[tool] fn b() {} } }", None);
        check("impl Shop { fn a() {} } mod b { #[tool] fn c() {} }", None);
        check("fn make() -> impl Fn() { #[tool] fn a() {} }", None);
        check("pub(crate) trait Shop: Sized { #[tool] fn a(); }", in_trait);
        check("macro_rules! make { () => { impl Shop { #[tool] fn a() {} } } }", in_impl);
        check("#[tool] fn a() {}", None);
    }

    #[test]
    fn braces_in_literals_and_comments_do_not_count() {
        for literal in
            [r#""}""#, r##"r#"}"}"#"##, r#"b"}\"}""#, "'}'", r"'\''", "b'}'", "/* } /* } */ } */ 1", "// }\n 1"]
        {
            check(&format!("impl Shop {{ const A: &'static u8 = {literal}; #[tool] }}"), Some(Surroundings::Impl));
        }
        check("/* a { */ // {\n mod a { const A: char = '{'; fn r#type<'a>(a: &'a str) {} #[tool]", None);
    }

    #[test]
    fn a_place_is_counted_in_lines_and_letters() {
        assert_eq!(before("ab\ncd\r\nä#e", 3, 2), Some("ab\ncd\r\nä"));
        assert_eq!(before("ab", 1, 2), Some("a"));
        assert_eq!(before("ab", 3, 1), None);
    }
}
