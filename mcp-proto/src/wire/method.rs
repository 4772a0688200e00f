//! The methods the protocol knows.

use std::fmt;

/// A request's method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// `initialize`: opens a session (up to 2025-11-25).
    Initialize,
    /// `ping` (up to 2025-11-25).
    Ping,
    /// `server/discover` (from 2026-07-28).
    Discover,
    /// `tools/list`.
    ToolsList,
    /// `tools/call`.
    ToolsCall,
    /// `resources/list`.
    ResourcesList,
    /// `resources/templates/list`.
    ResourceTemplatesList,
    /// `resources/read`.
    ResourcesRead,
    /// `resources/subscribe` (up to 2025-11-25).
    ResourcesSubscribe,
    /// `resources/unsubscribe` (up to 2025-11-25).
    ResourcesUnsubscribe,
    /// `prompts/list`.
    PromptsList,
    /// `prompts/get`.
    PromptsGet,
    /// `completion/complete`.
    Complete,
    /// `logging/setLevel` (up to 2025-11-25).
    SetLevel,
    /// `subscriptions/listen` (from 2026-07-28).
    Listen,
    /// One the protocol does not know: a vendor's, or a mistake.
    Other(Box<str>),
}

use Method::{
    Complete, Discover, Initialize, Listen, Other, Ping, PromptsGet, PromptsList, ResourceTemplatesList, ResourcesList,
    ResourcesRead, ResourcesSubscribe, ResourcesUnsubscribe, SetLevel, ToolsCall, ToolsList,
};

impl Method {
    /// The method of this name.
    pub fn parse(name: &str) -> Self {
        match name {
            "initialize" => Initialize,
            "ping" => Ping,
            "server/discover" => Discover,
            "tools/list" => ToolsList,
            "tools/call" => ToolsCall,
            "resources/list" => ResourcesList,
            "resources/templates/list" => ResourceTemplatesList,
            "resources/read" => ResourcesRead,
            "resources/subscribe" => ResourcesSubscribe,
            "resources/unsubscribe" => ResourcesUnsubscribe,
            "prompts/list" => PromptsList,
            "prompts/get" => PromptsGet,
            "completion/complete" => Complete,
            "logging/setLevel" => SetLevel,
            "subscriptions/listen" => Listen,
            other => Other(other.into()),
        }
    }

    /// The name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Initialize => "initialize",
            Ping => "ping",
            Discover => "server/discover",
            ToolsList => "tools/list",
            ToolsCall => "tools/call",
            ResourcesList => "resources/list",
            ResourceTemplatesList => "resources/templates/list",
            ResourcesRead => "resources/read",
            ResourcesSubscribe => "resources/subscribe",
            ResourcesUnsubscribe => "resources/unsubscribe",
            PromptsList => "prompts/list",
            PromptsGet => "prompts/get",
            Complete => "completion/complete",
            SetLevel => "logging/setLevel",
            Listen => "subscriptions/listen",
            Other(name) => name,
        }
    }

    /// Whether only the stateful revisions have it.
    pub fn is_stateful_only(&self) -> bool {
        matches!(self, Initialize | Ping | SetLevel | ResourcesSubscribe | ResourcesUnsubscribe)
    }

    /// Whether only the stateless revision has it.
    pub fn is_stateless_only(&self) -> bool {
        matches!(self, Discover | Listen)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
