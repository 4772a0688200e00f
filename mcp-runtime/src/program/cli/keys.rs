//! `keys`: makes, lists and disables the API keys of a file.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use super::lasting::lasting;
use super::matches::Matches;
use super::output::{Output, say};
use super::remote::Failure;
use super::word::{Command, Required, Takes, Word, argument, flag, option};
use crate::auth::keys::{NewKey, Record, add_key, disable_key, hash_of_own, list_keys};
use crate::json_text;
use crate::nearest::characters;
use crate::toml::{read_moment, write_moment};

/// The file of keys, unless it is told.
const FILE: &str = "keys.toml";

/// The fewest characters of a key that a person has made up. Its hash is slow, so that this many are enough.
const SHORTEST: usize = 12;

/// The longest such key.
const LONGEST: usize = 256;

pub(super) static KEYS: Command = Command {
    name: "keys",
    about: "Make, list and disable the API keys of a file",
    words: &[
        &[
            Word {
                takes: Takes::OneOf(&["new", "list", "disable", "hash"]),
                ..argument(
                    "action",
                    "ACTION",
                    "new prints a key once and adds its hash to the\nfile; hash reads a key of your own and prints its\nhash",
                )
            }
            .required(Required::Yes),
            argument("id", "ID", "The key to disable"),
            option("subject", "NAME", "Who gets the new key"),
            option("scopes", "SCOPE,...", "What its owner may do"),
            option("roles", "ROLE,...", "What its owner is"),
            option(
                "expires",
                "TIME",
                "When the new key ends: 90d, 12h, 8w, or a point in\ntime like 2027-01-31T00:00:00Z; never without it",
            ),
            option("note", "TEXT", "What the new key is for"),
            option("file", "FILE", "The file of keys; keys.toml without it"),
            option("api-keys", "FILE", "The same, as it is written for `serve`"),
            flag("json", "Print the list as JSON"),
        ],
        super::word::HELP_OPTION,
    ],
};

/// Does what the command line says.
pub(super) fn run(matches: &Matches) -> ExitCode {
    match act(matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            failure.exit_code()
        }
    }
}

fn act(matches: &Matches) -> Result<(), Failure> {
    let one = |name: &'static str| matches.values(name).next();
    if matches.has("file") && matches.has("api-keys") {
        return Err(Failure::usage("--file and --api-keys name the same: write one of them"));
    }
    let path = Path::new(one("file").or(one("api-keys")).unwrap_or(FILE));
    let action = one("action").unwrap_or_default();
    let now = SystemTime::now();
    // What would be left out must not look as if it had been done.
    let allowed: &[&str] = match action {
        "new" => &["file", "api-keys", "subject", "scopes", "roles", "expires", "note"],
        "list" => &["file", "api-keys", "json"],
        "disable" => &["file", "api-keys", "id"],
        _ => &[],
    };
    for word in KEYS.words().filter(|word| word.name != "action" && matches.has(word.name)) {
        if !allowed.contains(&word.name) {
            return Err(Failure::usage(format!("`keys {action}` takes no {}", word.written(false))));
        }
    }
    match action {
        "new" => {
            let subject = one("subject").ok_or_else(|| Failure::usage("say who gets the key: --subject NAME"))?;
            let (scopes, roles) = (names(one("scopes")), names(one("roles")));
            let expires = one("expires").map(|text| moment(text, now)).transpose()?;
            let new = NewKey { subject, scopes, roles, expires, note: one("note") };
            let (id, key) = add_key(path, &new, now).map_err(Failure::local)?;
            let mut out = Output::open(None)?;
            out.line(&key);
            out.finish()?;
            say(&format!(
                "added {id} to {}. The key is not shown again; clients send it as X-API-Key, or as a bearer token",
                path.display()
            ));
        }
        "list" => {
            let keys = list_keys(path).map_err(Failure::local)?;
            let mut out = Output::open(None)?;
            if matches.has("json") {
                out.json(&json(&keys, now));
            } else {
                table(&keys, now, &mut out);
            }
            out.finish()?;
            if keys.is_empty() && !matches.has("json") {
                say(&format!("{} has no keys; `keys new --subject NAME` makes one", path.display()));
            }
        }
        "disable" => {
            let id =
                one("id").ok_or_else(|| Failure::usage("say which key: `keys disable ID`; `keys list` shows them"))?;
            let is_new = disable_key(path, id).map_err(Failure::local)?;
            let already = if is_new { "" } else { "already " };
            say(&format!("{id} is {already}disabled in {}; servers notice within a second", path.display()));
        }
        _ => {
            let secret = own()?;
            let mut out = Output::open(None)?;
            out.line(format_args!("hash = \"{}\"", hash_of_own(&secret)));
            out.finish()?;
            say(
                "add it to the file below a name, with who has the key: [keys.NAME], subject = \"…\". Clients send NAME.KEY",
            );
        }
    }
    Ok(())
}

fn names(list: Option<&str>) -> Vec<&str> {
    list.into_iter().flat_map(|list| list.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// When a key ends: so long from now, or at a point in time.
fn moment(text: &str, now: SystemTime) -> Result<SystemTime, Failure> {
    let end = lasting(text).map_or_else(|| read_moment(text), |lasting| now.checked_add(lasting));
    // A year has four digits.
    let last = Duration::from_secs(253_402_300_799);
    let is_writable = |end: &SystemTime| end.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since <= last);
    let end = end.filter(is_writable).ok_or_else(|| {
        Failure::usage(format!(
            "--expires {text}: write 8w, 90d, 12h, 30m, or a point in time like 2027-01-31T00:00:00Z"
        ))
    })?;
    if end <= now {
        return Err(Failure::usage(format!("--expires {text}: the key would have ended already")));
    }
    Ok(end)
}

/// Reads a key that a person has made up. It is no word of the command line, where other programs would see it.
fn own() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        say("type the key, and Enter:");
    }
    let mut text = String::new();
    let read = if std::io::stdin().is_terminal() {
        std::io::stdin().read_line(&mut text)
    } else {
        std::io::stdin().take(LONGEST as u64 + 3).read_to_string(&mut text)
    };
    read.map_err(|error| Failure::local(format!("cannot read the key: {error}")))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if characters(secret) < SHORTEST {
        return Err(Failure::usage(format!("a key has at least {SHORTEST} characters, or it is soon guessed")));
    }
    if secret.len() > LONGEST || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::usage(format!(
            "a key has at most {LONGEST} characters: letters, digits and signs of ASCII, without spaces, as headers have them"
        )));
    }
    Ok(secret.to_owned())
}

/// Whether a key lets anybody in.
fn state(key: &Record, now: SystemTime) -> &'static str {
    match key.expires {
        _ if key.disabled => "disabled",
        Some(expires) if expires <= now => "expired",
        _ => "valid",
    }
}

fn table(keys: &[Record], now: SystemTime, out: &mut Output) {
    let mut rows = vec![["ID", "SUBJECT", "STATE", "EXPIRES", "SCOPES", "ROLES", "NOTE"].map(str::to_owned)];
    for key in keys {
        let expires = key.expires.map_or_else(|| "never".to_owned(), write_moment);
        rows.push([
            key.id.clone(),
            key.subject.clone(),
            state(key, now).to_owned(),
            expires,
            key.scopes.join(","),
            key.roles.join(","),
            key.note.clone().unwrap_or_default(),
        ]);
    }
    if rows.len() == 1 {
        return;
    }
    for row in &mut rows {
        for cell in row {
            *cell = super::output::plain_line(cell).into_owned();
        }
    }
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(characters(cell));
        }
    }
    for row in &rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line += &format!("{cell}{:1$}", "", width - characters(cell) + 2);
        }
        out.line(line.trim_end());
    }
}

fn json(keys: &[Record], now: SystemTime) -> String {
    let list = |names: &[String]| names.iter().map(|name| json_text::string(name)).collect::<Vec<_>>().join(",");
    let one = |key: &Record| {
        let expires = key.expires.map_or_else(|| "null".to_owned(), |expires| format!("\"{}\"", write_moment(expires)));
        let note = key.note.as_deref().map_or_else(|| "null".to_owned(), |note| json_text::string(note).to_string());
        format!(
            r#"{{"id":"{}","subject":{},"state":"{}","expires":{expires},"scopes":[{}],"roles":[{}],"note":{note}}}"#,
            key.id,
            json_text::string(&key.subject),
            state(key, now),
            list(&key.scopes),
            list(&key.roles),
        )
    };
    format!("[{}]", keys.iter().map(one).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_after_so_long_or_at_a_point_in_time() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let end =
            |text: &str| moment(text, now).ok().and_then(|end| end.duration_since(now).ok()).map(|end| end.as_secs());
        assert_eq!(end("90d"), Some(90 * 24 * 3600));
        assert_eq!(end("30m"), Some(30 * 60));
        assert_eq!(end("12h"), Some(12 * 3600));
        assert_eq!(end("8w"), Some(8 * 7 * 24 * 3600));
        assert_eq!(end("1970-01-12T13:46:41Z"), Some(1));
        for wrong in ["", "d", "90", "90s", "-1d", "0d", "4294967295w", "é", "2027-01-31", "1970-01-12T13:46:40Z"] {
            assert_eq!(end(wrong), None, "{wrong}");
        }
    }
}
