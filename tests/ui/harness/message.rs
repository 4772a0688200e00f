//! The compiler's words, without what differs from machine to machine.

use std::iter;
use std::ops::Range;

/// The package's folder in the workspace.
pub const PACKAGE: &str = "tests";

/// Paths of other packages of the workspace begin with `$WORKSPACE`, those of the standard library with `$RUST`, those of other crates
/// with `$CARGO`; lines that stand in such files have no numbers, and the closing summary is left out.
pub fn normalized(stderr: &str) -> String {
    let text = stderr.replace('\r', "");
    let mut diagnostics: Vec<Vec<String>> = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !is_summary(line)) {
        if diagnostics.is_empty() || is_heading(line) {
            diagnostics.push(Vec::new());
        }
        diagnostics.last_mut().expect("one was pushed").push(line.to_owned());
    }
    let mut out = String::new();
    for line in diagnostics.into_iter().flat_map(diagnostic) {
        if !line.is_empty() || !out.ends_with("\n\n") {
            out += &line;
            out.push('\n');
        }
    }
    format!("{}\n", out.trim_end())
}

/// What was to be said, and what was said, the lines that differ marked.
pub fn difference(written: &str, said: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (written.lines().collect(), said.lines().collect());
    let before = iter::zip(&old, &new).take_while(|(a, b)| a == b).count();
    let rest = iter::zip(old[before..].iter().rev(), new[before..].iter().rev());
    let after = rest.take_while(|(a, b)| a == b).count();
    let marked = |mark: char, lines: &[&str]| lines.iter().map(|line| format!("{mark} {line}\n")).collect::<String>();
    let same = (marked(' ', &old[..before]), marked(' ', &old[old.len() - after..]));
    let gone = marked('-', &old[before..old.len() - after]);
    let come = marked('+', &new[before..new.len() - after]);
    format!("another message (-: as written, +: as it is now)\n{}{gone}{come}{}", same.0, same.1)
}

fn is_heading(line: &str) -> bool {
    ["error:", "error[", "warning:", "warning["].iter().any(|word| line.starts_with(word))
}

fn is_summary(line: &str) -> bool {
    ["error: aborting due to ", "For more information about ", "Some errors have detailed explanations: "]
        .iter()
        .any(|summary| line.starts_with(summary))
        || line.trim_start().trim_start_matches("= note: ").starts_with("the full ") && line.contains("written to")
}

/// The margin is as wide as the longest line number; where that was one of another file, which is taken out, it shrinks.
fn diagnostic(mut lines: Vec<String>) -> Vec<String> {
    let width = lines.iter().find(|line| place(line).is_some()).map_or(0, |line| indent(line));
    let mut outside = false;
    for line in &mut lines {
        if let Some(place) = place(line) {
            let arrow = line.len() - place.len();
            let place = place.replace('\\', "/");
            let case = place.strip_prefix(PACKAGE).and_then(|rest| rest.strip_prefix('/'));
            outside = case.is_none();
            let told = case.map_or_else(|| elsewhere(&place), str::to_owned);
            line.replace_range(arrow.., &told);
        } else if outside && let Some(digits) = number(line) {
            let blank = " ".repeat(digits.len());
            line.replace_range(digits, &blank);
        }
    }
    let wanted = lines.iter().filter_map(|line| number(line)).map(|digits| digits.len()).max().unwrap_or(1);
    let cut = width.saturating_sub(wanted);
    for line in &mut lines {
        // Numbers stand to the left in the margin or to the right.
        let digits = number(line).unwrap_or(0..0);
        let before = cut.min(digits.start);
        let after = digits.end..digits.end + cut - before;
        if line.get(after.clone()).is_some_and(|spaces| spaces.bytes().all(|byte| byte == b' ')) {
            line.replace_range(after, "");
            line.replace_range(..before, "");
        }
    }
    lines
}

/// `--> file:1:2`: what stands behind the arrow.
fn place(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("--> ").or_else(|| line.strip_prefix("::: "))
}

/// The path of a file that is no case, without line and column.
fn elsewhere(place: &str) -> String {
    let path = place.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ':');
    let behind = |mark: &str| path.split_once(mark).map(|(_, rest)| rest);
    if let Some(rest) =
        behind("/rustlib/src/rust/library/").or(behind("/library/").filter(|_| path.starts_with("/rustc/")))
    {
        format!("$RUST/{rest}")
    // The registry's name, then the crate's with its version.
    } else if let Some((_, rest)) = behind("/registry/src/").and_then(|rest| rest.split_once('/')) {
        format!("$CARGO/{rest}")
    } else {
        format!("$WORKSPACE/{path}")
    }
}

/// Where the number of a line of code, or of a suggestion, stands.
fn number(line: &str) -> Option<Range<usize>> {
    let start = indent(line);
    let end = start + line[start..].bytes().take_while(u8::is_ascii_digit).count();
    let margin = line[end..].trim_start().starts_with(['|', '+', '-', '~']);
    (margin && start < end).then_some(start..end)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
