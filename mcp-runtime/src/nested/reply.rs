//! Reading the answer to a call of one's own.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use mcp_proto::wire::Reply;

use crate::output::Error;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
    message: String,
    data: Option<Box<RawValue>>,
}

/// The result, as a `T`.
///
/// # Errors
/// The JSON-RPC error.
pub(super) fn result<T: DeserializeOwned>(reply: &Reply) -> Result<T, Error> {
    // It is our own frame; a type of the user's that writes wrong JSON could break it.
    let envelope: Envelope<'_> = serde_json::from_slice(reply.bytes()).map_err(Error::internal)?;
    if let Some(Failure { code, message, data }) = envelope.error {
        let error = Error::rpc(code, message);
        return Err(match data {
            Some(data) => error.with_data(&data),
            None => error,
        });
    }
    serde_json::from_str(envelope.result.map_or("{}", RawValue::get)).map_err(Error::internal)
}
