//! Serving the calls that calls make of their own server.

use std::future::ready;
use std::sync::Arc;

use mcp_proto::wire::{Reply, Request};

use super::dispatch::{Route, begin, route};
use super::link::Link;
use crate::call::{Answer, Call, Ctx, HandlerFuture, Home, Inner, Scope, Within};
use crate::registry::{Bound, Catalog};
use crate::store::Pending;

impl Home for Catalog {
    fn scope(&self) -> &Scope {
        self.scope()
    }

    fn serve(self: Arc<Self>, request: Box<Request>, caller: &Ctx, within: Within) -> HandlerFuture {
        let Inner { terms, key, caller, .. } = caller.inner();
        let home = Arc::clone(&self) as Arc<dyn Home>;
        let inner = Inner::new(request, terms.clone(), *key, home, caller.clone());
        let link = Link { caller: caller.clone(), wishes: None, closing: Arc::default() };
        match begin(&self, Inner { within: Some(Box::new(within)), ..inner }, &link) {
            Ok(reply) => Box::pin(ready(reply)),
            Err(driven) => Box::pin(driven),
        }
    }

    fn refusal(self: Arc<Self>, ctx: Ctx) -> Pending<'static, Option<Reply>> {
        Box::pin(async move {
            let Inner { request, terms, caller, .. } = ctx.inner();
            match route(&self, request, terms, caller) {
                Ok(Route::Bound(Bound { consent: Some(consent), .. }, _)) => consent.refusal(&ctx).await,
                _ => None,
            }
        })
    }

    fn run(&self, ctx: &Ctx) -> Option<Answer> {
        let Inner { request, terms, caller, .. } = ctx.inner();
        // It was routed before, in this very catalog.
        match route(self, request, terms, caller) {
            Ok(Route::Bound(bound, _)) => Some(bound.wrapped.handler.start(&Call::new(ctx.clone()))),
            _ => None,
        }
    }
}
