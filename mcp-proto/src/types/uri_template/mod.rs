//! URI templates: RFC 6570, as far as matching can be the exact reverse of expanding.
//!
//! | Written | Matches | Values |
//! | --- | --- | --- |
//! | `{id}` | one segment | percent-decoded once |
//! | `{path*}`, `{+path}` | one or more segments | slashes raw or as `%2F`, decoded once |
//! | `{?a,b}` | query parameters, each optional, in any order | percent-decoded once |
//! | `{&a,b}` | the same, behind a query that has begun: `notes://all?sort=date{&lang}` | percent-decoded once |

mod compare;
pub(super) mod grammar;
mod matching;

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use self::grammar::Piece;
use super::uri::{escape, normalize};

/// The longest URI that is matched, in bytes of its normal form. Longer ones match nothing.
const LONGEST_URI: usize = 16 * 1024;

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
    Literal(Literal),
    Variable { name: Box<str>, kind: VariableKind },
}

/// Text that a URI must have, in the normal form.
#[derive(Clone, Debug)]
struct Literal {
    text: Box<str>,
    /// How much of it, from its beginning, is of the host: there the case of letters does not count.
    of_host: usize,
}

impl Literal {
    fn begins(&self, uri: &str) -> bool {
        let (host, rest) = self.text.as_bytes().split_at(self.of_host);
        let Some((there, behind)) = uri.as_bytes().split_at_checked(self.of_host) else { return false };
        there.eq_ignore_ascii_case(host) && behind.starts_with(rest)
    }
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
    /// Where there is no scheme, a character that no URI has, a `%` that begins no escape, a brace is left open or stands
    /// alone, an operator is not one of the table's, a name is empty, used twice or has other characters than letters, digits, `_` and `.`, two
    /// variables touch (nobody could tell where one ends), or something follows the query. The error says what to write
    /// instead.
    pub fn parse(source: &str) -> Result<Self, BadTemplate> {
        let mut template = Self {
            source: source.into(),
            parts: Vec::new(),
            fixed_query: Vec::new(),
            query: Vec::new(),
            variables: Vec::new(),
        };
        for piece in grammar::read(source).map_err(BadTemplate)? {
            match piece {
                Piece::Literal(text) => template.push_literal(text),
                Piece::Segment(name) => template.push_variable(name, VariableKind::Segment),
                Piece::Path(name) => template.push_variable(name, VariableKind::Path),
                Piece::Query(name) => template.push_query(name),
            }
        }
        template.fold_host();
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

    /// The values that make the template into `uri`, or into one that is the same by RFC 3986, 6.2.2; `None` where
    /// nothing does.
    pub fn match_uri(&self, uri: &str) -> Option<Values> {
        self.match_normal(&normalize(uri))
    }

    /// The same for a URI in the [normal form](normalize), for which there is nothing to copy.
    pub fn match_normal(&self, uri: &str) -> Option<Values> {
        if uri.len() > LONGEST_URI {
            return None;
        }
        let (path, query) = match uri.split_once('?').filter(|_| !self.query.is_empty()) {
            Some((path, query)) => (path, Some(query)),
            None => (uri, None),
        };
        let found = matching::values(&self.parts, path)?;
        let mut values = Values::new();
        for (variable, raw) in self.variables.iter().filter(|variable| variable.kind != VariableKind::Query).zip(found)
        {
            values.insert(variable.name.clone(), decode(raw)?);
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

    /// The URI that these values make. `None` where a variable has no value that it could be matched from again: segments
    /// are not empty, only query parameters may be missing, and what stands between two variables may not be found in the
    /// value before it (`x-y` as `a` of `s:{a}-{b}`).
    pub fn expand(&self, values: &Values) -> Option<String> {
        let uri = self.expand_with(values, true)?;
        if !self.is_open() || self.match_uri(&uri).is_some_and(|again| self.agree(&again, values)) {
            return Some(uri);
        }
        // `{+path}/x-{+id}`: a slash in `path` may be taken for the one behind it, unless it is encoded.
        let uri = self.expand_with(values, false)?;
        self.match_uri(&uri).is_some_and(|again| self.agree(&again, values)).then_some(uri)
    }

    /// Whether only a look at the rest of a URI tells where some variable ends.
    fn is_open(&self) -> bool {
        self.parts.iter().enumerate().any(|(at, part)| match part {
            Part::Variable { kind, .. } => matching::is_open(&self.parts[at + 1..], *kind),
            Part::Literal(_) => false,
        })
    }

    /// Whether these are the same values for this template's variables.
    fn agree(&self, one: &Values, other: &Values) -> bool {
        self.variables.iter().all(|Variable { name, .. }| one.get(name) == other.get(name))
    }

    fn expand_with(&self, values: &Values, keep_slashes: bool) -> Option<String> {
        let mut uri = String::with_capacity(self.source.len() + 16);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => uri.push_str(&literal.text),
                Part::Variable { name, kind } => {
                    let value = values.get(name).filter(|value| !value.is_empty())?;
                    encode(&mut uri, value, keep_slashes && *kind == VariableKind::Path);
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

    fn push_literal(&mut self, literal: &str) {
        // The scheme stands in the first one.
        let text = if self.parts.is_empty() { normalize(literal) } else { escape(literal) };
        self.parts.push(Part::Literal(Literal { text: text.into(), of_host: 0 }));
    }

    fn push_variable(&mut self, name: &str, kind: VariableKind) {
        self.parts.push(Part::Variable { name: name.into(), kind });
        self.variables.push(Variable { name: name.into(), kind });
    }

    fn push_query(&mut self, name: &str) {
        // What was begun of the query by hand does not belong to the path.
        if self.query.is_empty()
            && let Some(Part::Literal(literal)) = self.parts.last_mut()
            && let Some((path, query)) = literal.text.clone().split_once('?')
        {
            literal.text = path.into();
            self.fixed_query = query.split('&').filter(|pair| !pair.is_empty()).map(Into::into).collect();
        }
        self.query.push(name.into());
        self.variables.push(Variable { name: name.into(), kind: VariableKind::Query });
    }

    /// Notes what of the literals is of the host: after `://`, up to a slash. A variable for paths may have one in it.
    fn fold_host(&mut self) {
        for (index, part) in self.parts.iter_mut().enumerate() {
            let Part::Literal(Literal { text, of_host }) = part else {
                if matches!(part, Part::Variable { kind: VariableKind::Path, .. }) {
                    return;
                }
                continue;
            };
            let from = if index == 0 { text.find("://").map(|at| at + 3) } else { Some(0) };
            // What stands before an `@` is of the user, whose case counts.
            let Some(from) = from.filter(|_| !text.contains('@')) else { return };
            let end = text[from..].find(['/', '?', '#']).map(|end| from + end);
            *of_host = end.unwrap_or(text.len());
            if end.is_some() {
                return;
            }
        }
    }
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
mod tests;
