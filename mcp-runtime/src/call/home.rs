//! The server, as a call of it sees it.

use std::sync::Arc;

use mcp_proto::wire::{Reply, Request, RpcError};

use super::answer::{Answer, HandlerFuture};
use super::ctx::Ctx;
use super::scope::Scope;
use super::within::Within;
use crate::store::Pending;

/// The server that a call is served by. The catalog is; a unit test has none behind it.
pub(crate) trait Home: Send + Sync {
    /// What all calls share.
    fn scope(&self) -> &Scope;

    /// Serves a request that a call makes of its own server.
    fn serve(self: Arc<Self>, request: Box<Request>, caller: &Ctx, within: Within) -> HandlerFuture;

    /// What a call is answered with whose answer is recorded already, where a person does not consent to it any more.
    fn refusal(self: Arc<Self>, ctx: Ctx) -> Pending<'static, Option<Reply>>;

    /// Runs the handler of a call from the top. `None` where it has none.
    fn run(&self, ctx: &Ctx) -> Option<Answer>;
}

impl Home for Scope {
    fn scope(&self) -> &Scope {
        self
    }

    fn serve(self: Arc<Self>, request: Box<Request>, _: &Ctx, _: Within) -> HandlerFuture {
        let method = request.method.as_str();
        let message = format!(
            "this is the context of a unit test, which has no server to answer `{method}`; give it one: \
             `Ctx::for_test().with_server(&server)`"
        );
        let error = RpcError { message: message.into(), ..RpcError::internal() };
        Box::pin(std::future::ready(Reply::error(&request.id, &error)))
    }

    fn refusal(self: Arc<Self>, _: Ctx) -> Pending<'static, Option<Reply>> {
        Box::pin(std::future::ready(None))
    }

    fn run(&self, _: &Ctx) -> Option<Answer> {
        None
    }
}
