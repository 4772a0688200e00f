//! The signature of a marked function, as clients see it.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::value::{Sent, Values};
use crate::call::Ctx;
use crate::extract::FromCall;
use crate::output::Probe;

/// A function, seen by its parameters. `By` tells the functions of different lengths apart.
#[diagnostic::on_unimplemented(
    message = "this is not a function that a client can call",
    label = "not a marked function",
    note = "name a function with `#[tool]`, `#[resource(\"…\")]` or `#[prompt]` above it, of at most 16 parameters"
)]
pub trait Function<By> {
    /// The types of its parameters: `(A, (B, ()))`.
    type Params;
    /// The type that it returns.
    type Output;
}

/// The types of a function: `Owner` is the type whose method it is (`()` of a free function), `Params` are the parameters that
/// were not looked at, `Kept` those that a client sends, the last one first.
pub struct Signature<Owner: ?Sized, Params, Kept, Output>(PhantomData<fn(*const Owner, Params, Kept) -> Output>);

/// The signature of a function.
pub const fn signature<Owner: ?Sized, By, F: Function<By>>(_: &F) -> Signature<Owner, F::Params, (), F::Output> {
    Signature(PhantomData)
}

impl<Owner: ?Sized, Params, Kept, Output> Signature<Owner, Params, Kept, Output> {
    /// What it returns.
    pub const fn output(&self) -> Probe<Output> {
        Probe::new()
    }
}

/// A method's receiver: it is the server's.
pub trait StepReceiver<Next> {
    /// The signature without it.
    fn step(&self) -> Next;
}

/// A parameter that the server provides.
pub trait StepInjected<Next> {
    /// The signature without it.
    fn step(&self) -> Next;
}

/// A parameter that the client sends, or none at all.
pub trait StepArgument<Next> {
    /// The signature with it kept.
    fn step(&self) -> Next;
}

impl<Owner: ?Sized, Rest, Kept, Output> StepReceiver<Signature<Owner, Rest, Kept, Output>>
    for &&Signature<Owner, (&Owner, Rest), Kept, Output>
{
    fn step(&self) -> Signature<Owner, Rest, Kept, Output> {
        Signature(PhantomData)
    }
}

impl<Owner: ?Sized, Rest, Kept, Output> StepReceiver<Signature<Owner, Rest, Kept, Output>>
    for &&Signature<Owner, (Arc<Owner>, Rest), Kept, Output>
{
    fn step(&self) -> Signature<Owner, Rest, Kept, Output> {
        Signature(PhantomData)
    }
}

impl<Owner: ?Sized, Rest, Kept, Output> StepInjected<Signature<Owner, Rest, Kept, Output>>
    for &Signature<Owner, (&Ctx, Rest), Kept, Output>
{
    fn step(&self) -> Signature<Owner, Rest, Kept, Output> {
        Signature(PhantomData)
    }
}

impl<Owner: ?Sized, P: FromCall, Rest, Kept, Output> StepInjected<Signature<Owner, Rest, Kept, Output>>
    for &Signature<Owner, (P, Rest), Kept, Output>
{
    fn step(&self) -> Signature<Owner, Rest, Kept, Output> {
        Signature(PhantomData)
    }
}

impl<Owner: ?Sized, P, Rest, Kept, Output> StepArgument<Signature<Owner, Rest, (P, Kept), Output>>
    for Signature<Owner, (P, Rest), Kept, Output>
{
    fn step(&self) -> Signature<Owner, Rest, (P, Kept), Output> {
        Signature(PhantomData)
    }
}

impl<Owner: ?Sized, Kept, Output> StepArgument<Signature<Owner, (), Kept, Output>>
    for Signature<Owner, (), Kept, Output>
{
    fn step(&self) -> Self {
        Signature(PhantomData)
    }
}

/// The result of an `async fn`.
pub trait Awaited<T> {
    /// What it gives once it is awaited.
    fn awaited(&self) -> Probe<T>;
}

/// The result of any other function.
pub trait NotAwaited<T> {
    /// The result itself.
    fn awaited(&self) -> Probe<T>;
}

impl<F: Future> Awaited<F::Output> for &Probe<F> {
    fn awaited(&self) -> Probe<F::Output> {
        Probe::new()
    }
}

impl<T> NotAwaited<T> for Probe<T> {
    fn awaited(&self) -> Self {
        Probe::new()
    }
}

/// For each number of parameters: a function is seen by them, and a function pointer takes the values of those that are kept.
macro_rules! numbers {
    ($(($($name:ident)*) ($params:ty) ($kept:ty);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<F: Fn($($name),*) -> R, R $(, $name)*> Function<($($name,)*)> for F {
            type Params = $params;
            type Output = R;
        }

        impl<Owner: ?Sized $(, $name)*, Output> Signature<Owner, (), $kept, Output> {
            /// A function that takes the values of the arguments, and nothing else.
            #[allow(clippy::type_complexity, reason = "the types are those of the user's function")]
            pub fn arguments(&self) -> fn($(Sent<$name>),*) -> Values {
                #[allow(non_snake_case, clippy::too_many_arguments, reason = "one for each argument, named after its type")]
                fn arguments<$($name),*>($($name: Sent<$name>),*) -> Values {
                    Values(vec![$($name.json),*])
                }
                arguments::<$($name),*>
            }
        }
    )*};
}

numbers! {
    () (()) (());
    (A) ((A, ())) ((A, ()));
    (A B) ((A, (B, ()))) ((B, (A, ())));
    (A B C) ((A, (B, (C, ())))) ((C, (B, (A, ()))));
    (A B C D) ((A, (B, (C, (D, ()))))) ((D, (C, (B, (A, ())))));
    (A B C D E) ((A, (B, (C, (D, (E, ())))))) ((E, (D, (C, (B, (A, ()))))));
    (A B C D E G) ((A, (B, (C, (D, (E, (G, ()))))))) ((G, (E, (D, (C, (B, (A, ())))))));
    (A B C D E G H) ((A, (B, (C, (D, (E, (G, (H, ())))))))) ((H, (G, (E, (D, (C, (B, (A, ()))))))));
    (A B C D E G H I) ((A, (B, (C, (D, (E, (G, (H, (I, ()))))))))) ((I, (H, (G, (E, (D, (C, (B, (A, ())))))))));
    (A B C D E G H I J) ((A, (B, (C, (D, (E, (G, (H, (I, (J, ())))))))))) ((J, (I, (H, (G, (E, (D, (C, (B, (A, ()))))))))));
    (A B C D E G H I J K) ((A, (B, (C, (D, (E, (G, (H, (I, (J, (K, ()))))))))))) ((K, (J, (I, (H, (G, (E, (D, (C, (B, (A, ())))))))))));
    (A B C D E G H I J K L) ((A, (B, (C, (D, (E, (G, (H, (I, (J, (K, (L, ())))))))))))) ((L, (K, (J, (I, (H, (G, (E, (D, (C, (B, (A, ()))))))))))));
    (A B C D E G H I J K L M) ((A, (B, (C, (D, (E, (G, (H, (I, (J, (K, (L, (M, ()))))))))))))) ((M, (L, (K, (J, (I, (H, (G, (E, (D, (C, (B, (A, ())))))))))))));
    (A B C D E G H I J K L M N) ((A, (B, (C, (D, (E, (G, (H, (I, (J, (K, (L, (M, (N, ())))))))))))))) ((N, (M, (L, (K, (J, (I, (H, (G, (E, (D, (C, (B, (A, ()))))))))))))));
    (A B C D E G H I J K L M N P) ((A, (B, (C, (D, (E, (G, (H, (I, (J, (K, (L, (M, (N, (P, ()))))))))))))))) ((P, (N, (M, (L, (K, (J, (I, (H, (G, (E, (D, (C, (B, (A, ())))))))))))))));
    (A B C D E G H I J K L M N P Q) ((A, (B, (C, (D, (E, (G, (H, (I, (J, (K, (L, (M, (N, (P, (Q, ())))))))))))))))) ((Q, (P, (N, (M, (L, (K, (J, (I, (H, (G, (E, (D, (C, (B, (A, ()))))))))))))))));
    (A B C D E G H I J K L M N P Q S) ((A, (B, (C, (D, (E, (G, (H, (I, (J, (K, (L, (M, (N, (P, (Q, (S, ()))))))))))))))))) ((S, (Q, (P, (N, (M, (L, (K, (J, (I, (H, (G, (E, (D, (C, (B, (A, ())))))))))))))))));
}
