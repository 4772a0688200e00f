//! What answers must say. All that the original looks at is looked at, and some more.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::plan::{ERRAND_ID, Errand, INITIALIZE_ID, Revision, user_id};
use crate::http::Answer;
use crate::trouble::{Outcome, Trouble};

/// How many products a search finds; the one page of it has the first of them, whose numbers are these far apart.
const FOUND: u32 = 2251;
const FIRST: u32 = 4901;
const APART: u32 = 20;

/// What the order of every user costs.
const TOTAL: f64 = 24.63;

const TOOLS: [&str; 3] = ["checkout", "get_user_cart", "search_products"];

/// Looks at the answer to `initialize`.
///
/// # Errors
/// What is wrong with it.
pub fn opened(answer: &Answer<'_>, revision: Revision) -> Outcome<()> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Initialized<'a> {
        #[serde(borrow)]
        protocol_version: Cow<'a, str>,
    }
    let Initialized { protocol_version: agreed } = read(result(answer, INITIALIZE_ID)?)?;
    if agreed == revision.version() {
        return Ok(());
    }
    Err(Trouble::unserved(format!("asked for {}, it agrees on {agreed}", revision.version())))
}

/// Looks at the answer to an errand.
///
/// # Errors
/// What is wrong with it.
pub fn done(answer: &Answer<'_>, errand: Errand, revision: Revision, user: u32) -> Outcome<()> {
    let text = result(answer, ERRAND_ID)?;
    let read: ErrandResult<'_> = read(text)?;
    if read.is_error {
        return Err(Trouble::unserved(format!("the tool fails: {text}")));
    }
    // The one member that every result of this revision has, and none of those before.
    if revision == Revision::Stateless && read.result_type != "complete" {
        return Err(Trouble::unserved("it answers as revisions before 2026-07-28 do, without a resultType"));
    }
    let fits = match errand {
        Errand::List => {
            let mut names: Vec<&str> = read.tools.iter().map(|tool| &*tool.name).collect();
            names.sort_unstable();
            names == TOOLS
        }
        _ => read.text().is_some_and(|text| said(errand, text, user)),
    };
    if fits { Ok(()) } else { Err(Trouble::wrong(format!("not the result expected: {text}"))) }
}

/// Whether the text of a tool says what it must.
fn said(errand: Errand, text: &str, user: u32) -> bool {
    match errand {
        Errand::Search => serde_json::from_str(text).is_ok_and(|found: Found| {
            let ids = found.products.iter().map(|product| product.id);
            found.total_found == FOUND
                && ids.eq((0..10).map(|number| FIRST + number * APART))
                && found.top10_popular_ids.len() == 10
        }),
        Errand::Cart => serde_json::from_str(text).is_ok_and(|found: UserCart<'_>| {
            let items = if user.is_multiple_of(3) { 3 } else { 2 };
            found.user_id == user_id(user)
                && (found.cart.item_count, found.cart.items.len()) == (items, items)
                && found.recent_history.len() == 5
        }),
        Errand::Checkout => serde_json::from_str(text).is_ok_and(|receipt: Receipt<'_>| {
            receipt.status == "confirmed"
                && receipt.user_id == user_id(user)
                && (receipt.total - TOTAL).abs() < 1e-9
                && receipt.items_count == 2
                && receipt.rate_limit_count > 0
        }),
        Errand::List => false,
    }
}

/// The result that an answer has.
fn result<'a>(answer: &Answer<'a>, id: u32) -> Outcome<&'a str> {
    if answer.status != 200 {
        return Err(Trouble::unserved(format!("status {}: {}", answer.status, answer.body)));
    }
    let mut messages = answer.messages();
    let (Some(text), None) = (messages.next(), messages.next()) else {
        return Err(Trouble::wrong(format!("not one message: {}", answer.body)));
    };
    let message: Message<'_> = read(text)?;
    if let Some(error) = message.error {
        return Err(Trouble::unserved(error));
    }
    let result = message.result.filter(|_| message.id == Some(id));
    result.map(RawValue::get).ok_or_else(|| Trouble::wrong(format!("no answer to request {id}: {text}")))
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Outcome<T> {
    serde_json::from_str(text).map_err(|error| Trouble::wrong(format!("{error} in {text}")))
}

#[derive(Deserialize)]
struct Message<'a> {
    id: Option<u32>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrandResult<'a> {
    #[serde(borrow, default)]
    result_type: Cow<'a, str>,
    #[serde(default)]
    is_error: bool,
    #[serde(borrow, default)]
    content: Vec<Block<'a>>,
    #[serde(borrow, default)]
    tools: Vec<Tool<'a>>,
}

impl ErrandResult<'_> {
    /// Of the one block that there is.
    fn text(&self) -> Option<&str> {
        if let [block] = &*self.content { Some(&block.text) } else { None }
    }
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Tool<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Found {
    total_found: u32,
    products: Vec<Product>,
    top10_popular_ids: Vec<u32>,
}

#[derive(Deserialize)]
struct Product {
    id: u32,
}

#[derive(Deserialize)]
struct UserCart<'a> {
    user_id: Cow<'a, str>,
    cart: Cart,
    recent_history: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Cart {
    items: Vec<IgnoredAny>,
    item_count: usize,
}

#[derive(Deserialize)]
struct Receipt<'a> {
    user_id: Cow<'a, str>,
    total: f64,
    items_count: u32,
    rate_limit_count: u64,
    status: Cow<'a, str>,
}

#[cfg(test)]
#[path = "check_tests.rs"]
pub mod tests;
