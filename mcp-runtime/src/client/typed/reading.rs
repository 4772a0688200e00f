//! From a result to what the function returns.
//!
//! A type is asked in the order in which the server asks it: what writes itself comes before what serializes.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use mcp_proto::wire::Str;
use serde::de::DeserializeOwned;

use crate::call::OutputShape;
use crate::client::error::ClientError;
use crate::client::result::{CallResult, member, misfit};
use crate::nested::ReadResourceResult;
use crate::output::{Probe, ResourceOutput, ToolOutput};

/// The shape of what a tool returns, in a static beside its call.
#[derive(Debug, Default)]
pub struct Shape(pub(super) OnceLock<OutputShape>);

impl Shape {
    /// Not known yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// What reads the result of a tool as a `T`.
type FromTool<T> = fn(CallResult, OutputShape) -> Result<T, ClientError>;
/// What reads a resource as a `T`.
type FromResource<T> = fn(ReadResourceResult) -> Result<T, ClientError>;

/// Types whose values come as text, and `()`.
pub trait Texts {
    /// What owns the text.
    type Owned;

    /// From the text.
    fn owned(text: String) -> Self::Owned;
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl Texts for $text {
            type Owned = String;

            fn owned(text: String) -> String {
                text
            }
        }
    )*};
}

texts!(String, &str, Box<str>, Arc<str>, Cow<'_, str>, Str<'_>);

impl Texts for () {
    type Owned = ();

    fn owned(_: String) {}
}

/// Texts.
pub trait ReadText<T> {
    /// What reads it.
    fn reading(&self) -> FromTool<T>;
}

/// Types that write themselves: content.
pub trait ReadOutput {
    /// What reads it.
    fn reading(&self) -> FromTool<CallResult>;
}

/// Types that are read from JSON.
pub trait ReadSerde<T> {
    /// What reads it.
    fn reading(&self) -> FromTool<T>;
}

/// All other types.
pub trait ReadAny {
    /// What reads it.
    fn reading(&self) -> FromTool<CallResult>;
}

impl<T: Texts> ReadText<T::Owned> for &&&Probe<T> {
    fn reading(&self) -> FromTool<T::Owned> {
        |result, _| Ok(T::owned(result.text()))
    }
}

impl<T: ToolOutput> ReadOutput for &&Probe<T> {
    fn reading(&self) -> FromTool<CallResult> {
        |result, _| Ok(result)
    }
}

impl<T: DeserializeOwned> ReadSerde<T> for &Probe<T> {
    fn reading(&self) -> FromTool<T> {
        structured
    }
}

impl<T> ReadAny for Probe<T> {
    fn reading(&self) -> FromTool<CallResult> {
        |result, _| Ok(result)
    }
}

/// The value in a result, which has this shape if the server is of the same build.
///
/// # Errors
/// [`ClientError::Mismatch`]: it is not a `T`.
fn structured<T: DeserializeOwned>(result: CallResult, shape: OutputShape) -> Result<T, ClientError> {
    let Some(structured) = result.structured() else {
        // The text is JSON, or what a JSON string says.
        let text = result.text();
        return serde_json::from_str(&text)
            .or_else(|error| serde_json::from_value(text.into()).map_err(|_| error))
            .map_err(|error| misfit(&error, "the text of the result"));
    };
    match member(structured, "result").filter(|_| shape == OutputShape::Wrapped) {
        Some(wrapped) => serde_json::from_str(wrapped).map_err(|error| misfit(&error, "the structured result")),
        None => result.value(),
    }
}

/// Resources that are text or bytes.
pub trait ResourceText<T> {
    /// What reads it.
    fn reading(&self) -> FromResource<T>;
}

/// Resources that write themselves.
pub trait ResourceWhole {
    /// What reads it.
    fn reading(&self) -> FromResource<ReadResourceResult>;
}

/// Resources that are JSON.
pub trait ResourceValue<T> {
    /// What reads it.
    fn reading(&self) -> FromResource<T>;
}

/// All other resources.
pub trait ResourceAny {
    /// What reads it.
    fn reading(&self) -> FromResource<ReadResourceResult>;
}

/// Types whose values are one piece of a resource.
pub trait Piece {
    /// What owns it.
    type Owned;

    /// Takes it out of what was read.
    fn take(read: ReadResourceResult) -> Option<Self::Owned>;
}

macro_rules! pieces {
    ($owned:ty, $take:expr; $($piece:ty),*) => {$(
        impl Piece for $piece {
            type Owned = $owned;

            fn take(read: ReadResourceResult) -> Option<$owned> {
                let take: fn(ReadResourceResult) -> Option<$owned> = $take;
                take(read)
            }
        }
    )*};
}

pieces!(String, |read| read.contents.into_iter().next()?.text; String, &str, Box<str>, Cow<'_, str>);
pieces!(Vec<u8>, bytes; Vec<u8>, &[u8], bytes::Bytes);

impl<const N: usize> Piece for &[u8; N] {
    type Owned = Vec<u8>;

    fn take(read: ReadResourceResult) -> Option<Vec<u8>> {
        bytes(read)
    }
}

/// `None` is "not found", which is an error.
impl<T: Piece> Piece for Option<T> {
    type Owned = T::Owned;

    fn take(read: ReadResourceResult) -> Option<T::Owned> {
        T::take(read)
    }
}

fn bytes(read: ReadResourceResult) -> Option<Vec<u8>> {
    read.contents.into_iter().next()?.blob
}

impl<T: Piece> ResourceText<T::Owned> for &&&Probe<T> {
    fn reading(&self) -> FromResource<T::Owned> {
        |read| T::take(read).ok_or_else(|| ClientError::mismatch("the resource has no contents of the type"))
    }
}

impl<T: ResourceOutput> ResourceWhole for &&Probe<T> {
    fn reading(&self) -> FromResource<ReadResourceResult> {
        Ok
    }
}

impl<T: DeserializeOwned> ResourceValue<T> for &Probe<T> {
    fn reading(&self) -> FromResource<T> {
        |read| serde_json::from_str(&read.text()).map_err(|error| misfit(&error, "the text of the resource"))
    }
}

impl<T> ResourceAny for Probe<T> {
    fn reading(&self) -> FromResource<ReadResourceResult> {
        Ok
    }
}
