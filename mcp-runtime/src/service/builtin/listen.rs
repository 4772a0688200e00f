//! `subscriptions/listen`: an open call that passes notices on (`basic/patterns/subscriptions`).

use std::collections::HashSet;
use std::sync::Arc;

use mcp_proto::wire::{Id, Reply, ResultWriter, RpcError, notification};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::budget::Charge;
use crate::bus::{Change, Notice, Subscriber, subscription_meta};
use crate::call::{Call, Class, Ctx, Handler, Outlet};
use crate::registry::{Catalog, Kind};
use crate::service::drive::{self, Driven};
use crate::service::link::{Link, MOST_SUBSCRIPTIONS, SUBSCRIPTION_BYTES, Uris};

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    notifications: &'a RawValue,
}

/// What a client wants to hear of, and what of it the server agrees to.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tools_list_changed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prompts_list_changed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    resources_list_changed: bool,
    #[serde(skip_serializing_if = "HashSet::is_empty")]
    resource_subscriptions: HashSet<Box<str>>,
}

impl Filter {
    /// The part of the filter that the server can honour.
    fn agreed(mut self, catalog: &Catalog) -> Self {
        self.tools_list_changed &= catalog.serves(Kind::Tools);
        self.prompts_list_changed &= catalog.serves(Kind::Prompts);
        self.resources_list_changed &= catalog.serves(Kind::Resources);
        if !catalog.serves(Kind::Resources) {
            self.resource_subscriptions.clear();
        }
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
    /// What is charged for the filter.
    _charge: Charge,
}

impl Subscriber for Listener {
    fn notice(&self, change: &Change<'_>) {
        if !self.filter.wants(change.notice) || self.ctx.is_cancelled() {
            return;
        }
        let uri = match change.notice.uri() {
            Some(key) => match self.uris.written(key) {
                Some(uri) => Some(uri),
                None => return,
            },
            None => None,
        };
        self.outlet.send(Class::Notice, change.frame_for(&self.id, uri).into());
    }
}

pub(crate) fn listen(call: Call, catalog: &Catalog, link: &Link) -> Result<Reply, Driven> {
    let filter = match wanted(&call) {
        Ok(filter) => filter.agreed(catalog),
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
    let listener = Arc::new(Listener { ctx, filter, uris, id, outlet, _charge: charge });
    // Acknowledged before it is subscribed: nothing may come before the acknowledgement.
    link.caller.outlet.acknowledge(acknowledgement(&listener));
    catalog.bus().subscribe(&listener);
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
    drive::start(&handler, call)
}

fn wanted(call: &Call) -> Result<Filter, RpcError> {
    let json = call.request().params::<Params<'_>>()?.notifications.get();
    // Serde would take an array for a struct.
    let filter = if json.starts_with('{') { serde_json::from_str(json).ok() } else { None };
    if filter.as_ref().is_some_and(|filter: &Filter| !filter.is_small_enough()) {
        let message = format!(
            "Invalid params: at most {MOST_SUBSCRIPTIONS} resources in one subscription, whose URIs have at most \
             {SUBSCRIPTION_BYTES} bytes"
        );
        return Err(RpcError::invalid_params(message));
    }
    filter.ok_or_else(|| RpcError::invalid_params("Invalid params: `notifications` must be a filter, an object"))
}

fn acknowledgement(listener: &Listener) -> Vec<u8> {
    // Booleans and strings always serialize.
    let filter = serde_json::to_string(&listener.filter).unwrap_or_default();
    let params = format!(r#"{{{},"notifications":{filter}}}"#, subscription_meta(&listener.id));
    notification("notifications/subscriptions/acknowledged", Some(&params))
}

fn json(id: &Id) -> String {
    let mut json = Vec::new();
    id.write(&mut json);
    String::from_utf8(json).unwrap_or_default()
}
