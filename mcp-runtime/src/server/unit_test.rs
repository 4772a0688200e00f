//! Contexts for unit tests with a server behind them.

use std::sync::Arc;

use super::Server;
use crate::call::{Ctx, Home};

impl Ctx {
    /// The same context with a server behind it, for a unit test: [`call`](Self::call), [`read`](Self::read) and
    /// [`prompt`](Self::prompt) reach its tools, resources and prompts, [`state`](Self::state) has its values, and
    /// [`handle`](Self::handle) changes it.
    ///
    /// ```standalone_crate
    /// use mcp_runtime::prelude::*;
    /// use serde_json::json;
    ///
    /// /// The price of an item, in cents.
    /// #[tool]
    /// fn price(item: &str, prices: State<Vec<(String, u32)>>) -> Result<u32> {
    ///     let found = prices.iter().find(|(name, _)| name == item);
    ///     found.map(|(_, cents)| *cents).ok_or_else(|| Error::new("no such item"))
    /// }
    ///
    /// /// The price of several.
    /// #[tool]
    /// async fn sum(ctx: &Ctx, items: Vec<String>) -> Result<u32> {
    ///     let mut sum = 0;
    ///     for item in items {
    ///         sum += ctx.call("price", json!({ "item": item })).await?.value::<u32>()?;
    ///     }
    ///     Ok(sum)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), BuildError> {
    /// let server = Server::new("shop").state(vec![("tea".to_owned(), 250_u32)]).build()?;
    /// let ctx = Ctx::for_test().with_server(&server);
    /// assert_eq!(sum(&ctx, vec!["tea".to_owned(), "tea".to_owned()]).await.unwrap(), 500);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the context was cloned.
    #[must_use]
    pub fn with_server(self, server: &Server) -> Self {
        self.at_home(server.core.catalog() as Arc<dyn Home>)
    }
}
