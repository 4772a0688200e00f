//! What a server offers, page by page or all of it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Client;
use super::cache;
use super::error::ClientError;
use super::items::{PromptItem, ResourceItem, TemplateItem, Tool};
use super::mirror::Mirror;
use super::result::{member, read, text_of};
use crate::json_text;

/// Pages of one list: a server that gives more has no end.
const PAGES: usize = 10_000;

/// A list, one page at a time ([`Client::tool_pages`] and its like).
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let mut pages = client.tool_pages();
/// while let Some(page) = pages.next().await? {
///     println!("{} tools more", page.len());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages<T> {
    client: Client,
    method: &'static str,
    member: &'static str,
    read: fn(&Client, &str) -> Result<Option<T>, ClientError>,
    /// Keeps what a page says for later calls.
    note: fn(&Client, &[T], Page),
    /// Where the next page begins; nothing once the last one was given.
    next: Option<Next>,
    count: usize,
}

/// Which page it is.
struct Page {
    is_first: bool,
    bytes: usize,
}

enum Next {
    First,
    At(String),
}

impl<T> Pages<T> {
    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// The server's error, or a list that never ends.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, ClientError> {
        let Some(page) = self.next_json().await? else { return Ok(None) };
        let items = self.items(&page)?;
        (self.note)(&self.client, &items, Page { is_first: self.count == 1, bytes: page.len() });
        Ok(Some(items))
    }

    async fn next_json(&mut self) -> Result<Option<String>, ClientError> {
        let Some(next) = self.next.take() else { return Ok(None) };
        let (params, before) = match next {
            Next::First => (String::new(), None),
            Next::At(cursor) => (format!(r#""cursor":{}"#, json_text::string(&cursor)), Some(cursor)),
        };
        let page = self.client.result(self.client.ask(self.method, params)).await?;
        self.count += 1;
        if let Some(cursor) = text_of(&page, "nextCursor") {
            if before.is_some_and(|before| before == *cursor) || self.count == PAGES {
                return Err(ClientError::protocol(format!("{} never ends", self.method)));
            }
            self.next = Some(Next::At(cursor.into_owned()));
        }
        Ok(Some(page))
    }

    fn items(&self, page: &str) -> Result<Vec<T>, ClientError> {
        let what = self.method;
        let items: Vec<&RawValue> = read(what, member(page, self.member).unwrap_or("[]"))?;
        let items = items.into_iter().map(|item| (self.read)(&self.client, item.get()));
        items.filter_map(Result::transpose).collect()
    }

    /// All of them; `fresh` sees those that were not kept.
    async fn all(mut self, fresh: impl FnOnce(&[T])) -> Result<Vec<T>, ClientError>
    where
        T: Clone + Send + Sync + 'static,
    {
        let hub = Arc::clone(&self.client.inner.hub);
        if let Some(kept) = hub.cache.get::<Vec<T>>(self.method, "") {
            return Ok(kept.to_vec());
        }
        let asked = hub.cache.ask();
        let (mut items, mut pages, mut bytes) = (Vec::new(), cache::Pages::default(), 0);
        while let Some(page) = self.next_json().await? {
            bytes += page.len();
            if bytes > self.client.inner.options.list_bytes {
                return Err(ClientError::protocol(format!("{} has more than {bytes} bytes", self.method)));
            }
            items.append(&mut self.items(&page)?);
            pages.add(&page);
        }
        fresh(&items);
        hub.cache.keep(asked, self.method, "", pages, || Arc::new(items.clone()));
        Ok(items)
    }
}

impl Client {
    /// All tools of the server (`server/tools`). None where it has no tools at all. A tool that must not be used is left out with
    /// a warning (2026-07-28, `basic/transports/streamable-http`, "Schema Extension").
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub async fn tools(&self) -> Result<Vec<Tool>, ClientError> {
        if !self.offers("tools").await? {
            return Ok(Vec::new());
        }
        self.tool_pages().all(|tools| self.inner.known().note(tools)).await
    }

    /// The tools, page by page. What a page says of a tool (its hints, its headers, the schema of its result) holds for its calls, as
    /// with [`tools`](Self::tools), for as long as the pages are within [`list_limit`](super::ClientBuilder::list_limit).
    pub fn tool_pages(&self) -> Pages<Tool> {
        let note = |client: &Self, tools: &[Tool], Page { is_first, bytes }: Page| {
            client.inner.known().note_page(tools, is_first, bytes, client.inner.options.list_bytes);
        };
        Pages { note, ..self.pages("tools/list", "tools", read_tool) }
    }

    /// All resources of the server that have URIs of their own (`server/resources`).
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub async fn resources(&self) -> Result<Vec<ResourceItem>, ClientError> {
        if self.offers("resources").await? { self.resource_pages().all(|_| ()).await } else { Ok(Vec::new()) }
    }

    /// The resources, page by page.
    pub fn resource_pages(&self) -> Pages<ResourceItem> {
        self.pages("resources/list", "resources", read_item)
    }

    /// All templates of resources' URIs (`server/resources`, "Resource Templates").
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub async fn templates(&self) -> Result<Vec<TemplateItem>, ClientError> {
        if self.offers("resources").await? { self.template_pages().all(|_| ()).await } else { Ok(Vec::new()) }
    }

    /// The templates, page by page.
    pub fn template_pages(&self) -> Pages<TemplateItem> {
        self.pages("resources/templates/list", "resourceTemplates", read_item)
    }

    /// All prompts of the server (`server/prompts`).
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub async fn prompts(&self) -> Result<Vec<PromptItem>, ClientError> {
        if self.offers("prompts").await? { self.prompt_pages().all(|_| ()).await } else { Ok(Vec::new()) }
    }

    /// The prompts, page by page.
    pub fn prompt_pages(&self) -> Pages<PromptItem> {
        self.pages("prompts/list", "prompts", read_item)
    }

    fn pages<T>(
        &self,
        method: &'static str,
        member: &'static str,
        read: fn(&Client, &str) -> Result<Option<T>, ClientError>,
    ) -> Pages<T> {
        let note = |_: &Self, _: &[T], _: Page| ();
        Pages { client: self.clone(), method, member, read, note, next: Some(Next::First), count: 0 }
    }

    /// Whether the server has declared a capability. One that declares nothing may have anything.
    async fn offers(&self, capability: &str) -> Result<bool, ClientError> {
        let agreement = self.agreement().await?;
        Ok(agreement.capabilities().is_none() || agreement.has_capability(capability))
    }
}

fn read_item<T: for<'de> Deserialize<'de>>(_: &Client, json: &str) -> Result<Option<T>, ClientError> {
    read("an item of the list", json).map(Some)
}

fn read_tool(client: &Client, json: &str) -> Result<Option<Tool>, ClientError> {
    let mut tool: Tool = read("a tool", json)?;
    match Mirror::read(tool.input_schema.get()) {
        Ok(mirror) => tool.mirror = mirror,
        Err(why) if client.inner.must_mirror() => {
            let (server, name) = (client.inner.hub.name(), &*tool.name);
            tracing::warn!(
                server,
                tool = name,
                why,
                "the tool is left out: its headers are not as the protocol has them"
            );
            return Ok(None);
        }
        // Only HTTP has headers.
        Err(_) => {}
    }
    Ok(Some(tool))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::server::Server;

    #[tokio::test]
    async fn a_list_that_is_kept_is_read_once() {
        let tool = crate::dynamic::Tool::new("echo", serde_json::json!({"type": "object"}));
        let server = Server::empty("s").add(tool.handler(async |_: serde_json::Value, _ctx| ()));
        let server = server.cache_lists(Duration::from_secs(60), crate::CacheScope::Private).build().expect("a server");
        let client = Client::to(&server).await.expect("connected");
        let known = |tools: Vec<Tool>| (tools.len(), client.inner.tool("echo").expect("listed"));
        let (count, first) = known(client.tools().await.expect("tools"));
        let (again, second) = known(client.tools().await.expect("tools"));
        assert_eq!((count, again), (1, 1));
        assert!(Arc::ptr_eq(&first, &second));
    }

    /// A client of a server with four tools, of which a page has two.
    async fn paged(limit: usize) -> Client {
        let tool = |name: &str| {
            let tool = crate::dynamic::Tool::new(name, serde_json::json!({"type": "object"})).idempotent(true);
            tool.handler(async |_: serde_json::Value, _ctx| ())
        };
        let server = ["a", "b", "c", "d"].into_iter().fold(Server::empty("s"), |server, name| server.add(tool(name)));
        let server = server.page_size(2).build().expect("a server");
        Client::builder().list_limit(limit).connect(&server).await.expect("connected")
    }

    fn repeatable(client: &Client) -> Vec<&'static str> {
        let is_known = |name: &&str| client.inner.tool(name).is_some_and(|tool| tool.annotations.is_repeatable());
        ["a", "b", "c", "d"].into_iter().filter(is_known).collect()
    }

    #[tokio::test]
    async fn pages_tell_the_hints_of_tools_as_the_whole_list_does() {
        let client = paged(1 << 20).await;
        let mut pages = client.tool_pages();
        assert_eq!(repeatable(&client), [""; 0]);
        pages.next().await.expect("a page");
        assert_eq!(repeatable(&client), ["a", "b"]);
        pages.next().await.expect("a page");
        assert_eq!(repeatable(&client), ["a", "b", "c", "d"]);
        // From the beginning again: what was there before may be gone.
        client.tool_pages().next().await.expect("a page");
        assert_eq!(repeatable(&client), ["a", "b"]);
        client.tools().await.expect("tools");
        client.tool_pages().next().await.expect("a page");
        assert_eq!(repeatable(&client), ["a", "b", "c", "d"]);
    }

    #[tokio::test]
    async fn what_pages_tell_is_kept_within_the_limit_of_a_list() {
        let client = paged(1 << 20).await;
        let page = client.tool_pages().next_json().await.expect("a page").expect("the first");
        let client = paged(page.len() * 3 / 2).await;
        let mut pages = client.tool_pages();
        while pages.next().await.expect("a page").is_some() {}
        assert_eq!(repeatable(&client), ["a", "b"]);
    }
}
