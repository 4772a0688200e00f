//! `subscriptions/listen`: an open call that passes notices on (`basic/patterns/subscriptions`).

use std::collections::HashSet;
use std::sync::Arc;

use mcp_proto::wire::{Id, Reply, ResultWriter, notification};
use serde::{Deserialize, Serialize};

use crate::bus::{Notice, Subscriber};
use crate::call::{Call, Handler, Outlet};
use crate::registry::{Catalog, Kind};
use crate::service::drive::{self, Driven};
use crate::service::link::{self, Link};

#[derive(Deserialize)]
struct Params {
    #[serde(default)]
    notifications: Filter,
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

    fn wants(&self, notice: &Notice) -> bool {
        match notice {
            Notice::ToolsChanged => self.tools_list_changed,
            Notice::PromptsChanged => self.prompts_list_changed,
            Notice::ResourcesChanged => self.resources_list_changed,
            Notice::ResourceUpdated(uri) => self.resource_subscriptions.contains(uri),
        }
    }
}

/// An open subscription.
struct Listener {
    filter: Filter,
    /// The JSON of the call's id, which every message carries.
    id: String,
    outlet: Arc<dyn Outlet>,
}

impl Subscriber for Listener {
    fn notice(&self, notice: &Notice) {
        if self.filter.wants(notice) {
            self.outlet.notice(link::frame(notice, Some(&self.id)));
        }
    }
}

pub(crate) fn listen(call: Call, catalog: &Catalog, link: &Link) -> Result<Reply, Driven> {
    let params: Params = match call.request().params() {
        Ok(params) => params,
        Err(error) => return Ok(Reply::error(call.id(), &error)),
    };
    let filter = params.notifications.agreed(catalog);
    let listener = Arc::new(Listener { filter, id: json(call.id()), outlet: Arc::clone(&link.outlet) });
    // Acknowledged before it is subscribed: nothing may come before the acknowledgement.
    link.outlet.notice(acknowledgement(&listener));
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

fn acknowledgement(listener: &Listener) -> Vec<u8> {
    // Booleans and strings always serialize.
    let filter = serde_json::to_string(&listener.filter).unwrap_or_default();
    let params = format!(r#"{{{},"notifications":{filter}}}"#, link::meta(&listener.id));
    notification("notifications/subscriptions/acknowledged", Some(&params))
}

fn json(id: &Id) -> String {
    let mut json = Vec::new();
    id.write(&mut json);
    String::from_utf8(json).unwrap_or_default()
}
