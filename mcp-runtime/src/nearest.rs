//! "Did you mean …?"

use mcp_proto::wire::RpcError;

/// Words longer than this are nobody's slip; comparing takes time in proportion to both lengths.
const LONGEST: usize = 128;

/// The candidate that is nearest to `word`, if one is near enough to be what was meant.
// A slip leaves most of a word as it was: a word of one letter is never a slip of another.
#[inline(never)]
pub(crate) fn nearest<'a>(word: &str, candidates: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let length = characters(word);
    let allowed = (length / 3).max(1);
    let mut nearest: Option<(usize, &str)> = None;
    let mut mounted = None;
    for candidate in candidates {
        if mounted.is_none() && is_mounted(word, candidate) {
            mounted = Some(candidate);
        }
        let found = (distance(word, candidate), candidate);
        if found.0 <= allowed && found.0 < length && nearest.is_none_or(|nearest| found < nearest) {
            nearest = Some(found);
        }
    }
    nearest.map(|(_, candidate)| candidate).or(mounted)
}

/// Whether a name is the word behind something else: `math_add` for `add`.
fn is_mounted(word: &str, candidate: &str) -> bool {
    let before = candidate.strip_suffix(word).filter(|_| word.len() > 1);
    before.is_some_and(|before| before.ends_with(['_', '-', '.', '/']))
}

/// An "unknown tool" error, or one of another kind, with the nearest name as a suggestion.
pub(crate) fn unknown(kind: &str, name: &str, near: Option<&str>) -> RpcError {
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    RpcError::invalid_params(format!("Unknown {kind}: {name}{hint}"))
}

/// How many characters a text has. Not inlined: counting is half a kilobyte of code wherever it is done.
#[inline(never)]
pub(crate) fn characters(text: &str) -> usize {
    text.chars().count()
}

/// How many letters must be added, left out, changed or swapped with their neighbour, case aside.
#[inline(never)]
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let names = ["add", "echo", "test_simple_text"];
        for (word, meant) in [
            ("ad", Some("add")),
            ("ehco", Some("echo")),
            ("test_simple_txt", Some("test_simple_text")),
            ("subtract", None),
            // What a mounted group has in front may be left out.
            ("simple_text", Some("test_simple_text")),
            ("ple_text", None),
        ] {
            assert_eq!(nearest(word, &mut names.into_iter()), meant);
        }
        assert_eq!(nearest("c", &mut ["a", "b"].into_iter()), None);
    }
}
