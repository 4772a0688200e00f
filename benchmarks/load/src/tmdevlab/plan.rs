//! What users do: in which revision, with which pause, and what they ask.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::request::CLIENT;

/// How many users there are at once.
pub const USERS: u32 = 50;

/// How long a user rests after the fourth errand, where users rest.
const PAUSE: Duration = Duration::from_millis(50);

/// The id of `initialize`, and that of what a session is opened for.
pub const INITIALIZE_ID: u32 = 1;
pub const ERRAND_ID: u32 = 2;

/// The revision that users speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Revision {
    /// What the original asks for, with a session for each errand.
    #[serde(rename = "2024-11-05")]
    Original,
    /// The same in the last revision that has sessions.
    #[serde(rename = "2025-11-25")]
    Session,
    /// Each errand is one request.
    #[serde(rename = "2026-07-28")]
    Stateless,
}

/// One line of the report.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The revision.
    pub revision: Revision,
    /// How long users rest.
    pub pause: Option<Duration>,
}

/// What a session is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// `tools/call` of `search_products`.
    Search,
    /// `tools/call` of `get_user_cart`.
    Cart,
    /// `tools/call` of `checkout`.
    Checkout,
    /// `tools/list`.
    List,
}

/// What counts as a request, as in the original. That a session is opened, and that it is ended, is told besides, and does
/// not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `initialize`.
    Initialize,
    /// What the session is for.
    Of(Errand),
}

impl Revision {
    /// As it is written.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Original => "2024-11-05",
            Self::Session => "2025-11-25",
            Self::Stateless => "2026-07-28",
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pause = if self.pause.is_some() { "with pauses" } else { "without pauses" };
        write!(f, "{} {pause}", self.revision.version())
    }
}

impl Case {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let revisions = [Revision::Original, Revision::Session, Revision::Stateless];
        revisions.into_iter().flat_map(|revision| [Some(PAUSE), None].map(|pause| Self { revision, pause })).collect()
    }
}

impl Kind {
    /// In the order of the report.
    pub const ALL: [Self; 5] = [
        Self::Initialize,
        Self::Of(Errand::Search),
        Self::Of(Errand::Cart),
        Self::Of(Errand::Checkout),
        Self::Of(Errand::List),
    ];

    /// Its place in that order.
    pub const fn place(self) -> usize {
        match self {
            Self::Initialize => 0,
            Self::Of(Errand::Search) => 1,
            Self::Of(Errand::Cart) => 2,
            Self::Of(Errand::Checkout) => 3,
            Self::Of(Errand::List) => 4,
        }
    }

    /// Whether a tool is called: the latency of a server is that of its tools.
    pub fn is_call(self) -> bool {
        !matches!(self, Self::Initialize | Self::Of(Errand::List))
    }

    /// As the report has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initialize => "initialize",
            Self::Of(errand) => errand.tool().unwrap_or(errand.method()),
        }
    }
}

impl Errand {
    /// In the order in which users have them.
    pub const ALL: [Self; 4] = [Self::Search, Self::Cart, Self::Checkout, Self::List];

    /// The method.
    pub const fn method(self) -> &'static str {
        if matches!(self, Self::List) { "tools/list" } else { "tools/call" }
    }

    /// The tool that is called, if it is one.
    pub const fn tool(self) -> Option<&'static str> {
        match self {
            Self::Search => Some("search_products"),
            Self::Cart => Some("get_user_cart"),
            Self::Checkout => Some("checkout"),
            Self::List => None,
        }
    }

    /// The request of a user.
    pub fn body(self, revision: Revision, user: u32) -> String {
        let name = user_id(user);
        let arguments = match self {
            Self::Search => r#"{"category":"Electronics","min_price":50,"max_price":500,"limit":10}"#.to_owned(),
            Self::Cart => format!(r#"{{"user_id":"{name}"}}"#),
            Self::Checkout => {
                let items = r#"[{"product_id":42,"quantity":2},{"product_id":1337,"quantity":1}]"#;
                format!(r#"{{"user_id":"{name}","items":{items}}}"#)
            }
            Self::List => String::new(),
        };
        let mut params = Vec::new();
        params.extend(self.tool().map(|tool| format!(r#""name":"{tool}","arguments":{arguments}"#)));
        if revision == Revision::Stateless {
            params.push(format!(r#""_meta":{{{CLIENT}}}"#));
        }
        let (method, params) = (self.method(), params.join(","));
        format!(r#"{{"jsonrpc":"2.0","id":{ERRAND_ID},"method":"{method}","params":{{{params}}}}}"#)
    }
}

/// What opens a session.
pub fn initialize(revision: Revision) -> String {
    let params = format!(
        r#"{{"protocolVersion":"{}","capabilities":{{}},"clientInfo":{{"name":"load","version":"1"}}}}"#,
        revision.version()
    );
    format!(r#"{{"jsonrpc":"2.0","id":{INITIALIZE_ID},"method":"initialize","params":{params}}}"#)
}

/// How servers know a user.
pub fn user_id(user: u32) -> String {
    format!("user-{user:05}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_where_they_say() {
        assert!(Kind::ALL.iter().enumerate().all(|(at, kind)| kind.place() == at));
        assert_eq!(
            Kind::ALL.map(Kind::name),
            ["initialize", "search_products", "get_user_cart", "checkout", "tools/list"]
        );
    }

    #[test]
    fn requests_are_json_and_those_that_stand_alone_say_so() {
        for errand in Errand::ALL {
            for revision in [Revision::Original, Revision::Session, Revision::Stateless] {
                let body: serde_json::Value = serde_json::from_str(&errand.body(revision, 7)).expect("it is JSON");
                assert_eq!(body["params"]["_meta"].is_object(), revision == Revision::Stateless, "{body}");
                assert_eq!(body["params"]["name"].as_str(), errand.tool(), "{body}");
            }
        }
    }
}
