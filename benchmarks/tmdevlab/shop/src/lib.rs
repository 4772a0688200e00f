//! What the three tools do, whatever framework serves them: each asks Redis and the catalogue, both at once where it can,
//! and gives JSON as text.
//!
//! The servers have these same bodies and the same clients, so what is left between them is the framework.

mod catalogue;
mod order;

use std::env;
use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::catalogue::Catalogue;
use self::order::Order;
pub use self::order::{Item, usual_order};

/// Why a tool fails.
pub type Fault = Box<dyn Error + Send + Sync>;

/// What the answers say of the server. Every server says the same, so that the answers are equally long.
const SERVER: &str = "rust";

/// How long Redis may take. The default of the client is a matter of half a second, which a busy machine may need.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the tools need: a connection to Redis that all calls share, and the catalogue.
#[derive(Debug)]
pub struct Shop {
    redis: MultiplexedConnection,
    catalogue: Catalogue,
}

#[derive(Serialize)]
struct Found<'a> {
    category: &'a str,
    total_found: u32,
    products: Vec<Ranked<'a>>,
    top10_popular_ids: Vec<u32>,
    server_type: &'static str,
}

#[derive(Serialize)]
struct Ranked<'a> {
    id: u32,
    sku: &'a str,
    name: &'a str,
    price: f64,
    rating: f32,
    /// From 1 on; 0 where it is none of the ten.
    popularity_rank: usize,
}

#[derive(Serialize)]
struct UserCart<'a> {
    user_id: &'a str,
    cart: Cart,
    recent_history: Vec<Box<RawValue>>,
    server_type: &'static str,
}

#[derive(Serialize)]
struct Cart {
    item_count: usize,
    estimated_total: f64,
    items: Vec<CartItem>,
}

#[derive(Deserialize, Serialize)]
struct CartItem {
    product_id: u32,
    qty: u32,
}

#[derive(Serialize)]
struct Receipt<'a> {
    order_id: String,
    user_id: &'a str,
    total: f64,
    items_count: usize,
    rate_limit_count: u64,
    status: &'static str,
    server_type: &'static str,
}

impl Shop {
    /// Connects to what `REDIS_URL` and `API_SERVICE_URL` name.
    ///
    /// # Errors
    /// Where one of them is not set, or Redis does not answer.
    pub async fn connect() -> Result<Self, Fault> {
        let given = |name| env::var(name).map_err(|_| format!("{name} is not set"));
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let client = Client::open(given("REDIS_URL")?)?;
        let redis = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Self { redis, catalogue: Catalogue::at(given("API_SERVICE_URL")?) })
    }

    /// The cheapest products of a category between two prices, each with its place among the ten most popular ones.
    ///
    /// # Errors
    /// What Redis or the catalogue says.
    pub async fn search_products(&self, category: &str, min: f64, max: f64, limit: u32) -> Result<String, Fault> {
        let mut redis = self.redis.clone();
        let popular = async {
            let mut command = redis::cmd("ZREVRANGE");
            command.arg("bench:popular").arg(0).arg(9);
            Ok::<Vec<String>, Fault>(command.query_async(&mut redis).await?)
        };
        let search = self.catalogue.search(category, min, max, limit);
        let (popular, page) = tokio::try_join!(popular, search)?;

        let popular: Vec<u32> = popular.iter().filter_map(|name| name.strip_prefix("product:")?.parse().ok()).collect();
        let page: catalogue::Page<'_> = serde_json::from_slice(&page)?;
        let products = page.products.iter().map(|product| Ranked {
            id: product.id,
            sku: &product.sku,
            name: &product.name,
            price: product.price,
            rating: product.rating,
            popularity_rank: popular.iter().position(|id| *id == product.id).map_or(0, |at| at + 1),
        });
        let products = products.collect();
        let (total_found, server_type) = (page.total_found, SERVER);
        Ok(serde_json::to_string(&Found { category, total_found, products, top10_popular_ids: popular, server_type })?)
    }

    /// What a user has in the cart, and the orders that are first in the history.
    ///
    /// # Errors
    /// What Redis or the catalogue says, or that there is no such cart.
    pub async fn get_user_cart(&self, user: &str) -> Result<String, Fault> {
        let mut redis = self.redis.clone();
        let key = format!("bench:cart:{user}");
        let members: Vec<(String, String)> = redis::cmd("HGETALL").arg(key).query_async(&mut redis).await?;
        let member = |name: &str| members.iter().find(|(member, _)| member == name).map(|(_, value)| value.as_str());
        let items: Vec<CartItem> = serde_json::from_str(member("items").ok_or("there is no such cart")?)?;
        let estimated_total = member("total").unwrap_or("0").parse()?;

        let history = async {
            let mut command = redis::cmd("LRANGE");
            command.arg(format!("bench:history:{user}")).arg(0).arg(4);
            Ok::<Vec<String>, Fault>(command.query_async(&mut redis).await?)
        };
        let product = self.catalogue.product(items.first().map_or(1, |item| item.product_id));
        // Nothing of the product is in the answer: that it is there is all that is asked.
        let (history, _) = tokio::try_join!(history, product)?;
        let recent_history = history.into_iter().map(RawValue::from_string).collect::<Result<_, _>>()?;
        let cart = Cart { item_count: items.len(), estimated_total, items };
        Ok(serde_json::to_string(&UserCart { user_id: user, cart, recent_history, server_type: SERVER })?)
    }

    /// What an order costs; it is counted and noted.
    ///
    /// # Errors
    /// What Redis or the catalogue says.
    pub async fn checkout(&self, user: &str, items: &[Item]) -> Result<String, Fault> {
        let ts = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let order = serde_json::to_string(&Order { order_id: &format!("ORD-{user}-{ts}"), items, ts })?;
        let number: u32 = user.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(42);
        let first = items.first().map_or(42, |item| item.product_id);

        let mut pipeline = redis::pipe();
        pipeline.cmd("INCR").arg(format!("bench:ratelimit:user-{:05}", number % 100));
        pipeline.cmd("RPUSH").arg(format!("bench:history:{user}")).arg(order).ignore();
        pipeline.cmd("ZADD").arg("bench:popular").arg("INCR").arg(1).arg(format!("product:{first}")).ignore();
        let mut redis = self.redis.clone();
        let noted = async { Ok::<(u64,), Fault>(pipeline.query_async(&mut redis).await?) };
        let ((rate_limit_count,), sum) = tokio::try_join!(noted, self.catalogue.calculate(user, items))?;

        let catalogue::Sum { order_id, total } = serde_json::from_slice(&sum)?;
        let (items_count, status, server_type) = (items.len(), "confirmed", SERVER);
        let receipt = Receipt { order_id, user_id: user, total, items_count, rate_limit_count, status, server_type };
        Ok(serde_json::to_string(&receipt)?)
    }
}
