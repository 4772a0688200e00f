//! From the parser's events to tables.

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Source, Span};

use super::{Entry, Fault, Kind, Table, Value};

/// How deep lists and tables may be in each other.
const DEEPEST: u32 = 16;

/// The most faults that are kept of one file. Beyond it more of them tell nobody more.
const MOST_FAULTS: usize = 100;

/// Reads a file, as far as it can be read, and finds what is wrong with it.
pub(crate) fn parse(text: &str) -> (Table, Vec<Fault>) {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut build = Build {
        source,
        breaks: &breaks,
        root: Table::default(),
        header: Vec::new(),
        keys: Vec::new(),
        open: Vec::new(),
        is_header: false,
        faults: Vec::new(),
    };
    let mut errors = Vec::new();
    let mut guard = RecursionGuard::new(&mut build, DEEPEST);
    let mut valid = ValidateWhitespace::new(&mut guard, source);
    parse_document(&tokens, &mut valid, &mut errors);
    let mut faults = build.faults;
    faults.extend(errors.iter().take(MOST_FAULTS).map(|error| fault(&breaks, error)));
    faults.sort_by_key(|fault| fault.line);
    faults.dedup();
    faults.truncate(MOST_FAULTS);
    (build.root, faults)
}

/// The line of a place in a text that has its line breaks here.
fn line_of(breaks: &[usize], at: usize) -> usize {
    1 + breaks.partition_point(|line_break| *line_break < at)
}

/// What the parser says, in words.
fn fault(breaks: &[usize], error: &ParseError) -> Fault {
    let at = error.unexpected().or(error.context()).map_or(0, |span| span.start());
    let mut what = error.description().to_owned();
    let expected = error.expected().unwrap_or_default().iter().filter_map(|expected| match expected {
        Expected::Literal(literal) if *literal == "\n" => Some("the end of the line".to_owned()),
        Expected::Literal(literal) => Some(format!("`{literal}`")),
        Expected::Description(description) => Some((*description).to_owned()),
        _ => None,
    });
    let expected = expected.collect::<Vec<_>>().join(", ");
    if !expected.is_empty() {
        what += &format!("; expected {expected}");
    }
    Fault::new(line_of(breaks, at), what)
}

/// Tables in the making.
struct Build<'a> {
    source: Source<'a>,
    /// Where lines end.
    breaks: &'a [usize],
    root: Table,
    /// The table that keys belong to: that of the last header.
    header: Vec<String>,
    /// The key that is being read, part by part.
    keys: Vec<String>,
    /// The lists and inline tables that are being read, the innermost last.
    open: Vec<Open>,
    is_header: bool,
    faults: Vec<Fault>,
}

/// A value that is not complete yet, with the key that it gets. Within a list it has none.
struct Open {
    keys: Vec<String>,
    value: Value,
}

impl Build<'_> {
    fn line(&self, span: Span) -> usize {
        line_of(self.breaks, span.start())
    }

    fn fault(&mut self, line: usize, what: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(line, what));
        }
    }

    fn begin_header(&mut self) {
        self.is_header = true;
        self.keys.clear();
        self.open.clear();
    }

    fn end_header(&mut self, span: Span, is_list: bool) {
        self.is_header = false;
        let line = self.line(span);
        let path = std::mem::take(&mut self.keys);
        let Some((last, parents)) = path.split_last() else { return };
        let done = match descend(&mut self.root, parents, line) {
            Ok(table) => open_table(table, last, line, is_list),
            Err(what) => Err(what),
        };
        match done {
            Ok(()) => self.header = path,
            Err(what) => {
                self.fault(line, what);
                // What follows goes nowhere that counts, and is still read for its faults.
                self.header = vec![format!("\u{0}{line}")];
            }
        }
    }

    /// A value is complete: it goes into what it stands in.
    fn put(&mut self, keys: Vec<String>, value: Value) {
        let line = value.line;
        let done = match self.open.last_mut() {
            Some(Open { value: Value { kind: Kind::List(items), .. }, .. }) => {
                items.push(value);
                Ok(())
            }
            Some(Open { value: Value { kind: Kind::Table(table), .. }, .. }) => insert(table, &keys, value),
            Some(_) => Ok(()),
            None => match descend(&mut self.root, &self.header, line) {
                Ok(table) => insert(table, &keys, value),
                Err(what) => Err(what),
            },
        };
        if let Err(what) = done {
            self.fault(line, what);
        }
    }

    fn begin(&mut self, span: Span, kind: Kind) -> bool {
        let keys = std::mem::take(&mut self.keys);
        self.open.push(Open { keys, value: Value { line: self.line(span), kind } });
        true
    }

    fn end(&mut self) {
        if let Some(Open { keys, value }) = self.open.pop() {
            self.put(keys, value);
        }
    }
}

impl EventReceiver for Build<'_> {
    fn std_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.begin_header();
    }

    fn std_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.end_header(span, false);
    }

    fn array_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.begin_header();
    }

    fn array_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.end_header(span, true);
    }

    fn inline_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin(span, Kind::Table(Table { entries: Vec::new(), is_defined: true }))
    }

    fn inline_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.end();
    }

    fn array_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin(span, Kind::List(Vec::new()))
    }

    fn array_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.end();
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut key = String::new();
        if let Some(raw) = self.source.get(span) {
            toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span).decode_key(&mut key, error);
        }
        self.keys.push(key);
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let line = self.line(span);
        let mut text = String::new();
        let Some(raw) = self.source.get(span) else { return };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span);
        let kind = match raw.decode_scalar(&mut text, error) {
            ScalarKind::String => Kind::Text(text),
            ScalarKind::Boolean(value) => Kind::Boolean(value),
            ScalarKind::DateTime => Kind::Moment(text),
            ScalarKind::Float => Kind::Float(text),
            ScalarKind::Integer(radix) => match i64::from_str_radix(&text, radix.value()) {
                Ok(value) => Kind::Integer(value),
                Err(_) => Kind::Float(text),
            },
        };
        let keys = std::mem::take(&mut self.keys);
        self.put(keys, Value { line, kind });
    }

    fn newline(&mut self, _: Span, _: &mut dyn ErrorSink) {
        // After a mistake in a line the parser goes on with the next one.
        if self.open.is_empty() && !self.is_header {
            self.keys.clear();
        }
    }
}

/// The table at the end of a path. Those that are not there yet are made.
///
/// # Errors
/// What is there instead of a table.
fn descend<'t>(mut table: &'t mut Table, path: &[String], line: usize) -> Result<&'t mut Table, String> {
    for key in path {
        let at = match table.entries.iter().position(|entry| entry.key == *key) {
            Some(at) => at,
            None => {
                let value = Value { line, kind: Kind::Table(Table::default()) };
                table.entries.push(Entry { key: key.clone(), value });
                table.entries.len() - 1
            }
        };
        let entry = &mut table.entries[at];
        table = match &mut entry.value.kind {
            Kind::Table(inner) => inner,
            Kind::Tables(all) => match all.last_mut().map(|value| &mut value.kind) {
                Some(Kind::Table(inner)) => inner,
                _ => return Err(format!("`{key}` is no table")),
            },
            other => return Err(format!("`{key}` is {} already, in line {}", other.name(), entry.value.line)),
        };
    }
    Ok(table)
}

/// Makes the table of a header.
fn open_table(parent: &mut Table, key: &str, line: usize, is_list: bool) -> Result<(), String> {
    let fresh = || Value { line, kind: Kind::Table(Table { entries: Vec::new(), is_defined: true }) };
    let Some(entry) = parent.entries.iter_mut().find(|entry| entry.key == key) else {
        let value = if is_list { Value { line, kind: Kind::Tables(vec![fresh()]) } } else { fresh() };
        parent.entries.push(Entry { key: key.to_owned(), value });
        return Ok(());
    };
    let first = entry.value.line;
    match &mut entry.value.kind {
        Kind::Tables(all) if is_list => {
            all.push(fresh());
            Ok(())
        }
        Kind::Table(table) if !is_list && !table.is_defined => {
            table.is_defined = true;
            entry.value.line = line;
            Ok(())
        }
        _ => Err(format!("`{key}` is there twice: first in line {first}")),
    }
}

/// Adds a value to a table, below tables of its own where its key has dots.
fn insert(table: &mut Table, keys: &[String], value: Value) -> Result<(), String> {
    let Some((last, parents)) = keys.split_last() else { return Ok(()) };
    let table = descend(table, parents, value.line)?;
    if let Some(entry) = table.entries.iter().find(|entry| entry.key == *last) {
        return Err(format!("`{last}` is there twice: first in line {}", entry.value.line));
    }
    table.entries.push(Entry { key: last.clone(), value });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        parse(text).1.iter().map(|fault| format!("{fault}")).collect()
    }

    #[test]
    fn tables_lists_and_values_are_read_with_their_lines() {
        let text = "a = 'x' # a comment\n\n[keys.one]\nscopes = [\n  \"p\", \"q\\n\",\n]\nexpires = 2026-01-01T00:00:00Z\n\
                    on = true\nn = 0x1f\nt = { k.l = 1.5 }\n[[rule]]\nwho = \"*\"\n[[rule]]\n[keys.\"two.2\"]\n";
        let (table, faults) = parse(text);
        assert_eq!(faults, []);
        let seen = format!("{table:?}");
        let text = |line, text: &str| Value { line, kind: Kind::Text(text.to_owned()) };
        let Kind::Table(keys) = &table.entries[1].value.kind else { panic!("{seen}") };
        assert_eq!((&*table.entries[0].key, &table.entries[0].value), ("a", &text(1, "x")));
        assert_eq!(
            keys.entries.iter().map(|entry| (&*entry.key, entry.value.line)).collect::<Vec<_>>(),
            [("one", 3), ("two.2", 14)]
        );
        let Kind::Table(one) = &keys.entries[0].value.kind else { panic!("{seen}") };
        assert_eq!(one.entries[0].value, Value { line: 4, kind: Kind::List(vec![text(5, "p"), text(5, "q\n")]) });
        assert_eq!(one.entries[1].value, Value { line: 7, kind: Kind::Moment("2026-01-01T00:00:00Z".to_owned()) });
        assert_eq!(one.entries[2].value.kind, Kind::Boolean(true));
        assert_eq!(one.entries[3].value.kind, Kind::Integer(31));
        let Kind::Tables(rules) = &table.entries[2].value.kind else { panic!("{seen}") };
        assert_eq!(rules.iter().map(|rule| rule.line).collect::<Vec<_>>(), [11, 13]);
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let text = "a = 1\na = 2\n[t]\nb = \n[t]\nc = 3\n[a.x]\nd = 'open\n= 4\n";
        let seen = faults(text);
        let lines: Vec<_> = seen.iter().filter_map(|fault| fault.split(':').nth(1)).collect();
        assert_eq!(lines, ["2", "4", "5", "7", "8", "9"], "{seen:#?}");
        assert_eq!(seen[0], ":2: `a` is there twice: first in line 1");
    }

    #[test]
    fn what_is_nested_too_deep_is_refused() {
        let text = format!("a = {}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(!faults(&text).is_empty());
    }
}
