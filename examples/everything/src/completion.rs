//! What completes arguments.

/// Words that begin like the value.
fn beginning_with(words: &[&'static str], value: &str) -> Vec<&'static str> {
    words.iter().copied().filter(|word| word.starts_with(value)).collect()
}

/// Completes `arg1` of `test_prompt_with_arguments`.
pub fn cities(value: &str) -> Vec<&'static str> {
    beginning_with(&["paris", "park", "party"], value)
}

/// Completes `id` of `test://template/{id}/data`.
pub fn ids(value: &str) -> Vec<&'static str> {
    beginning_with(&["123", "124", "125"], value)
}
