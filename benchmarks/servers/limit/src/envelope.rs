//! A message, as far as it has to be read: one pass, and only places are kept.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A request or a notification.
#[derive(Deserialize)]
pub(crate) struct Envelope<'a> {
    /// There is none in a notification.
    #[serde(borrow)]
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) method: &'a str,
    #[serde(borrow)]
    pub(crate) params: Option<Params<'a>>,
}

/// What is called, and with what.
#[derive(Deserialize)]
pub(crate) struct Params<'a> {
    pub(crate) name: Option<&'a str>,
    #[serde(borrow)]
    pub(crate) arguments: Option<Arguments<'a>>,
    #[serde(borrow, rename = "_meta")]
    pub(crate) meta: Option<Meta<'a>>,
}

/// Those that an answer depends on.
#[derive(Deserialize)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow)]
    pub(crate) message: Option<&'a RawValue>,
    pub(crate) count: Option<u32>,
}

/// What a request says of itself.
#[derive(Deserialize)]
pub(crate) struct Meta<'a> {
    #[serde(borrow, rename = "progressToken")]
    pub(crate) progress_token: Option<&'a RawValue>,
}
