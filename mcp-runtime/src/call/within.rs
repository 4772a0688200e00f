//! A call that a call makes of its own server.

use std::collections::BTreeMap;

use bytes::Bytes;
use mcp_proto::wire::{Incoming, Message, Method, Reply, RpcError, decode, request};
use serde_json::value::RawValue;

use super::answer::HandlerFuture;
use super::ctx::Ctx;
use super::inner::Inner;
use crate::log;

/// How deep calls may be made within calls: deep enough for sense, shallow enough for a stack.
const DEEPEST: usize = 16;

/// What a call belongs to that another call has made.
#[derive(Clone)]
pub(crate) struct Within {
    /// The call that a client made.
    pub(super) root: Ctx,
    /// What the keys of its questions begin with: `book/`.
    prefix: String,
    depth: usize,
}

impl Ctx {
    /// Serves a request of the call's own by the same server, for the same caller. Questions that are asked on the way
    /// travel under `label/key`.
    pub(crate) fn request(&self, label: &str, method: &Method, params: BTreeMap<&str, Box<RawValue>>) -> HandlerFuture {
        // Under the id of the client's request, which the lines of the log name.
        let id = &self.inner().request.id;
        let refuse = |error| Box::pin(std::future::ready(Reply::error(id, &error))) as HandlerFuture;
        let depth = self.inner().within.as_ref().map_or(0, |within| within.depth) + 1;
        if depth > DEEPEST {
            let name = self.inner().entry.as_ref().map_or("it", |entry| &entry.name);
            log::event!(ERROR, "`{name}` was called within itself, or within others, more than {DEEPEST} deep");
            return refuse(RpcError::internal());
        }
        match decode(frame(self, method, params)) {
            Incoming::One(Message::Request(request)) => {
                let home = std::sync::Arc::clone(&self.inner().home);
                let within = Within { root: self.root().clone(), prefix: self.root_prefix(label), depth };
                home.serve(request, self, within)
            }
            // Arguments nested too deep, say.
            Incoming::One(Message::Invalid(invalid)) => refuse(invalid.error),
            _ => refuse(RpcError::internal()),
        }
    }

    /// The call that a client made: this one, or the one within which it runs.
    pub(crate) fn root(&self) -> &Ctx {
        self.inner().within.as_ref().map_or(self, |within| &within.root)
    }

    /// A key of this call's, as the client knows it. One that begins with `@` has another in front, so that it is none of ours.
    pub(super) fn key(&self, key: &str) -> String {
        let prefix = self.inner().within.as_ref().map_or("", |within| &within.prefix);
        let escape = if key.starts_with('@') { "@" } else { "" };
        format!("{prefix}{escape}{key}")
    }

    /// What keys begin with in a call that this one makes. The second of the same name is `name#2/`.
    fn root_prefix(&self, label: &str) -> String {
        let prefix = self.key(&format!("{label}/"));
        match self.dialogue().count_call(&prefix) {
            1 => prefix,
            times => self.key(&format!("{label}#{times}/")),
        }
    }
}

impl Inner {
    /// Whether a call of the server's own.
    pub(crate) fn is_within(&self) -> bool {
        self.within.is_some()
    }
}

/// The request's frame. It is of the same client, revision and trace, but reports no progress: the client would take it for
/// that of its own call.
fn frame(ctx: &Ctx, method: &Method, mut params: BTreeMap<&str, Box<RawValue>>) -> Bytes {
    let meta = ctx.inner().request.meta_json().and_then(|json| {
        let mut meta: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        meta.remove("progressToken");
        serde_json::value::to_raw_value(&meta).ok()
    });
    if let Some(meta) = meta {
        params.insert("_meta", meta);
    }
    // Members that are JSON already always serialize.
    let params = serde_json::to_string(&params).unwrap_or_default();
    request(&ctx.inner().request.id, method.as_str(), Some(&params)).into()
}
