//! Everything that the macros make, in a crate that calls the runtime `mcp`.

use mcp::prelude::*;
use mcp::schemars::JsonSchema;
use mcp::serde::{Deserialize, Serialize};

/// What is ordered.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(crate = "mcp::serde")]
#[schemars(crate = "mcp::schemars")]
pub struct Order {
    item: String,
    count: u32,
}

/// How it is paid.
#[derive(Debug, Elicit)]
pub enum Payment {
    /// In coins.
    Cash,
    /// By card.
    Card,
}

/// What a buyer is asked.
#[derive(Debug, Elicit)]
pub struct Answers {
    /// How it is paid.
    pub payment: Payment,
    #[elicit(default = 3, range(1..=5))]
    stars: u8,
}

/// Buys.
#[tool(read_only)]
pub fn renamed_buy(
    #[arg(pattern = "^[a-z]+$", default = "shop")] from: &str,
    order: Order,
    note: Option<String>,
) -> Order {
    let _ = (from, note);
    order
}

/// Asks.
#[tool]
pub async fn renamed_ask(ctx: &Ctx) -> Result<String> {
    let Answers { payment, stars } = ctx.ask("payment", elicit("How will you pay?")).await?;
    Ok(format!("{payment:?} {stars}"))
}

/// An order, by its number.
#[resource("renamed://{number}{?lang}")]
pub fn renamed_order(number: u32, lang: Option<String>) -> String {
    format!("{number} {lang:?}")
}

/// Greets.
#[prompt]
pub fn renamed_greet(name: &str) -> String {
    format!("Greet {name}.")
}

/// What is sold.
pub struct Shop;

#[handlers]
impl Shop {
    /// Sells.
    #[tool(name = "renamed_sell")]
    pub fn sell(&self, count: u32) -> u32 {
        count
    }
}

/// A server with all of it, put together by hand.
pub fn server() -> mcp::ServerBuilder {
    mcp::Server::empty("renamed")
        .with(tools![renamed_buy, renamed_ask, Shop::sell])
        .with_resources(resources![renamed_order])
        .with_prompts(prompts![renamed_greet])
        .state(Shop)
}
