//! A client of the stateless era.

use std::collections::BTreeMap;

use mcp_runtime::{MemoryClient, ServerBuilder, Version};
use serde_json::{Value, json};

pub struct Client(MemoryClient);

impl Client {
    pub fn of(server: ServerBuilder) -> Self {
        Self(server.build().unwrap_or_else(|error| panic!("{error}")).connect())
    }

    pub async fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params).await;
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    pub async fn answer(&mut self, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
            "io.modelcontextprotocol/clientCapabilities": {} });
        self.0.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string());
        serde_json::from_str(&self.0.receive().await.expect("an answer")).expect("JSON")
    }

    /// Calls a tool with arguments that need not be JSON.
    pub async fn raw(&mut self, name: &str, arguments: &str) -> Value {
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
            "io.modelcontextprotocol/clientCapabilities": {} });
        self.0.send(format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{name}","arguments":{arguments},"_meta":{meta}}}}}"#
        ));
        serde_json::from_str(&self.0.receive().await.expect("an answer")).expect("JSON")
    }

    pub async fn tools(&mut self) -> BTreeMap<String, Value> {
        let tools = self.ask("tools/list", json!({})).await["tools"].as_array().cloned().expect("a list");
        tools.into_iter().map(|tool| (tool["name"].as_str().expect("a name").to_owned(), tool)).collect()
    }

    pub async fn call(&mut self, name: &str, arguments: &Value) -> Value {
        self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await
    }
}
