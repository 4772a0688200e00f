//! Logging by this crate itself.
//!
//! The macros of `tracing` put some half a kilobyte of code where each event is logged: what asks whether anybody wants it, and
//! what hands it on. Here that is code once.

#[cfg(any(feature = "stdio", feature = "client-logs"))]
mod fields;

#[cfg(feature = "stdio")]
pub(crate) use self::fields::Field;
#[cfg(any(feature = "stdio", feature = "client-logs"))]
pub(crate) use self::fields::Fields;

use std::fmt;

use tracing::callsite::{Callsite as _, DefaultCallsite};
use tracing::field::Value;
use tracing::level_filters::LevelFilter;
use tracing::{Event, dispatcher};

/// Logs an event: `event!(WARN, "{name} is gone")`.
macro_rules! event {
    ($level:ident, $($message:tt)+) => {{
        static METADATA: tracing::Metadata<'static> = tracing::Metadata::new(
            concat!("event ", file!(), ":", line!()),
            module_path!(),
            tracing::Level::$level,
            Some(file!()),
            Some(line!()),
            Some(module_path!()),
            tracing::field::FieldSet::new(&["message"], tracing::callsite::Identifier(&CALLSITE)),
            tracing::metadata::Kind::EVENT,
        );
        static CALLSITE: tracing::callsite::DefaultCallsite = tracing::callsite::DefaultCallsite::new(&METADATA);
        $crate::log::send(&CALLSITE, format_args!($($message)+));
    }};
}

pub(crate) use event;

/// Whether anybody may want the events of a callsite. Asking a subscriber whether it is `enabled` without logging then would leave
/// filters of single layers as if the next span or event were that one.
#[inline]
pub(crate) fn may_be_wanted(callsite: &'static DefaultCallsite) -> bool {
    *callsite.metadata().level() <= LevelFilter::current() && !callsite.interest().is_never()
}

/// Hands an event on, where anybody wants it.
#[cold]
pub(crate) fn send(callsite: &'static DefaultCallsite, message: fmt::Arguments<'_>) {
    let metadata = callsite.metadata();
    if *metadata.level() > LevelFilter::current() {
        return;
    }
    let interest = callsite.interest();
    let is_wanted = || dispatcher::get_default(|subscriber| subscriber.enabled(metadata));
    if interest.is_never() || !(interest.is_always() || is_wanted()) {
        return;
    }
    let fields = metadata.fields();
    if let Some(field) = fields.field("message") {
        Event::dispatch(metadata, &fields.value_set(&[(&field, Some(&message as &dyn Value))]));
    }
}
