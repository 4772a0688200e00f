//! The catalogue: 100,000 products of 20 categories, and what an order of them costs.
//!
//! Prices follow the formula of the benchmark that this comes from, so that its questions have its answers: 2,251 products
//! of the category `Electronics` cost from 50 to 500, and each order costs what it costs there.

use serde::{Deserialize, Serialize};

/// How many products there are.
pub(crate) const PRODUCTS: u32 = 100_000;

/// How many categories.
const CATEGORIES: u32 = 20;

/// The one that is asked for.
const ELECTRONICS: &str = "Electronics";

const TAGS: [&str; 8] = ["reduced", "fresh", "chosen", "favourite", "last ones", "limited", "liked", "only here"];

/// A product.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Product {
    pub(crate) id: u32,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) brand: String,
    pub(crate) price: f64,
    pub(crate) stock: u32,
    pub(crate) rating: f32,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) weight: f64,
    pub(crate) description: String,
}

/// What a search has found.
#[derive(Debug, Serialize)]
pub(crate) struct Page<'a> {
    category: &'a str,
    total_found: usize,
    products: &'a [Product],
}

/// What is ordered.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    user_id: String,
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    product_id: u32,
    quantity: u32,
}

/// What it costs.
#[derive(Debug, Serialize)]
pub(crate) struct Bill {
    order_id: String,
    user_id: String,
    subtotal: f64,
    tax: f64,
    shipping: f64,
    discount: f64,
    total: f64,
    items_count: usize,
}

/// All products.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// Those of each category, the cheapest first. Sorted once, where the original sorts for every search: what a search
    /// costs here is no matter of what is measured.
    by_price: Vec<Vec<Product>>,
}

impl Catalogue {
    pub(crate) fn new() -> Self {
        let of = |category| {
            let numbers = (0..PRODUCTS).skip(category as usize).step_by(CATEGORIES as usize);
            let mut products: Vec<Product> = numbers.map(product).collect();
            products.sort_by(|a, b| a.price.total_cmp(&b.price));
            products
        };
        Self { by_price: (0..CATEGORIES).map(of).collect() }
    }

    /// The first `limit` products of a category that cost from `min` to `max`.
    pub(crate) fn search<'a>(&'a self, category: &'a str, min: f64, max: f64, limit: usize) -> Page<'a> {
        let all = (0..CATEGORIES).zip(&self.by_price).find(|(number, _)| category == category_name(*number));
        let all = all.map_or(&[][..], |(_, products)| products);
        let begin = all.partition_point(|product| product.price < min);
        let end = all.partition_point(|product| product.price <= max).max(begin);
        let found = &all[begin..end];
        Page { category, total_found: found.len(), products: &found[..limit.min(found.len())] }
    }

    /// One product.
    pub(crate) fn find(&self, id: u32) -> Option<Product> {
        (1..=PRODUCTS).contains(&id).then(|| product(id - 1))
    }
}

/// What an order costs. What does not exist costs nothing.
pub(crate) fn bill(order: Order) -> Bill {
    let exists = |item: &&Item| (1..=PRODUCTS).contains(&item.product_id);
    let prices = order.items.iter().filter(exists).map(|item| price(item.product_id - 1) * f64::from(item.quantity));
    let subtotal = cents(prices.sum());
    let tax = cents(subtotal * 0.085);
    let (shipping, discount) = if subtotal >= 100.0 { (0.0, cents(subtotal * 0.1)) } else { (5.99, 0.0) };
    let items_count = order.items.len();
    Bill {
        order_id: format!("ORD-{}-{items_count}", order.user_id.replace('-', "")),
        user_id: order.user_id,
        subtotal,
        tax,
        shipping,
        discount,
        total: cents(subtotal + tax + shipping - discount),
        items_count,
    }
}

fn product(number: u32) -> Product {
    let (id, category, brand) = (number + 1, category_name(number % CATEGORIES), format!("Maker {:02}", number % 50));
    Product {
        id,
        sku: format!("SKU-{id:06}"),
        name: format!("{category} no. {id} by {brand}"),
        price: price(number),
        stock: number % 501,
        rating: 1.0 + f32::from(u8::try_from(number % 40).unwrap_or_default()) / 10.0,
        tags: (0..2 + number % 3).map(|tag| TAGS[((number + tag) % 8) as usize]).collect(),
        weight: cents(f64::from(1 + number % 100) * 0.1),
        description: format!("{category} made well by {brand}, number {id:06}."),
        category,
        brand,
    }
}

fn category_name(number: u32) -> String {
    if number == 0 { ELECTRONICS.to_owned() } else { format!("Category {number:02}") }
}

fn price(number: u32) -> f64 {
    1.0 + f64::from(number % 99_900) / 100.0
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_of_the_workload_have_its_answers() {
        let catalogue = Catalogue::new();
        let page = catalogue.search(ELECTRONICS, 50.0, 500.0, 10);
        assert_eq!((page.total_found, page.products.len()), (2251, 10));
        assert!(page.products.is_sorted_by_key(|product| product.id) && page.products[0].id == 4901);
        assert_eq!(catalogue.search("nothing", 0.0, f64::MAX, 10).total_found, 0);
        assert_eq!(catalogue.search(ELECTRONICS, 500.0, 50.0, 10).total_found, 0);

        let order =
            r#"{"user_id":"user-00007","items":[{"product_id":42,"quantity":2},{"product_id":1337,"quantity":1}]}"#;
        let Bill { order_id, total, .. } = bill(serde_json::from_str(order).expect("an order"));
        assert_eq!(order_id, "ORD-user00007-2");
        assert!((total - 24.63).abs() < 1e-9, "{total}");
    }

    #[test]
    fn a_product_is_found_by_its_number() {
        let catalogue = Catalogue::new();
        assert_eq!(catalogue.find(1337).map(|product| product.sku).as_deref(), Some("SKU-001337"));
        assert!(catalogue.find(0).is_none() && catalogue.find(PRODUCTS + 1).is_none());
    }
}
