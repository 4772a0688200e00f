//! {{description}}

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_runtime::prelude::*;

/// How many there are of each item. All clients share it; it is empty again after a restart.
#[derive(Default)]
struct Stock(Mutex<BTreeMap<String, u64>>);

impl Stock {
    fn items(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says how many there are of an item.
#[tool(read_only)]
fn count(
    /// The name of the item.
    item: &str,
    stock: State<Stock>,
) -> Result<u64> {
    let items = stock.items();
    items.get(item).copied().ok_or_else(|| {
        let names = items.keys().cloned().collect::<Vec<_>>().join(", ");
        Error::new(format!("There is no {item}. There is: {names}."))
    })
}

/// Adds items to the stock. Returns how many there are now.
#[tool]
fn put(
    /// The name of the item.
    #[arg(length(1..=100))]
    item: &str,
    /// How many to add.
    #[arg(range(1..=1000))]
    number: u64,
    stock: State<Stock>,
) -> u64 {
    let mut items = stock.items();
    let count = items.entry(item.to_owned()).or_default();
    *count += number;
    *count
}

mcp_runtime::main!(|server| server.state(Stock::default()));

#[cfg(test)]
mod tests {
    use super::*;
    use mcp_runtime::client::call;
    use mcp_runtime::testing::TestClient;

    // Through the whole protocol, in this process.
    #[tokio::test]
    async fn what_is_put_is_counted() -> Result<(), Box<dyn std::error::Error>> {
        let server = mcp_runtime::server!().state(Stock::default()).build()?;
        let client = TestClient::to(&server).await;

        assert_eq!(call!(client, put("tea", 3)).await?, 3);
        assert_eq!(call!(client, put("tea", 2)).await?, 5);
        assert_eq!(call!(client, count("tea")).await?, 5);

        let error = call!(client, count("milk")).await.unwrap_err();
        assert_eq!(error.to_string(), "There is no milk. There is: tea.");
        let error = call!(client, put("tea", 1001)).await.unwrap_err();
        assert!(error.to_string().contains("1 to 1000"), "{error}");
        Ok(())
    }
}
