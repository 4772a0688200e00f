//! Functions of `impl` blocks, in all the forms that they may have.

#![deny(warnings)]

use std::sync::{Arc, Mutex};

use mcp_runtime::prelude::*;
use mcp_runtime::schemars::JsonSchema;
use mcp_runtime::serde::{Deserialize, Serialize};

static ADMIN: Group = Group::new("admin");

#[derive(Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(crate = "mcp_runtime::serde")]
#[schemars(crate = "mcp_runtime::schemars")]
struct Item {
    name: String,
    count: u32,
}

#[handlers]
impl Item {
    const MOST: u32 = 9;

    /// Makes one of what is left.
    #[tool(error = Self::told)]
    fn merged(
        #[arg(default = Self::empty())] first: Self,
        others: Vec<Self>,
        #[arg(default = Self::MOST)] most: u32,
    ) -> Result<Self, Unequal> {
        others.into_iter().try_fold(first, |Self { name, count }, other| {
            if other.name == name { Ok(Self { name, count: most.min(count + other.count) }) } else { Err(Unequal) }
        })
    }

    fn empty() -> Self {
        Self { name: "tea".to_owned(), count: 0 }
    }

    fn told(_: Unequal) -> Error {
        Error::new("they are not the same")
    }
}

struct Unequal;

struct Shelf<T> {
    things: Mutex<Vec<T>>,
}

#[allow(clippy::needless_lifetimes)]
#[handlers(group = ADMIN)]
impl Shelf<String> {
    #![allow(clippy::unused_async)]

    /// Puts a thing on the shelf.
    #[tool(idempotent, timeout = "5s")]
    async fn put(&self, ctx: &Ctx, thing: &str, other: Option<&str>) -> Result<usize> {
        let _ = (ctx, other);
        let mut things = self.things.lock().unwrap();
        things.push(thing.to_owned());
        Ok(things.len())
    }

    /// Takes everything, on a thread of its own.
    #[tool(blocking)]
    fn take(self: Arc<Self>, limit: State<u32>) -> Vec<String> {
        self.things.lock().unwrap().drain(..).take(*limit as usize).collect()
    }

    /// Borrows from both.
    #[tool]
    fn longest<'a>(&'a self, thing: &'a str) -> &'a str {
        self.kind().max(thing)
    }

    #[resource("shelf://things/{number}{?lang}", mime = "text/plain")]
    pub(crate) fn thing(self: &Self, number: usize, lang: Option<&str>) -> Option<String> {
        let _ = lang;
        self.things.lock().unwrap().get(number).cloned()
    }

    #[prompt]
    async fn advertise(self: Arc<Self>, thing: &str) -> String {
        format!("Write an advertisement for {thing} and {} others.", self.things.lock().unwrap().len())
    }

    #[tool]
    #[cfg(any())]
    fn left_out(&self, nothing: NoSuchType) {}

    #[deprecated = "for the test"]
    #[tool(group = OTHER)]
    fn old(&self) {}

    fn kind(&self) -> &str {
        "a shelf"
    }
}

static OTHER: Group = Group::new("other");

trait Catalog: Send + Sync {
    fn price(&self, item: &str) -> u64;
}

#[handlers]
impl dyn Catalog {
    const FREE: u64 = 0;

    /// Tells what an item costs.
    #[tool]
    fn cost(&self, item: &str, #[arg(default = Self::FREE)] discount: u64) -> u64 {
        self.price(item) - discount
    }
}

struct Prices;

impl Catalog for Prices {
    fn price(&self, item: &str) -> u64 {
        item.len() as u64
    }
}

/// Type and functions are made by a macro.
macro_rules! counter {
    ($name:ident, $type:ty) => {
        pub(super) struct $name($type);

        #[handlers]
        impl $name {
            #[tool]
            pub(super) fn count(&self) -> $type {
                self.0
            }
        }
    };
}

mod deep {
    use mcp_runtime::handlers;

    counter!(Counter, u32);

    pub(super) fn counter() -> Counter {
        Counter(3)
    }

    pub struct Public;

    #[handlers]
    impl Public {
        /// Is marked where a condition holds.
        #[cfg_attr(all(), must_use, mcp_runtime::tool)]
        pub fn marked() -> u8 {
            4
        }

        /// Is not marked.
        #[cfg_attr(any(), mcp_runtime::tool(name = "marked"))]
        pub fn not_marked() -> u8 {
            5
        }

        /// Says which version it is.
        #[mcp_runtime::tool(name = "version_of_it")]
        pub fn version() -> &'static str {
            "1"
        }
    }
}

fn main() {
    struct OfThisBlock(u8);

    #[handlers]
    impl OfThisBlock {
        #[tool]
        fn local(&self) -> u8 {
            self.0
        }
    }

    let shelf = Arc::new(Shelf { things: Mutex::new(vec!["tea".to_owned()]) });
    assert_eq!(shelf.longest("zebra"), "zebra");
    assert_eq!(shelf.thing(0, None).as_deref(), Some("tea"));
    assert_eq!(Arc::clone(&shelf).take(State::new(3)), ["tea"]);
    assert_eq!(Item::merged(Item::empty(), vec![Item::empty()], 3).ok(), Some(Item::empty()));
    assert_eq!(deep::Public::version(), "1");
    let prices: Arc<dyn Catalog> = Arc::new(Prices);
    assert_eq!(prices.cost("tea", 1), 2);
    assert_eq!((deep::counter().count(), OfThisBlock(4).local()), (3, 4));

    let all = tools![
        Item::merged,
        Shelf::<String>::put,
        Shelf::<String>::take,
        <dyn Catalog>::cost,
        deep::Public::version,
        deep::Public::marked,
        OfThisBlock::local,
    ];
    assert_eq!((all.len(), deep::Public::marked() + deep::Public::not_marked()), (7, 9));
    let missing = Server::new("methods").build().expect_err("it has no state").to_string();
    assert!(["`count`", "`cost`", "`local`"].iter().all(|name| missing.contains(name)), "{missing}");
    let built = Server::new("methods").state_arc(prices).state(deep::counter()).state(OfThisBlock(1)).build();
    assert!(built.is_ok(), "{built:?}");
    let admin = Server::of(&ADMIN).state_arc(shelf).state(3_u32).build();
    assert!(admin.is_ok(), "{admin:?}");
}
