//! What Redis holds before the first call: carts, histories, how popular products are, and counters.
//!
//! Keys and the shapes of values are those of the benchmark that this comes from; the values are ours. Filling it again
//! brings all that calls have changed back to what it was.

use std::error::Error;

use redis::{Connection, Pipeline};
use serde::Serialize;

use crate::catalogue::PRODUCTS;

const CARTS: u32 = 10_000;
const HISTORIES: u32 = 1_000;
const COUNTERS: u32 = 100;

/// The orders of a history.
const ORDERS: u32 = 20;

/// Commands that are sent together.
const TOGETHER: usize = 1_000;

#[derive(Serialize)]
struct CartItem {
    product_id: u32,
    qty: u32,
}

#[derive(Serialize)]
struct PastOrder {
    order_id: String,
    product_id: u32,
    qty: u32,
    price: f64,
    ts: u32,
}

/// Fills Redis.
pub(crate) fn seed(url: &str) -> Result<(), Box<dyn Error>> {
    let mut seeder = Seeder { redis: redis::Client::open(url)?.get_connection()?, waiting: Pipeline::new() };
    for user in 1..=CARTS {
        seeder.cart(user)?;
    }
    for user in 1..=HISTORIES {
        seeder.history(user)?;
    }
    for id in 1..=PRODUCTS {
        seeder.waiting.cmd("ZADD").arg("bench:popular").arg(id * 7 % 10_000).arg(format!("product:{id}")).ignore();
        seeder.send_if_many()?;
    }
    for user in 1..=COUNTERS {
        seeder.waiting.cmd("SET").arg(format!("bench:ratelimit:user-{user:05}")).arg(0).ignore();
    }
    seeder.send()
}

struct Seeder {
    redis: Connection,
    waiting: Pipeline,
}

impl Seeder {
    /// Two things, and a third one in every third cart.
    fn cart(&mut self, user: u32) -> Result<(), Box<dyn Error>> {
        let item = |factor: u32, qty: u32| CartItem { product_id: user * factor % PRODUCTS + 1, qty };
        let mut items = vec![item(7, 1 + user % 3), item(13, 1 + user % 2)];
        if user.is_multiple_of(3) {
            items.push(item(17, 1));
        }
        let total = f64::from(items.iter().map(|item| item.qty * (item.product_id % 9_999 + 1)).sum::<u32>()) / 100.0;
        let command = self.waiting.cmd("HSET").arg(format!("bench:cart:user-{user:05}"));
        command.arg("user_id").arg(format!("user-{user:05}")).arg("items").arg(serde_json::to_string(&items)?);
        command.arg("created").arg("1750000000").arg("expires").arg("1750086400");
        command.arg("total").arg(format!("{total:.2}")).ignore();
        self.send_if_many()
    }

    fn history(&mut self, user: u32) -> Result<(), Box<dyn Error>> {
        let key = format!("bench:history:user-{user:05}");
        self.waiting.cmd("DEL").arg(&key).ignore();
        for number in 1..=ORDERS {
            let order = PastOrder {
                order_id: format!("ORD-{user:05}-{number:02}"),
                product_id: user * number * 7 % PRODUCTS + 1,
                qty: 1 + number % 3,
                price: f64::from(user * number * 13 % 9_999 + 1) / 100.0,
                ts: 1_750_000_000 + user * 86_400 + number * 3_600,
            };
            self.waiting.cmd("RPUSH").arg(&key).arg(serde_json::to_string(&order)?).ignore();
        }
        self.send_if_many()
    }

    fn send_if_many(&mut self) -> Result<(), Box<dyn Error>> {
        if self.waiting.len() < TOGETHER { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> Result<(), Box<dyn Error>> {
        self.waiting.exec(&mut self.redis)?;
        self.waiting.clear();
        Ok(())
    }
}
