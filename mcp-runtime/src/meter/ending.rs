//! How a call can end, as far as metrics tell it apart.

use mcp_proto::wire::{Code, ReplyKind};

/// How a call ended. Codes of one's own are counted as one, so that there is an end to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Result,
    /// With a question to the client; its answer is another call.
    InputRequired,
    ToolError,
    InvalidParams,
    Internal,
    ResourceNotFound,
    MethodNotFound,
    InvalidRequest,
    Parse,
    HeaderMismatch,
    MissingCapability,
    UnsupportedVersion,
    OtherCode,
    /// The client has cancelled it, or has left.
    Cancelled,
}

impl Ending {
    pub(crate) const ALL: [Self; 14] = [
        Self::Result,
        Self::InputRequired,
        Self::ToolError,
        Self::InvalidParams,
        Self::Internal,
        Self::ResourceNotFound,
        Self::MethodNotFound,
        Self::InvalidRequest,
        Self::Parse,
        Self::HeaderMismatch,
        Self::MissingCapability,
        Self::UnsupportedVersion,
        Self::OtherCode,
        Self::Cancelled,
    ];

    /// What the attribute `error.type` says of it, by the semantic conventions of OpenTelemetry for MCP. `None` where nothing
    /// has failed.
    pub(crate) fn error_type(self) -> Option<&'static str> {
        Some(match self {
            Self::Result | Self::InputRequired => return None,
            Self::ToolError => "tool_error",
            Self::InvalidParams => "-32602",
            Self::Internal => "-32603",
            Self::ResourceNotFound => "-32002",
            Self::MethodNotFound => "-32601",
            Self::InvalidRequest => "-32600",
            Self::Parse => "-32700",
            Self::HeaderMismatch => "-32020",
            Self::MissingCapability => "-32021",
            Self::UnsupportedVersion => "-32022",
            Self::OtherCode => "_OTHER",
            Self::Cancelled => "cancelled",
        })
    }
}

impl From<ReplyKind> for Ending {
    #[inline]
    fn from(kind: ReplyKind) -> Self {
        match kind {
            ReplyKind::Result => Self::Result,
            ReplyKind::InputRequired => Self::InputRequired,
            ReplyKind::ToolError => Self::ToolError,
            ReplyKind::Error(code) => of_code(code),
        }
    }
}

#[cold]
fn of_code(code: Code) -> Ending {
    match code {
        Code::INVALID_PARAMS => Ending::InvalidParams,
        Code::INTERNAL => Ending::Internal,
        Code::RESOURCE_NOT_FOUND => Ending::ResourceNotFound,
        Code::METHOD_NOT_FOUND => Ending::MethodNotFound,
        Code::INVALID_REQUEST => Ending::InvalidRequest,
        Code::PARSE => Ending::Parse,
        Code::HEADER_MISMATCH => Ending::HeaderMismatch,
        Code::MISSING_CAPABILITY => Ending::MissingCapability,
        Code::UNSUPPORTED_VERSION => Ending::UnsupportedVersion,
        _ => Ending::OtherCode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_place_and_errors_are_named_by_their_code() {
        for (place, ending) in Ending::ALL.into_iter().enumerate() {
            assert_eq!(ending as usize, place);
        }
        for code in [-32700, -32603, -32602, -32601, -32600, -32002, -32020, -32021, -32022] {
            let ending = Ending::from(ReplyKind::Error(Code(code)));
            assert_eq!(ending.error_type(), Some(&*code.to_string()));
        }
        assert_eq!(Ending::from(ReplyKind::Error(Code(7))).error_type(), Some("_OTHER"));
        assert_eq!(Ending::from(ReplyKind::InputRequired).error_type(), None);
    }
}
