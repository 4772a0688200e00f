//! The page "From message to cure" has every message, and none that is gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Sources whose messages are all on the page.
const COMPLETE: [&str; 8] = [
    "registry/bind.rs",
    "registry/catalog.rs",
    "registry/hold.rs",
    "registry/made.rs",
    "registry/patterns.rs",
    "registry/warnings.rs",
    "server/limits.rs",
    "state.rs",
];

#[test]
fn the_page_has_the_messages_of_the_compiler() {
    let page = page();
    let (compiling, _) = page.split_once("\n## When it starts\n").expect("the page has its parts");
    let told: BTreeSet<String> = messages(compiling).collect();
    let mut said = BTreeSet::new();
    for folder in ["ui", "ui/without_features"] {
        for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "stderr") {
            let text = read(&path);
            said.extend(text.lines().filter_map(heading).map(str::to_owned));
        }
    }
    assert_eq!(said.difference(&told).collect::<Vec<_>>(), [""; 0], "add them to docs/messages.md");
    assert_eq!(told.difference(&said).collect::<Vec<_>>(), [""; 0], "nobody says this any more: docs/messages.md");
}

#[test]
fn the_page_has_the_messages_of_the_start() {
    let page = page();
    let (_, starting) = page.split_once("\n## When it starts\n").expect("the page has its parts");
    let told: BTreeSet<String> = messages(starting).collect();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mcp-runtime/src");
    let said: BTreeSet<String> = files(&sources, "rs").iter().flat_map(|path| literals(&read(path))).collect();
    let gone: Vec<_> = told.iter().filter(|message| !said.contains(*message)).collect();
    assert_eq!(gone, [""; 0], "nobody says this any more: docs/messages.md");
    for file in COMPLETE {
        let said = literals(&read(&sources.join(file)));
        let is_message = |text: &String| text.len() > 28 && text.contains(' ') && !text.contains('\n');
        let missing: Vec<_> = said.into_iter().filter(is_message).filter(|text| !told.contains(text)).collect();
        assert_eq!(missing, [""; 0], "add what {file} says to docs/messages.md");
    }
}

fn page() -> String {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/messages.md"))
}

/// The first cells of the rows of all tables, which are code.
fn messages(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| {
        let ticks = 1 + row.len() - row.trim_start_matches('`').len();
        let cell = row[ticks - 1..].split_once(&"`".repeat(ticks)).expect("the code ends").0;
        cell.trim().replace("\\|", "|")
    })
}

/// `error[E0277]: …`: what stands behind it.
fn heading(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("error")?;
    let message = rest.split_once(": ").filter(|(code, _)| code.is_empty() || code.starts_with('['))?.1;
    Some(message.strip_prefix("evaluation panicked: ").unwrap_or(message))
}

/// The texts in the code of a file, with `…` for what is put into them.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let (mut found, mut letters) = (Vec::new(), code.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            // A character, which may be a quote.
            '\'' => {
                let is_escaped = letters.next_if_eq(&'\\').is_some();
                if is_escaped || letters.peek() == Some(&'"') {
                    letters.next();
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(letter) = letters.next_if(|letter| *letter != '"') {
                    match (letter, letters.peek().copied()) {
                        ('\\', Some('\n')) => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                        ('\\', Some('n')) => {
                            letters.next();
                            text.push('\n');
                        }
                        ('\\', _) => text.extend(letters.next()),
                        ('{', Some('{')) | ('}', Some('}')) => text.extend(letters.next()),
                        ('{', _) => {
                            while letters.next_if(|letter| !['}', '"'].contains(letter)).is_some() {}
                            letters.next_if_eq(&'}');
                            text.push('…');
                        }
                        _ => text.push(letter),
                    }
                }
                letters.next();
                found.push(text);
            }
            _ => {}
        }
    }
    found
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a directory entry").path());
    let inside = |path: PathBuf| if path.is_dir() && extension == "rs" { files(&path, extension) } else { vec![path] };
    let is_wanted = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
    paths.flat_map(inside).filter(is_wanted).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).replace("\r\n", "\n")
}

#[test]
fn texts_are_found_in_code() {
    let code = "let a = '\"'; let b = \"one {two} {{three}} \\\n    four\";\n#[cfg(test)]\nmod tests { \"six\" }";
    assert_eq!(literals(code), ["one … {three} four"]);
    assert_eq!(heading("error[E0277]: a tool can't return `Point`"), Some("a tool can't return `Point`"));
    assert_eq!(messages("| `` `a` \\| b `` | c |").collect::<Vec<_>>(), ["`a` | b"]);
}
