//! Functions that complete.

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{CompleteOutput, Completing, Thread, reply};
use crate::call::{Call, HandlerFuture, on_own_thread};
use crate::extract::FromCall;
use crate::state::{Missing, States};

/// Functions that complete an argument of a prompt or a variable of a template.
///
/// | Written | For |
/// | --- | --- |
/// | `fn(&str) -> Vec<String>` | the text so far is enough |
/// | `fn(Completing) -> Vec<String>` | the other arguments count, too |
/// | `async fn(Completing) -> Vec<String>`, `async fn(String) -> …` | it has to wait |
///
/// Up to four parameters behind the first are injected: [`State<T>`](crate::State), [`Ctx`](crate::Ctx),
/// [`Principal`](crate::Principal), and every type that has [`FromCall`]. State that nobody gave stops the start.
///
/// Any collection of texts or iterator over them may be returned, and a `Result` of one whose error is an
/// [`Error`](crate::Error) or implements [`IntoError`](crate::IntoError). The client gets an error as that of its request,
/// as [`Error`](crate::Error) has it for prompts, and the log gets what it gets of other functions. A completer has the
/// timeout of the prompt or template that it completes. One that computes for long or blocks is marked with
/// `#[arg(complete = tags, blocking)]`.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// struct Store(Vec<String>);
///
/// impl Store {
///     async fn tags(&self, prefix: &str) -> std::io::Result<Vec<String>> {
///         Ok(self.0.iter().filter(|tag| tag.starts_with(prefix)).cloned().collect())
///     }
/// }
///
/// /// Plans what to do about everything with this tag.
/// #[prompt]
/// fn plan(#[arg(complete = tags)] tag: &str) -> String {
///     format!("Plan {tag}.")
/// }
///
/// async fn tags(typed: String, store: State<Store>) -> Result<Vec<String>> {
///     Ok(store.tags(&typed).await?)
/// }
///
/// # fn main() -> Result<(), BuildError> {
/// let server = Server::new("plans").state(Store(vec!["home".to_owned()])).build()?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot complete an argument",
    label = "neither `fn(&str) -> Vec<String>` nor `async fn(Completing) -> Vec<String>`",
    note = "more parameters may follow, which are injected: `State<T>`, `Ctx`, and types that have `FromCall`",
    note = "it may fail: return `Result<Vec<String>, E>`, where `E` is `mcp_runtime::Error` or has `IntoError`",
    note = "only a plain `fn` can be `blocking`"
)]
pub trait CompleteFn<Marker>: Send + Sync + 'static {
    /// Notes the state that its parameters need and nobody has given.
    #[doc(hidden)]
    fn needs(states: &States, missing: &mut dyn FnMut(Missing));

    /// Answers a call of `completion/complete`.
    #[doc(hidden)]
    fn complete(self: Arc<Self>, completing: Completing, call: Call, thread: Thread) -> HandlerFuture;
}

/// Marks plain functions.
#[derive(Debug)]
pub struct Here<M>(Infallible, PhantomData<M>);

/// Marks functions that give a future.
#[derive(Debug)]
pub struct Later<M>(Infallible, PhantomData<M>);

macro_rules! functions {
    ($($extra:ident),*) => {
        impl<Fun, Out, Marker, $($extra),*> CompleteFn<Here<(&'static str, Out, Marker, $($extra),*)>> for Fun
        where
            Fun: Fn(&str, $($extra),*) -> Out + Send + Sync + 'static,
            Out: CompleteOutput<Marker>,
            $($extra: FromCall + 'static,)*
        {
            functions!(@needs $($extra),*);

            fn complete(self: Arc<Self>, completing: Completing, call: Call, thread: Thread) -> HandlerFuture {
                Box::pin(async move {
                    functions!(@extract call $($extra),*);
                    let complete = move |call: &Call| reply(call, self(completing.value(), $($extra),*).values());
                    run(thread, call, complete).await
                })
            }
        }

        impl<Fun, Typed, Out, Marker, $($extra),*> CompleteFn<Here<(Typed, Out, Marker, $($extra),*)>> for Fun
        where
            Fun: Fn(Typed, $($extra),*) -> Out + Send + Sync + 'static,
            Typed: From<Completing>,
            Out: CompleteOutput<Marker>,
            $($extra: FromCall + 'static,)*
        {
            functions!(@needs $($extra),*);

            fn complete(self: Arc<Self>, completing: Completing, call: Call, thread: Thread) -> HandlerFuture {
                Box::pin(async move {
                    functions!(@extract call $($extra),*);
                    let complete = move |call: &Call| reply(call, self(completing.into(), $($extra),*).values());
                    run(thread, call, complete).await
                })
            }
        }

        impl<Fun, Typed, Fut, Marker, $($extra),*> CompleteFn<Later<(Typed, Fut, Marker, $($extra),*)>> for Fun
        where
            Fun: Fn(Typed, $($extra),*) -> Fut + Send + Sync + 'static,
            Typed: From<Completing>,
            Fut: Future<Output: CompleteOutput<Marker>> + Send + 'static,
            $($extra: FromCall + 'static,)*
        {
            functions!(@needs $($extra),*);

            fn complete(self: Arc<Self>, completing: Completing, call: Call, _: Thread) -> HandlerFuture {
                Box::pin(async move {
                    functions!(@extract call $($extra),*);
                    let values = self(completing.into(), $($extra),*).await.values();
                    reply(&call, values)
                })
            }
        }
    };
    (@needs $($extra:ident),*) => {
        #[allow(unused_variables, reason = "functions without parameters to inject need nothing")]
        fn needs(states: &States, missing: &mut dyn FnMut(Missing)) {
            $(
                if let Err(why) = <$extra as FromCall>::needs(states) {
                    missing(why);
                }
            )*
        }
    };
    (@extract $call:ident $($extra:ident),*) => {
        $(
            #[allow(non_snake_case, reason = "each value has the name of its type's parameter")]
            let $extra = match <$extra as FromCall>::from_call($call.ctx()).await {
                Ok(value) => value,
                Err(error) => return error.reply(&$call),
            };
        )*
    };
}

functions!();
functions!(A);
functions!(A, B);
functions!(A, B, C);
functions!(A, B, C, D);

async fn run(
    thread: Thread,
    call: Call,
    complete: impl FnOnce(&Call) -> mcp_proto::wire::Reply + Send + 'static,
) -> mcp_proto::wire::Reply {
    match thread {
        Thread::This => complete(&call),
        Thread::Own => on_own_thread(call, Box::new(complete)).await,
    }
}
