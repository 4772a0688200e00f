//! What changes in a file, for people.

use crate::program::cli::output::{Output, plain_line};

/// How many lines are shown around what changes.
const AROUND: usize = 2;

/// A text, and the same as it may be shown, line by line.
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) shown: &'a str,
}

/// Shows what changes. The change is one place of the file, so that it needs no search for what is alike.
pub(super) fn show(before: &Text<'_>, after: &Text<'_>, out: &mut Output) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.text.lines().collect(), after.text.lines().collect());
    let alike = |a: &mut dyn Iterator<Item = &&str>, b: &mut dyn Iterator<Item = &&str>| {
        let mut count = 0;
        while let (Some(one), Some(other)) = (a.next(), b.next()) {
            if one != other {
                break;
            }
            count += 1;
        }
        count
    };
    let begin = alike(&mut old.iter(), &mut new.iter());
    let end = alike(&mut old[begin..].iter().rev(), &mut new[begin..].iter().rev());
    let (old_end, new_end) = (old.len() - end, new.len() - end);
    let (old, new): (Vec<&str>, Vec<&str>) = (before.shown.lines().collect(), after.shown.lines().collect());
    let mut show = |sign: char, lines: Option<&[&str]>| {
        for line in lines.unwrap_or_default() {
            out.line(format!("{sign} {}", plain_line(line)).trim_end());
        }
    };
    show(' ', old.get(begin.saturating_sub(AROUND)..begin));
    show('-', old.get(begin..old_end));
    show('+', new.get(begin..new_end));
    show(' ', old.get(old_end..(old_end + AROUND).min(old.len())));
}
