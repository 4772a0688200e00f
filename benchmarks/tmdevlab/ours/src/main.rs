//! The three tools on mcp-runtime, as its README has it: nothing is set that could be left out.

use std::error::Error;
use std::future::pending;

use mcp_runtime::prelude::*;
use tmdevlab_shop::{Item, Shop, usual_order};

/// Finds products by category and price, and how popular they are.
#[tool]
async fn search_products(
    #[arg(default = "Electronics")] category: &str,
    #[arg(default = 50.0)] min_price: f64,
    #[arg(default = 500.0)] max_price: f64,
    #[arg(default = 10)] limit: u32,
    shop: State<Shop>,
) -> Result<String> {
    Ok(shop.search_products(category, min_price, max_price, limit).await?)
}

/// Shows what a user has in the cart, and past orders.
#[tool]
async fn get_user_cart(#[arg(default = "user-00042")] user_id: &str, shop: State<Shop>) -> Result<String> {
    Ok(shop.get_user_cart(user_id).await?)
}

/// Orders: says what it costs, counts it, and notes it in the history.
#[tool]
async fn checkout(
    #[arg(default = "user-00042")] user_id: &str,
    #[arg(default = usual_order())] items: Vec<Item>,
    shop: State<Shop>,
) -> Result<String> {
    Ok(shop.checkout(user_id, &items).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = Server::new("tmdevlab").state(Shop::connect().await?).build()?;
    let listening = Http::new(server).listen("127.0.0.1:0").await?;
    println!("http://{}/mcp", listening.address()?);
    listening.run(pending()).await;
    Ok(())
}
