//! Which resources a session is subscribed to: once each, however many listen.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::error::{ClientError, RpcFailure};
use super::link::Link;
use super::request::Request;
use crate::json_text;

/// How many listen to each URI. Locked while the server is told, so that it hears in the order in which they are counted.
#[derive(Default)]
pub(super) struct Subscribed(Mutex<HashMap<String, usize>>);

impl Link {
    /// One more listens to this resource; the first one subscribes (2025-11-25, `server/resources`, "Subscriptions").
    ///
    /// # Errors
    /// The server's error, or why there is no answer within `limit`.
    pub(super) async fn subscribe(&self, uri: &str, limit: Duration) -> Result<(), ClientError> {
        let mut listening = self.subscribed.0.lock().await;
        if let Some(count) = listening.get_mut(uri) {
            *count += 1;
            return Ok(());
        }
        self.tell("resources/subscribe", uri, limit).await?;
        listening.insert(uri.to_owned(), 1);
        Ok(())
    }

    /// One fewer listens; the last one unsubscribes. That this fails means that there is nothing to end.
    pub(super) async fn unsubscribe(&self, uri: &str, limit: Duration) {
        let mut listening = self.subscribed.0.lock().await;
        let Some(count) = listening.get_mut(uri) else { return };
        *count -= 1;
        if *count == 0 {
            listening.remove(uri);
            let _ = self.tell("resources/unsubscribe", uri, limit).await;
        }
    }

    async fn tell(&self, method: &'static str, uri: &str, limit: Duration) -> Result<(), ClientError> {
        let params = format!(r#""uri":{}"#, json_text::string(uri));
        let request = Request { method: method.into(), params, ..Request::default() };
        let answered = timeout(limit, self.request(&request, None)).await;
        let response = answered.map_err(|_| ClientError::Timeout(limit))??;
        response.outcome().map_err(RpcFailure::read)?;
        Ok(())
    }
}
