//! Changing a file of keys: what people wrote in it stays.

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use super::error::KeysError;
use super::file::{self, Record};
use super::hash;
use super::source::unreadable;
use crate::atomic_file::{Draft, with_end};
use crate::json_text;
use crate::nearest::nearest;
use crate::toml::{Fault, write_moment};

/// What a new file begins with.
const HEADING: &str = "# API keys: their hashes, not the keys. `keys new` adds one, `keys disable` disables one.\n";

/// What the name of a draft ends in.
const DRAFT: &str = ".new";

/// How long another command is waited for that changes the file.
const PATIENCE: Duration = Duration::from_secs(2);

/// A key that is to be made.
#[derive(Debug, Default)]
pub(crate) struct NewKey<'a> {
    pub(crate) subject: &'a str,
    pub(crate) scopes: Vec<&'a str>,
    pub(crate) roles: Vec<&'a str>,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) note: Option<&'a str>,
}

/// The keys in a file.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn list(path: &Path) -> Result<Vec<Record>, String> {
    let text = read(path).map_err(|error| format!("{}: {}", path.display(), unreadable(&error)))?;
    file::read(&text).map_err(|faults| KeysError::new(path, faults).to_string())
}

/// Makes a key, adds its hash to a file, and returns its name and the key itself.
///
/// # Errors
/// What is wrong with the file or with the key, or why the file cannot be written.
pub(crate) fn add(path: &Path, new: &NewKey<'_>, now: SystemTime) -> Result<(String, String), String> {
    let (id, presented, hash) = hash::generate();
    let list = |names: &[&str]| names.iter().map(|name| json_text::string(name)).collect::<Vec<_>>().join(", ");
    let mut table = format!("[keys.{id}]\nhash = \"{hash}\"\nsubject = {}\n", json_text::string(new.subject));
    for (name, names) in [("scopes", &new.scopes), ("roles", &new.roles)] {
        if !names.is_empty() {
            table += &format!("{name} = [{}]\n", list(names));
        }
    }
    if let Some(expires) = new.expires {
        table += &format!("expires = {}\n", write_moment(expires));
    }
    table += &format!("created = {}\n", write_moment(now));
    if let Some(note) = new.note {
        table += &format!("note = {}\n", json_text::string(note));
    }
    // What is wrong with the words of the command is told without a line of a file.
    if let Err(faults) = file::read(&table) {
        return Err(faults.into_iter().map(|fault| fault.what).collect::<Vec<_>>().join("\n"));
    }
    change(path, &|text, _| {
        let text = text.trim_end();
        let text = if text.is_empty() { HEADING.trim_end() } else { text };
        Ok(format!("{text}\n\n{table}"))
    })?;
    Ok((id, presented))
}

/// Disables a key in a file. Whether it was not disabled before.
///
/// # Errors
/// What is wrong with the file, that it has no such key, or why it cannot be written.
pub(crate) fn disable(path: &Path, id: &str) -> Result<bool, String> {
    let found = find(path, &list(path)?, id)?.disabled;
    if found {
        return Ok(false);
    }
    change(path, &|text, records| {
        let record = find(path, records, id)?;
        let changed = with_disabled(text, record.line);
        let is_done = |record: &Record| record.id == id && record.disabled;
        match file::read(&changed) {
            Ok(records) if records.iter().any(is_done) => Ok(changed),
            // It is written in another form, such as an inline table.
            _ => Err(format!(
                "{}:{}: this form of a table is not changed by a command; add `disabled = true` to it",
                path.display(),
                record.line
            )),
        }
    })?;
    Ok(true)
}

fn find<'a>(path: &Path, records: &'a [Record], id: &str) -> Result<&'a Record, String> {
    records.iter().find(|record| record.id == id).ok_or_else(|| {
        let near = nearest(id, &mut records.iter().map(|record| &*record.id));
        let tip = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("{}: there is no key `{id}`{tip}", path.display())
    })
}

/// A file's text in which the table of this line has `disabled = true`.
fn with_disabled(text: &str, line: usize) -> String {
    let is_other =
        |line: &str| !line.split('=').next().is_some_and(|key| key.trim() == "disabled" && line.contains('='));
    let mut changed = String::new();
    let mut is_within = false;
    for (at, one) in text.lines().enumerate() {
        if at + 1 == line {
            changed += &format!("{one}\ndisabled = true\n");
            is_within = true;
            continue;
        }
        is_within &= !one.trim_start().starts_with('[');
        // `disabled = false` makes way.
        if !is_within || is_other(one) {
            changed += &format!("{one}\n");
        }
    }
    changed
}

/// What becomes of a file's text, or why nothing does.
type Edit<'a> = dyn Fn(&str, &[Record]) -> Result<String, String> + 'a;

/// Changes a file: a new one is put in its place when it is complete. Only its owner may read a new file; who may read one that
/// was there stays as it was, except for everybody.
fn change(path: &Path, edit: &Edit<'_>) -> Result<(), String> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |error: io::Error| format!("cannot write {}: {error}", path.display());
    let draft = draft(&path)?;
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {}", path.display(), unreadable(&error))),
    };
    let records = file::read(&text).map_err(|faults| format!("{}", KeysError::new(&path, faults)))?;
    let changed = edit(&text, &records)?;
    file::read(&changed).map_err(|faults: Vec<Fault>| format!("{}", KeysError::new(&path, faults)))?;
    draft.place(&path, &changed, &path, 0o770).map_err(failed)
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path)
}

/// The draft of a file of keys. Only one command at a time can make it.
fn draft(target: &Path) -> Result<Draft, String> {
    let began = std::time::Instant::now();
    loop {
        match Draft::create(target, DRAFT) {
            Ok(draft) => return Ok(draft),
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(format!("cannot write {}: {error}", with_end(target, DRAFT).display()));
            }
            Err(_) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
            Err(_) => {
                return Err(format!(
                    "{0} is there: another command is changing the keys; if none is, remove {0}",
                    with_end(target, DRAFT).display()
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A folder that is removed in the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("mcp-keys-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("it can be made");
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("keys.toml")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn ada() -> NewKey<'static> {
        NewKey { subject: "ada \"the first\"\n", scopes: vec!["a", "b"], ..NewKey::default() }
    }

    #[test]
    fn keys_are_added_and_disabled_and_what_people_wrote_stays() {
        let folder = Folder::new("edit");
        let path = folder.file();
        let (first, presented) = add(&path, &ada(), SystemTime::UNIX_EPOCH).expect("it is added");
        assert!(presented.starts_with(&format!("{first}.")));
        let text = fs::read_to_string(&path).expect("it is there");
        let (_, secret) = presented.split_once('.').expect("a name and a secret");
        assert!(text.starts_with(HEADING) && text.contains("created = 1970-01-01T00:00:00Z") && !text.contains(secret));
        fs::write(&path, text.replace("created", "# Ours.\ndisabled = false # Not yet.\ncreated"))
            .expect("it is written");
        let (second, _) = add(&path, &ada(), SystemTime::now()).expect("it is added");
        assert_eq!(disable(&path, &first), Ok(true));
        assert_eq!(disable(&path, &first), Ok(false));
        let keys = list(&path).expect("it is right");
        let states: Vec<_> = keys.iter().map(|key| (&*key.id, key.disabled, &*key.subject)).collect();
        assert_eq!(states, [(&*first, true, ada().subject), (&*second, false, ada().subject)]);
        let text = fs::read_to_string(&path).expect("it is there");
        assert!(text.contains("# Ours.\n") && text.starts_with(HEADING), "{text}");
        assert_eq!(fs::read_dir(&folder.0).expect("it is there").count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_a_new_file_and_others_keep_what_their_group_had() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = Folder::new("mode");
        let path = folder.file();
        let mode = || fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
        add(&path, &ada(), SystemTime::now()).expect("it is added");
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("they can be set");
        add(&path, &ada(), SystemTime::now()).expect("it is added");
        assert_eq!(mode(), 0o640);
    }

    #[test]
    fn a_file_that_is_wrong_is_not_changed_nor_one_without_the_key() {
        let folder = Folder::new("wrong");
        let path = folder.file();
        let absent = disable(&path, "x").expect_err("there is no file");
        assert!(absent.contains("keys.toml: "), "{absent}");
        let (id, _) = add(&path, &ada(), SystemTime::now()).expect("it is added");
        let text = fs::read_to_string(&path).expect("it is there");
        // Ids are chance: one of them may end like this.
        let other = if id.ends_with('x') { 'y' } else { 'x' };
        let near = format!("{}{other}", &id[..id.len() - 1]);
        let unknown = disable(&path, &near).expect_err("there is no such key");
        assert!(unknown.ends_with(&format!("there is no key `{near}`; did you mean `{id}`?")), "{unknown}");
        let inline = text
            .replace(&format!("[keys.{id}]\n"), "")
            .replace("\n\n", "\n\nkeys.")
            .replace("keys.hash", &format!("keys.{id}.hash"));
        let inline = inline
            .replace("\nsubject", &format!("\nkeys.{id}.subject"))
            .replace("\nscopes", &format!("\nkeys.{id}.scopes"));
        let inline = inline.replace("\ncreated", &format!("\nkeys.{id}.created"));
        fs::write(&path, &inline).expect("it is written");
        let refused = disable(&path, &id).expect_err("it is of another form");
        assert!(refused.contains("add `disabled = true` to it"), "{refused}");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), inline);
        fs::write(&path, "[keys.mcp_x]\n").expect("it is written");
        let refused = add(&path, &ada(), SystemTime::now()).expect_err("it is wrong");
        assert!(refused.contains("keys.toml:1: `hash` is missing"), "{refused}");
        let wrong = NewKey { subject: " ", scopes: vec!["a b"], ..NewKey::default() };
        let refused = add(&path, &wrong, SystemTime::now()).expect_err("it is wrong");
        assert!(refused.starts_with("`subject` is empty") && refused.contains("\n`scopes` has"), "{refused}");
    }

    #[test]
    fn commands_that_change_a_file_at_the_same_time_lose_no_key() {
        let folder = Folder::new("race");
        let path = folder.file();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| add(&path, &ada(), SystemTime::now()).expect("it is added"));
            }
        });
        assert_eq!(list(&path).expect("it is right").len(), 8);
    }
}
