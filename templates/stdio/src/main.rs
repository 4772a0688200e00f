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
    use mcp_runtime::client::{call, read};
    use mcp_runtime::testing::TestClient;

    // A marked function stays a plain function, so this is all a unit test takes.
    #[test]
    fn words_are_what_spaces_part() {
        assert_eq!(count_words("one two  three\n"), 3);
        assert_eq!(count_words(""), 0);
    }

    // The same, as clients see it: through the whole protocol, in this process.
    #[tokio::test]
    async fn clients_can_call_and_read() -> Result<(), Box<dyn std::error::Error>> {
        let server = mcp_runtime::server!().build()?;
        let client = TestClient::to(&server).await;
        assert_eq!(call!(client, count_words("one two  three")).await?, 3);
        assert_eq!(read!(client, note(7)).await?, "This is note 7.");
        Ok(())
    }
}
