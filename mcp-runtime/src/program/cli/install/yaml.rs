//! Entries of YAML files, below a key of the top level. It reads as much of YAML as entries are made of; a file that says the
//! same in another way is left alone.

use super::fault::{Fault, newline_of};
use super::hiding::{Hidden, Hiding};
use crate::json_text;
use crate::program::cli::json::Json;

/// The entry of this name.
///
/// # Errors
/// The file is malformed, or written in a way that is not read.
pub(super) fn find(text: &str, table: &str, name: &str) -> Result<Option<Json>, Fault> {
    let file = File::read(text, table)?;
    Ok(file.entry(name).map(|(begin, end)| {
        let mut lines =
            file.lines[begin + 1..end].iter().map(|line| line.text).filter(|line| !is_empty(line)).peekable();
        let indent = lines.peek().map_or(0, |line| indent_of(line));
        block(&mut lines, indent)
    }))
}

/// The text with this entry, new or changed.
///
/// # Errors
/// The file is malformed, or written in a way that is not read.
pub(super) fn put(text: &str, table: &str, name: &str, entry: &Json) -> Result<String, Fault> {
    let file = File::read(text, table)?;
    let newline = newline_of(text);
    let indent = file.indent;
    if let Some((begin, end)) = file.entry(name)
        && let Some(unclear) = file.lines[begin + 1..end].iter().find(|line| !is_clear(line.text))
    {
        let what = "this is written in a way that is not understood here: change the entry by hand";
        return Err(Fault::at(text, unclear.begin + indent_of(unclear.text), what));
    }
    let mut written = format!("{:indent$}{}:{newline}", "", key(name));
    members(&mut written, entry, indent + 2, newline);
    let (begin, end) = match (file.entry(name), file.table) {
        (Some((begin, end)), _) => (file.lines[begin].begin, file.end_of(end)),
        (None, Some(_)) => (file.end_of(file.end), file.end_of(file.end)),
        (None, None) => {
            written = format!("{table}:{newline}{written}");
            (text.len(), text.len())
        }
    };
    let (mut before, behind) = (text[..begin].to_owned(), &text[end..]);
    if let (Some(at), Some(empty)) = (file.table, file.empty) {
        // `extensions: {}`: its entries stand below it from now on.
        let line = &file.lines[at];
        let value = line.text.find(':').and_then(|colon| Some(colon + line.text[colon..].find(empty)?));
        if let Some(value) = value {
            let open = line.begin + value;
            before = format!("{}{}", text[..open].trim_end(), &text[open + empty.len()..begin]);
        }
    }
    if !before.trim_start_matches('\u{feff}').is_empty() && !before.ends_with('\n') {
        before += newline;
    }
    Ok(format!("{before}{written}{behind}"))
}

/// The text without this entry.
///
/// # Errors
/// The file is malformed, or written in a way that is not read.
pub(super) fn take(text: &str, table: &str, name: &str) -> Result<String, Fault> {
    let file = File::read(text, table)?;
    let (Some((begin, end)), Some(at)) = (file.entry(name), file.table) else { return Ok(text.to_owned()) };
    let (begin, end) = (file.lines[begin].begin, file.end_of(end));
    let mut before = text[..begin].to_owned();
    if file.entries().count() == 1 {
        // A key without a value is `null`, which is no table.
        let line = &file.lines[at];
        let colon = line.begin + line.text.find(':').unwrap_or(line.text.len());
        before.insert_str(colon + 1, " {}");
    }
    Ok(before + &text[end..])
}

/// The values of variables and headers, of all entries.
///
/// # Errors
/// The file is malformed, or written in a way that is not read.
pub(super) fn hidden(text: &str, table: &str, hiding: Hiding) -> Result<Vec<Hidden>, Fault> {
    let file = File::read(text, table)?;
    let mut found = Vec::new();
    // How far the member is indented whose values are hidden, and the first of these.
    let (mut member, mut first) = (None, None);
    for line in &file.lines[file.table.unwrap_or(file.end)..file.end] {
        let (indent, end) = (indent_of(line.text), line.begin + line.text.len());
        let pair = if is_empty(line.text) {
            None
        } else {
            if member.is_some_and(|member| indent <= member) {
                (member, first) = (None, None);
            }
            whole_pair(line.text).filter(|(name, _)| !name.starts_with('-'))
        };
        let value = match (member, pair) {
            (None, Some((name, value))) if indent > file.indent && Hiding::is_for(&name) => {
                member = Some(indent);
                value
            }
            (None, _) => continue,
            (Some(_), Some((_, value))) if *first.get_or_insert(indent) == indent => value,
            // What goes on over several lines, and comments.
            (Some(_), _) => line.text,
        }
        .trim_start();
        if !matches!(value, "" | "{}") {
            found.push((end - value.len()..end, hiding.shown(&scalar(uncommented(value))).to_string()));
        }
    }
    Ok(found)
}

struct Line<'a> {
    begin: usize,
    /// Without its end.
    text: &'a str,
}

/// A file, and where its table of entries is.
struct File<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
    /// The line of the table.
    table: Option<usize>,
    /// What it is where it is written as one without entries: `{}`, `null` or `~`.
    empty: Option<&'static str>,
    /// The line behind the last one of the table that says something.
    end: usize,
    /// How far entries are indented.
    indent: usize,
}

impl<'a> File<'a> {
    fn read(text: &'a str, table: &str) -> Result<Self, Fault> {
        let mut lines = Vec::new();
        let mut begin = 0;
        for line in text.split_inclusive('\n') {
            let shown = line.trim_end_matches(['\n', '\r']);
            lines.push(Line { begin, text: shown.trim_start_matches('\u{feff}') });
            begin += line.len();
        }
        let mut file = Self { text, lines, table: None, empty: None, end: 0, indent: 2 };
        let mut is_within = false;
        let mut indent = None;
        for (at, line) in file.lines.iter().enumerate() {
            let text = line.text;
            let fault = |what: &str| Err(Fault::at(file.text, line.begin + indent_of(text), what));
            if is_empty(text) || matches!(text, "---" | "...") && file.table.is_none() {
                continue;
            }
            if text.trim_start_matches(' ').starts_with('\t') {
                return fault("YAML is not indented with tabs");
            }
            let depth = indent_of(text);
            if depth == 0 && !(text.starts_with('-') && is_within) {
                let Some((name, rest)) = pair(text) else { return fault("expected `name: value`") };
                is_within = name == table;
                if is_within {
                    if file.table.is_some() {
                        return fault("this stands here for the second time");
                    }
                    (file.table, file.end) = (Some(at), at + 1);
                    file.empty = ["{}", "null", "~"].into_iter().find(|empty| *empty == rest);
                    if !rest.is_empty() && file.empty.is_none() {
                        return fault("write each entry on lines of its own, below this one");
                    }
                }
            } else if is_within {
                let own = *indent.get_or_insert(depth);
                if depth < own || (depth == own && pair(text).is_none()) {
                    return fault("expected `name:`, indented as the entries before");
                }
                file.end = at + 1;
            }
        }
        file.indent = indent.unwrap_or(2);
        Ok(file)
    }

    /// The lines of the entries' names.
    fn entries(&self) -> impl Iterator<Item = usize> {
        let begin = self.table.map_or(0, |at| at + 1);
        let is_name = |at: &usize| {
            let text = self.lines[*at].text;
            !is_empty(text) && indent_of(text) == self.indent
        };
        (begin..self.end).filter(is_name)
    }

    /// From which line to which.
    fn entry(&self, name: &str) -> Option<(usize, usize)> {
        let begin = self.entries().find(|at| pair(self.lines[*at].text).is_some_and(|(one, _)| one == name))?;
        let next = self.entries().find(|at| *at > begin).unwrap_or(self.end);
        // Comments before the next entry are that one's.
        let last = (begin..next).rev().find(|at| !is_empty(self.lines[*at].text)).unwrap_or(begin);
        Some((begin, last + 1))
    }

    /// Where a line begins; the end of the text behind the last.
    fn end_of(&self, line: usize) -> usize {
        self.lines.get(line).map_or(self.text.len(), |line| line.begin)
    }
}

/// Whether a line says nothing.
fn is_empty(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

#[inline(never)]
fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A name and what stands behind its colon, without a comment.
fn pair(line: &str) -> Option<(String, &str)> {
    whole_pair(line).map(|(name, rest)| (name, uncommented(rest)))
}

/// A name and what stands behind its colon.
fn whole_pair(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start();
    let (name, rest) = if line.starts_with(['"', '\'']) {
        let end = line[1..].find(&line[..1])? + 2;
        (&line[..end], line[end..].trim_start().strip_prefix(':')?)
    } else {
        let end = line.match_indices(':').map(|(at, _)| at).find(|at| {
            let behind = &line[at + 1..];
            behind.is_empty() || behind.starts_with([' ', '\t'])
        })?;
        (&line[..end], &line[end + 1..])
    };
    let Json::Text(name) = scalar(name) else { return Some((name.to_owned(), rest)) };
    Some((name, rest))
}

fn uncommented(text: &str) -> &str {
    let text = text.trim();
    if text.starts_with('#') {
        return "";
    }
    if text.starts_with(['"', '\'']) {
        return text;
    }
    text.split(" #").next().unwrap_or_default().trim_end()
}

/// Whether a line is one that is read as it was meant.
fn is_clear(line: &str) -> bool {
    let value = match (line.trim_start().strip_prefix("- "), pair(line)) {
        _ if is_empty(line) => return true,
        (Some(item), _) => uncommented(item),
        (None, Some((_, value))) => value,
        (None, None) => return false,
    };
    match value.chars().next() {
        Some('|' | '>' | '&' | '*' | '!') => false,
        Some('[' | '{' | '"') => !matches!(scalar(value), Json::Text(text) if text == value),
        Some('\'') => value.len() > 1 && value.ends_with('\''),
        _ => true,
    }
}

fn scalar(text: &str) -> Json {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'))
        && !inner.contains(['[', '{', '"', '\'', '#', ':'])
        && !inner.trim().is_empty()
    {
        return Json::List(inner.split(',').map(scalar).collect());
    }
    if let Some(inner) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return Json::Text(inner.replace("''", "'"));
    }
    match Json::parse(text) {
        Json::Null if matches!(text, "" | "null" | "~") => Json::Null,
        Json::Null => Json::Text(text.to_owned()),
        value => value,
    }
}

/// What is indented so far: pairs, or items.
fn block<'a>(lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>, indent: usize) -> Json {
    let mut found = Vec::new();
    let mut items = Vec::new();
    while let Some(line) = lines.next_if(|line| indent_of(line) == indent) {
        if let Some(item) = line.trim_start().strip_prefix('-') {
            items.push(scalar(uncommented(item)));
            continue;
        }
        let Some((name, rest)) = pair(line) else { continue };
        // Items may stand as far out as the name that they belong to.
        let inner = lines.peek().map(|line| (indent_of(line), line.trim_start().starts_with('-')));
        let value = match inner {
            Some((depth, is_item)) if rest.is_empty() && (depth > indent || (depth == indent && is_item)) => {
                if is_item {
                    let mut list = Vec::new();
                    while let Some(line) =
                        lines.next_if(|line| indent_of(line) == depth && line.trim_start().starts_with('-'))
                    {
                        list.push(scalar(uncommented(&line.trim_start()[1..])));
                    }
                    Json::List(list)
                } else {
                    block(lines, depth)
                }
            }
            _ => scalar(rest),
        };
        found.push((name, value));
        // What goes on over several lines is not looked at.
        while lines.next_if(|line| indent_of(line) > indent).is_some() {}
    }
    if items.is_empty() { Json::Object(found) } else { Json::List(items) }
}

fn key(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && name.chars().all(is_plain) { name.to_owned() } else { json_text::string(name) }
}

fn members(out: &mut String, object: &Json, indent: usize, newline: &str) {
    for (name, value) in object.members() {
        *out += &format!("{:indent$}{}:", "", key(name));
        match value {
            Json::List(items) if !items.is_empty() => {
                for item in items {
                    *out += &format!("{newline}{:indent$}- {item}", "");
                }
                *out += newline;
            }
            Json::Object(inner) if !inner.is_empty() => {
                *out += newline;
                members(out, value, indent + 2, newline);
            }
            // JSON on one line is YAML, too.
            value => *out += &format!(" {value}{newline}"),
        }
    }
}
