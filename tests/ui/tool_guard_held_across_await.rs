use std::sync::Mutex;

use mcp_runtime::prelude::*;

/// Adds up, with the lock held while it waits.
#[tool]
async fn add(total: State<Mutex<u64>>, by: u64) -> u64 {
    let mut sum = total.lock().unwrap();
    tokio::task::yield_now().await;
    *sum += by;
    *sum
}

fn main() {}
