//! What a server offers: all that it lists, and what it says of itself.

use mcp_proto::types::UriTemplate;
use serde_json::value::RawValue;

use super::answer::Answer;
use super::json::{Json, object};
use super::remote::{Failure, METHOD_NOT_FOUND, Remote};
use crate::joined::joined;

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
    pub(super) fn fetch(remote: &mut dyn Remote, kind: Kind) -> Result<Self, Failure> {
        let mut json = Vec::new();
        let mut params = object(Vec::new());
        loop {
            let page = remote.request(kind.method(), params)?;
            let page = Answer::read(kind.method(), &page)?;
            json.append(&mut page.items(kind.member())?);
            match page.get("nextCursor") {
                Json::Text(cursor) => params = object(vec![("cursor", cursor.into())]),
                _ => return Ok(Self { kind, json }),
            }
        }
    }

    /// Each of them, read.
    pub(super) fn read(&self) -> impl Iterator<Item = Json> {
        self.json.iter().map(|json| Json::parse(json.get()))
    }

    /// What tells each of them from the others.
    pub(super) fn keys(&self) -> Vec<String> {
        self.read().map(|item| item[self.kind.key()].text().to_owned()).collect()
    }

    /// The one with this key.
    pub(super) fn find(&self, key: &str) -> Option<Json> {
        self.read().find(|item| item[self.kind.key()].text() == key)
    }

    /// The template of a resource with this URI.
    pub(super) fn template_of(&self, uri: &str) -> Option<Json> {
        self.read().find(|item| {
            let template = UriTemplate::parse(item["uriTemplate"].text());
            template.is_ok_and(|template| template.match_uri(uri).is_some())
        })
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
pub(super) fn all(remote: &mut dyn Remote, kind: Kind) -> Result<Items, Failure> {
    match Items::fetch(remote, kind) {
        Err(failure) if failure.is(METHOD_NOT_FOUND) => {
            Err(Failure::new(format!("this server has no {}; `list` shows what it offers", kind.name())))
        }
        other => other,
    }
}

/// All that a server offers.
pub(super) struct Offer {
    /// What the server says of itself.
    discovery: Answer,
    capabilities: Json,
    pub(super) lists: Vec<Items>,
}

impl Offer {
    /// Asks for all of it.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn fetch(remote: &mut dyn Remote) -> Result<Self, Failure> {
        let method = "server/discover";
        let discovery = remote.request(method, object(Vec::new()))?;
        let discovery = Answer::read(method, &discovery)?;
        discovery.required("supportedVersions")?;
        let capabilities = Json::parse(discovery.required("capabilities")?);
        let mut lists = Vec::new();
        for kind in Kind::ALL {
            lists.push(match capabilities.get(kind.capability()) {
                Some(_) => Items::fetch(remote, kind)?,
                None => Items { kind, json: Vec::new() },
            });
        }
        Ok(Self { discovery, capabilities, lists })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lists.iter().all(|list| list.json.is_empty())
    }

    /// Whether things may come later: the server declares them.
    pub(super) fn is_dynamic(&self) -> bool {
        Kind::ALL.iter().any(|kind| self.capabilities.get(kind.capability()).is_some())
    }

    pub(super) fn has_none(&self, kind: Kind) -> bool {
        self.lists.iter().all(|list| list.kind != kind || list.json.is_empty())
    }

    pub(super) fn server(&self) -> Json {
        self.discovery.get("_meta")["io.modelcontextprotocol/serverInfo"].clone()
    }

    pub(super) fn instructions(&self) -> String {
        self.discovery.get("instructions").text().to_owned()
    }

    /// What it can do: `tools (listChanged), logging`.
    pub(super) fn capabilities(&self) -> String {
        let written = |(name, value): &(String, Json)| {
            let is_set = |(_, value): &&(String, Json)| *value != Json::Bool(false);
            let parts: Vec<&str> = value.members().iter().filter(is_set).map(|(part, _)| &**part).collect();
            if parts.is_empty() { name.clone() } else { format!("{name} ({})", parts.join(", ")) }
        };
        joined(", ", &mut self.capabilities.members().iter().map(written))
    }

    pub(super) fn versions(&self) -> Json {
        self.discovery.get("supportedVersions")
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
        let server = self.server();
        let written = |name| self.discovery.raw(name).unwrap_or("null");
        let (versions, capabilities) = (written("supportedVersions"), written("capabilities"));
        let instructions = match self.discovery.raw("instructions") {
            Some(text) => format!(r#""instructions":{text},"#),
            None => String::new(),
        };
        let lists = self.list_members();
        format!(
            r#"{{"server":{server},"supportedVersions":{versions},"capabilities":{capabilities},{instructions}{lists}}}"#
        )
    }

    fn list_members(&self) -> String {
        let member = |list: &Items| format!(r#""{}":{}"#, list.kind.member(), list.array());
        joined(",", &mut self.lists.iter().map(member))
    }
}
