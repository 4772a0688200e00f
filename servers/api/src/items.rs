//! The tools: what the API has are items, each with an id.

use hyper::Method;
use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::CHANGES;
use crate::api::Api;

/// The most pages that one call reads.
const PAGES: usize = 20;

/// An item, as the API has it. Members that it may add later are left out.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Item {
    id: String,
    name: String,
    price: f64,
}

/// What a new or changed item is like.
#[derive(Serialize)]
struct Draft<'a> {
    name: &'a str,
    price: f64,
}

/// What was found.
#[derive(Serialize, JsonSchema)]
struct Found {
    items: Vec<Item>,
    /// Whether the API has more than these.
    more: bool,
}

/// Lists items, or those that have a text in their name.
#[tool(read_only, open_world)]
async fn search(
    api: State<Api>,
    #[arg(length(..=200))] text: Option<&str>,
    /// The most items.
    #[arg(default = 50, range(1..=500))]
    limit: usize,
) -> Result<Found> {
    let mut url = api.url(&["items"])?;
    if let Some(text) = text {
        url.query_pairs_mut().append_pair("text", text);
    }
    let end = api.end();
    let (mut items, mut next, mut more) = (Vec::new(), Some(url), false);
    for _ in 0..PAGES {
        let Some(url) = next.take_if(|_| items.len() < limit) else {
            break;
        };
        let page = api.get::<Vec<Item>>(url, end).await?;
        items.extend(page.value);
        (next, more) = (page.next, page.more);
    }
    more |= items.len() > limit;
    items.truncate(limit);
    Ok(Found { items, more })
}

/// Reads an item.
#[tool(read_only, open_world)]
async fn get(api: State<Api>, #[arg(pattern = "^[A-Za-z0-9_-]{1,64}$")] id: &str) -> Result<Item> {
    Ok(api.get(api.url(&["items", id])?, api.end()).await?.value)
}

/// An item, as JSON.
#[resource("api://items/{id}", mime = "application/json")]
async fn item(api: State<Api>, #[arg(pattern = "^[A-Za-z0-9_-]{1,64}$")] id: &str) -> Result<Item> {
    Ok(api.get(api.url(&["items", id])?, api.end()).await?.value)
}

/// Adds an item.
#[tool(open_world, group = CHANGES)]
async fn create(
    api: State<Api>,
    #[arg(length(1..=200))] name: &str,
    #[arg(range(0.0..=1_000_000.0))] price: f64,
) -> Result<Item> {
    api.change(Method::POST, api.url(&["items"])?, &Draft { name, price }).await
}

/// Changes an item: all of it.
#[tool(destructive, idempotent, open_world, group = CHANGES)]
async fn update(
    api: State<Api>,
    #[arg(pattern = "^[A-Za-z0-9_-]{1,64}$")] id: &str,
    #[arg(length(1..=200))] name: &str,
    #[arg(range(0.0..=1_000_000.0))] price: f64,
) -> Result<Item> {
    api.change(Method::PUT, api.url(&["items", id])?, &Draft { name, price }).await
}

/// Removes an item. That it is gone already is no failure.
#[tool(destructive, idempotent, open_world, group = CHANGES)]
async fn remove(api: State<Api>, #[arg(pattern = "^[A-Za-z0-9_-]{1,64}$")] id: &str) -> Result<String> {
    api.delete(api.url(&["items", id])?).await?;
    Ok(format!("{id} is gone"))
}
