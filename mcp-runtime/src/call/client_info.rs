//! What a client says of itself, and what it can do.

use mcp_proto::wire::pick;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::capability::Capability;
use super::ctx::Ctx;

/// What a client says of itself: with `initialize` in a session, with each request without one (`basic/index`).
///
/// It is the client's own word, and not to be trusted with what a [`Principal`](crate::Principal) is for.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Knows how a certain host shows its results.
/// #[tool(read_only)]
/// fn table(ctx: &Ctx) -> String {
///     let client = ctx.client();
///     if client.name == "plain-host" { "a, b".to_owned() } else { "| a | b |".to_owned() }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ClientInfo {
    /// Its name, for programs. Empty where it does not say.
    pub name: String,
    /// Its version. Empty where it does not say.
    pub version: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Where to read more.
    pub website_url: Option<String>,
    /// What it can do, as it declares it. [`Ctx::supports`] is easier for what the protocol knows.
    pub capabilities: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Info {
    name: String,
    version: String,
    title: Option<String>,
    description: Option<String>,
    website_url: Option<String>,
}

impl Ctx {
    /// What the client says of itself. It is read when you ask for it: once is enough.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Greets the program that calls.
    /// #[tool]
    /// fn hello(ctx: &Ctx) -> String {
    ///     let client = ctx.client();
    ///     format!("Hello, {} {}!", client.name, client.version)
    /// }
    /// ```
    pub fn client(&self) -> ClientInfo {
        let inner = self.inner();
        let (info, capabilities) = match &inner.terms.session {
            Some(session) => (session.client_info(), session.client_capabilities()),
            None => (inner.request.client_info(), inner.request.client_capabilities()),
        };
        // What a client says wrong of itself is as good as not said.
        let info: Info = info.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let Info { name, version, title, description, website_url } = info;
        let capabilities = capabilities.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        ClientInfo { name, version, title, description, website_url, capabilities }
    }

    /// Whether the client declared that it can do this, and speaks a revision of the protocol that has it: forms came with
    /// 2025-06-18, web pages and a model's tools with 2025-11-25. What came within one of these later, such as lists of choices in
    /// forms (2025-11-25), is told by [`protocol`](Self::protocol).
    ///
    /// ```
    /// use mcp_runtime::Capability;
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Sums up a text, with the client's model if there is one.
    /// #[tool]
    /// async fn sum_up(ctx: &Ctx, text: &str) -> Result<String> {
    ///     if !ctx.supports(Capability::Sampling) {
    ///         return Ok(text.chars().take(100).collect());
    ///     }
    ///     Ok(ctx.ask("summary", sample(format!("Sum this up: {text}"))).await?.text())
    /// }
    /// ```
    pub fn supports(&self, capability: Capability) -> bool {
        let inner = self.inner();
        let declared = match &inner.terms.session {
            Some(session) => session.client_capabilities(),
            None => inner.request.client_capabilities(),
        };
        let (name, within) = capability.path();
        let Some([Some(declared)]) = declared.and_then(|json| pick(json, [name])) else {
            // The context of a unit test can ask whatever it has answers for.
            return self.test_answers().is_some_and(|answers| answers.are_any());
        };
        let version = self.protocol();
        let has = |mode: &str| matches!(pick(declared.json(), [mode]), Some([Some(_)]));
        match (capability, within) {
            (Capability::SamplingContext, _) if !version.has_sampling_tools() => true,
            // What the client's revision lacks cannot be asked, whatever is declared.
            (Capability::SamplingTools, _) if !version.has_sampling_tools() => false,
            (Capability::ElicitationUrl, _) if !version.has_elicitation_modes() => false,
            (Capability::Elicitation, _) => version.has_elicitation() && (has("form") || !has("url")),
            (_, Some(within)) => has(within),
            (_, None) => true,
        }
    }
}
