//! The layers of a server or a group, in their order.

use std::any::type_name;
use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::gate::ring::{Around, Call, Next, Reply, ReplyFuture, Ring};
use crate::order::sorted;

/// The layers of a server or a group: the first is the outermost.
///
/// ```
/// use mcp_runtime::layers::{Call, Layers, Next, Reply};
/// use mcp_runtime::prelude::*;
///
/// static ADMIN: Group = Group::new("admin").layers(|| Layers::new().around(logged));
///
/// async fn logged(call: Call, next: Next) -> Reply {
///     tracing::warn!(by = call.ctx().principal().subject(), target = call.target(), "administration");
///     next.run(call).await
/// }
///
/// /// Restarts the service.
/// #[tool(group = ADMIN, destructive)]
/// fn restart() {}
/// ```
#[derive(Clone, Default)]
pub struct Layers(Vec<Layer>);

/// One of them.
#[derive(Clone)]
struct Layer {
    name: Cow<'static, str>,
    /// Layers of a smaller rank are further out.
    rank: u8,
    wrap: Arc<dyn Fn(Next) -> Ring + Send + Sync>,
}

/// The rank of layers that are not of this crate: within the others, in the order in which they were given.
pub(super) const YOURS: u8 = u8::MAX;

impl Layers {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an async function, within those that are there.
    #[must_use]
    pub fn around<F, Fut>(self, layer: F) -> Self
    where
        F: Fn(Call, Next) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Reply> + Send + 'static,
    {
        let layer = Arc::new(layer);
        self.push(plain_name(type_name::<F>()), YOURS, move |next| {
            Ring::new(Function { layer: Arc::clone(&layer), next })
        })
    }

    /// Adds an async function of this crate's, by its name, within those that are there.
    #[cfg(feature = "auth")]
    pub(crate) fn around_as<F, Fut>(self, name: &'static str, layer: F) -> Self
    where
        F: Fn(Call, Next) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Reply> + Send + 'static,
    {
        let layer = Arc::new(layer);
        self.push(name, YOURS, move |next| Ring::new(Function { layer: Arc::clone(&layer), next }))
    }

    pub(super) fn push(
        mut self,
        name: impl Into<Cow<'static, str>>,
        rank: u8,
        wrap: impl Fn(Next) -> Ring + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Layer { name: name.into(), rank, wrap: Arc::new(wrap) });
        self
    }

    /// Adds others, within those that are there.
    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    fn in_order(&self) -> Vec<&Layer> {
        sorted(self.0.iter().collect(), &|one, other| one.rank.cmp(&other.rank))
    }

    /// What they are called, from the outside in.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.in_order().into_iter().map(|layer| &*layer.name).collect()
    }

    /// All of them as one; `None` where there are none.
    pub(crate) fn ring(&self) -> Option<Ring> {
        let layers = self.in_order();
        layers.into_iter().rev().fold(None, |within, layer| Some((layer.wrap)(Next(within))))
    }
}

/// The name of a type without its parameters, and without what the compiler calls closures: `shop::noted`.
pub(super) fn plain_name(name: &'static str) -> &'static str {
    let name = match name.split('<').next() {
        Some("") | None => name,
        Some(name) => name,
    };
    name.trim_end_matches("::{{closure}}")
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Layers").field(&self.names()).finish()
    }
}

/// A layer that is an async function.
struct Function<F> {
    layer: Arc<F>,
    next: Next,
}

impl<F, Fut> Around for Function<F>
where
    F: Fn(Call, Next) -> Fut + Send + Sync,
    Fut: Future<Output = Reply> + Send + 'static,
{
    fn run(&self, call: Call) -> ReplyFuture {
        Box::pin(Answered { future: (self.layer)(call, self.next.clone()) })
    }
}

pin_project! {
    /// The future of a function's answer. (An `async` block around it would be twice as large.)
    struct Answered<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future<Output = Reply>> Future for Answered<F> {
    type Output = Result<Reply, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(Ok)
    }
}
