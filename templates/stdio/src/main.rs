//! {{description}}

use mcp_runtime::prelude::*;

/// Counts the words of a text.
#[tool(read_only)]
fn count_words(
    /// The text to look at.
    text: &str,
) -> usize {
    text.split_whitespace().count()
}

/// A note, by its number.
#[resource("note://{id}", mime = "text/plain")]
fn note(id: u32) -> String {
    format!("This is note {id}.")
}

/// Greets somebody.
#[prompt]
fn greet(
    /// Who is to be greeted.
    name: &str,
) -> String {
    format!("Say hello to {name}, in one friendly sentence.")
}

mcp_runtime::main!();

#[cfg(test)]
mod tests {
    use super::*;

    // A marked function stays a plain function, so this is all a unit test takes.
    #[test]
    fn words_are_what_spaces_part() {
        assert_eq!(count_words("one two  three\n"), 3);
        assert_eq!(count_words(""), 0);
    }
}
