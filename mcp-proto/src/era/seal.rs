//! What a result carries because of its era.

use serde::Serialize;

use crate::wire::{Reply, ResultWriter};

/// The member of a result's `_meta` in which a server names itself (2026-07-28, `basic/index`).
pub(crate) const SERVER_INFO_KEY: &str = "io.modelcontextprotocol/serverInfo";

/// What every result ends with: nothing in the stateful era; `resultType` and the server's name in the stateless
/// one (`basic/index`, "ResultType" and "Per-response protocol fields"). Rendered once, when the server is built.
#[derive(Clone, Debug, Default)]
pub struct Seal {
    /// `"io.modelcontextprotocol/serverInfo":{…}`, in the stateless era.
    server_info: Option<Box<str>>,
    /// The whole of it for a result that adds no `_meta` of its own.
    plain: Box<str>,
}

impl Seal {
    /// Seals nothing.
    pub fn stateful() -> Self {
        Self::default()
    }

    /// Marks results as complete and names the server. `server_info` is the JSON of an `Implementation`.
    pub fn stateless(server_info: &str) -> Self {
        let info = format!(r#""{SERVER_INFO_KEY}":{server_info}"#);
        Self { plain: format!(r#""resultType":"complete","_meta":{{{info}}}"#).into(), server_info: Some(info.into()) }
    }

    /// Whether this is the stateless seal.
    pub fn is_stateless(&self) -> bool {
        self.server_info.is_some()
    }

    /// Marks a result as a question instead (`basic/patterns/mrtr`).
    fn write_input_required(&self, result: &mut ResultWriter) {
        result.members(r#""resultType":"input_required""#);
        if let Some(info) = &self.server_info {
            result.members(&format!(r#""_meta":{{{info}}}"#));
        }
    }

    fn write(&self, result: &mut ResultWriter, meta: Option<&str>, cache: Option<Cache>) {
        match meta.filter(|members| !members.is_empty()) {
            None => result.members(&self.plain),
            Some(members) => self.write_with(result, members),
        }
        if let Some(cache) = cache.filter(|_| self.is_stateless()) {
            cache.write(result);
        }
    }

    #[inline(never)]
    fn write_with(&self, result: &mut ResultWriter, members: &str) {
        match &self.server_info {
            None => result.members(&format!(r#""_meta":{{{members}}}"#)),
            Some(info) => result.members(&format!(r#""resultType":"complete","_meta":{{{members},{info}}}"#)),
        }
    }
}

impl ResultWriter {
    /// Ends the result as the era wants it.
    pub fn finish(self, seal: &Seal) -> Reply {
        self.finish_with(seal, None, None)
    }

    /// Ends a result that a client may cache, where the era knows of caching.
    pub fn finish_cacheable(self, seal: &Seal, cache: Cache) -> Reply {
        self.finish_with(seal, None, Some(cache))
    }

    /// Ends the result with members for its `_meta` (rendered, without braces) and caching hints.
    pub fn finish_with(mut self, seal: &Seal, meta: Option<&str>, cache: Option<Cache>) -> Reply {
        seal.write(&mut self, meta, cache);
        self.end()
    }

    /// Ends a result that is no answer but a question (`basic/patterns/mrtr`).
    pub fn finish_input_required(mut self, seal: &Seal) -> Reply {
        seal.write_input_required(&mut self);
        self.end_as_question()
    }
}

/// How long and for whom a result may be kept (`server/utilities/caching`). Only 2026-07-28 says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cache {
    /// For how long it is fresh, in milliseconds. 0: ask every time.
    pub ttl_ms: u64,
    /// Who may share it.
    pub scope: CacheScope,
}

impl Cache {
    /// Not to be kept, and nobody else's business: the careful default.
    pub const NONE: Self = Self { ttl_ms: 0, scope: CacheScope::Private };

    #[inline(never)]
    fn write(self, result: &mut ResultWriter) {
        let ttl = result.member("ttlMs");
        // An integer always serializes, and a `Vec` takes all that is written.
        let _ = serde_json::to_writer(ttl, &self.ttl_ms);
        result.members(match self.scope {
            CacheScope::Public => r#""cacheScope":"public""#,
            CacheScope::Private => r#""cacheScope":"private""#,
        });
    }
}

/// Who may share a cached result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CacheScope {
    /// Anybody: it holds nothing of one user's.
    Public,
    /// Only the one who asked.
    Private,
}
