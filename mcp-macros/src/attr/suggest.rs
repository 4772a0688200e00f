//! "Did you mean …?"

/// The candidate that `word` was most likely meant to be, if any is near enough.
pub(crate) fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (distance(&plain, &self::plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()).div_ceil(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean …?`, or nothing; to be put behind a message.
pub(crate) fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    closest(word, candidates).map(|candidate| format!("; did you mean `{candidate}`?"))
}

/// `readOnlyHint`, `read-only` and `read_only` are one word to whoever types them.
fn plain(word: &str) -> String {
    let lower: String = word.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect();
    lower.strip_suffix("hint").map(str::to_owned).unwrap_or(lower)
}

/// Edit distance where two swapped neighbours count as one slip, and an
/// abbreviation (`desc`) or a longer form (`default_value`) as one as well.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let shorter = a.len().min(b.len());
    if shorter >= 3 && a[..shorter] == b[..shorter] {
        return usize::from(a.len() != b.len());
    }

    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    let edit = (rows[i - 1][j] + 1)
                        .min(rows[i][j - 1] + 1)
                        .min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
                    if swap { edit.min(rows[i - 2][j - 2] + 1) } else { edit }
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    const OPTIONS: [&str; 6] = ["name", "title", "description", "read_only", "destructive", "timeout"];

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(closest(word, OPTIONS), expected, "{word}");
    }

    #[test]
    fn slips_of_the_finger_are_understood() {
        check("readonly", Some("read_only"));
        check("tilte", Some("title"));
        check("timeuot", Some("timeout"));
        check("destructiv", Some("destructive"));
    }

    #[test]
    fn words_of_the_protocol_and_abbreviations_are_understood() {
        check("readOnlyHint", Some("read_only"));
        check("destructive_hint", Some("destructive"));
        check("desc", Some("description"));
        check("timeout_ms", Some("timeout"));
    }

    #[test]
    fn other_words_are_left_alone() {
        check("cache", None);
        check("x", None);
        check("no", None);
    }
}
