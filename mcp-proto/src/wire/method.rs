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
    /// The methods that the protocol has, in the order of their [places](Self::place).
    pub const KNOWN: [Self; 15] = [
        Initialize,
        Ping,
        Discover,
        ToolsList,
        ToolsCall,
        ResourcesList,
        ResourceTemplatesList,
        ResourcesRead,
        ResourcesSubscribe,
        ResourcesUnsubscribe,
        PromptsList,
        PromptsGet,
        Complete,
        SetLevel,
        Listen,
    ];

    /// Its place among the [known](Self::KNOWN) methods; all others share the place behind them.
    #[inline]
    pub fn place(&self) -> usize {
        match self {
            Initialize => 0,
            Ping => 1,
            Discover => 2,
            ToolsList => 3,
            ToolsCall => 4,
            ResourcesList => 5,
            ResourceTemplatesList => 6,
            ResourcesRead => 7,
            ResourcesSubscribe => 8,
            ResourcesUnsubscribe => 9,
            PromptsList => 10,
            PromptsGet => 11,
            Complete => 12,
            SetLevel => 13,
            Listen => 14,
            Other(_) => 15,
        }
    }

    /// The method of this name.
    pub fn parse(name: &str) -> Self {
        Self::known(name.as_bytes()).unwrap_or_else(|| Other(name.into()))
    }

    /// The known method of this name.
    #[inline]
    pub(super) fn known(name: &[u8]) -> Option<Self> {
        // As most are.
        if name == b"tools/call" { Some(ToolsCall) } else { Self::known_other(name) }
    }

    /// The same, of all others.
    #[inline(never)]
    fn known_other(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"initialize" => Initialize,
            b"ping" => Ping,
            b"server/discover" => Discover,
            b"tools/list" => ToolsList,
            b"resources/list" => ResourcesList,
            b"resources/templates/list" => ResourceTemplatesList,
            b"resources/read" => ResourcesRead,
            b"resources/subscribe" => ResourcesSubscribe,
            b"resources/unsubscribe" => ResourcesUnsubscribe,
            b"prompts/list" => PromptsList,
            b"prompts/get" => PromptsGet,
            b"completion/complete" => Complete,
            b"logging/setLevel" => SetLevel,
            b"subscriptions/listen" => Listen,
            _ => return None,
        })
    }

    /// The name on the wire, to be kept.
    pub(super) fn into_name(self) -> Box<str> {
        match self {
            Other(name) => name,
            known => known.as_str().into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_method_has_a_place_of_its_own() {
        for (place, method) in Method::KNOWN.iter().enumerate() {
            assert_eq!(method.place(), place);
            assert_eq!(Method::parse(method.as_str()), *method);
        }
        assert_eq!(Other("x/y".into()).place(), Method::KNOWN.len());
    }
}
