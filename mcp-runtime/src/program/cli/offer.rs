//! What a server offers: all that it lists, and what it says of itself.

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::json::Json;
use super::remote::{Failure, METHOD_NOT_FOUND, Remote};

/// A kind of things that servers offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tools,
    Resources,
    Templates,
    Prompts,
}

impl Kind {
    /// In the order in which they are listed.
    pub(super) const ALL: [Self; 4] = [Self::Tools, Self::Resources, Self::Templates, Self::Prompts];

    /// As it is called on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Templates => "templates",
            Self::Prompts => "prompts",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What tells one of them from the others.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Resources => "uri",
            Self::Templates => "uriTemplate",
            Self::Tools | Self::Prompts => "name",
        }
    }

    /// The member of a result that has them.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Templates => "resourceTemplates",
            other => other.name(),
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Resources => "resources/list",
            Self::Templates => "resources/templates/list",
            Self::Prompts => "prompts/list",
        }
    }

    /// The capability of a server that has such things.
    fn capability(self) -> &'static str {
        match self {
            Self::Templates => "resources",
            other => other.name(),
        }
    }
}

/// The things of one kind, each as the server wrote it.
pub(super) struct Items {
    pub(super) kind: Kind,
    pub(super) json: Vec<Box<RawValue>>,
}

impl Items {
    /// Fetches all pages of a list.
    ///
    /// # Errors
    /// The server's.
    pub(super) async fn fetch(remote: &mut impl Remote, kind: Kind) -> Result<Self, Failure> {
        let mut json = Vec::new();
        let mut params = json!({});
        loop {
            let page = remote.request(kind.method(), params).await?;
            let page: Page = serde_json::from_str(&page).map_err(|error| unreadable(kind.method(), &error))?;
            let lists = [page.tools, page.resources, page.resource_templates, page.prompts];
            json.extend(lists.into_iter().flatten());
            match page.next_cursor {
                None => return Ok(Self { kind, json }),
                Some(cursor) => params = json!({ "cursor": cursor }),
            }
        }
    }

    /// Each of them, read.
    pub(super) fn read(&self) -> impl Iterator<Item = Json> {
        self.json.iter().map(|json| Json::parse(json.get()))
    }

    /// The one with this key.
    pub(super) fn find(&self, key: &str) -> Option<Json> {
        self.read().find(|item| item[self.kind.key()].text() == key)
    }

    /// All of them as a JSON array.
    pub(super) fn array(&self) -> String {
        let items: Vec<&str> = self.json.iter().map(|json| json.get()).collect();
        format!("[{}]", items.join(","))
    }
}

/// All things of a kind, from a server that may have none.
///
/// # Errors
/// The server's, and that it has none.
pub(super) async fn all(remote: &mut impl Remote, kind: Kind) -> Result<Items, Failure> {
    match Items::fetch(remote, kind).await {
        Err(failure) if failure.code == Some(METHOD_NOT_FOUND) => {
            Err(Failure::new(format!("this server has no {}; `list` shows what it offers", kind.name())))
        }
        other => other,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    tools: Vec<Box<RawValue>>,
    #[serde(default)]
    resources: Vec<Box<RawValue>>,
    #[serde(default)]
    resource_templates: Vec<Box<RawValue>>,
    #[serde(default)]
    prompts: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// What a server says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Discovery {
    supported_versions: Box<RawValue>,
    capabilities: Box<RawValue>,
    instructions: Option<String>,
    #[serde(default, rename = "_meta")]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(rename = "io.modelcontextprotocol/serverInfo")]
    server: Option<Box<RawValue>>,
}

/// All that a server offers.
pub(super) struct Offer {
    discovery: Discovery,
    pub(super) lists: Vec<Items>,
}

impl Offer {
    /// Asks for all of it.
    ///
    /// # Errors
    /// The server's.
    pub(super) async fn fetch(remote: &mut impl Remote) -> Result<Self, Failure> {
        let method = "server/discover";
        let discovery = remote.request(method, json!({})).await?;
        let discovery: Discovery = serde_json::from_str(&discovery).map_err(|error| unreadable(method, &error))?;
        let capabilities = Json::parse(discovery.capabilities.get());
        let mut lists = Vec::new();
        for kind in Kind::ALL {
            lists.push(match capabilities.get(kind.capability()) {
                Some(_) => Items::fetch(remote, kind).await?,
                None => Items { kind, json: Vec::new() },
            });
        }
        Ok(Self { discovery, lists })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lists.iter().all(|list| list.json.is_empty())
    }

    /// Whether things may come later: the server declares them.
    pub(super) fn is_dynamic(&self) -> bool {
        let capabilities = Json::parse(self.discovery.capabilities.get());
        Kind::ALL.iter().any(|kind| capabilities.get(kind.capability()).is_some())
    }

    pub(super) fn has_none(&self, kind: Kind) -> bool {
        self.lists.iter().all(|list| list.kind != kind || list.json.is_empty())
    }

    pub(super) fn server(&self) -> Json {
        self.discovery.meta.server.as_deref().map(|json| Json::parse(json.get())).unwrap_or_default()
    }

    pub(super) fn instructions(&self) -> &str {
        self.discovery.instructions.as_deref().unwrap_or_default()
    }

    pub(super) fn versions(&self) -> Json {
        Json::parse(self.discovery.supported_versions.get())
    }

    /// The lists as one JSON object; one kind of things is an array.
    pub(super) fn lists_json(&self, kind: Option<Kind>) -> String {
        match kind {
            Some(kind) => self.lists.iter().find(|list| list.kind == kind).map_or("[]".to_owned(), Items::array),
            None => format!("{{{}}}", self.list_members()),
        }
    }

    /// All of it as one JSON object.
    pub(super) fn json(&self) -> String {
        let server = self.discovery.meta.server.as_deref().map_or("null", RawValue::get);
        let versions = self.discovery.supported_versions.get();
        let capabilities = self.discovery.capabilities.get();
        let instructions = match &self.discovery.instructions {
            Some(text) => format!(r#""instructions":{},"#, Json::Text(text.clone())),
            None => String::new(),
        };
        let lists = self.list_members();
        format!(
            r#"{{"server":{server},"supportedVersions":{versions},"capabilities":{capabilities},{instructions}{lists}}}"#
        )
    }

    fn list_members(&self) -> String {
        let members: Vec<String> =
            self.lists.iter().map(|list| format!(r#""{}":{}"#, list.kind.member(), list.array())).collect();
        members.join(",")
    }

    /// How much there is: `4 tools, 1 prompt`.
    pub(super) fn count(&self) -> String {
        let counts = self.lists.iter().filter(|list| !list.json.is_empty()).map(|list| {
            let (count, name) = (list.json.len(), list.kind.name());
            let name = if count == 1 { &name[..name.len() - 1] } else { name };
            format!("{count} {name}")
        });
        match counts.collect::<Vec<_>>() {
            none if none.is_empty() => "nothing".to_owned(),
            counts => counts.join(", "),
        }
    }
}

pub(super) fn unreadable(method: &str, error: &serde_json::Error) -> Failure {
    Failure::new(format!("the answer to {method} is not as the protocol has it: {error}"))
}
