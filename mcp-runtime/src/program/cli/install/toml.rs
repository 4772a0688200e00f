//! Entries of TOML files, as tables of their own: `[mcp_servers.NAME]`. The rest of the file is left as it is.

use std::ops::Range;

use super::fault::{Fault, newline_of};
use super::hiding::{Hidden, Hiding};
use crate::joined::joined;
use crate::json_text;
use crate::program::cli::json::Json;

/// The entry of this name.
///
/// # Errors
/// The file is malformed.
pub(super) fn find(text: &str, table: &str, name: &str) -> Result<Option<Json>, Fault> {
    let mut entry = None;
    for statement in statements(text)? {
        let Some(rest) = statement.within(table, name) else { continue };
        let entry = entry.get_or_insert_with(|| Json::Object(Vec::new()));
        if let Some(value) = &statement.value {
            set(entry, rest, value.clone());
        }
    }
    Ok(entry)
}

/// The text with this entry, new or changed.
///
/// # Errors
/// The file is malformed, or has its entries on one line.
pub(super) fn put(text: &str, table: &str, name: &str, entry: &Json) -> Result<String, Fault> {
    let all = statements(text)?;
    if let Some(inline) = all.iter().find(|one| one.path == [table] && (one.value.is_some() || one.is_list)) {
        let what = format!("write the entries of `{table}` as tables: [{table}.NAME]");
        return Err(Fault::at(text, inline.begin, what));
    }
    let newline = newline_of(text);
    let mut written = format!("[{table}.{}]{newline}", key(name));
    for (member, value) in entry.members() {
        written += &format!("{} = {}{newline}", key(member), Toml(value).written());
    }
    let place = all.iter().find(|one| one.value.is_none() && one.within(table, name).is_some());
    let rest = take(text, table, name)?;
    // What is before the first part of the old entry stays where it is.
    if let Some(place) = place.filter(|place| rest.len() > place.begin && rest.is_char_boundary(place.begin)) {
        let (before, behind) = rest.split_at(place.begin);
        return Ok(format!("{before}{written}{}{behind}", if behind.starts_with(['\r', '\n']) { "" } else { newline }));
    }
    let mut out = rest;
    if !out.trim_start_matches('\u{feff}').is_empty() {
        if !out.ends_with('\n') {
            out += newline;
        }
        out += newline;
    }
    Ok(out + &written)
}

/// The text without this entry.
///
/// # Errors
/// The file is malformed.
pub(super) fn take(text: &str, table: &str, name: &str) -> Result<String, Fault> {
    let mut out = String::new();
    let (mut at, mut is_taken) = (0, false);
    for one in statements(text)? {
        if one.within(table, name).is_some() {
            if !is_taken {
                out += &text[at..one.begin];
            }
            (at, is_taken) = (one.end, true);
        } else if std::mem::take(&mut is_taken) {
            at += blank_line(&text[at..]).filter(|_| is_at_gap(&out)).unwrap_or(0);
        }
    }
    if at > 0 && text[at..].trim().is_empty() && out.ends_with('\n') {
        // The blank line that was put in between.
        let shorter = out.trim_end_matches(['\r', '\n']);
        let kept = shorter.len() + blank_line(&out[shorter.len()..]).unwrap_or(0);
        out.truncate(kept);
    }
    Ok(out + &text[at..])
}

/// The values of variables and headers, of all entries.
///
/// # Errors
/// The file is malformed.
pub(super) fn hidden(text: &str, table: &str, hiding: Hiding) -> Result<Vec<Hidden>, Fault> {
    let mut found = Vec::new();
    for one in statements(text)?.iter().filter(|one| one.path.first().is_some_and(|first| first == table)) {
        let Some(value) = &one.value else { continue };
        let shown = match one.path.get(2) {
            Some(member) if Hiding::is_for(member) => hiding.shown(value),
            Some(_) => continue,
            // `NAME = { … }`
            None => hiding.shown_entry(value),
        };
        found.push((one.at.clone(), Toml(&shown).written()));
    }
    Ok(found)
}

/// How long the line break is that a text begins with.
fn blank_line(text: &str) -> Option<usize> {
    ["\n", "\r\n"].into_iter().find(|end| text.starts_with(end)).map(str::len)
}

/// Whether a blank line would be one too many behind this.
fn is_at_gap(text: &str) -> bool {
    text.is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n")
}

/// A header or a pair, with its whole path.
struct Statement {
    path: Vec<String>,
    /// None of a header.
    value: Option<Json>,
    /// Where the value stands.
    at: Range<usize>,
    /// Whether it is `[[…]]`.
    is_list: bool,
    begin: usize,
    /// Behind its line.
    end: usize,
}

impl Statement {
    /// The rest of its path, where it belongs to an entry.
    fn within(&self, table: &str, name: &str) -> Option<&[String]> {
        match &*self.path {
            [first, second, rest @ ..] if first == table && second == name => Some(rest),
            _ => None,
        }
    }
}

fn set(entry: &mut Json, path: &[String], value: Json) {
    let (Json::Object(members), [first, rest @ ..]) = (entry, path) else { return };
    let at = members.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
        members.push((first.clone(), Json::Object(Vec::new())));
        members.len() - 1
    });
    if rest.is_empty() { members[at].1 = value } else { set(&mut members[at].1, rest, value) }
}

fn statements(text: &str) -> Result<Vec<Statement>, Fault> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    let mut all: Vec<Statement> = Vec::new();
    let mut within = Vec::new();
    loop {
        reader.skip(true);
        let begin = reader.at;
        let rest = &text[begin..];
        if rest.is_empty() {
            return Ok(all);
        }
        let is_list = rest.starts_with("[[");
        let mut at = begin..begin;
        let (path, value) = if rest.starts_with('[') {
            let (open, close) = if is_list { ("[[", "]]") } else { ("[", "]") };
            reader.expect(open)?;
            within = reader.path()?;
            reader.expect(close)?;
            (within.clone(), None)
        } else {
            let mut path = within.clone();
            path.extend(reader.path()?);
            reader.expect("=")?;
            reader.skip(false);
            at.start = reader.at;
            let value = reader.value(DEEPEST)?;
            at.end = reader.at;
            (path, Some(value))
        };
        reader.skip(false);
        let behind = &text[reader.at..];
        if !behind.is_empty() && !behind.starts_with(['\n', '\r']) {
            return Err(reader.fault("the line should end here"));
        }
        let end = text[reader.at..].find('\n').map_or(text.len(), |end| reader.at + end + 1);
        all.push(Statement { path, value, at, is_list, begin, end });
    }
}

/// How deep values may be nested.
const DEEPEST: usize = 64;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    #[inline(never)]
    fn fault(&self, what: &str) -> Fault {
        Fault::at(self.text, self.at, what)
    }

    /// Passes blanks and comments, and ends of lines where these mean nothing.
    fn skip(&mut self, over_lines: bool) {
        loop {
            let rest = self.rest();
            match rest.as_bytes().first() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\n' | b'\r') if over_lines => self.at += 1,
                Some(b'#') => self.at += rest.find(['\n', '\r']).unwrap_or(rest.len()),
                _ => return,
            }
        }
    }

    fn expect(&mut self, what: &str) -> Result<(), Fault> {
        self.skip(false);
        if !self.rest().starts_with(what) {
            return Err(self.fault(&format!("expected `{what}`")));
        }
        self.at += what.len();
        Ok(())
    }

    fn path(&mut self) -> Result<Vec<String>, Fault> {
        let mut path = Vec::new();
        loop {
            self.skip(false);
            let rest = self.rest();
            if rest.starts_with(['"', '\'']) {
                path.push(self.string()?);
            } else {
                let end = rest.find(|c: char| !is_bare(c)).unwrap_or(rest.len());
                if end == 0 {
                    return Err(self.fault("expected a name"));
                }
                path.push(rest[..end].to_owned());
                self.at += end;
            }
            self.skip(false);
            if !self.rest().starts_with('.') {
                return Ok(path);
            }
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, Fault> {
        self.skip(false);
        let rest = self.rest();
        match rest.as_bytes().first() {
            Some(b'[' | b'{') if depth == 0 => Err(self.fault("this is nested too deep")),
            Some(b'"' | b'\'') => Ok(Json::Text(self.string()?)),
            Some(b'[') => {
                let mut items = Vec::new();
                self.at += 1;
                loop {
                    self.skip(true);
                    if self.rest().starts_with(']') {
                        self.at += 1;
                        return Ok(Json::List(items));
                    }
                    items.push(self.value(depth - 1)?);
                    self.skip(true);
                    if !self.rest().starts_with(']') {
                        self.expect(",")?;
                    }
                }
            }
            Some(b'{') => {
                let mut table = Json::Object(Vec::new());
                self.at += 1;
                loop {
                    self.skip(true);
                    if self.rest().starts_with('}') {
                        self.at += 1;
                        return Ok(table);
                    }
                    let path = self.path()?;
                    self.expect("=")?;
                    let value = self.value(depth - 1)?;
                    set(&mut table, &path, value);
                    self.skip(true);
                    if !self.rest().starts_with('}') {
                        self.expect(",")?;
                    }
                }
            }
            _ => {
                let end = rest.find([',', ']', '}', '#', '\n', '\r']).unwrap_or(rest.len());
                let word = rest[..end].trim_end();
                let is_word = matches!(word, "true" | "false" | "inf" | "nan");
                let is_number = word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
                if !(is_word || is_number) || word.contains(['=', '"', '\'']) {
                    return Err(self.fault("expected a value; texts have quotes"));
                }
                self.at += word.len();
                Ok(match Json::parse(word) {
                    Json::Null => Json::Text(word.to_owned()),
                    value => value,
                })
            }
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        let rest = self.rest();
        let quote = &rest[..1];
        let triple = quote.repeat(3);
        let (mark, over_lines) = if rest.starts_with(&triple) { (&*triple, true) } else { (quote, false) };
        let mut end = mark.len();
        let mut text = String::new();
        loop {
            let behind = &rest[end..];
            let Some(c) = behind.chars().next().filter(|c| over_lines || !matches!(c, '\n' | '\r')) else {
                return Err(self.fault("this text does not end"));
            };
            if behind.starts_with(mark) {
                end += mark.len();
                // Up to two quotes may stand before the three that end it.
                while over_lines && rest[end..].starts_with(quote) {
                    text += quote;
                    end += 1;
                }
                self.at += end;
                return Ok(text);
            }
            end += c.len_utf8();
            if c != '\\' || quote == "'" {
                text.push(c);
                continue;
            }
            let escape = rest[end..].chars().next().unwrap_or_default();
            end += escape.len_utf8();
            let digits = match escape {
                'u' => 4,
                'U' => 8,
                'x' => 2,
                _ => 0,
            };
            let code = rest.get(end..end + digits).unwrap_or_default();
            end += code.len();
            text.extend(match escape {
                'b' => Some('\u{8}'),
                't' => Some('\t'),
                'n' => Some('\n'),
                'f' => Some('\u{c}'),
                'r' => Some('\r'),
                'e' => Some('\u{1b}'),
                '"' | '\\' => Some(escape),
                'u' | 'U' | 'x' => u32::from_str_radix(code, 16).ok().and_then(char::from_u32),
                // The end of a line, and the blanks behind it.
                _ if over_lines && escape.is_ascii_whitespace() => {
                    end += rest[end..].len() - rest[end..].trim_start().len();
                    continue;
                }
                _ => None,
            });
            if end > rest.len() {
                return Err(self.fault("this text does not end"));
            }
        }
    }
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn key(name: &str) -> String {
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { json_text::string(name) }
}

/// A value as TOML writes it, on one line.
struct Toml<'a>(&'a Json);

impl Toml<'_> {
    fn written(&self) -> String {
        match self.0 {
            Json::List(items) => {
                format!("[{}]", joined(", ", &mut items.iter().map(|item| Toml(item).written())))
            }
            Json::Object(members) if members.is_empty() => "{}".to_owned(),
            Json::Object(members) => {
                let member = |(name, value): &(String, Json)| format!("{} = {}", key(name), Toml(value).written());
                format!("{{ {} }}", joined(", ", &mut members.iter().map(member)))
            }
            // Its texts are texts of TOML as well.
            other => other.to_string(),
        }
    }
}
