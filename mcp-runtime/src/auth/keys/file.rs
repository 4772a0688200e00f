//! The file of keys: what it says, and what is wrong with it.

use std::time::SystemTime;

use super::hash::{GENERATED, Hash};
use crate::toml::{Fault, Fields, Kind, Table, parse};

/// The longest id of a key.
const LONGEST_ID: usize = 64;

/// A key of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) hash: Hash,
    pub(crate) subject: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) disabled: bool,
    pub(crate) note: Option<String>,
    /// The line of its header.
    pub(crate) line: usize,
}

/// Reads a file of keys.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn read(text: &str) -> Result<Vec<Record>, Vec<Fault>> {
    let (table, mut faults) = parse(text);
    let mut records = Vec::new();
    let mut fields = Fields::new(&table, 0, &mut faults);
    let keys = fields.value("keys");
    fields.finish();
    match keys.map(|keys| (keys.line, &keys.kind)) {
        None => {}
        Some((_, Kind::Table(keys))) => {
            for entry in &keys.entries {
                match &entry.value.kind {
                    Kind::Table(table) => {
                        records.extend(record(&entry.key, table, entry.value.line, &mut faults));
                    }
                    _ => faults.push(Fault::new(entry.value.line, no_table(&entry.key))),
                }
            }
        }
        Some((line, _)) => faults.push(Fault::new(line, no_table("NAME"))),
    }
    if faults.is_empty() {
        return Ok(records);
    }
    faults.sort_by_key(|fault| fault.line);
    Err(faults)
}

fn no_table(id: &str) -> String {
    format!("a key is a table; write [keys.{id}], and its `hash` and `subject` below")
}

/// One key; `None` if something is wrong that it cannot be without.
fn record(id: &str, table: &Table, line: usize, faults: &mut Vec<Fault>) -> Option<Record> {
    let mut fields = Fields::new(table, line, faults);
    if let Err(what) = check_id(id) {
        fields.fault(line, what);
    }
    let hash = fields.needed("hash", "make a key with `keys new`, or a hash with `keys hash`");
    let hash_line = fields.value("hash").map_or(line, |value| value.line);
    let hash = hash.and_then(|text| match Hash::parse(text) {
        Ok(hash) => Some(hash),
        Err(why) => {
            fields.fault(hash_line, format!("`hash` cannot be used: {why}"));
            None
        }
    });
    let is_generated = id.starts_with(GENERATED);
    match &hash {
        // What is not generated might be guessed; a name tells how long a look-up takes, so that time tells nothing else.
        Some(Hash::Fast(_)) if !is_generated => fields.fault(
            hash_line,
            format!(
                "a fast hash is for generated keys, whose names begin with `{GENERATED}`; make one with `keys hash`"
            ),
        ),
        Some(Hash::Slow(_)) if is_generated => fields.fault(
            line,
            format!("names that begin with `{GENERATED}` are for generated keys; give a key of your own another name"),
        ),
        _ => {}
    }
    let subject = fields.needed("subject", "write who has the key: subject = \"ada\"");
    let subject_line = fields.value("subject").map_or(line, |value| value.line);
    if subject.is_some_and(|subject| subject.trim().is_empty()) {
        fields.fault(subject_line, "`subject` is empty; write who has the key: subject = \"ada\"");
    }
    let mut names = |name| {
        let texts = fields.texts(name);
        let at = fields.value(name).map_or(line, |value| value.line);
        if texts.iter().any(|text| text.is_empty() || text.contains(char::is_whitespace)) {
            fields.fault(at, format!("`{name}` has a name with a space, or none; write {name} = [\"one\", \"two\"]"));
        }
        texts.into_iter().map(str::to_owned).collect()
    };
    let (scopes, roles) = (names("scopes"), names("roles"));
    let (expires, disabled) = (fields.moment("expires"), fields.flag("disabled"));
    let note = fields.text("note").map(str::to_owned);
    let _ = fields.moment("created");
    fields.finish();
    let subject = subject?.to_owned();
    Some(Record { id: id.to_owned(), hash: hash?, subject, scopes, roles, expires, disabled, note, line })
}

/// Whether a key may have this name: the client sends it, and a dot ends it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_id(id: &str) -> Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(is_plain) {
        return Err(format!(
            "a key cannot be named {id:?}; write 1 to {LONGEST_ID} letters, digits, `-` and `_`: [keys.ada]"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        read(text).expect_err("it is wrong").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_of_keys_is_read() {
        let hash = format!("sha256:{}", "A".repeat(43));
        let slow = format!("pbkdf2-sha256:600000:{}:{}", "A".repeat(22), "A".repeat(43));
        let text = format!(
            "# Keys.\n[keys.mcp_one]\nhash = \"{hash}\"\nsubject = \"ci\"\nscopes = [\"a\", \"b\"]\nroles = [\"clerk\"]\n\
             expires = 2027-01-31T00:00:00Z\ncreated = 2026-01-31T00:00:00Z\nnote = \"for the build\"\n\n\
             [keys.ada]\nhash = \"{slow}\"\nsubject = \"ada\"\ndisabled = true\n"
        );
        let records = read(&text).expect("it is right");
        assert_eq!(records.len(), 2);
        assert_eq!((&*records[0].id, &*records[0].subject, records[0].line), ("mcp_one", "ci", 2));
        assert_eq!(
            (&records[0].scopes[..], &records[0].roles[..]),
            (&["a".into(), "b".into()][..], &["clerk".into()][..])
        );
        assert!(records[0].expires.is_some() && !records[0].disabled && records[1].disabled);
        assert_eq!(records[1].expires, None);
        assert_eq!(read(""), Ok(Vec::new()));
    }

    #[test]
    fn every_fault_of_a_file_is_told_with_its_line_and_cure() {
        let slow = format!("pbkdf2-sha256:600000:{}:{}", "A".repeat(22), "A".repeat(43));
        let text = format!(
            "[keys.one]\nhash = \"md5:x\"\nsubject = \"\"\nscope = [\"a\"]\n[keys.\"a.b\"]\nhash = \"{slow}\"\nsubject = 'x'\n\
             scopes = [\"a b\"]\nexpires = 2027-01-31\n[keys.mcp_x]\nhash = \"{slow}\"\n[keys.two]\nhash = \"sha256:{}\"\n\
             subject = 'two'\n[key]\n",
            "A".repeat(43)
        );
        assert_eq!(
            faults(&text),
            [
                ":2: `hash` cannot be used: it is of no known kind; make a key with `keys new`, or a hash with `keys hash`",
                ":3: `subject` is empty; write who has the key: subject = \"ada\"",
                ":4: `scope` means nothing here; did you mean `scopes`?",
                ":5: a key cannot be named \"a.b\"; write 1 to 64 letters, digits, `-` and `_`: [keys.ada]",
                ":8: `scopes` has a name with a space, or none; write scopes = [\"one\", \"two\"]",
                ":9: `expires` is no point in time; write a date, a time and an offset: expires = 2027-01-31T00:00:00Z",
                ":10: names that begin with `mcp_` are for generated keys; give a key of your own another name",
                ":10: `subject` is missing; write who has the key: subject = \"ada\"",
                ":13: a fast hash is for generated keys, whose names begin with `mcp_`; make one with `keys hash`",
                ":15: `key` means nothing here; did you mean `keys`?",
            ]
        );
        assert_eq!(
            faults("keys = 1")[0],
            ":1: a key is a table; write [keys.NAME], and its `hash` and `subject` below"
        );
    }
}
