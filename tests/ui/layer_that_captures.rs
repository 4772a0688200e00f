use mcp_runtime::layers::{Call, Next};
use mcp_runtime::prelude::*;

fn main() {
    let seen = std::sync::Arc::new(());
    let _ = Server::new("sums").around(async move |call: Call, next: Next| {
        let _seen = &seen;
        next.run(call).await
    });
}
