//! What calls leave behind: how it is sealed, how long it is kept, and how much of it.

use std::sync::Arc;
use std::time::Duration;

use super::ServerBuilder;
use crate::vault::Vault;

impl ServerBuilder {
    /// The keys that seal what [questions](crate::Ctx::ask) leave with clients of 2026-07-28, the newest first. Servers that
    /// share them go on with each other's calls; one that is given none draws its own. The
    /// [records](crate::Ctx::once) of rounds are not shared.
    ///
    /// With keys, values that the server keeps beyond a call are sealed at rest, too, each bound to its name; a value that none
    /// of the keys opens counts as missing, which the log says once. Without keys they are kept as they are, in the memory of
    /// this process.
    ///
    /// To rotate, add the new key behind the old one everywhere, then put it in front everywhere, and drop the old one once
    /// the [expiry](Self::state_expiry) is over, when nothing sealed with it is accepted any more. What is kept for longer has
    /// to be kept anew meanwhile, or is missing then.
    #[must_use]
    pub fn state_keys(mut self, keys: impl IntoIterator<Item = [u8; 32]>) -> Self {
        self.plan.profile.shared.vault = Arc::new(Vault::new(keys.into_iter().collect()));
        self
    }

    /// How long a client of 2026-07-28 may take to come back with answers, and how long its rounds are on
    /// [record](crate::Ctx::once). By default half an hour.
    #[must_use]
    pub fn state_expiry(mut self, expiry: Duration) -> Self {
        self.plan.profile.shared.asking.expiry = expiry;
        self
    }

    /// The most bytes of answers and [steps](crate::Ctx::once) that a call may keep with such a client. By default 256 KiB.
    #[must_use]
    pub fn state_limit(mut self, bytes: usize) -> Self {
        self.plan.profile.shared.asking.most_bytes = bytes;
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use serde_json::{Value, json};

    use crate::dynamic::Tool;
    use crate::store::InTheOpen;
    use crate::{Ctx, MemoryClient, Server, elicit_raw};

    /// What a call notes, and what nobody who can read the store must learn.
    const SECRET: &str = "the bicycle is in the cellar";

    /// A server whose store this test can read, with these keys.
    fn server(store: &Arc<InTheOpen>, keys: &[u8]) -> Server {
        let note = Tool::new("note", json!({ "type": "object" })).handler(async |_: Value, ctx: Ctx| {
            ctx.ask("sure", elicit_raw("Sure?", r#"{"type":"object","properties":{}}"#)).await?;
            ctx.once("note", async || Ok(SECRET.to_owned())).await
        });
        let mut builder = Server::empty("notes").add(note);
        builder.plan.profile.shared.store = Arc::clone(store) as _;
        builder.state_keys(keys.iter().map(|key| [*key; 32])).build().expect("a server")
    }

    async fn call(client: &mut MemoryClient, mut params: Value) -> Value {
        params["name"] = "note".into();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
        });
        client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string());
        serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON")
    }

    /// A call's second round, which leaves a record.
    async fn second_round(client: &mut MemoryClient) -> Value {
        let asked = call(client, json!({})).await;
        let sure = json!({ "sure": { "action": "accept", "content": {} } });
        json!({ "requestState": asked["result"]["requestState"], "inputResponses": sure })
    }

    /// All values that are kept.
    fn kept(store: &InTheOpen) -> Vec<Bytes> {
        store.values.lock().values().cloned().collect()
    }

    fn is_readable(value: &Bytes) -> bool {
        String::from_utf8_lossy(value).contains(SECRET)
    }

    #[tokio::test]
    async fn what_a_server_with_keys_keeps_cannot_be_read_and_another_with_the_key_goes_on_with_it() {
        let store = Arc::<InTheOpen>::default();
        let first = server(&store, &[1]);
        let round = second_round(&mut first.connect()).await;
        let answer = call(&mut first.connect(), round.clone()).await;
        assert_eq!(answer["result"]["content"][0]["text"], SECRET, "{answer}");
        let values = kept(&store);
        assert!(values.len() == 1 && !values.iter().any(is_readable), "{values:?}");
        // It holds the key behind a newer one, so that it gives the recorded answer; the function does not run again.
        let rotated = server(&store, &[2, 1]);
        assert_eq!(call(&mut rotated.connect(), round).await["result"], answer["result"]);
        assert_eq!(kept(&store), values, "nothing was kept anew");
    }

    #[tokio::test]
    async fn a_server_without_keys_keeps_what_it_keeps_as_it_is() {
        for keys in [&[][..], &[1]] {
            let store = Arc::<InTheOpen>::default();
            let server = server(&store, keys);
            let round = second_round(&mut server.connect()).await;
            call(&mut server.connect(), round).await;
            assert_eq!(kept(&store).iter().any(is_readable), keys.is_empty());
        }
    }
}
