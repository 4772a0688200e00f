//! Finding files by their names and their text.

use std::time::{Duration, Instant};

use mcp_runtime::prelude::*;
use regex_lite::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::Serialize;

use crate::blocking::blocking;
use crate::folders::{Folders, Place};
use crate::list::{Entries, Kind, MOST_READ, entries};
use crate::{media, open};

/// How long one search may take.
const TIME: Duration = Duration::from_secs(20);
/// How deep directories are searched.
const DEPTH: usize = 64;
/// Files that are longer are not searched for text.
const BYTES: u64 = 4 * 1024 * 1024;
/// The most characters of a line that are shown.
const LINE: usize = 300;

/// Something that was found.
#[derive(Serialize, JsonSchema)]
struct Match {
    path: String,
    /// The line of the text, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// What was found.
#[derive(Serialize, JsonSchema)]
struct Found {
    matches: Vec<Match>,
    /// Why not everything was searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
}

/// What was left out so far.
#[derive(Default)]
struct LeftOut {
    /// Files whose text was asked for, and that have none that can be read.
    files: usize,
    /// Whether a directory is too deep.
    is_deep: bool,
    /// Whether a directory has too many entries.
    is_long: bool,
}

/// Finds files below a directory by name, by text, or by both. Symlinks are not followed.
#[tool(read_only)]
async fn search(
    #[inject] folders: Folders,
    ctx: Ctx,
    path: String,
    /// Names to look for: `*.rs`, or `src/**/*.rs` for paths below the directory.
    #[arg(length(1..=200))]
    name: Option<String>,
    /// A regular expression to look for in every line.
    #[arg(length(1..=500))]
    text: Option<String>,
    #[arg(default = true)] case_sensitive: bool,
    /// How much is found at the most.
    #[arg(default = 100, range(1..=1000))]
    limit: usize,
) -> Result<Found> {
    blocking(move || {
        let top = folders.find(&path)?;
        let pattern =
            text.map(|text| RegexBuilder::new(&text).case_insensitive(!case_sensitive).size_limit(1 << 20).build());
        let pattern = pattern.transpose().map_err(|why| Error::invalid(format!("text: {why}")))?;
        let begin = Instant::now();
        let (mut matches, mut left_out) = (Vec::new(), LeftOut::default());
        let ended = |matches, why: Option<&str>, left_out: LeftOut| Ok(Found { matches, ended: left_out.told(why) });
        // Directories that are still to be searched, with their paths below the top.
        let mut waiting = vec![(top, String::new(), 0)];
        while let Some((directory, below, depth)) = waiting.pop() {
            // Below the top, one that cannot be read is left out.
            let listed = match entries(&directory) {
                Ok(Entries { named, is_cut }) => {
                    left_out.is_long |= is_cut;
                    named
                }
                Err(error) if depth == 0 => return Err(error),
                Err(_) => continue,
            };
            for (file, kind) in listed {
                if begin.elapsed() > TIME || ctx.is_cancelled() {
                    return ended(matches, Some("it took too long: search a smaller directory"), left_out);
                }
                let path = format!("{below}{file}");
                let place = directory.child(file.as_ref());
                if kind == Kind::Directory && depth < DEPTH {
                    waiting.push((place.clone(), format!("{path}/"), depth + 1));
                } else if kind == Kind::Directory {
                    left_out.is_deep = true;
                }
                let has_name = name.as_ref().is_none_or(|name| fits(name, &path, &file));
                match &pattern {
                    None if has_name => matches.push(shown(&place, None)),
                    Some(pattern) if has_name && kind == Kind::File => {
                        left_out.files += usize::from(lines(&place, pattern, limit, &mut matches).is_none());
                    }
                    _ => {}
                }
                if matches.len() >= limit {
                    return ended(matches, Some("the limit was reached"), left_out);
                }
            }
        }
        ended(matches, None, left_out)
    })
    .await
}

impl LeftOut {
    fn told(&self, why: Option<&str>) -> Option<String> {
        let files = match self.files {
            0 => None,
            1 => Some("1 file was not searched: not text, longer than 4 MiB, or not readable".to_owned()),
            files => Some(format!("{files} files were not searched: not text, longer than 4 MiB, or not readable")),
        };
        let long = self.is_long.then(|| format!("of some directories only {MOST_READ} entries were searched"));
        let deep = self.is_deep.then(|| "some directories are too deep".to_owned());
        let all: Vec<String> = [why.map(str::to_owned), files, long, deep].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// Adds the lines of a file that have the pattern; `None` if the file is not text, too long, or cannot be read.
fn lines(place: &Place, pattern: &Regex, limit: usize, matches: &mut Vec<Match>) -> Option<()> {
    let text = String::from_utf8(open::read_all(place, BYTES).ok()?).ok()?;
    if !media::is_text(text.as_bytes()) {
        return None;
    }
    for (at, line) in text.lines().enumerate().filter(|(_, line)| pattern.is_match(line)) {
        if matches.len() < limit {
            matches.push(shown(place, Some((at + 1, line))));
        }
    }
    Some(())
}

fn shown(place: &Place, line: Option<(usize, &str)>) -> Match {
    Match {
        path: place.shown().display().to_string(),
        line: line.map(|(number, _)| number),
        text: line.map(|(_, text)| text.chars().take(LINE).collect()),
    }
}

/// Whether a file has a name like this. A pattern with a slash is about the path, another about the name alone.
fn fits(pattern: &str, path: &str, name: &str) -> bool {
    if pattern.contains('/') {
        let mut pattern: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
        // What is in a directory, not the directory itself.
        if pattern.last() == Some(&"**") {
            pattern.push("*");
        }
        fits_path(&pattern, &path.split('/').collect::<Vec<_>>())
    } else {
        fits_name(pattern, name)
    }
}

/// `**` stands for any number of directories.
fn fits_path(pattern: &[&str], path: &[&str]) -> bool {
    fits_list(pattern, path, |one| *one == "**", |one, name| fits_name(one, name))
}

/// `*` stands for any characters, `?` for one.
fn fits_name(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    fits_list(&pattern, &name, |one| *one == '*', |one, character| *one == '?' || one == character)
}

/// Whether items fit a pattern in which some stand for any number of items. It goes back to the last of those only, so it takes
/// at most as many steps as both are long, multiplied.
fn fits_list<P, T>(pattern: &[P], items: &[T], is_any: impl Fn(&P) -> bool, is_like: impl Fn(&P, &T) -> bool) -> bool {
    let (mut at, mut item, mut last_any) = (0, 0, None);
    while item < items.len() {
        match pattern.get(at) {
            Some(one) if is_any(one) => {
                last_any = Some((at, item));
                at += 1;
            }
            Some(one) if is_like(one, &items[item]) => {
                at += 1;
                item += 1;
            }
            _ => {
                let Some((any, taken)) = last_any else { return false };
                last_any = Some((any, taken + 1));
                at = any + 1;
                item = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(is_any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns() {
        for (pattern, path, expected) in [
            ("*.rs", "src/main.rs", true),
            ("*.rs", "src/main.rss", false),
            ("ma?n*", "src/main.rs", true),
            ("src/*.rs", "src/main.rs", true),
            ("src/*.rs", "src/a/main.rs", false),
            ("src/**/*.rs", "src/a/b/main.rs", true),
            ("src/**/*.rs", "src/main.rs", true),
            ("**/b/*", "src/a/b/main.rs", true),
            ("/src/*", "src/main.rs", true),
            ("src/**", "src/a/main.rs", true),
            ("src/**", "src", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("", "a", false),
        ] {
            let name = path.rsplit('/').next().unwrap_or_default();
            assert_eq!(fits(pattern, path, name), expected, "{pattern} {path}");
        }
    }
}
