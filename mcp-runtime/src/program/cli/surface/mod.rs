//! `inspect --lock` and `inspect --check`: what a server offers, kept in a file, and what has changed since.

mod change;
mod compare;
mod digest;
mod schema;

use std::process::ExitCode;

use self::change::Verdict;
use super::json::{Json, pretty};
use super::offer::Offer;
use super::output::{Output, say};
use super::remote::Failure;
use super::word::{Takes, Word, option};
use crate::joined::joined;
use crate::{json_text, order};

/// The file, unless it is told.
const FILE: &str = "mcp.lock";

/// The exit code where what has changed is compatible.
const COMPATIBLE: u8 = 5;
/// The exit code where it is breaking.
const BREAKING: u8 = 6;

/// The options of `inspect`.
pub(super) const OPTIONS: &[Word] = &[
    Word {
        takes: Takes::Perhaps(FILE),
        ..option("lock", "FILE", "Write what is offered to a file; mcp.lock\nwithout a name")
    },
    Word {
        takes: Takes::Perhaps(FILE),
        ..option(
            "check",
            "FILE",
            "Compare with such a file. The exit code is 0 if\nnothing or the wording has changed, 5 if what has\n\
             is compatible, 6 if it is breaking",
        )
    },
];

/// What a server offers, as a file has it: each thing by its name, with the digest of its text.
fn locked(offer: &Offer) -> Json {
    let text = |text: &str| Json::Text(text.to_owned());
    let server = text(offer.server()["name"].text());
    let mut all = vec![("lock".to_owned(), Json::Number(1.into())), ("server".to_owned(), server)];
    for list in &offer.lists {
        let mut items = Vec::new();
        for item in list.read() {
            let digest = digest::sha256(&sorted(&item).to_string());
            let name = item[list.kind.key()].text().to_owned();
            let members = vec![("digest".to_owned(), Json::Text(digest)), ("text".to_owned(), item)];
            items.push((name, Json::Object(members)));
        }
        // In the order of their names, so that only what has changed is another line.
        all.push((list.kind.member().to_owned(), by_name(items)));
    }
    Json::Object(all)
}

/// The same with the members of objects in the order of their names, which means nothing.
fn sorted(json: &Json) -> Json {
    match json {
        Json::List(items) => Json::List(items.iter().map(sorted).collect()),
        Json::Object(members) => by_name(members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect()),
        other => other.clone(),
    }
}

fn by_name(members: Vec<(String, Json)>) -> Json {
    Json::Object(order::sorted(members, &|(one, _), (other, _)| one.cmp(other)))
}

/// Writes a file.
///
/// # Errors
/// Why it cannot be written.
pub(super) fn lock(offer: &Offer, file: &str) -> Result<(), Failure> {
    let text = pretty(&locked(offer).to_string()) + "\n";
    std::fs::write(file, text).map_err(|error| Failure::local(format!("cannot write {file}: {error}")))?;
    let count: usize = offer.lists.iter().map(|list| list.json.len()).sum();
    say(&format!("wrote {count} {} to {file}", if count == 1 { "item" } else { "items" }));
    Ok(())
}

/// Compares with a file, and shows what has changed.
///
/// # Errors
/// The file cannot be read.
pub(super) fn check(offer: &Offer, file: &str, as_json: bool, out: &mut Output) -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("cannot read {file}: {error}; `inspect --lock={file}` writes it")))?;
    let (shown, code) = compared(&text, &locked(offer), file, as_json)?;
    out.text(&shown);
    Ok(ExitCode::from(code))
}

fn compared(old: &str, new: &Json, file: &str, as_json: bool) -> Result<(String, u8), Failure> {
    let old = Json::parse(old);
    if old["lock"] != Json::Number(1.into()) {
        return Err(Failure::usage(format!("{file} is no file that `inspect --lock` has written")));
    }
    let changes = compare::surfaces(&sorted(&old), &sorted(new));
    let verdict = changes.verdict();
    let name = verdict.map_or("unchanged", Verdict::name);
    let shown = if as_json {
        let one = |change: &change::Change| {
            format!(
                r#"{{"verdict":"{}","path":{},"what":{},"old":{},"new":{}}}"#,
                change.verdict.name(),
                json_text::string(&change.path),
                json_text::string(&change.what),
                change.old,
                change.new
            )
        };
        format!(r#"{{"verdict":"{name}","changes":[{}]}}"#, joined(",", &mut changes.in_order().map(one)))
    } else {
        let mut lines: Vec<String> = changes.in_order().map(change::Change::shown).collect();
        lines.push(format!("{name}: compared with {file}"));
        lines.join("\n")
    };
    let code = match verdict {
        None | Some(Verdict::Wording) => 0,
        Some(Verdict::Compatible) => COMPATIBLE,
        Some(Verdict::Breaking) => BREAKING,
    };
    Ok((shown, code))
}

/// What has changed between the text of a file and another, and the exit code; for tests.
pub fn surface_changes(old: &str, new: &str) -> (String, u8) {
    compared(old, &Json::parse(new), FILE, false).unwrap_or_else(|failure| (failure.to_string(), 2))
}
