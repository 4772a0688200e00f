//! What changes in a file, for people.

use crate::program::cli::output::{Output, plain_line};

/// How many lines are shown around what changes.
const AROUND: usize = 2;

/// Shows what changes. The change is one place of the file, so that it needs no search for what is alike. `hidden` are values that
/// are not for the screen.
pub(super) fn show(before: &str, after: &str, hidden: &[&str], out: &mut Output) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
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
    let mut line = |sign: char, text: &str| {
        let mut text = plain_line(text).into_owned();
        for value in hidden {
            text = text.replace(value, "***");
        }
        out.line(format!("{sign} {text}").trim_end());
    };
    old[begin.saturating_sub(AROUND)..begin].iter().for_each(|text| line(' ', text));
    old[begin..old_end].iter().for_each(|text| line('-', text));
    new[begin..new_end].iter().for_each(|text| line('+', text));
    old[old_end..(old_end + AROUND).min(old.len())].iter().for_each(|text| line(' ', text));
}
