//! Tools for texts.

use mcp_runtime::prelude::*;

/// Tools for texts.
pub static TEXT: Group = Group::new("text");

/// Counts the words of a text.
#[tool(group = TEXT, read_only)]
fn count_words(
    /// The text to look at.
    text: &str,
) -> usize {
    text.split_whitespace().count()
}

/// Finds the lines of a text that contain a word.
#[tool(group = TEXT, read_only)]
fn find_lines(
    /// The text to look at.
    text: &str,
    /// The word to find.
    #[arg(length(1..=100))]
    word: &str,
) -> Vec<String> {
    let found = text.lines().filter(|line| line.contains(word));
    found.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mcp_runtime::client::call;
    use mcp_runtime::testing::TestClient;

    // A marked function stays a plain function.
    #[test]
    fn words_are_what_spaces_part() {
        assert_eq!(count_words("one two  three\n"), 3);
    }

    // The same, as clients of a server with this group alone see it.
    #[tokio::test]
    async fn clients_find_lines() -> Result<(), Box<dyn std::error::Error>> {
        let server = Server::of(&TEXT).build()?;
        let client = TestClient::to(&server).await;
        let found = call!(client, find_lines("tea\nmilk\ngreen tea", "tea")).await?;
        assert_eq!(found, ["tea", "green tea"]);
        Ok(())
    }
}
