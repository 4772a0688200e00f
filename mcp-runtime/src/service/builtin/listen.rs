//! `subscriptions/listen`: an open call that passes notices on (`basic/patterns/subscriptions`).

use std::collections::HashSet;
use std::sync::Arc;

use mcp_proto::wire::{Id, Member, Reply, ResultWriter, RpcError, items, notification, pick};

use crate::budget::Charge;
use crate::bus::{Change, Notice, Subscriber, subscription_meta};
use crate::call::{Call, Class, Ctx, Handler, Outlet, Principal};
use crate::gate::{self, Driven};
use crate::json_text;
use crate::lock::Lock;
use crate::registry::{Catalog, ListKind};
use crate::service::core::Core;
use crate::service::link::{Link, MOST_SUBSCRIPTIONS, SUBSCRIPTION_BYTES, Uris};
use crate::service::policy::{may_hear, may_subscribe};

/// What a client wants to hear of, and what of it the server agrees to.
#[derive(Clone, Debug, Default)]
struct Filter {
    tools_list_changed: bool,
    prompts_list_changed: bool,
    resources_list_changed: bool,
    resource_subscriptions: HashSet<Box<str>>,
}

/// The names that the members have.
const NAMES: [&str; 4] = ["toolsListChanged", "promptsListChanged", "resourcesListChanged", "resourceSubscriptions"];

impl Filter {
    /// Reads a filter; `None` where it is none.
    fn read(json: &str) -> Option<Self> {
        let [tools, prompts, resources, uris] = pick(json, NAMES)?;
        let is_on = |member: Option<Member<'_>>| match member.map(Member::json) {
            None | Some("false") => Some(false),
            Some("true") => Some(true),
            Some(_) => None,
        };
        let mut resource_subscriptions = HashSet::new();
        if let Some(uris) = uris {
            for uri in items(uris.json())? {
                resource_subscriptions.insert(uri.text()?.into());
            }
        }
        Some(Self {
            tools_list_changed: is_on(tools)?,
            prompts_list_changed: is_on(prompts)?,
            resources_list_changed: is_on(resources)?,
            resource_subscriptions,
        })
    }

    /// What is on of it, as JSON.
    fn json(&self) -> String {
        let [tools, prompts, resources, uris] = NAMES;
        let flags = [
            (tools, self.tools_list_changed),
            (prompts, self.prompts_list_changed),
            (resources, self.resources_list_changed),
        ];
        let mut on: Vec<String> =
            flags.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| format!(r#""{name}":true"#)).collect();
        if !self.resource_subscriptions.is_empty() {
            let written: Vec<String> = self.resource_subscriptions.iter().map(|uri| json_text::string(uri)).collect();
            on.push(format!(r#""{uris}":[{}]"#, written.join(",")));
        }
        format!("{{{}}}", on.join(","))
    }

    /// The part of the filter that the server can honour for this caller.
    fn agreed(mut self, catalog: &Catalog, call: &Call) -> Self {
        self.tools_list_changed &= catalog.serves(ListKind::Tools);
        self.prompts_list_changed &= catalog.serves(ListKind::Prompts);
        self.resources_list_changed &= catalog.serves(ListKind::Resources);
        self.resource_subscriptions.retain(|uri| may_subscribe(catalog, uri, call));
        self
    }

    /// What the URIs have together.
    fn uri_bytes(&self) -> usize {
        self.resource_subscriptions.iter().map(|uri| uri.len()).sum()
    }

    fn is_small_enough(&self) -> bool {
        self.resource_subscriptions.len() <= MOST_SUBSCRIPTIONS && self.uri_bytes() <= SUBSCRIPTION_BYTES
    }

    fn wants(&self, notice: &Notice) -> bool {
        match notice {
            Notice::ToolsChanged => self.tools_list_changed,
            Notice::PromptsChanged => self.prompts_list_changed,
            Notice::ResourcesChanged => self.resources_list_changed,
            // Whether it is among the URIs, the listener knows.
            Notice::ResourceUpdated(_) => true,
        }
    }
}

/// An open subscription.
struct Listener {
    /// The call that opened it: once it is cancelled, nothing more is said, even before its future is dropped.
    ctx: Ctx,
    filter: Filter,
    uris: Uris,
    /// The JSON of the call's id, which every message carries.
    id: String,
    outlet: Arc<dyn Outlet>,
    /// What has changed before the client was told that it is subscribed, once each; nothing once it was told.
    early: Lock<Option<Vec<Notice>>>,
    /// What is charged for the filter.
    _charge: Charge,
}

impl Listener {
    fn may_hear(&self, key: &str, principal: &Principal) -> bool {
        Core::of(&self.ctx).is_none_or(|core| may_hear(&core.catalog(), key, principal))
    }

    /// Acknowledges the subscription, and passes on what has changed meanwhile: nothing may come before the acknowledgement.
    fn acknowledge(&self) {
        self.outlet.acknowledge(acknowledgement(self));
        // Not locked while they are passed on.
        let early = self.early.lock().take().unwrap_or_default();
        for notice in early {
            let change = Change::of(&notice);
            self.pass(&change, notice.uri().and_then(|key| self.uris.written(key)));
        }
    }

    fn pass(&self, change: &Change<'_>, uri: Option<&str>) {
        if let Some(early) = &mut *self.early.lock() {
            if !early.contains(change.notice) {
                early.push(change.notice.clone());
            }
            return;
        }
        self.outlet.send(Class::Notice, change.frame_for(&self.id, uri).into());
    }
}

impl Subscriber for Listener {
    fn notice(&self, change: &Change<'_>) {
        if !self.filter.wants(change.notice) || self.ctx.is_cancelled() {
            return;
        }
        let principal = self.ctx.principal();
        let uri = match change.notice.uri() {
            Some(key) => match self.uris.written(key) {
                Some(uri) if self.may_hear(key, principal) => Some(uri),
                _ => return,
            },
            None if !change.is_for(principal) => return,
            None => None,
        };
        self.pass(change, uri);
    }
}

pub(crate) fn listen(call: Call, catalog: &Catalog, link: &Link) -> Result<Reply, Driven> {
    let filter = match wanted(&call) {
        Ok(filter) => filter.agreed(catalog, &call),
        Err(error) => return Ok(Reply::error(call.id(), &error)),
    };
    let (ctx, id) = (call.ctx().clone(), json(call.id()));
    let uris: Uris = filter.resource_subscriptions.iter().cloned().collect();
    let mut charge = Charge::new(&catalog.profile().subscriptions);
    if !uris.charge(&mut charge) {
        let message = "There is no room for so many subscriptions right now; try again later";
        return Ok(Reply::error(call.id(), &RpcError { message: message.into(), ..RpcError::internal() }));
    }
    let outlet = Arc::clone(&link.caller.outlet);
    let early = Lock::new(Some(Vec::new()));
    let listener = Arc::new(Listener { ctx, filter, uris, id, outlet, early, _charge: charge });
    // What changes from now on is heard; the program watches before the client hears that it does.
    catalog.bus().subscribe(&listener);
    for uri in &listener.filter.resource_subscriptions {
        catalog.bus().subscribed(uri);
    }
    listener.acknowledge();
    let closing = Arc::clone(&link.closing);
    let handler = Handler::asynchronous(move |call: Call| {
        // The future owns the listener: cancelling the call ends the subscription.
        let (closing, listener) = (Arc::clone(&closing), Arc::clone(&listener));
        async move {
            closing.raised().await;
            let result = ResultWriter::new(call.id());
            let meta = format!(r#""io.modelcontextprotocol/subscriptionId":{}"#, listener.id);
            result.finish_with(call.seal(), Some(&meta), None)
        }
    });
    gate::start(&handler, call)
}

fn wanted(call: &Call) -> Result<Filter, RpcError> {
    let params = pick(call.request().params_json().unwrap_or("{}"), ["notifications"]);
    let Some([Some(wanted)]) = params else {
        return Err(RpcError::invalid_params("Invalid params: missing field `notifications`"));
    };
    let filter = Filter::read(wanted.json());
    if filter.as_ref().is_some_and(|filter| !filter.is_small_enough()) {
        let message = format!(
            "Invalid params: at most {MOST_SUBSCRIPTIONS} resources in one subscription, whose URIs have at most \
             {SUBSCRIPTION_BYTES} bytes"
        );
        return Err(RpcError::invalid_params(message));
    }
    filter.ok_or_else(|| RpcError::invalid_params("Invalid params: `notifications` must be a filter, an object"))
}

fn acknowledgement(listener: &Listener) -> Vec<u8> {
    let params = format!(r#"{{{},"notifications":{}}}"#, subscription_meta(&listener.id), listener.filter.json());
    notification("notifications/subscriptions/acknowledged", Some(&params))
}

fn json(id: &Id) -> String {
    let mut json = Vec::new();
    id.write(&mut json);
    String::from_utf8(json).unwrap_or_default()
}
