//! What tools, resources and prompts made at run time have in common.

use std::panic;
use std::time::Duration;

use mcp_proto::types::Icon;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::call::{Location, Policy};
use crate::consent::ASKING;
use crate::finite::to_json;
use crate::registry::item::{About, meta};
use crate::registry::rules::Consent;

/// What all kinds of items have.
#[derive(Clone, Debug)]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) at: Location,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cache: Option<Duration>,
    pub(crate) policy: Option<Policy>,
    pub(crate) consent: Option<Consent<String>>,
    /// The arguments whose values are shown to nobody.
    pub(crate) sensitive: Vec<String>,
    pub(super) title: Option<String>,
    pub(super) description: String,
    pub(super) icons: Vec<Icon>,
    pub(super) tags: Vec<String>,
    pub(super) meta: Map<String, Value>,
    /// Why members of `_meta` cannot be sent.
    pub(crate) unsendable: Vec<String>,
}

impl Details {
    /// An item of this name, made by the program at this place.
    pub(super) fn new(name: String, at: &'static panic::Location<'static>) -> Self {
        Self {
            name,
            at: at.into(),
            timeout: None,
            cache: None,
            policy: None,
            consent: None,
            sensitive: Vec::new(),
            title: None,
            description: String::new(),
            icons: Vec::new(),
            tags: Vec::new(),
            meta: Map::new(),
            unsendable: Vec::new(),
        }
    }

    pub(super) fn add_meta(&mut self, key: String, value: impl Serialize) {
        match to_json(&value) {
            Ok(json) => _ = self.meta.insert(key, serde_json::from_str(&json).unwrap_or_default()),
            Err(unsendable) => self.unsendable.push(format!("`.meta(\"{key}\", …)`: {}", unsendable.of("the value"))),
        }
    }

    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// Asks a person before it runs.
    pub(super) fn ask(&mut self, text: Option<String>) {
        self.consent = Some(Consent::Asked { asking: ASKING, text });
    }

    /// Asks nobody before it runs.
    pub(super) fn ask_nobody(&mut self) {
        self.consent = Some(Consent::Never);
    }

    /// What lists say of it.
    pub(crate) fn about(&self) -> About {
        let written = (!self.meta.is_empty()).then(|| serde_json::to_string(&self.meta).unwrap_or_default());
        About {
            plain_name: self.name.clone().into(),
            title: self.title.clone().map(Into::into),
            description: self.description.clone().into(),
            icons: self.icons.clone().into(),
            meta: meta(written.as_deref(), &self.tags),
        }
    }
}

/// The setters that all three kinds have.
macro_rules! details_setters {
    () => {
        /// Sets its name for people. Without it one is made from the name.
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.details.title = Some(title.into());
            self
        }

        /// Sets its description, which models read.
        pub fn describe(mut self, description: impl Into<String>) -> Self {
            self.details.description = description.into();
            self
        }

        /// Adds an icon.
        pub fn icon(mut self, icon: mcp_proto::types::Icon) -> Self {
            self.details.icons.push(icon);
            self
        }

        /// Adds a tag to choose it by.
        pub fn tag(mut self, tag: impl Into<String>) -> Self {
            self.details.tags.push(tag.into());
            self
        }

        /// Sets a member of its `_meta`; the key needs a prefix of yours: `example.com/name`. A value that cannot be JSON
        /// (`NaN`, an infinity, a map whose keys are not text) is an error where the item is added.
        pub fn meta(mut self, key: impl Into<String>, value: impl serde::Serialize) -> Self {
            self.details.add_meta(key.into(), value);
            self
        }

        /// Sets how long a result stays fresh, for the layer `Cache` (feature `layers`). Zero keeps the layer away from it.
        pub fn cache(mut self, ttl: std::time::Duration) -> Self {
            self.details.cache = Some(ttl);
            self
        }

        /// Adds scopes that a caller needs, as [`Policy::scopes`](crate::Policy::scopes) reads them.
        pub fn scopes(mut self, scopes: &str) -> Self {
            self.details.policy = Some(self.details.policy.unwrap_or_default().scopes(scopes));
            self
        }

        /// Adds roles that a caller needs, as [`Policy::roles`](crate::Policy::roles) reads them.
        pub fn roles(mut self, roles: &str) -> Self {
            self.details.policy = Some(self.details.policy.unwrap_or_default().roles(roles));
            self
        }

        /// Lets everyone use it, even where others are denied by default; an anonymous caller may, too.
        pub fn public(mut self) -> Self {
            self.details.policy = Some(crate::Policy::public());
            self
        }

        /// Sets what a caller needs.
        pub fn policy(mut self, policy: crate::Policy) -> Self {
            self.details.policy = Some(policy);
            self
        }

        /// Asks the user before each call, like `#[tool(consent)]`.
        pub fn consent(mut self) -> Self {
            self.details.ask(None);
            self
        }

        /// Asks the user before each call, in these words: arguments are named in braces, like in `#[tool(consent = "…")]`. An
        /// argument that the item does not have is an error where the item is added.
        pub fn consent_to(mut self, text: impl Into<String>) -> Self {
            self.details.ask(Some(text.into()));
            self
        }

        /// Asks nobody before a call, whatever the server says.
        pub fn no_consent(mut self) -> Self {
            self.details.ask_nobody();
            self
        }

        /// Shows the value of an argument to nobody who is asked for consent, like `#[arg(sensitive)]`. An argument that the item
        /// does not have is an error where the item is added; a tool has those in the `properties` of its schema.
        pub fn sensitive(mut self, argument: impl Into<String>) -> Self {
            self.details.sensitive.push(argument.into());
            self
        }

        /// Sets how long a call may take. Without it the server's own timeout applies.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.details.timeout = Some(timeout);
            self
        }
    };
}

pub(super) use details_setters;
