//! What a handler knows of its call.

use std::fmt;
#[cfg(feature = "layers")]
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use mcp_proto::Version;
use mcp_proto::era::Seal;
use mcp_proto::types::Values;
use mcp_proto::wire::{Id, Request};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::consent::{ConsentLog, Decided};
use super::entry::Entry;
use super::facts::Extensions;
use super::inner::Inner;
use super::outlet::{Outlet, Sent};
use super::principal::Principal;
use super::scope::Scope;
use crate::bus::Notice;
use crate::state::{State, States};

/// A call that is being served: the request, and the entry it was routed to.
#[derive(Clone, Debug)]
pub struct Call {
    ctx: Ctx,
}

/// The context of a call: progress, logs, questions, the client and the server. A parameter `&Ctx` or `Ctx` is injected.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Does something slowly.
/// #[tool]
/// async fn work(ctx: &Ctx, steps: u32) -> String {
///     for step in 0..steps {
///         ctx.info(format!("step {step}"));
///         ctx.progress(step + 1, steps, None).await;
///     }
///     "done".to_owned()
/// }
/// ```
#[derive(Clone)]
pub struct Ctx(Arc<Inner>);

impl Call {
    pub(crate) fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    /// Its context, which remains.
    pub(crate) fn into_ctx(self) -> Ctx {
        self.ctx
    }

    /// The context of the call.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The request's id.
    pub fn id(&self) -> &Id {
        &self.ctx.0.request.id
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.ctx.0.request
    }

    /// The entry that serves the call; none for the methods of the protocol itself.
    pub fn entry(&self) -> Option<&Arc<Entry>> {
        self.ctx.0.entry.as_ref()
    }

    /// The same call, under an entry that it is served by. Where others have its context already, it gets another one.
    pub(crate) fn under(self, entry: Arc<Entry>) -> Self {
        let mut ctx = self.ctx;
        if Arc::get_mut(&mut ctx.0).is_none() {
            ctx = ctx.fork(ctx.0.request.clone());
        }
        ctx.inner_mut().entry = Some(entry);
        Self { ctx }
    }

    /// The same call with values of the variables of a resource template, in a context of its own.
    pub(crate) fn with_variables(self, variables: Values) -> Self {
        let mut ctx = self.ctx.fork(self.ctx.0.request.clone());
        ctx.inner_mut().variables = variables;
        Self { ctx }
    }

    /// The revision the answer is written for.
    pub fn version(&self) -> Version {
        self.ctx.0.terms.version
    }

    /// What the era adds to a result.
    pub fn seal(&self) -> &Seal {
        self.ctx.scope().seal(self.version())
    }

    /// Keeps the arguments with their leniencies made good, for as long as the call is there.
    pub(crate) fn amend(&self, arguments: String) -> &str {
        self.ctx.0.amended.get_or_init(|| arguments.into())
    }

    /// The values of the variables of a resource template.
    pub(crate) fn variables(&self) -> &Values {
        &self.ctx.0.variables
    }
}

impl Ctx {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The call, for what must not keep it.
    pub(super) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    /// Sends a notification, unless the call is over: nothing follows its answer, whatever its tasks still have to say.
    pub(super) fn say(&self, send: impl FnOnce(&dyn Outlet)) -> Sent<'_> {
        let outlet = &*self.0.caller.outlet;
        if self.root().inner().driver.unless_over(|| send(outlet)) { Sent::to(outlet) } else { Sent::nothing() }
    }

    /// Whether the client has cancelled the call, or its time is over. An `async` function does not have to check: its future is
    /// dropped.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Counts as far as it gets.
    /// #[tool(blocking)]
    /// fn count(ctx: &Ctx, to: u64) -> u64 {
    ///     (0..to).take_while(|_| !ctx.is_cancelled()).fold(0, |count, _| count + 1)
    /// }
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.is_raised()
    }

    /// Waits until the client cancels the call, or its time is over: for tasks that outlive the function's own future.
    pub async fn cancelled(&self) {
        self.0.cancelled.raised().await;
    }

    /// Cancels the call: whoever asked for it does not wait for its answer any more.
    pub(crate) fn cancel(&self) {
        self.0.withdrawn.store(true, Ordering::Release);
        self.cancel_run();
    }

    /// Cancels this run of the call. There may be others: a layer may run the call again.
    pub(crate) fn cancel_run(&self) {
        self.0.cancelled.raise();
    }

    /// Whether the call was cancelled, and not only a run of it.
    #[cfg(feature = "layers")]
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.first_run().0.withdrawn.load(Ordering::Acquire)
    }

    /// Closes the connection of the call, so that the client reconnects for the rest (SEP-1699). The call goes on. Only clients
    /// in a session on HTTP can do so; for others nothing happens.
    pub fn close_stream(&self) {
        self.0.caller.outlet.disconnect();
    }

    /// The name of the tool or prompt, or the URI of the resource, that the client has asked for: of a group that is mounted under a
    /// prefix, the name with the prefix. For other methods it is the method.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// static SHOP: Group = Group::new("shop");
    ///
    /// /// Says which shop this is.
    /// #[tool(group = SHOP)]
    /// fn whoami(ctx: &Ctx) -> String {
    ///     let shop = ctx.target().strip_suffix("_whoami").unwrap_or("no");
    ///     format!("the {shop} shop")
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use mcp_runtime::testing::TestClient;
    ///
    /// let server = Server::empty("mall").mount_as("north", &SHOP).mount_as("south", &SHOP).build()?;
    /// let client = TestClient::to(&server).await;
    /// assert_eq!(client.call("south_whoami", ()).await?.text(), "the south shop");
    /// # Ok(())
    /// # }
    /// ```
    pub fn target(&self) -> &str {
        let request = &self.0.request;
        request.name().or_else(|| request.uri()).unwrap_or_else(|| request.method.as_str())
    }

    /// The revision of the protocol that the client speaks.
    pub fn protocol(&self) -> Version {
        self.0.terms.version
    }

    /// The caller, as far as it was identified.
    pub fn principal(&self) -> &Principal {
        &self.0.caller.facts.principal
    }

    /// A member of the request's `_meta`, as a `T`: `ctx.meta::<String>("traceparent")`.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Says which trace the call belongs to.
    /// #[tool]
    /// fn trace(ctx: &Ctx) -> Option<String> {
    ///     ctx.meta("traceparent")
    /// }
    /// ```
    pub fn meta<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let json = self.0.request.meta_json()?;
        let mut members: std::collections::HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        serde_json::from_str(members.remove(key)?.get()).ok()
    }

    /// The value of type `T` that was given to the server's builder. Prefer a parameter `State<T>`: it is looked up once, and a
    /// missing value stops the start.
    pub fn state<T: ?Sized + Send + Sync + 'static>(&self) -> Option<State<T>> {
        self.states().find()
    }

    pub(crate) fn states(&self) -> &States {
        &self.scope().shared.states
    }

    pub(crate) fn scope(&self) -> &Scope {
        self.0.home.scope()
    }

    /// Tells the clients that asked for it that the list of tools has changed.
    pub fn tools_changed(&self) {
        self.scope().shared.bus.publish(&Notice::ToolsChanged);
    }

    /// Tells the clients that asked for it that the list of prompts has changed.
    pub fn prompts_changed(&self) {
        self.scope().shared.bus.publish(&Notice::PromptsChanged);
    }

    /// Tells the clients that asked for it that the list of resources has changed.
    pub fn resources_changed(&self) {
        self.scope().shared.bus.publish(&Notice::ResourcesChanged);
    }

    /// Tells the clients that subscribed to it that a resource has changed. The URI is that of the server: where the function's
    /// group is mounted under a prefix ([`mount_as`](crate::ServerBuilder::mount_as)), with the prefix. Make it from
    /// [`target`](Self::target) then.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Changes the settings.
    /// #[tool]
    /// fn set(ctx: &Ctx) {
    ///     ctx.resource_updated("app://settings");
    /// }
    /// ```
    pub fn resource_updated(&self, uri: impl AsRef<str>) {
        self.scope().shared.bus.publish(&Notice::updated(uri.as_ref()));
    }

    /// The address of the client, where it is known and not this machine's: of IPv6 the network.
    #[cfg(feature = "layers")]
    pub(crate) fn client_address(&self) -> Option<std::net::IpAddr> {
        #[cfg(feature = "http")]
        let address = self.inner().caller.address;
        #[cfg(not(feature = "http"))]
        let address = None;
        address
    }

    /// For how long questions of the call have waited for the client's answers; `None` while one does.
    pub(crate) fn waited_for_answers(&self) -> Option<Duration> {
        self.root().inner().dialogue.get().map_or(Some(Duration::ZERO), |dialogue| dialogue.waited())
    }

    /// A context for another run of the call, with this request.
    pub(crate) fn fork(&self, request: Box<Request>) -> Self {
        let Inner { terms, key, entry, variables, home, caller, within, .. } = self.inner();
        let inner = Inner::new(request, terms.clone(), *key, Arc::clone(home), caller.clone());
        let (entry, variables, within) = (entry.clone(), variables.clone(), within.clone());
        #[cfg(feature = "layers")]
        let inner = Inner { questions: self.inner().questions.clone(), ..inner };
        #[cfg(feature = "auth")]
        let inner = Inner { ruling: self.inner().ruling.clone(), ..inner };
        let inner = Inner { first_run: Some(self.first_run().clone()), ..inner };
        let consent = OnceLock::new();
        if entry.as_ref().is_some_and(|entry| entry.asks) {
            let _ = consent.set(Arc::clone(self.consent_log()));
        }
        Self::new(Inner { entry, variables, within, consent, ..inner })
    }

    /// The run of the call that was begun first, by a client or by another call; others are those that layers add.
    pub(crate) fn first_run(&self) -> &Self {
        self.0.first_run.as_ref().unwrap_or(self)
    }

    /// Notes what was decided of the call's consent, for all that runs of it.
    pub(crate) fn note_consent(&self, what: &str, decided: &Decided) {
        self.consent_log().note(what, decided.clone());
        #[cfg(feature = "auth")]
        if let Some(ruling) = &self.0.ruling {
            ruling.set_consent(decided.clone());
        }
    }

    /// What was decided of the call's consent: all runs of it share that.
    pub(crate) fn consent_log(&self) -> &Arc<ConsentLog> {
        self.0.consent.get_or_init(Arc::default)
    }

    /// How many questions this call asks, and those that it makes or that make it. They are counted from the first time that this
    /// is asked.
    #[cfg(feature = "layers")]
    pub(crate) fn questions(&self) -> Arc<AtomicU32> {
        Arc::clone(self.root().inner().questions.get_or_init(Arc::default))
    }

    #[cfg(feature = "layers")]
    pub(super) fn count_question(&self) {
        if let Some(questions) = self.root().inner().questions.get() {
            questions.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Keeps what layers have put in. They do so once, before the function runs.
    pub(crate) fn extend(&self, extensions: Extensions) {
        if !extensions.is_empty() {
            let _ = self.0.extensions.set(Box::new(extensions));
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The call is over: [`Inner::set_over`], for who is about to drop its context.
    #[inline]
    pub(crate) fn leave(mut self) {
        // Most calls leave nobody behind who could ask. To compare the two counts would not do: between them somebody may become
        // an owner who was none.
        let is_alone = Arc::get_mut(&mut self.0).is_some();
        if !is_alone || self.0.dialogue.get().is_some() {
            self.0.set_over();
        }
    }

    /// The inside of a context that nobody else has.
    pub(super) fn inner_mut(&mut self) -> &mut Inner {
        Arc::get_mut(&mut self.0).expect("a context is changed before it is cloned")
    }
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx")
            .field("id", &self.0.request.id)
            .field("method", &self.0.request.method)
            .field("protocol", &self.0.terms.version)
            .finish_non_exhaustive()
    }
}
