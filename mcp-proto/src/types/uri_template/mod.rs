//! URI templates: RFC 6570, as far as matching can be the exact reverse of expanding.
//!
//! | Written | Matches | Values |
//! | --- | --- | --- |
//! | `{id}` | one segment | percent-decoded once |
//! | `{path*}`, `{+path}` | one or more segments | slashes raw or as `%2F`, decoded once |
//! | `{?a,b}` | query parameters, each optional, in any order | percent-decoded once |
//! | `{&a,b}` | the same, behind a query that has begun: `notes://all?sort=date{&lang}` | percent-decoded once |

use std::collections::HashMap;
use std::fmt::{self, Write as _};

/// The longest URI that is matched, in bytes. Longer ones match nothing: matching may look at every pair of places.
const LONGEST_URI: usize = 4096;

/// A URI, or a pattern for URIs.
#[derive(Clone, Debug)]
pub struct UriTemplate {
    source: Box<str>,
    parts: Vec<Part>,
    /// What the query holds in any case, where it was begun by hand: `sort=date` in `notes://all?sort=date{&lang}`.
    fixed_query: Vec<Box<str>>,
    query: Vec<Box<str>>,
    variables: Vec<Variable>,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(Box<str>),
    Variable { name: Box<str>, kind: VariableKind },
}

/// A variable of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: Box<str>,
    /// What it stands for.
    pub kind: VariableKind,
}

/// What a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// One segment: `{id}`.
    Segment,
    /// One or more segments: `{path*}` or `{+path}`.
    Path,
    /// A query parameter, which may be missing: `{?q}`.
    Query,
}

/// The values of a template's variables, decoded.
pub type Values = HashMap<Box<str>, String>;

/// A template that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTemplate(String);

impl fmt::Display for BadTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadTemplate {}

impl UriTemplate {
    /// Reads a template. A URI without braces is a template without variables.
    ///
    /// # Errors
    /// Where a brace is left open or stands alone, an operator is not one of the table's, a name is empty, used
    /// twice or has other characters than letters, digits and `_`, two variables touch (nobody could tell where one
    /// ends), or something follows the query.
    pub fn parse(source: &str) -> Result<Self, BadTemplate> {
        let mut template = Self {
            source: source.into(),
            parts: Vec::new(),
            fixed_query: Vec::new(),
            query: Vec::new(),
            variables: Vec::new(),
        };
        let mut rest = source;
        while let Some(open) = rest.find(['{', '}']) {
            let (literal, tail) = rest.split_at(open);
            template.push_literal(literal)?;
            let Some((expression, tail)) = tail.strip_prefix('{').and_then(|tail| tail.split_once('}')) else {
                return Err(BadTemplate(format!("`{source}` has a brace without its partner")));
            };
            template.push_expression(expression)?;
            rest = tail;
        }
        template.push_literal(rest)?;
        Ok(template)
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether it is a plain URI.
    pub fn is_static(&self) -> bool {
        self.variables.is_empty()
    }

    /// Its variables, in the order they are written.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The values that make the template into `uri`; `None` where nothing does.
    pub fn match_uri(&self, uri: &str) -> Option<Values> {
        if uri.len() > LONGEST_URI {
            return None;
        }
        let (path, query) = match uri.split_once('?').filter(|_| !self.query.is_empty()) {
            Some((path, query)) => (path, Some(query)),
            None => (uri, None),
        };
        let mut found = Vec::with_capacity(self.parts.len());
        let mut dead_ends = DeadEnds::new(self.parts.len(), path.len());
        if !match_parts(&self.parts, path, 0, &mut found, &mut dead_ends) {
            return None;
        }
        let mut values = Values::new();
        for (name, raw) in found {
            values.insert(name.into(), decode(raw)?);
        }
        let pairs = || query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty());
        if !self.fixed_query.iter().all(|fixed| pairs().any(|pair| *pair == **fixed)) {
            return None;
        }
        for pair in pairs() {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            if self.query.iter().any(|known| **known == *name) {
                values.insert(name.into(), decode(raw)?);
            }
        }
        Some(values)
    }

    /// The URI that these values make. `None` where a variable has no value that it could be matched from again:
    /// segments are not empty, and only query parameters may be missing.
    pub fn expand(&self, values: &Values) -> Option<String> {
        let mut uri = String::with_capacity(self.source.len() + 16);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => uri.push_str(literal),
                Part::Variable { name, kind } => {
                    let value = values.get(name).filter(|value| !value.is_empty())?;
                    encode(&mut uri, value, *kind == VariableKind::Path);
                }
            }
        }
        let mut separator = '?';
        for pair in &self.fixed_query {
            let _ = write!(uri, "{separator}{pair}");
            separator = '&';
        }
        for name in &self.query {
            let Some(value) = values.get(name) else { continue };
            let _ = write!(uri, "{separator}{name}=");
            encode(&mut uri, value, false);
            separator = '&';
        }
        Some(uri)
    }

    fn push_literal(&mut self, literal: &str) -> Result<(), BadTemplate> {
        if literal.is_empty() {
            return Ok(());
        }
        if !self.query.is_empty() {
            return Err(BadTemplate(format!("nothing may follow the query in `{}`", self.source)));
        }
        self.parts.push(Part::Literal(literal.into()));
        Ok(())
    }

    fn push_expression(&mut self, expression: &str) -> Result<(), BadTemplate> {
        if let Some(names) = expression.strip_prefix(['?', '&']) {
            if expression.starts_with('&') && self.query.is_empty() {
                self.begin_query()?;
            }
            for name in names.split(',') {
                self.declare(name, VariableKind::Query)?;
                self.query.push(name.into());
            }
            return Ok(());
        }
        let (name, kind) = match (expression.strip_prefix('+'), expression.strip_suffix('*')) {
            (Some(name), _) | (None, Some(name)) => (name, VariableKind::Path),
            (None, None) => (expression, VariableKind::Segment),
        };
        if !self.query.is_empty() {
            return Err(BadTemplate(format!("nothing may follow the query in `{}`", self.source)));
        }
        if matches!(self.parts.last(), Some(Part::Variable { .. })) {
            return Err(BadTemplate(format!("two variables touch in `{}`; put a separator between them", self.source)));
        }
        self.declare(name, kind)?;
        self.parts.push(Part::Variable { name: name.into(), kind });
        Ok(())
    }

    /// Takes the beginning of the query off the literal before `{&`.
    fn begin_query(&mut self) -> Result<(), BadTemplate> {
        let begun = match self.parts.last_mut() {
            Some(Part::Literal(literal)) => literal.clone().split_once('?').map(|(path, query)| {
                *literal = path.into();
                Box::<str>::from(query)
            }),
            _ => None,
        };
        let Some(query) = begun else {
            return Err(BadTemplate(format!("`{{&` in `{}` needs a `?` before it; write `{{?`", self.source)));
        };
        self.fixed_query = query.split('&').filter(|pair| !pair.is_empty()).map(Into::into).collect();
        Ok(())
    }

    fn declare(&mut self, name: &str, kind: VariableKind) -> Result<(), BadTemplate> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(BadTemplate(format!(
                "`{{{name}}}` is not supported; write `{{name}}`, `{{name*}}`, `{{+name}}` or `{{?a,b}}`"
            )));
        }
        if self.variables.iter().any(|variable| *variable.name == *name) {
            return Err(BadTemplate(format!("`{name}` stands twice in `{}`", self.source)));
        }
        self.variables.push(Variable { name: name.into(), kind });
        Ok(())
    }
}

/// Places that were tried in vain: the parts from `part` on do not match from `at` on.
struct DeadEnds {
    seen: Vec<bool>,
    width: usize,
}

impl DeadEnds {
    fn new(parts: usize, length: usize) -> Self {
        // Only a path variable before another variable can come to the same place twice.
        let width = length + 1;
        Self { seen: vec![false; if parts > 3 { parts * width } else { 0 }], width }
    }

    fn is(&self, part: usize, at: usize) -> bool {
        self.seen.get(part * self.width + at).copied().unwrap_or(false)
    }

    fn note(&mut self, part: usize, at: usize) {
        if let Some(seen) = self.seen.get_mut(part * self.width + at) {
            *seen = true;
        }
    }
}

/// Matches the parts from where `at` stands in `uri`, shortest values first.
fn match_parts<'t, 'u>(
    parts: &'t [Part],
    uri: &'u str,
    at: usize,
    found: &mut Vec<(&'t str, &'u str)>,
    dead_ends: &mut DeadEnds,
) -> bool {
    let Some((first, rest)) = parts.split_first() else { return at == uri.len() };
    if dead_ends.is(parts.len() - 1, at) {
        return false;
    }
    let matched = match first {
        Part::Literal(literal) => {
            uri[at..].starts_with(&**literal) && match_parts(rest, uri, at + literal.len(), found, dead_ends)
        }
        Part::Variable { name, kind } => {
            let tail = &uri[at..];
            let stop = if *kind == VariableKind::Path { &['?', '#'][..] } else { &['/', '?', '#'][..] };
            let longest = tail.find(stop).unwrap_or(tail.len());
            ends(rest, tail, longest).any(|end| {
                found.push((name, &tail[..end]));
                let matched = match_parts(rest, uri, at + end, found, dead_ends);
                if !matched {
                    found.pop();
                }
                matched
            })
        }
    };
    if !matched {
        dead_ends.note(parts.len() - 1, at);
    }
    matched
}

/// Where a variable's value may end: before each place of the literal that follows, or at the end of the URI.
fn ends<'a>(rest: &'a [Part], tail: &'a str, longest: usize) -> impl Iterator<Item = usize> + 'a {
    let literal = match rest.first() {
        Some(Part::Literal(literal)) => Some(&**literal),
        _ => None,
    };
    let before_literal = literal.into_iter().flat_map(move |literal| {
        tail.char_indices().map(|(at, _)| at).filter(move |at| tail[*at..].starts_with(literal))
    });
    let at_end = literal.is_none().then_some(tail.len());
    before_literal.chain(at_end).filter(move |end| (1..=longest).contains(end))
}

/// Percent-decodes once. `None` for a broken escape or what is not UTF-8 then.
fn decode(raw: &str) -> Option<String> {
    if !raw.contains('%') {
        return Some(raw.to_owned());
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = tail;
            continue;
        }
        let (digits, tail) = tail.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes all but unreserved characters, and slashes where they may stay.
fn encode(out: &mut String, value: &str, keep_slashes: bool) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (keep_slashes && byte == b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, uri: &str) -> Option<Vec<(String, String)>> {
        let mut values: Vec<_> = UriTemplate::parse(template)
            .expect("a good template")
            .match_uri(uri)?
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        values.sort();
        Some(values)
    }

    fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn variables_match_segments_paths_and_queries() {
        assert_eq!(values("note://{id}", "note://7"), pairs(&[("id", "7")]));
        assert_eq!(values("note://{id}", "note://"), None);
        assert_eq!(values("note://{id}", "note://a/b"), None);
        assert_eq!(values("note://{id}", "note://a%2Fb"), pairs(&[("id", "a/b")]));
        assert_eq!(values("files://{path*}", "files://a/b.txt"), pairs(&[("path", "a/b.txt")]));
        assert_eq!(values("t://{id}/data", "t://1/data"), pairs(&[("id", "1")]));
        assert_eq!(values("s://x{?q,n}", "s://x?n=2&q=a%20b"), pairs(&[("n", "2"), ("q", "a b")]));
        assert_eq!(values("s://x{?q}", "s://x"), pairs(&[]));
        assert_eq!(values("s://x?a=1{&q}", "s://x?q=2&a=1"), pairs(&[("q", "2")]));
        assert_eq!(values("s://x?a=1{&q}", "s://x?q=2"), None);
        assert_eq!(values("{+path}/x-{id}", "a/x-b/x-c"), pairs(&[("id", "c"), ("path", "a/x-b")]));
    }

    #[test]
    fn escapes_are_decoded_once() {
        assert_eq!(values("n://{id}", "n://%2541"), pairs(&[("id", "%41")]));
        assert_eq!(values("n://{id}", "n://%zz"), None);
        assert_eq!(values("n://{id}", "n://%+1"), None);
        assert_eq!(values("n://{id}", "n://%FF"), None);
    }

    #[test]
    fn bad_templates_say_what_is_wrong() {
        for (template, word) in [
            ("x://{a", "partner"),
            ("x://a}", "partner"),
            ("x://{a}{b}", "touch"),
            ("x://{}", "not supported"),
            ("x://{.a}", "not supported"),
            ("x://{a}/{a}", "twice"),
            ("x://{?a}/b", "follow"),
            ("x://y{&a}", "write `{?`"),
        ] {
            let error = UriTemplate::parse(template).expect_err(template).to_string();
            assert!(error.contains(word), "{template}: {error}");
        }
    }

    #[test]
    fn a_hostile_uri_is_refused_in_bounded_time() {
        let template = UriTemplate::parse("{+a}/{+b}/{+c}/{+d}/!").expect("a good template");
        assert!(template.match_uri(&"/a".repeat(2000)).is_none());
    }
}
