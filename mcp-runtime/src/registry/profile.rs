//! What the builder was told, beside the items.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mcp_proto::engine::Limits;
use mcp_proto::era::{Cache, CacheScope, Seal};
use mcp_proto::types::Implementation;
use serde_json::{Map, Value, json};

use super::hint::Hint;
use super::item::Bound;
use super::rings::Rings;
use super::rules::PolicyDefault;
#[cfg(feature = "auth")]
use super::rules::Restriction;
use crate::args::MakeValidator;
use crate::budget::{Budget, MEMORY};
use crate::call::{Asking, Principal, Scope, Shared};
use crate::gate::Observers;
use crate::json_text;
#[cfg(feature = "http")]
use crate::readiness::Readiness;

/// What the builder was told, beside the items.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    pub(crate) extensions: Map<String, Value>,
    pub(crate) methods: HashMap<Box<str>, Bound>,
    pub(crate) page_size: Option<usize>,
    pub(crate) list_cache: Cache,
    pub(crate) timeout: Option<Duration>,
    /// The second check of arguments, if there is to be one.
    pub(crate) validator: Option<MakeValidator>,
    /// What holds for items of which no policy is declared; settled when the server is built.
    pub(crate) policy_default: Option<PolicyDefault>,
    /// Of which functions a person is asked, beside those that say so; of all where there is no hint.
    pub(crate) consent: Vec<(Asking, Option<Hint>)>,
    /// The rules of policy files.
    #[cfg(feature = "auth")]
    pub(crate) restrictions: Vec<Restriction>,
    /// Who calls on connections that identify nobody.
    pub(crate) principal: Principal,
    pub(crate) limits: Limits,
    /// The most bytes of one message on HTTP; `limits` is about streams.
    pub(crate) http_message_bytes: usize,
    /// The most bytes of log messages, progress and notices that wait for one client.
    pub(crate) waiting_bytes: usize,
    /// How many events of the lifecycle wait for one who listens.
    pub(crate) waiting_events: usize,
    /// Whether items may come while running, so that their capabilities are declared from the start.
    pub(crate) dynamic: bool,
    /// Who is told of each request.
    pub(crate) observers: Observers,
    /// The layers around its items.
    pub(crate) rings: Rings,
    /// What calls work with.
    pub(crate) shared: Shared,
    /// The memory that is used for clients.
    pub(crate) budget: Arc<Budget>,
    /// What says whether the server is ready, beside that it runs.
    #[cfg(feature = "http")]
    pub(crate) readiness: Option<Arc<dyn Readiness>>,
    /// The part of it that is for subscriptions.
    pub(crate) subscriptions: Arc<Budget>,
}

/// What the subscriptions of all clients may have together: 64 MiB.
const SUBSCRIPTION_BYTES: usize = 64 * 1024 * 1024;

impl From<&Profile> for Scope {
    fn from(profile: &Profile) -> Self {
        // In every result, so no more than the specification asks for; `server/discover` says the rest.
        let info = json!({ "name": profile.info.name, "version": profile.info.version });
        Self {
            name: (&*profile.info.name).into(),
            seal: Seal::stateless(&json_text::value(&info)),
            stateful_seal: Seal::stateful(),
            server: OnceLock::new(),
            shared: profile.shared.clone().sealed_at_rest(),
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        let budget = Budget::new(MEMORY);
        Self {
            info: Implementation::default(),
            instructions: None,
            extensions: Map::new(),
            methods: HashMap::new(),
            page_size: None,
            // Lists are the same for everybody, and clients that keep listening hear of changes at once.
            list_cache: Cache { ttl_ms: 60_000, scope: CacheScope::Public },
            timeout: None,
            validator: None,
            policy_default: None,
            consent: Vec::new(),
            #[cfg(feature = "auth")]
            restrictions: Vec::new(),
            principal: Principal::anonymous(),
            limits: Limits::default(),
            // Far above what models send, far below what hurts: anybody may be the client.
            http_message_bytes: 4 * 1024 * 1024,
            waiting_bytes: 256 * 1024,
            waiting_events: 1024,
            dynamic: false,
            observers: Observers::default(),
            rings: Rings::default(),
            shared: Shared::new(&budget),
            subscriptions: budget.share(SUBSCRIPTION_BYTES),
            budget,
            #[cfg(feature = "http")]
            readiness: None,
        }
    }
}
