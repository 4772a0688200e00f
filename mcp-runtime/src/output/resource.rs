//! What resources return (`server/resources`, "Resource Contents").

use mcp_proto::era::CacheScope;
use mcp_proto::types::ResourceContents;
use mcp_proto::wire::{Code, Reply, ResultWriter, RpcError};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::answer::told;
use super::error::Error;
use super::probe::Probe;
use crate::call::Call;
use crate::finite::{Unsendable, to_json};

/// A type that writes itself as a resource's contents. Everything that serializes becomes JSON without it.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{ResourceContents, ResourceOutput, ResourceWriter};
///
/// struct Page {
///     text: String,
///     logo: Vec<u8>,
/// }
///
/// impl ResourceOutput for Page {
///     fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
///         writer.contents(&ResourceContents::text(self.text));
///         writer.contents(&ResourceContents::blob(self.logo).mime("image/png"));
///         Ok(())
///     }
/// }
///
/// /// The manual with its picture.
/// #[resource("app://manual", mime = "text/plain")]
/// fn manual() -> Page {
///     Page { text: "Press the button.".to_owned(), logo: vec![0x89] }
/// }
/// ```
pub trait ResourceOutput {
    /// Writes the contents.
    ///
    /// # Errors
    /// Whatever keeps them from being there.
    fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error>;
}

/// Writes a resource's contents, piece by piece.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{ResourceContents, ResourceOutput, ResourceWriter};
///
/// struct Lines(Vec<String>);
///
/// impl ResourceOutput for Lines {
///     fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
///         writer.contents(&ResourceContents::text(self.0.join("\n")));
///         Ok(())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct ResourceWriter<'a> {
    call: &'a Call,
    result: ResultWriter,
    pieces: usize,
}

impl<'a> ResourceWriter<'a> {
    fn new(call: &'a Call) -> Self {
        let mut result = ResultWriter::new(call.id());
        result.member("contents").push(b'[');
        Self { call, result, pieces: 0 }
    }

    /// Adds a piece. Where it names no URI or MIME type it has the one asked for, and the one declared.
    pub fn contents(&mut self, piece: &ResourceContents) {
        let call = self.call;
        self.add(piece, call.entry().and_then(|entry| entry.mime.as_deref()));
    }

    fn add(&mut self, piece: &ResourceContents, mime: Option<&str>) {
        let asked = self.call.request().uri().unwrap_or_default();
        let out = self.result.value();
        if self.pieces > 0 {
            out.push(b',');
        }
        self.pieces += 1;
        piece.write(out, asked, mime);
    }

    fn finish(mut self) -> Reply {
        self.result.value().push(b']');
        let ctx = self.call.ctx();
        let mut cache = ctx.scope().shared.read_cache;
        // What not everybody may read is for its reader alone.
        if ctx.inner().entry.as_ref().is_some_and(|entry| entry.policy.is_some()) {
            cache.scope = CacheScope::Private;
        }
        self.result.finish_cacheable(self.call.seal(), cache)
    }
}

/// The answer to a URI at which there is nothing.
pub(crate) fn not_found(call: &Call) -> Reply {
    not_found_with(call, None, None)
}

/// The same with a message and data of the handler's own.
pub(super) fn not_found_with(call: &Call, message: Option<String>, data: Option<Box<RawValue>>) -> Reply {
    let code =
        if call.version().has_resource_not_found_code() { Code::RESOURCE_NOT_FOUND } else { Code::INVALID_PARAMS };
    let uri = call.request().uri().unwrap_or_default();
    let message = message.unwrap_or_else(|| format!("Resource not found: {uri}"));
    let mut error = RpcError::new(code, message).with_data(&json!({ "uri": uri }));
    if data.is_some() {
        error.data = data;
    }
    Reply::error(call.id(), &error)
}

macro_rules! pieces {
    ($($type:ty => $make:ident),* $(,)?) => {$(
        impl ResourceOutput for $type {
            fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
                writer.contents(&ResourceContents::$make(self));
                Ok(())
            }
        }
    )*};
}

pieces!(String => text, &str => text, Box<str> => text, std::borrow::Cow<'_, str> => text, Vec<u8> => blob, &[u8] => blob);

impl ResourceOutput for bytes::Bytes {
    fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
        writer.contents(&ResourceContents::blob(Vec::from(self)));
        Ok(())
    }
}

impl<const N: usize> ResourceOutput for &[u8; N] {
    fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
        self.as_slice().write(writer)
    }
}

impl ResourceOutput for ResourceContents {
    fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
        writer.contents(&self);
        Ok(())
    }
}

impl ResourceOutput for Vec<ResourceContents> {
    fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
        for piece in &self {
            writer.contents(piece);
        }
        Ok(())
    }
}

/// `None` is "not found".
impl<T: ResourceOutput> ResourceOutput for Option<T> {
    fn write(self, writer: &mut ResourceWriter<'_>) -> Result<(), Error> {
        self.ok_or_else(Error::not_found)?.write(writer)
    }
}

/// Types that write themselves.
pub trait ResourceByOutput<T> {
    /// The answer.
    fn reply_resource(&self, value: T, call: &Call) -> Reply;
}

/// Types that serialize: JSON.
pub trait ResourceBySerde<T> {
    /// The answer.
    fn reply_resource(&self, value: T, call: &Call) -> Reply;
}

impl<T: ResourceOutput> ResourceByOutput<T> for &Probe<T> {
    fn reply_resource(&self, value: T, call: &Call) -> Reply {
        let mut writer = ResourceWriter::new(call);
        match value.write(&mut writer) {
            Ok(()) => writer.finish(),
            Err(error) => error.reply(call),
        }
    }
}

impl<T: Serialize> ResourceBySerde<T> for Probe<T> {
    fn reply_resource(&self, value: T, call: &Call) -> Reply {
        let json = match to_json(&value) {
            // What an `Option` of such a type gives for `None`.
            Ok(json) if json == "null" => return not_found(call),
            Ok(json) => json,
            Err(error @ Unsendable::NotFinite { .. }) => return told(call, error.to_string()),
            Err(Unsendable::Serde(error)) => return Error::internal(error).reply(call),
        };
        let mut writer = ResourceWriter::new(call);
        let declared = call.entry().and_then(|entry| entry.mime.as_deref());
        writer.add(&ResourceContents::text(json), declared.or(Some("application/json")));
        writer.finish()
    }
}
