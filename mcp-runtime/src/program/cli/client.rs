//! A client of the server in the same process: what the command line does goes through the whole protocol.

use std::fmt;

use mcp_proto::Version;
use mcp_proto::engine::{Event, Peer};
use serde_json::{Value, json};

use crate::server::Server;
use crate::transport::MemoryClient;

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) struct Client {
    connection: MemoryClient,
    peer: Peer,
}

impl Client {
    pub(super) fn connect(server: &Server) -> Self {
        Self { connection: server.connect(), peer: Peer::default() }
    }

    /// Sends a request and waits for its result. What the server says meanwhile goes to standard error.
    pub(super) async fn ask(&mut self, method: &str, mut params: Value) -> Result<Value, Failure> {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
            "io.modelcontextprotocol/clientInfo": { "name": "cli", "version": env!("CARGO_PKG_VERSION") },
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/logLevel": "info",
            "progressToken": 0,
        });
        self.peer.request(method, Some(&params.to_string()));
        while let Some(frame) = self.peer.poll_transmit() {
            self.connection.send(frame);
        }
        loop {
            let frame = self.connection.receive().await.ok_or_else(|| Failure::new("the server hung up"))?;
            self.peer.handle_frame(frame);
            while let Some(event) = self.peer.poll_event() {
                match event {
                    Event::Answered(_, response) => return outcome(response.outcome()),
                    Event::Notified(notification) => {
                        super::show::notification(&notification.method, &notification.params().unwrap_or_default());
                    }
                    _ => {}
                }
            }
        }
    }

    /// Everything on all pages of a list; nothing where the server has no such list.
    async fn list(&mut self, method: &str, member: &str) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut params = json!({});
        loop {
            let mut page = self.ask(method, params).await?;
            if let Value::Array(more) = page[member].take() {
                items.extend(more);
            }
            match page["nextCursor"].take() {
                Value::Null => return Ok(items),
                cursor => params = json!({ "cursor": cursor }),
            }
        }
    }

    /// The tool of this name, as the server lists it; `null` where there is none.
    pub(super) async fn tool(&mut self, name: &str) -> Result<Value, Failure> {
        // A server without tools says so when it is called.
        let tools = self.list("tools/list", "tools").await.unwrap_or_default();
        Ok(tools.into_iter().find(|tool| tool["name"] == name).unwrap_or_default())
    }

    /// All that the server says of itself.
    pub(super) async fn everything(&mut self) -> Result<Value, Failure> {
        let discovered = self.ask("server/discover", json!({})).await?;
        let capabilities = &discovered["capabilities"];
        let mut everything = json!({
            "server": discovered["_meta"]["io.modelcontextprotocol/serverInfo"],
            "supportedVersions": discovered["supportedVersions"],
            "capabilities": capabilities,
        });
        if let Some(instructions) = discovered.get("instructions") {
            everything["instructions"] = instructions.clone();
        }
        for (capability, method, member) in [
            ("tools", "tools/list", "tools"),
            ("resources", "resources/list", "resources"),
            ("resources", "resources/templates/list", "resourceTemplates"),
            ("prompts", "prompts/list", "prompts"),
        ] {
            let items = match capabilities.get(capability) {
                Some(_) => self.list(method, member).await?,
                None => Vec::new(),
            };
            everything[member] = Value::Array(items);
        }
        Ok(everything)
    }
}

fn outcome(outcome: Result<&str, &str>) -> Result<Value, Failure> {
    let read = |json: &str| serde_json::from_str::<Value>(json).map_err(|error| Failure::new(error.to_string()));
    match outcome {
        Ok(result) => read(result),
        Err(error) => {
            let error = read(error)?;
            Err(Failure::new(format!("{} ({})", error["message"].as_str().unwrap_or("failed"), error["code"])))
        }
    }
}
