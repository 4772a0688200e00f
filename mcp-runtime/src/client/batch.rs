//! Several calls in one message, as sessions of 2025-03-26 have them.

use std::sync::Arc;

use mcp_proto::Version;
use tokio::time::Instant;

use super::Client;
use super::call::{Call, Running};
use super::error::ClientError;
use super::waiting::{Patience, after};

impl Client {
    /// Makes several calls in one message: a JSON-RPC batch, which only sessions of 2025-03-26 have (`basic`, "Batching"). It
    /// returns once the batch is sent. Each call is answered, watched and cancelled by itself, as one that was
    /// [started](Call::start) is; none is sent again where the connection is lost.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, ClientError};
    /// # use serde_json::json;
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let calls = ["Paris", "Rome"].map(|city| client.call("weather", json!({"city": city})));
    /// for call in client.batch(calls).await? {
    ///     println!("{}", call.await?.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ClientError::Invalid`]: another revision is spoken, there are no calls, or a call cannot be sent; or there is no
    /// connection. Nothing is sent then.
    pub async fn batch(&self, calls: impl IntoIterator<Item = Call>) -> Result<Vec<Running>, ClientError> {
        let begun = Instant::now();
        let link = self.inner.link().await?;
        let version = link.agreement.version();
        if !version.has_batches() {
            let why = format!("{version} has no batches: only sessions of {} have them", Version::V2025_03_26);
            return Err(ClientError::invalid(why));
        }
        let mut prepared = Vec::new();
        for call in calls {
            prepared.push(call.prepare().await?);
        }
        if prepared.is_empty() {
            return Err(ClientError::invalid("a batch without calls cannot be sent"));
        }
        let requests: Vec<_> = prepared
            .iter()
            .map(|prepared| {
                let ask = prepared.ask();
                let until = after(begun, ask.total_timeout);
                let (timeout, total_timeout) = (ask.timeout, ask.total_timeout);
                let mut patience = Patience { timeout, total_timeout, until, late: until };
                patience.renew(begun);
                (&ask.request, patience)
            })
            .collect();
        let sent = link.send_together(&requests).await?;
        Ok(sent.into_iter().zip(prepared).map(|(sent, prepared)| prepared.running(Arc::clone(&link), sent)).collect())
    }
}
