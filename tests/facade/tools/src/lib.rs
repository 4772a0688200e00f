//! Everything that the macros make, in a crate that depends on the runtime only by way of another.

use facade::prelude::*;
use facade::schemars::JsonSchema;
use facade::serde::{Deserialize, Serialize};

/// What is ordered.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(crate = "facade::serde")]
#[schemars(crate = "facade::schemars")]
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
pub fn through_buy(
    #[arg(pattern = "^[a-z]+$", default = "shop")] from: &str,
    order: Order,
    note: Option<String>,
) -> Order {
    let _ = (from, note);
    order
}

/// Asks.
#[tool]
pub async fn through_ask(ctx: &Ctx) -> Result<String> {
    let Answers { payment, stars } = ctx.ask("payment", elicit("How will you pay?")).await?;
    Ok(format!("{payment:?} {stars}"))
}

/// An order, by its number.
#[resource("through://{number}{?lang}")]
pub fn through_order(number: u32, lang: Option<String>) -> String {
    format!("{number} {lang:?}")
}

/// Greets.
#[prompt]
pub fn through_greet(name: &str) -> String {
    format!("Greet {name}.")
}

/// What it is asked, at another place.
#[derive(Debug, Elicit)]
#[elicit(crate = facade::inner)]
pub struct Inner {
    /// Anything.
    pub anything: bool,
}

/// Is told where the runtime is.
#[tool(crate = "facade::inner")]
pub fn through_inner() -> &'static str {
    "inner"
}

/// What is sold.
pub struct Shop;

#[handlers(crate = "facade::inner")]
impl Shop {
    /// Sells.
    #[tool(name = "through_sell")]
    pub fn sell(&self, count: u32) -> u32 {
        count
    }
}

/// A server with all of it, put together by hand.
pub fn server() -> facade::ServerBuilder {
    facade::Server::empty("through")
        .with(tools![through_buy, through_ask, through_inner, Shop::sell])
        .with_resources(resources![through_order])
        .with_prompts(prompts![through_greet])
        .state(Shop)
}
