//! What a client says it can do.

use std::collections::HashMap;

use mcp_proto::wire::{Code, RpcError};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::ctx::Ctx;

/// Something a client can do, if it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// It can ask its user.
    Elicitation,
    /// It can ask its model.
    Sampling,
    /// It can tell which directories it works in.
    Roots,
    /// It knows an extension, by its identifier.
    Extension(&'static str),
}

impl Capability {
    /// The JSON that declares it.
    fn declaration(self) -> Value {
        let (name, inner) = match self {
            Self::Elicitation => ("elicitation", Map::new()),
            Self::Sampling => ("sampling", Map::new()),
            Self::Roots => ("roots", Map::new()),
            Self::Extension(id) => ("extensions", Map::from_iter([(id.to_owned(), Value::Object(Map::new()))])),
        };
        Value::Object(Map::from_iter([(name.to_owned(), Value::Object(inner))]))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Elicitation => "elicitation",
            Self::Sampling => "sampling",
            Self::Roots => "roots",
            Self::Extension(id) => id,
        }
    }

    /// That the client would have to declare it.
    pub(crate) fn missing(self) -> RpcError {
        let message = format!("The client must declare the capability `{}`", self.name());
        let required = Map::from_iter([("requiredCapabilities".to_owned(), self.declaration())]);
        RpcError::new(Code::MISSING_CAPABILITY, message).with_data(&required)
    }
}

impl Ctx {
    /// Whether the client declared that it can do this.
    pub fn supports(&self, capability: Capability) -> bool {
        let inner = self.inner();
        let declared = match &inner.terms.session {
            Some(session) => session.client_capabilities(),
            None => inner.request.client_capabilities(),
        };
        let members = |json: &str| serde_json::from_str::<HashMap<String, Box<RawValue>>>(json).unwrap_or_default();
        let declared = declared.map(members).unwrap_or_default();
        match capability {
            Capability::Extension(id) => {
                declared.get("extensions").is_some_and(|extensions| members(extensions.get()).contains_key(id))
            }
            capability => declared.contains_key(capability.name()),
        }
    }
}
