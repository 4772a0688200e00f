//! A server: built once, then served.

mod builder;
#[cfg(feature = "auth")]
mod checks;
mod handle;
#[cfg(feature = "http")]
mod http;
mod kept;
mod layers;
mod lifecycle;
mod limits;
mod operations;
mod package;
mod permissions;
mod policy;
#[cfg(feature = "auth")]
mod policy_file;
#[cfg(feature = "streams")]
mod serving;
mod unit_test;
#[cfg(all(feature = "auth", feature = "stdio"))]
mod user;

pub use builder::ServerBuilder;
pub use handle::ServerHandle;
#[cfg(feature = "http")]
pub use operations::ReadyOutput;
pub use package::of_package;
pub use permissions::Permissions;
#[cfg(feature = "cli")]
pub(crate) use policy::Guarded;

use std::sync::Arc;

#[cfg(feature = "cli")]
use crate::args::Param;
#[cfg(feature = "cli")]
use crate::call::FaultLimits;
use crate::call::{Facts, Principal};
#[cfg(feature = "cli")]
use crate::registry::ListKind;
use crate::registry::{Catalog, Group};
use crate::service::Core;
use crate::transport::MemoryClient;

/// A server that is ready to serve: its functions are found, bound to their state, and checked.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # fn main() -> Result<(), BuildError> {
/// let server = Server::new("calculator").instructions("Use it for sums.").build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    core: Arc<Core>,
    /// How it is served on HTTP, whatever serves it.
    #[cfg(feature = "http")]
    http: http::HttpSettings,
    /// How callers are identified, whatever serves it.
    #[cfg(feature = "auth")]
    checks: Option<crate::auth::Any>,
    /// The program's user, where the environment says who that is.
    #[cfg(all(feature = "auth", feature = "stdio"))]
    user: Option<Principal>,
}

impl Server {
    /// A builder for a server with every tool, resource and prompt of the program that names no group.
    ///
    /// Items in modules named `test` or `tests` are left out, because they belong to the program's tests.
    // The name is the one everybody looks for; what it makes is a builder, because a server is checked when it is built.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<std::borrow::Cow<'static, str>>) -> ServerBuilder {
        ServerBuilder::empty(name).mount_default()
    }

    /// A builder for a server with the items of one [`Group`].
    pub fn of(group: &'static Group) -> ServerBuilder {
        ServerBuilder::of(group)
    }

    /// A builder for a server without items: add them with [`with`](ServerBuilder::with) or [`add`](ServerBuilder::add).
    pub fn empty(name: impl Into<std::borrow::Cow<'static, str>>) -> ServerBuilder {
        ServerBuilder::empty(name)
    }

    /// Who calls on connections that identify nobody.
    #[cfg(any(feature = "cli", feature = "stdio"))]
    pub(crate) fn principal(&self) -> Principal {
        #[cfg(feature = "auth")]
        if let Some(user) = &self.user {
            return user.clone();
        }
        self.core.catalog().profile().principal.clone()
    }

    /// Whether a command would find what it names: a tool to call, a prompt, or a resource to read.
    #[cfg(feature = "cli")]
    pub(crate) fn declares(&self, command: &str, name: &str) -> bool {
        let catalog = self.core.catalog();
        match command {
            "call" => catalog.tool(name).is_some(),
            "prompt" => catalog.prompt(name).is_some(),
            _ => catalog.resource(name).is_some() || catalog.template(name).is_some(),
        }
    }

    /// What is wrong with arguments of a tool, as far as it is known before they are read; `None` if there is no such tool.
    #[cfg(feature = "cli")]
    pub(crate) fn faults(&self, tool: &str, arguments: &str) -> Option<Vec<(String, String)>> {
        let catalog = self.core.catalog();
        let inspector = catalog.tool(tool)?.entry.inspector.as_ref()?;
        Some(inspector.inspect(arguments, true, FaultLimits::default()).faults)
    }

    /// The arguments of a prompt to `prompt`, or the variables of a template to `read`, if their types are known.
    #[cfg(feature = "cli")]
    pub(crate) fn texts(&self, command: &str, name: &str) -> Option<&'static [Param]> {
        let catalog = self.core.catalog();
        let bound = if command == "prompt" { catalog.prompt(name) } else { catalog.template(name) };
        bound?.declared()
    }

    /// What its connections share.
    #[cfg(all(feature = "cli", any(all(unix, feature = "unix"), all(windows, feature = "pipes"))))]
    pub(crate) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.core)
    }

    /// The server's name.
    #[cfg(feature = "cli")]
    pub(crate) fn name(&self) -> String {
        self.core.catalog().profile().info.name.to_string()
    }

    /// How many tools, resources, templates and prompts there are.
    #[cfg(feature = "cli")]
    pub(crate) fn counts(&self) -> [usize; 4] {
        self.core.catalog().counts()
    }

    /// Whether it declares what is not there yet.
    #[cfg(feature = "cli")]
    pub(crate) fn is_dynamic(&self) -> bool {
        let catalog = self.core.catalog();
        [ListKind::Tools, ListKind::Resources, ListKind::Prompts].into_iter().any(|kind| catalog.serves(kind))
    }

    /// The layers around all that it offers, and around what groups offer, from the outside in.
    #[cfg(feature = "cli")]
    pub(crate) fn layers(&self) -> Vec<String> {
        self.core.catalog().profile().rings.names()
    }

    pub(crate) fn from_catalog(catalog: Catalog) -> Self {
        Self {
            core: Core::new(catalog),
            #[cfg(feature = "http")]
            http: http::HttpSettings::default(),
            #[cfg(feature = "auth")]
            checks: None,
            #[cfg(all(feature = "auth", feature = "stdio"))]
            user: None,
        }
    }

    /// The states of the server and of its connections as they change, from now on. The first event is the server's state now.
    ///
    /// | | |
    /// | --- | --- |
    /// | server | [`Created`](crate::ServerState::Created) → `Starting` → `Running` → `Stopping` → `Stopped` |
    /// | connection | [`Connecting`](crate::ConnectionState::Connecting) → `Initializing` → `Connected` → `Disconnecting` → `Closed` or `Failed` |
    ///
    /// A connection may leave states out: in revisions without a handshake none initializes, and a client that goes away ends it at
    /// once. The same is logged (`RUST_LOG=mcp_runtime::lifecycle=debug`) and [counted](crate::Metrics::connection_states).
    ///
    /// ```
    /// use mcp_runtime::{ConnectionState, LifecycleEvent, Server};
    ///
    /// fn watch(server: &Server) {
    ///     let mut events = server.events();
    ///     tokio::spawn(async move {
    ///         while let Some(event) = events.next().await {
    ///             if let LifecycleEvent::Connection(connection) = event
    ///                 && connection.state == ConnectionState::Failed
    ///             {
    ///                 println!("{:?} has failed: {:?}", connection.peer, connection.why);
    ///             }
    ///         }
    ///     });
    /// }
    /// ```
    ///
    /// A program of `main!` gets them from its handle: [`ServerHandle::events`].
    pub fn events(&self) -> crate::Events {
        self.core.events()
    }

    /// A handle that adds and removes items while the server runs, and tells clients of changes.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle::new(Arc::clone(&self.core))
    }

    /// A connection to this server from inside the process, for tests.
    ///
    /// # Panics
    /// Outside of a tokio runtime: calls that wait go on there.
    pub fn connect(&self) -> MemoryClient {
        MemoryClient::new(Arc::clone(&self.core))
    }

    /// A connection from inside the process for an identified client: its calls find this [`Principal`].
    ///
    /// ```standalone_crate
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Says who is calling.
    /// #[tool]
    /// fn me(principal: Principal) -> String {
    ///     principal.subject().unwrap_or("nobody").to_owned()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), BuildError> {
    /// let server = Server::new("who").build()?;
    /// let mut client = server.connect_as(Principal::new("ada"));
    /// client.send(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#);
    /// client.send(r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"me"}}"#);
    /// client.receive().await;
    /// assert!(client.receive().await.is_some_and(|answer| answer.contains("ada")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime: calls that wait go on there.
    pub fn connect_as(&self, principal: Principal) -> MemoryClient {
        MemoryClient::new_as(Arc::clone(&self.core), Facts::of(principal))
    }

    /// A connection of this caller's, or of one that nobody knows.
    #[cfg(feature = "client-stdio")]
    pub(crate) fn connection(&self, principal: Option<Principal>) -> Arc<crate::service::Connection> {
        let (core, runtime) = (Arc::clone(&self.core), tokio::runtime::Handle::current());
        match principal {
            Some(principal) => crate::service::Connection::with_facts(core, runtime, Facts::of(principal)),
            None => crate::service::Connection::new(core, runtime),
        }
    }

    /// The same, for a client of whom a transport would know this.
    #[cfg(feature = "cli")]
    pub(crate) fn connect_with(&self, facts: Arc<Facts>) -> MemoryClient {
        MemoryClient::new_as(Arc::clone(&self.core), facts)
    }

    /// Serves one connection that your [`Transport`](crate::transport::Transport) carries, until its peer ends it. Await it for
    /// each connection in a task of its own. The functions of [`on_stop`](ServerBuilder::on_stop) run when the program calls
    /// [`stop`](Self::stop).
    ///
    /// ```no_run
    /// use mcp_runtime::Server;
    /// use mcp_runtime::transport::Transport;
    ///
    /// async fn greet(server: Server, transport: impl Transport) {
    ///     if let Err(why) = server.serve_on(transport).await {
    ///         eprintln!("closed: {why}");
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Why the connection was closed: the transport has failed, or the peer went beyond a
    /// [limit](crate::transport::StreamLimits). It is logged, too. That the peer leaves is no error.
    #[cfg(feature = "streams")]
    pub fn serve_on(&self, transport: impl crate::transport::Transport) -> crate::transport::ServeOn {
        crate::transport::ServeOn::new(Arc::clone(&self.core), transport)
    }

    /// Serves HTTP at `/mcp` of this address, until the process is told to stop (SIGTERM, or Ctrl-C).
    /// [`Http`](crate::Http) has all other settings. Call [`init_logging`](crate::init_logging) first, to see what the server
    /// logs.
    ///
    /// ```no_run
    /// # use mcp_runtime::Server;
    /// # async fn example(server: Server) -> std::io::Result<()> {
    /// server.serve_http("127.0.0.1:3000").await
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the address cannot be listened on.
    #[cfg(feature = "http")]
    pub async fn serve_http(&self, address: impl tokio::net::ToSocketAddrs) -> std::io::Result<()> {
        let stop = crate::transport::signals::told_to_stop();
        crate::Http::new(self).listen(address).await?.run(stop).await;
        Ok(())
    }

    /// The same over TLS: `https://`. SIGHUP does not end it, but reads the certificates again.
    ///
    /// ```no_run
    /// # use mcp_runtime::{Server, Tls};
    /// # async fn example(server: Server) -> std::io::Result<()> {
    /// server.serve_https("0.0.0.0:443", Tls::files("cert.pem", "key.pem")).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the address cannot be listened on, or the certificate and the key cannot be used.
    #[cfg(feature = "tls")]
    pub async fn serve_https(&self, address: impl tokio::net::ToSocketAddrs, tls: crate::Tls) -> std::io::Result<()> {
        let stop = crate::transport::signals::told_to_stop().but_hangup();
        crate::Http::new(self).listen(address).await?.tls(tls)?.run(stop).await;
        Ok(())
    }

    /// Serves on standard input and output until the input ends or the process is told to stop.
    ///
    /// # Errors
    /// If a standard stream is not open, or fails. With the feature `auth` also if the credentials in `MCP_TOKEN` are refused.
    #[cfg(feature = "stdio")]
    pub async fn serve_stdio(&self) -> std::io::Result<()> {
        // Kept until the end: it watches for a second signal.
        let mut stop = crate::transport::signals::told_to_stop();
        self.serve_stdio_until(&mut stop).await
    }

    /// The same until `stop`.
    #[cfg(feature = "stdio")]
    async fn serve_stdio_until(&self, stop: &mut (impl Future<Output = ()> + Unpin)) -> std::io::Result<()> {
        #[cfg(feature = "auth")]
        if let Some(ignored) = self.ignored_token() {
            crate::log::event!(WARN, "{ignored}");
        }
        #[cfg(feature = "auth")]
        let this = &self.as_environment().await?;
        #[cfg(not(feature = "auth"))]
        let this = self;
        crate::transport::stdio::serve(Arc::clone(&self.core), this.principal(), stop).await
    }
}
