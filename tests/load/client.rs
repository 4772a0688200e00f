//! Clients of both eras, on connections that stay open.

use std::net::SocketAddr;

use crate::load::wire::{Answer, Cut, Wire};

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}"#
);

const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

const META: &str = concat!(
    r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"info"}"#
);

/// Which era a client is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 2025-11-25: it opens a session.
    Sessions,
    /// 2026-07-28: each of its requests stands alone.
    Stateless,
}

pub const ERAS: [Era; 2] = [Era::Sessions, Era::Stateless];

/// A client, and a connection of its.
pub struct Client {
    pub wire: Wire,
    pub who: Who,
}

/// What a client says with every request.
#[derive(Clone, Debug)]
pub struct Who {
    pub address: SocketAddr,
    /// Its session; none in the stateless era.
    session: Option<String>,
}

impl Client {
    pub async fn open(address: SocketAddr, era: Era) -> Self {
        Self::try_open(address, era).await.unwrap_or_else(|cut| panic!("no client: {cut:?}"))
    }

    /// A client, unless the server has no room for it, or stops meanwhile.
    pub async fn try_open(address: SocketAddr, era: Era) -> Result<Self, Cut> {
        let lost = |error: std::io::Error| Cut { within: false, error: Some(error.kind()) };
        let mut client =
            Self { wire: Wire::try_open(address).await.map_err(lost)?, who: Who { address, session: None } };
        if era == Era::Stateless {
            return Ok(client);
        }
        let refused = |answer: Answer| match answer.status {
            // There is no room, or no place, or the session is gone again.
            503 | 404 => Cut { within: false, error: None },
            _ => panic!("no session: {answer:?}"),
        };
        let answer = client.exchange(&client.who.initialize()).await?;
        let Some(session) = answer.header("mcp-session-id") else { return Err(refused(answer)) };
        client.who.session = Some(session.to_owned());
        let ready = client.exchange(&client.who.initialized()).await?;
        if ready.status == 202 { Ok(client) } else { Err(refused(ready)) }
    }

    /// The same client on another connection.
    pub async fn another(&self) -> Self {
        Self { wire: Wire::open(self.who.address).await, who: self.who.clone() }
    }

    /// Sends a request and reads its answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer, Cut> {
        let sent = self.wire.send(request).await;
        // What the server said before it closed may be there all the same.
        let answer = self.wire.answer().await;
        sent.map_err(|error| Cut { within: false, error: Some(error.kind()) }).and(answer)
    }

    /// Calls a tool.
    pub async fn call(&mut self, id: u64, tool: &str, arguments: &str) -> Answer {
        let answer = self.exchange(&self.who.call(id, tool, arguments)).await;
        answer.unwrap_or_else(|cut| panic!("no answer to {tool}: {cut:?}"))
    }

    /// Calls a tool, and reads no answer yet.
    pub async fn begin(&mut self, id: u64, tool: &str, arguments: &str) {
        self.wire.send(&self.who.call(id, tool, arguments)).await.expect("the server reads");
    }

    /// Listens: to the session, or for changes of the list of tools. Reads as far as it is sure that it does.
    pub async fn listen(&mut self) -> Answer {
        self.try_listen().await.expect("an answer, and an open stream")
    }

    /// The same, unless the server has closed the connection.
    pub async fn try_listen(&mut self) -> Result<Answer, Cut> {
        let sent = self.wire.send(&self.who.listen()).await;
        sent.map_err(|error| Cut { within: false, error: Some(error.kind()) })?;
        let head = self.wire.head().await?;
        if head.status == 200 {
            let first = self.wire.event().await?.expect("an event");
            assert!(first.data.is_empty() || first.data.contains("acknowledged"), "{first:?}");
        }
        Ok(head)
    }
}

impl Who {
    /// A client of the stateless era at this address.
    pub fn stateless_at(address: SocketAddr) -> Self {
        Self { address, session: None }
    }

    /// The same, in a session.
    pub fn in_session(&self, session: &str) -> Self {
        Self { session: Some(session.to_owned()), ..*self }
    }

    /// A request with this client's headers.
    pub fn request(&self, verb: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
        let mut text = format!("{verb} /mcp HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", self.address, body.len());
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(session) = &self.session {
            text.push_str(&format!("Mcp-Session-Id: {session}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(body);
        text.into_bytes()
    }

    /// A message, posted.
    pub fn post(&self, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
        let json = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];
        self.request("POST", &[&json, headers].concat(), body)
    }

    pub fn initialize(&self) -> Vec<u8> {
        self.post(&[], INITIALIZE)
    }

    pub fn initialized(&self) -> Vec<u8> {
        self.post(&[], INITIALIZED)
    }

    /// A call of a tool.
    pub fn call(&self, id: u64, tool: &str, arguments: &str) -> Vec<u8> {
        let params = format!(r#""name":"{tool}","arguments":{arguments}"#);
        if self.session.is_none() {
            return self.stateless(id, "tools/call", tool, &params);
        }
        self.post(&[], &format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{{params}}}}}"#))
    }

    /// A request of the stateless era.
    fn stateless(&self, id: u64, method: &str, name: &str, params: &str) -> Vec<u8> {
        let headers = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method), ("Mcp-Name", name)];
        let headers = if name.is_empty() { &headers[..2] } else { &headers };
        self.post(
            headers,
            &format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params},{META}}}}}"#),
        )
    }

    /// Listens: to the session, or for changes of the list of tools.
    pub fn listen(&self) -> Vec<u8> {
        match self.session {
            Some(_) => self.request("GET", &[("Accept", "text/event-stream")], ""),
            None => self.stateless(1, "subscriptions/listen", "", r#""notifications":{"toolsListChanged":true}"#),
        }
    }

    /// Listens on from after an event.
    pub fn resume(&self, last: &str) -> Vec<u8> {
        self.request("GET", &[("Accept", "text/event-stream"), ("Last-Event-ID", last)], "")
    }

    /// Ends the session.
    pub fn delete(&self) -> Vec<u8> {
        self.request("DELETE", &[], "")
    }
}
