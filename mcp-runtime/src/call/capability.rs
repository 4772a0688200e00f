//! What a client says it can do.

use mcp_proto::Version;
use mcp_proto::wire::{Code, RpcError};
use serde_json::Value;

use crate::json_text::object;

/// What an error says of a capability that the client lacks; its name follows.
pub(crate) const MUST_DECLARE: &str = "The client must declare the capability ";

/// Something a client can do, if it says so.
///
/// ```
/// use mcp_runtime::Capability;
/// use mcp_runtime::prelude::*;
///
/// /// Says whether the user can be asked.
/// #[tool]
/// fn can_ask(ctx: &Ctx) -> bool {
///     ctx.supports(Capability::Elicitation)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// It can ask its user to fill in a form (`client/elicitation`).
    Elicitation,
    /// It can send its user to a web page (`client/elicitation`, "URL Mode").
    ElicitationUrl,
    /// It can ask its model (`client/sampling`).
    Sampling,
    /// It can ask its model with tools that the model may use.
    SamplingTools,
    /// It can give its model what it knows of other servers, or of this one (from 2025-11-25; before, whoever samples can).
    SamplingContext,
    /// It can tell which directories it works in (`client/roots`).
    Roots,
    /// It knows an extension, by its identifier.
    Extension(&'static str),
}

impl Capability {
    /// Where it is declared: the names of members, outermost first.
    pub(super) fn path(self) -> (&'static str, Option<&'static str>) {
        match self {
            // A client that names no mode knows the oldest, forms.
            Self::Elicitation => ("elicitation", None),
            Self::ElicitationUrl => ("elicitation", Some("url")),
            Self::Sampling => ("sampling", None),
            Self::SamplingTools => ("sampling", Some("tools")),
            Self::SamplingContext => ("sampling", Some("context")),
            Self::Roots => ("roots", None),
            Self::Extension(id) => ("extensions", Some(id)),
        }
    }

    /// The JSON that declares it.
    fn declaration(self) -> Value {
        let (name, inner) = self.path();
        match inner {
            Some(inner) => object(vec![(name, object(vec![(inner, object(Vec::new()))]))]),
            None => object(vec![(name, object(Vec::new()))]),
        }
    }

    /// Which revision of the protocol has brought it, where a client of this one cannot declare it.
    pub(crate) fn came_later_than(self, version: Version) -> Option<Version> {
        let (is_there, since) = match self {
            Self::Elicitation => (version.has_elicitation(), Version::V2025_06_18),
            Self::ElicitationUrl => (version.has_elicitation_modes(), Version::V2025_11_25),
            Self::SamplingTools => (version.has_sampling_tools(), Version::V2025_11_25),
            Self::Sampling | Self::SamplingContext | Self::Roots | Self::Extension(_) => return None,
        };
        (!is_there).then_some(since)
    }

    /// Its name in messages: `elicitation.url`.
    pub(crate) fn name(self) -> String {
        match self.path() {
            ("extensions", Some(id)) => id.to_owned(),
            (name, None) => name.to_owned(),
            (name, Some(inner)) => format!("{name}.{inner}"),
        }
    }

    /// That the client would have to declare it.
    pub(crate) fn missing(self) -> RpcError {
        let required = object(vec![("requiredCapabilities", self.declaration())]);
        RpcError::new(Code::MISSING_CAPABILITY, format!("{MUST_DECLARE}`{}`", self.name())).with_data(&required)
    }
}
