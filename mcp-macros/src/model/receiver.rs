//! `&self`: the server's state of the type that an `impl` block is of.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, Ident, ReceiverKind, Type};

use super::owner::Owner;
use super::param::{Param, Role};
use super::types::{inner, peel, shared};
use crate::errors::Errors;

/// How a method takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// `&self`
    Shared,
    /// `self: Arc<Self>`
    Arc,
}

impl Receiver {
    /// The parameter, if it is one that calls can share; what else it is, is noted.
    pub(crate) fn read(receiver: &syn::Receiver, attrs: &[Attribute], owner: &Owner, errors: &Errors) -> Option<Param> {
        for attr in attrs.iter().filter(|attr| !attr.path().is_ident("doc")) {
            errors.on(&attr.meta, "`self` is state of the server: drop this attribute");
        }
        let own = owner.own_type.as_type();
        let how = match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => Some(Self::Shared),
            ReceiverKind::Typed(_, ty) if shared(ty).is_some_and(|ty| is(ty, own)) => Some(Self::Shared),
            ReceiverKind::Typed(_, ty) if inner(ty, "Arc").is_some_and(|ty| is(ty, own)) => Some(Self::Arc),
            _ => None,
        };
        let Some(how) = how else {
            errors.on(receiver, instead(receiver));
            return None;
        };
        let ident = Ident::new("self", receiver.self_token.span);
        let role = Role::Receiver(Box::new(own.clone()), how);
        Some(Param { ident, ty: located(own, receiver.self_token.span), role })
    }
}

/// What is wrong with a receiver, and what to write.
fn instead(receiver: &syn::Receiver) -> &'static str {
    let is_mutable = match &receiver.kind {
        ReceiverKind::Reference(_, _, mutable) => mutable.is_some(),
        ReceiverKind::Typed(_, ty) => matches!(peel(ty), Type::Reference(_)),
        _ => false,
    };
    if is_mutable {
        "calls run at the same time and share one value: write `&self`, and keep what changes in a `Mutex` or an atomic"
    } else {
        "the server keeps the value for other calls: write `&self`, or `self: Arc<Self>`"
    }
}

fn is(ty: &Type, own: &Type) -> bool {
    peel(ty) == own
}

/// The type, located at `self`: what is wrong with how it is taken is shown there.
fn located(own: &Type, at: Span) -> Type {
    let tokens = own.to_token_stream().into_iter().map(|mut token| {
        token.set_span(at);
        token
    });
    syn::parse2(tokens.collect()).unwrap_or_else(|_| own.clone())
}
