//! Putting a server together.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use mcp_proto::era::{Cache, CacheScope};
use mcp_proto::types::{Icon, Implementation};
use mcp_proto::wire::ResultWriter;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Server;
#[cfg(feature = "http")]
use super::http::HttpSettings;
use super::lifecycle::Lifecycle;
use crate::call::{Call, Ctx, Entry, Handler, Location, Principal};
use crate::finite::to_json;
use crate::output::{Error, ErrorByOwn as _, Probe};
use crate::registry::{Bound, BuildError, Group, Item, Mount, Plan, PromptDef, ResourceDef, ToolDef, dynamic};

/// The version of a server that has none.
pub(super) const NO_VERSION: &str = "0.0.0";

/// The settings of a server that is not built yet: its name and instructions, state, mounts, limits.
///
/// [`Server::new`] makes one; `main!` and `server!` make one from the package's name, version and description.
///
/// ```standalone_crate
/// use std::time::Duration;
///
/// use mcp_runtime::prelude::*;
///
/// /// Counts calls.
/// #[tool]
/// fn count(limit: State<u32>) -> u32 {
///     *limit
/// }
///
/// # fn main() -> Result<(), BuildError> {
/// let server = Server::new("counter")
///     .instructions("Call `count` to see how far it goes.")
///     .state(10_u32)
///     .timeout(Duration::from_secs(30))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub struct ServerBuilder {
    pub(super) plan: Plan,
    separator: &'static str,
    pub(super) lifecycle: Lifecycle,
    #[cfg(feature = "http")]
    pub(super) http: HttpSettings,
    /// How callers are identified, whatever serves the server.
    #[cfg(feature = "auth")]
    pub(super) checks: Option<crate::auth::Any>,
    /// Targets whose events are sent to clients, until the program takes them.
    #[cfg(all(feature = "stdio", feature = "client-logs"))]
    forwarded: Vec<String>,
}

impl ServerBuilder {
    pub(super) fn empty(name: impl Into<Cow<'static, str>>) -> Self {
        let info = Implementation { name: name.into(), version: NO_VERSION.into(), ..Implementation::default() };
        let mut plan = Plan::default();
        plan.profile.info = info;
        Self {
            plan,
            separator: "_",
            lifecycle: Lifecycle::default(),
            #[cfg(feature = "http")]
            http: HttpSettings::default(),
            #[cfg(feature = "auth")]
            checks: None,
            #[cfg(all(feature = "stdio", feature = "client-logs"))]
            forwarded: Vec::new(),
        }
    }

    pub(super) fn of(group: &'static Group) -> Self {
        let mut builder = Self::empty(group.name);
        builder.plan.mounts.push(Mount { group: Some(group), prefix: String::new() });
        let info = &mut builder.plan.profile.info;
        info.title = group.title.map(Into::into);
        info.version = group.version.unwrap_or(NO_VERSION).into();
        builder.plan.profile.instructions = group.instructions.map(str::to_owned);
        builder
    }

    pub(super) fn mount_default(mut self) -> Self {
        self.plan.mounts.push(Mount { group: None, prefix: String::new() });
        self
    }

    pub(super) fn info_mut(&mut self) -> &mut Implementation {
        &mut self.plan.profile.info
    }

    /// The server's version. Where there is none, `main!`, `run!` and `server!` fill in the package's.
    #[must_use]
    pub fn version(mut self, version: impl Into<Cow<'static, str>>) -> Self {
        self.plan.profile.info.version = version.into();
        self
    }

    /// The server's name for people.
    #[must_use]
    pub fn title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.plan.profile.info.title = Some(title.into());
        self
    }

    /// What the server is for. An empty text is not sent, and keeps `run!` from filling in the package's.
    #[must_use]
    pub fn description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.plan.profile.info.description = Some(description.into());
        self
    }

    /// A web page about the server. An empty text is not sent.
    #[must_use]
    pub fn website_url(mut self, url: impl Into<Cow<'static, str>>) -> Self {
        self.plan.profile.info.website_url = Some(url.into());
        self
    }

    /// One of the server's icons.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.plan.profile.info.icons.push(icon);
        self
    }

    /// What a model should know before it uses the server. Clients get this text first, then the instructions of each mounted
    /// [`Group`] in the order of mounting, with a blank line between them. An empty text is not sent.
    ///
    /// On a server of [`Server::of`] this replaces the instructions of its own group.
    #[must_use]
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.plan.profile.instructions = Some(instructions.into());
        self
    }

    /// Gives the functions a value: parameters of the type [`State<T>`](crate::State) get it. A second value of the same type
    /// replaces the first, so that a test can replace the program's.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// struct Greeting(&'static str);
    ///
    /// /// Greets somebody.
    /// #[tool]
    /// fn greet(name: &str, greeting: State<Greeting>) -> String {
    ///     format!("{}, {name}!", greeting.0)
    /// }
    ///
    /// let server = Server::empty("greeter").with(tools![greet]).state(Greeting("Hello")).build()?;
    /// # Ok::<(), BuildError>(())
    /// ```
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.state_arc(Arc::new(value))
    }

    /// Gives the functions a value that the program shares, or a trait object: `State<dyn Store>` gets an `Arc<dyn Store>`.
    #[must_use]
    pub fn state_arc<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.plan.profile.shared.states.insert(value);
        self
    }

    /// Adds the items of a group under their own names, and the group's [instructions](Group::instructions) below the server's
    /// own.
    #[must_use]
    pub fn mount(self, group: &'static Group) -> Self {
        self.mount_with(String::new(), group)
    }

    /// Adds the items of a group under a prefix: the tool `forecast` mounted as `wx` is `wx_forecast`, the resource
    /// `map://{city}` is `map://wx/{city}`.
    ///
    /// The group's [instructions](Group::instructions) are added below the server's own. They are sent as they are: names in
    /// them get no prefix.
    #[must_use]
    pub fn mount_as(self, prefix: &str, group: &'static Group) -> Self {
        let prefix = format!("{prefix}{}", self.separator);
        self.mount_with(prefix, group)
    }

    fn mount_with(mut self, prefix: String, group: &'static Group) -> Self {
        self.plan.mounts.push(Mount { group: Some(group), prefix });
        self.plan.guides.extend(group.instructions);
        self
    }

    /// The text between a prefix and a name, in the mounts that follow; `_` by default. Some models accept only letters,
    /// digits, `_` and `-` in a name.
    #[must_use]
    pub fn separator(mut self, separator: &'static str) -> Self {
        self.separator = separator;
        self
    }

    /// Adds tools by hand: `.with(tools![add, math::sub])`.
    #[must_use]
    pub fn with(mut self, tools: &[&'static ToolDef]) -> Self {
        self.plan.items.extend(tools.iter().copied().map(Item::Tool));
        self
    }

    /// Adds resources by hand: `.with_resources(resources![readme])`.
    #[must_use]
    pub fn with_resources(mut self, resources: &[&'static ResourceDef]) -> Self {
        self.plan.items.extend(resources.iter().copied().map(Item::Resource));
        self
    }

    /// Adds prompts by hand: `.with_prompts(prompts![greet])`.
    #[must_use]
    pub fn with_prompts(mut self, prompts: &[&'static PromptDef]) -> Self {
        self.plan.items.extend(prompts.iter().copied().map(Item::Prompt));
        self
    }

    /// Adds a tool, resource or prompt that was made at run time: see [`dynamic`](crate::dynamic).
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "the handle of a running server has the same word for it")]
    pub fn add(mut self, item: impl Into<dynamic::Item>) -> Self {
        self.plan.made.push(Box::new(item.into()));
        self
    }

    /// Declares tools, resources and prompts even where there are none yet: some will be added while the server runs.
    #[must_use]
    pub fn dynamic(mut self) -> Self {
        self.plan.profile.dynamic = true;
        self
    }

    /// Declares an extension with its settings, an object (`basic/versioning`, "Extension Negotiation"). Its identifier
    /// has a prefix: `com.example/thing`.
    #[must_use]
    pub fn extension(mut self, identifier: &str, settings: impl Serialize) -> Self {
        match serde_json::to_value(settings) {
            Ok(settings @ Value::Object(_)) if has_prefix(identifier) => {
                self.plan.profile.extensions.insert(identifier.to_owned(), settings);
            }
            Ok(Value::Object(_)) => self.problem(format!(
                "extension `{identifier}`: its identifier needs a prefix, as in `com.example/{identifier}`"
            )),
            _ => self.problem(format!("extension `{identifier}`: its settings must be an object")),
        }
        self
    }

    /// Serves a method that the protocol does not have.
    ///
    /// ```standalone_crate
    /// use mcp_runtime::prelude::*;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Deserialize)]
    /// struct Query {
    ///     text: String,
    /// }
    ///
    /// #[derive(Serialize)]
    /// struct Answer {
    ///     length: usize,
    /// }
    ///
    /// # fn main() -> Result<(), BuildError> {
    /// let server = Server::new("demo")
    ///     .method("example.com/measure", async |query: Query, _: Ctx| Ok(Answer { length: query.text.len() }))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn method<P, R, F, Fut>(mut self, name: &str, serve: F) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        F: Fn(P, Ctx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Error>> + Send + 'static,
    {
        let own = !matches!(mcp_proto::wire::Method::parse(name), mcp_proto::wire::Method::Other(_));
        if own || name.starts_with("notifications/") || name.is_empty() {
            self.problem(format!("method `{name}` is the protocol's own; choose another name"));
        }
        if self.plan.profile.methods.contains_key(name) {
            self.problem(format!("method `{name}` is given twice"));
        }
        let serve = Arc::new(serve);
        let handler = Handler::asynchronous(move |call: Call| {
            let serve = Arc::clone(&serve);
            async move {
                let params = match call.request().params() {
                    Ok(params) => params,
                    Err(error) => return mcp_proto::wire::Reply::error(call.id(), &error),
                };
                match serve(params, call.ctx().clone()).await.and_then(|result| members(&result)) {
                    Ok(members) => {
                        let mut result = ResultWriter::new(call.id());
                        result.members(&members);
                        result.finish(call.seal())
                    }
                    Err(error) => (&&&&Probe::of(&error)).reply_error(error, &call),
                }
            }
        });
        let at = Location { file: "", line: 0, column: 0, module: "" };
        self.plan.profile.methods.insert(name.into(), Bound::new(Entry::new(name, at), handler));
        self
    }

    /// Sends to clients what their calls log with `tracing`, of these targets and no others: `"my_crate"` is that crate with
    /// all its modules, `"my_crate::orders"` one of them. [`client_logs`](crate::client_logs()) says what is sent and to
    /// whom; **clients read it**, so name what was written with them in mind. What goes to standard error stays as it is:
    /// `RUST_LOG` has no say in what clients get, and they have none in what it shows.
    ///
    /// ```
    /// # mod a {
    /// mcp_runtime::main!(|server| server.forward_logs([env!("CARGO_PKG_NAME")]));
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// For programs of [`main!`](crate::main!) and [`run!`](crate::run!), which set up `tracing`. A program that does so
    /// itself adds the layer.
    #[cfg(all(feature = "stdio", feature = "client-logs"))]
    #[must_use]
    pub fn forward_logs(mut self, targets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.forwarded.extend(targets.into_iter().map(Into::into));
        self
    }

    /// How many items a page of a list has. Without it a list is one page.
    #[must_use]
    pub fn page_size(mut self, items: usize) -> Self {
        if items == 0 {
            self.problem("page_size: a page has at least one item".to_owned());
        }
        self.plan.profile.page_size = Some(items.max(1));
        self
    }

    /// For how long and by whom lists may be cached (`server/utilities/caching`). By default for a minute, by everybody.
    #[must_use]
    pub fn cache_lists(mut self, ttl: Duration, scope: CacheScope) -> Self {
        self.plan.profile.list_cache = cache(ttl, scope);
        self
    }

    /// For how long and by whom the contents of resources may be cached. By default not at all.
    #[must_use]
    pub fn cache_reads(mut self, ttl: Duration, scope: CacheScope) -> Self {
        self.plan.profile.shared.read_cache = cache(ttl, scope);
        self
    }

    /// Who calls on standard input and in memory, where nobody is identified: the one who has started the program. By default
    /// callers there are anonymous. On HTTP each request has its own [`Principal`].
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// let user = std::env::var("USER").unwrap_or_else(|_| "local".to_owned());
    /// let server = Server::new("notes").principal(Principal::new(user));
    /// ```
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.plan.profile.principal = principal;
        self
    }

    /// The timeout of calls whose function sets none. By default there is none. It holds for each run: the layer `Retry` runs a call
    /// that has timed out again. It holds for methods of your own ([`method`](Self::method)), too. A `blocking` function goes on on
    /// its thread then; plain functions, which cannot be stopped, have no limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.plan.profile.timeout = Some(timeout);
        self
    }

    /// Has the crate `jsonschema` check arguments, too, for tools whose schemas have keywords that the
    /// [built-in check](crate#how-arguments-are-checked) does not know, such as `not` and `if`. By default such a keyword is not enforced, and a
    /// warning at start names it. The second check reads the arguments once more, into a tree.
    #[cfg(feature = "validate")]
    #[must_use]
    pub fn validate_arguments(mut self) -> Self {
        self.plan.profile.validator = Some(crate::args::validator);
        self
    }

    /// Finds the functions, binds them to their state, and checks everything.
    ///
    /// # Errors
    /// All that is wrong at once, each with its file and line: state that is missing, names that are bad or taken,
    /// templates, patterns and schemas that cannot be used. Where nothing is wrong, what a function of [`on_start`](Self::on_start)
    /// has failed with; the functions of [`on_stop`](Self::on_stop) do not run then.
    pub fn build(self) -> Result<Server, BuildError> {
        #[cfg(all(feature = "stdio", feature = "client-logs"))]
        if !self.forwarded.is_empty() {
            crate::log::event!(
                WARN,
                "`forward_logs` was left out: the server is not built by `main!` or `run!`; add `mcp_runtime::client_logs` \
                 to the program's subscriber"
            );
        }
        let (server, lifecycle) = self.bind()?;
        lifecycle.begin(&server)?;
        Ok(server)
    }

    /// Does the same, but does not begin the lifecycle: the functions of `on_start` have not run, and those of `on_stop` will
    /// not.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub(crate) fn bind(self) -> Result<(Server, Lifecycle), BuildError> {
        #[cfg_attr(not(feature = "http"), allow(unused_mut))] // Only HTTP is set up.
        let mut server = self.plan.build().map(Server::from_catalog)?;
        #[cfg(feature = "http")]
        {
            server.http = self.http;
        }
        #[cfg(feature = "auth")]
        {
            server.checks = self.checks;
        }
        Ok((server, self.lifecycle))
    }

    /// The targets whose events are sent to clients, for whoever sees to it.
    #[cfg(all(feature = "stdio", feature = "client-logs"))]
    pub(crate) fn take_forwarded(&mut self) -> Vec<String> {
        std::mem::take(&mut self.forwarded)
    }

    /// What the server says of itself.
    #[cfg(feature = "cli")]
    pub(crate) fn info(&self) -> &Implementation {
        &self.plan.profile.info
    }

    pub(super) fn problem(&mut self, message: String) {
        self.plan.problems.push(message);
    }
}

/// Whether an identifier follows the rules of `_meta` keys: labels with dots between them, a slash, a name.
fn has_prefix(identifier: &str) -> bool {
    let Some((prefix, name)) = identifier.split_once('/') else { return false };
    let is_label = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_alphabetic())
            && label.ends_with(|c: char| c.is_ascii_alphanumeric())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let ends_well = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    prefix.split('.').all(is_label)
        && ends_well(name)
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn cache(ttl: Duration, scope: CacheScope) -> Cache {
    Cache { ttl_ms: u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX), scope }
}

/// The members of a result, which is an object.
fn members(result: &impl Serialize) -> Result<String, Error> {
    let json = to_json(result).map_err(Error::internal)?;
    match json.strip_prefix('{').and_then(|json| json.strip_suffix('}')) {
        Some(members) => Ok(members.to_owned()),
        None if json == "null" => Ok(String::new()),
        None => Err(Error::internal("the result of a method must be an object")),
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder").field("info", &self.plan.profile.info).finish_non_exhaustive()
    }
}
