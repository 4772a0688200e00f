//! Entries of JSON files that may have comments and trailing commas. Text is changed where the entry stands, and nowhere else.

use mcp_proto::wire::Cursor;
use serde_json::value::RawValue;

use super::fault::{Fault, newline_of};
use super::hiding::{Hidden, Hiding};
use crate::json_text;
use crate::program::cli::json::{Json, pretty};

/// The entry of this name.
///
/// # Errors
/// The file is malformed.
pub(super) fn find(text: &str, table: &str, name: &str) -> Result<Option<Json>, Fault> {
    let plain = Plain::read(text)?;
    let Some(table) = plain.table(&[table])? else { return Ok(None) };
    Ok(table.find(name).map(|member| Json::parse(&plain.json[member.value..member.end])))
}

/// The text with this entry, new or changed. Of an entry that is there only those members change that are to be others.
///
/// # Errors
/// The file is malformed.
pub(super) fn put(text: &str, table: &str, name: &str, entry: &Json) -> Result<String, Fault> {
    let old = find(text, table, name)?.unwrap_or_default();
    let is_new = |(name, _): &(String, Json)| entry.get(name).is_none();
    if old.members().is_empty() || old.members().iter().any(is_new) {
        return set(text, &[table], name, entry);
    }
    let mut text = text.to_owned();
    for (member, value) in entry.members().iter().filter(|(name, value)| old.get(name) != Some(value)) {
        text = set(&text, &[table, name], member, value)?;
    }
    Ok(text)
}

/// The text with this member in the object at a path, which is made where it is not there.
fn set(text: &str, path: &[&str], name: &str, value: &Json) -> Result<String, Fault> {
    let plain = Plain::read(text)?;
    let newline = newline_of(text);
    let wrapped = || {
        let wrap = |value, name: &&str| Json::Object(vec![((*name).to_owned(), value)]);
        path.iter().rev().fold(wrap(value.clone(), &name), wrap)
    };
    if plain.json.trim_ascii().is_empty() {
        let begun = text.trim_end();
        let between = if matches!(begun, "" | "\u{feff}") { "" } else { newline };
        return Ok(format!("{begun}{between}{}{newline}", pretty(&wrapped().to_string()).replace('\n', newline)));
    }
    let root = plain.object(plain.begin())?;
    let layout = Layout { newline, unit: plain.unit(&root) };
    let Some(object) = plain.table(path)? else {
        return Ok(plain.insert(&root, path[0], &wrapped()[path[0]], &layout));
    };
    Ok(match object.find(name) {
        None => plain.insert(&object, name, value, &layout),
        Some(old) => {
            let value = layout.written(value, line_indent(text, old.key));
            format!("{}{value}{}", &text[..old.value], &text[old.end..])
        }
    })
}

/// The text without this entry.
///
/// # Errors
/// The file is malformed.
pub(super) fn take(text: &str, table: &str, name: &str) -> Result<String, Fault> {
    let mut text = text.to_owned();
    loop {
        let plain = Plain::read(&text)?;
        let Some(object) = plain.table(&[table])? else { return Ok(text) };
        // Of a name that is there twice hosts take the last one: the others go, too.
        let Some(at) = object.members.iter().rposition(|member| member.name == name) else { return Ok(text) };
        let changed = plain.remove(&object, at);
        text = changed;
    }
}

/// The values of variables and headers, of all entries.
///
/// # Errors
/// The file is malformed.
pub(super) fn hidden(text: &str, table: &str, hiding: Hiding) -> Result<Vec<Hidden>, Fault> {
    let plain = Plain::read(text)?;
    let Some(table) = plain.table(&[table])? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    // What is no object has none.
    table.members.iter().for_each(|entry| plain.hide(entry, hiding, false, &mut found));
    Ok(found)
}

/// A text whose comments and trailing commas are blanks, so that it is JSON, and everything stands where it stood.
struct Plain<'a> {
    text: &'a str,
    json: String,
    /// Where there were trailing commas.
    commas: Vec<usize>,
}

struct Object {
    open: usize,
    close: usize,
    members: Vec<Member>,
}

struct Member {
    name: String,
    key: usize,
    value: usize,
    end: usize,
}

impl Object {
    fn find(&self, name: &str) -> Option<&Member> {
        self.members.iter().rev().find(|member| member.name == name)
    }
}

/// How a file is laid out.
struct Layout<'a> {
    newline: &'a str,
    /// One step of indentation.
    unit: String,
}

impl Layout<'_> {
    /// A value over several lines, which begin with this indentation.
    fn written(&self, value: &Json, indent: &str) -> String {
        let mut out = String::new();
        for (at, line) in pretty(&value.to_string()).lines().enumerate() {
            if at > 0 {
                out += self.newline;
                out += indent;
            }
            let words = line.trim_start_matches(' ');
            // Two blanks are a step.
            (0..(line.len() - words.len()) / 2).for_each(|_| out += &self.unit);
            out += words;
        }
        out
    }
}

/// The blanks that the line of this place begins with.
fn line_indent(text: &str, at: usize) -> &str {
    let begin = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = &text[begin..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

impl<'a> Plain<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let mut bytes = text.as_bytes().to_vec();
        let mut commas = Vec::new();
        // The last byte that counts, and where it stands.
        let (mut last, mut last_at) = (b'{', 0);
        let mut at = 0;
        if text.starts_with('\u{feff}') {
            bytes[..3].fill(b' ');
            at = 3;
        }
        while at < bytes.len() {
            let rest = &text.as_bytes()[at..];
            let length = match rest {
                [b'"', ..] => {
                    let mut end = 1;
                    while end < rest.len() && rest[end] != b'"' {
                        end += if rest[end] == b'\\' { 2 } else { 1 };
                    }
                    (last, last_at) = (b'"', at);
                    end + 1
                }
                [b'/', b'/', ..] => rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len()),
                [b'/', b'*', ..] => match rest[2..].windows(2).position(|pair| pair == b"*/") {
                    Some(end) => end + 4,
                    None => return Err(Fault::at(text, at, "this comment does not end")),
                },
                [byte, ..] => {
                    if matches!(byte, b'}' | b']') && last == b',' {
                        bytes[last_at] = b' ';
                        commas.push(last_at);
                    }
                    if !byte.is_ascii_whitespace() {
                        // A comma behind nothing is no trailing one.
                        let is_lone = *byte == b',' && matches!(last, b'{' | b'[' | b',' | b':');
                        (last, last_at) = (if is_lone { b':' } else { *byte }, at);
                    }
                    1
                }
                [] => 1,
            };
            let end = (at + length).min(bytes.len());
            if rest[0] == b'/' && length > 1 {
                bytes[at..end].iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
            }
            at = end;
        }
        // Only whole characters were made blanks.
        let json = String::from_utf8(bytes).map_err(|_| Fault::at(text, 0, "this is not text"))?;
        if !json.trim_ascii().is_empty()
            && let Err(error) = serde_json::from_str::<&RawValue>(&json)
        {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            return Err(Fault::on(error.line(), error.column().max(1), what.to_owned()));
        }
        Ok(Self { text, json, commas })
    }

    fn begin(&self) -> usize {
        self.json.len() - self.json.trim_ascii_start().len()
    }

    fn object(&self, at: usize) -> Result<Object, Fault> {
        let mut cursor = Cursor::new(&self.json[at..]);
        let mut members = Vec::new();
        // It is known to be JSON.
        let Ok(mut more) = cursor.enter_object() else {
            return Err(Fault::at(self.text, at, "an object should stand here"));
        };
        while more {
            let key = at + cursor.at();
            let name = cursor.name().ok().and_then(|name| name.text().map(String::from)).unwrap_or_default();
            let value = at + cursor.at();
            if cursor.value().is_err() {
                break;
            }
            members.push(Member { name, key, value, end: at + cursor.at() });
            more = cursor.more_members().unwrap_or(false);
        }
        Ok(Object { open: at, close: at + cursor.at() - 1, members })
    }

    /// Finds the values of variables and headers in a member. `is_inside`: they are all its values.
    fn hide(&self, member: &Member, hiding: Hiding, is_inside: bool, found: &mut Vec<Hidden>) {
        match self.object(member.value) {
            Ok(object) => object.members.iter().for_each(|one| {
                self.hide(one, hiding, is_inside || Hiding::is_for(&one.name), found);
            }),
            Err(_) if is_inside => {
                let shown = hiding.shown(&Json::parse(&self.json[member.value..member.end]));
                found.push((member.value..member.end, shown.to_string()));
            }
            Err(_) => {}
        }
    }

    /// The object at a path; none where it is not there.
    fn table(&self, path: &[&str]) -> Result<Option<Object>, Fault> {
        if self.json.trim_ascii().is_empty() {
            return Ok(None);
        }
        let mut object = self.object(self.begin())?;
        for name in path {
            let Some(member) = object.find(name) else { return Ok(None) };
            object = self.object(member.value)?;
        }
        Ok(Some(object))
    }

    /// One step of indentation: what the first member of the file has before it.
    fn unit(&self, root: &Object) -> String {
        let first = root.members.first().map_or(0, |member| member.key);
        let unit = line_indent(self.text, first);
        let is_own_line = self.text[..first].trim_end_matches([' ', '\t']).ends_with('\n');
        if unit.is_empty() || !is_own_line { "  ".to_owned() } else { unit.to_owned() }
    }

    /// A new last member.
    fn insert(&self, object: &Object, name: &str, value: &Json, layout: &Layout<'_>) -> String {
        let (text, name) = (self.text, json_text::string(name));
        let comma = self.commas.iter().copied().find(|comma| self.is_behind(object, *comma));
        let inside = &text[object.open + 1..object.close];
        let Some(last) = object.members.last() else {
            let outer = line_indent(text, object.open);
            let indent = format!("{outer}{}", layout.unit);
            let value = layout.written(value, &indent);
            let (newline, begun) = (layout.newline, inside.trim_end());
            return format!(
                "{}{begun}{newline}{indent}{name}: {value}{newline}{outer}{}",
                &text[..=object.open],
                &text[object.close..]
            );
        };
        let (before, behind) = text.split_at(last.end);
        if !inside.contains('\n') {
            // All of it on one line.
            let end = comma.map_or(last.end, |comma| comma + 1);
            let (sep, trailing) = if comma.is_some() { (" ", ",") } else { (", ", "") };
            return format!("{}{sep}{name}: {value}{trailing}{}", &text[..end], &text[end..]);
        }
        let indent = line_indent(text, last.key);
        let value = layout.written(value, indent);
        let behind = &behind[..object.close - last.end];
        let kept = behind.trim_end();
        let (comma, trailing) = if comma.is_some() { ("", ",") } else { (",", "") };
        format!(
            "{before}{comma}{kept}{}{indent}{name}: {value}{trailing}{}{}",
            layout.newline,
            &behind[kept.len()..],
            &text[object.close..]
        )
    }

    /// Whether a place is behind the last member of an object, within it.
    fn is_behind(&self, object: &Object, at: usize) -> bool {
        object.members.last().is_some_and(|last| (last.end..object.close).contains(&at))
    }

    fn remove(&self, object: &Object, at: usize) -> String {
        let text = self.text;
        let member = &object.members[at];
        let next = object.members.get(at + 1).map_or(object.close, |next| next.key);
        // In the JSON commas between members are left, and in `commas` the trailing ones.
        let comma = self.json[member.end..next].find(',').map(|comma| member.end + comma);
        let trailing = self.commas.iter().copied().find(|comma| (member.end..next).contains(comma));
        let mut end = comma.or(trailing).map_or(member.end, |comma| comma + 1);
        let line = text[..member.key].rfind('\n').map_or(0, |end| end + 1);
        let is_own_line = text[line..member.key].trim().is_empty() && line > 0;
        let rest = &text[end..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        let mut begin = member.key;
        if is_own_line && rest[blanks..].starts_with('\n') {
            (begin, end) = (line, end + blanks + 1);
        } else if comma.or(trailing).is_some() {
            end += blanks;
        }
        let before = at.checked_sub(1).map(|before| &object.members[before]);
        let mut out = text[..begin].to_owned();
        if let Some(before) = before.filter(|_| comma.or(trailing).is_none())
            && let Some(comma) = self.json[before.end..member.key].find(',')
        {
            // It separated the two.
            out.remove(before.end + comma);
            if !is_own_line {
                out.truncate(out.trim_end_matches([' ', '\t']).len());
            }
        }
        if object.members.len() == 1 && text[object.open + 1..begin].trim().is_empty() {
            let rest = &text[end..=object.close];
            if rest[..rest.len() - 1].trim().is_empty() {
                return format!("{}{}", &text[..=object.open], &text[object.close..]);
            }
        }
        out + &text[end..]
    }
}
