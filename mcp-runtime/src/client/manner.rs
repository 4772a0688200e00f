//! Requests as the command line makes them: of any method, and with the result as the server has written it.

use mcp_proto::types::LogLevel;
use serde_json::{Map, Value};

use super::Client;
use super::call::{Call, add_meta};
use super::error::ClientError;
use super::progress::{Hear, Reports};
use super::request::Request;
use crate::json_text;

/// How a request is made.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// The least severe log messages that are wanted while it runs.
    pub(crate) log_level: Option<LogLevel>,
    /// Hears how far it has come. The server is asked to tell.
    pub(crate) hear: Option<Hear>,
    /// Members for `_meta`.
    pub(crate) meta: Map<String, Value>,
}

impl Manner {
    pub(super) fn apply(&self, request: &mut Request) {
        request.log_level = self.log_level;
        if let Some(hear) = &self.hear {
            request.reports = Some(Reports::heard_by(hear.clone()).into());
        }
        for (name, value) in &self.meta {
            add_meta(request, name, value);
        }
    }
}

impl Client {
    /// Makes a request of any method; its result, as the server has written it. A tool's own failure is a result, too.
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub(crate) async fn ask_as(&self, method: &str, params: &Value, manner: &Manner) -> Result<String, ClientError> {
        if method == "tools/call" {
            let name = params["name"].as_str().unwrap_or_default();
            let call: Call = self.call(name, &params["arguments"]).in_manner(manner);
            return match call.await {
                Ok(result) => Ok(result.json().to_owned()),
                Err(ClientError::Tool(error)) => Ok(error.result().json().to_owned()),
                Err(other) => Err(other),
            };
        }
        let params = json_text::value(params);
        let members = params.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        let mut ask = self.any(method, members);
        manner.apply(&mut ask.request);
        self.result(ask).await
    }
}
