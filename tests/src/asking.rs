//! The server whose functions ask: two words, of whoever calls.

use mcp_runtime::ServerBuilder;
use mcp_runtime::prelude::*;

static ASKING: Group = Group::new("asking").version("1.0.0");

/// A server of these functions.
pub fn builder() -> ServerBuilder {
    Server::of(&ASKING)
}

#[derive(Elicit)]
struct Word {
    word: String,
}

/// Asks for two words, one after the other, and notes in between which process it is in.
async fn two_words(ctx: &Ctx, greeting: &str) -> Result<String, Error> {
    let first = ctx.ask("first", elicit::<Word>("The first?")).await?;
    let process = ctx.once("process", async || Ok(std::process::id())).await?;
    let second = ctx.ask("second", elicit::<Word>("The second?")).await?;
    Ok(format!("{greeting} {} {} by {process}", first.word, second.word))
}

/// Asks for two words, one after the other.
#[tool(group = ASKING)]
async fn pair(ctx: &Ctx, greeting: &str) -> Result<String, Error> {
    two_words(ctx, greeting).await
}

/// The same, as a tool of another name.
#[tool(group = ASKING)]
async fn couple(ctx: &Ctx, greeting: &str) -> Result<String, Error> {
    two_words(ctx, greeting).await
}

/// The same, as a prompt.
#[prompt(group = ASKING, name = "pair")]
async fn pair_prompt(ctx: &Ctx, greeting: &str) -> Result<String, Error> {
    two_words(ctx, greeting).await
}

/// The same, as a resource.
#[resource("pair://{greeting}", group = ASKING, name = "pair")]
async fn pair_resource(ctx: &Ctx, greeting: &str) -> Result<String, Error> {
    two_words(ctx, greeting).await
}

/// Asks for two words at once.
#[tool(group = ASKING)]
async fn both(ctx: &Ctx) -> Result<String, Error> {
    let left = ctx.ask("left", elicit::<Word>("Left?"));
    let (left, right) = tokio::join!(left, ctx.ask("right", elicit::<Word>("Right?")));
    Ok(format!("{} {}", left?.word, right?.word))
}
