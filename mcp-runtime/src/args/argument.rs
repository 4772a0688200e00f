//! Which types can be arguments of tools.
//!
//! Generated code asks in two ways. [`Argument`] is asked by a path, at the type: that is where the
//! compiler stops, once, with our words. Everything else is asked of a [`Probe`], which has an answer
//! for every type, so that nothing more is said of a type that was refused.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::param;
use super::slots::{NullableSlot, Slot, Stuck};
use crate::output::Probe;

/// Types that can be arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an argument",
    label = "clients can't send this type",
    note = "if clients send it: derive `serde::Deserialize` and `schemars::JsonSchema` (of schemars 1) for it",
    note = "if it is a type of another crate: add its feature `serde`, and schemars's feature for it: `chrono04`, `jiff02`, `url2`, `uuid1`, …",
    note = "if the server has it: take `State<{Self}>`; if it implements `FromCall`: mark the parameter `#[inject]`"
)]
pub trait Argument<'de> {
    /// Asks.
    fn check() {}
}

#[diagnostic::do_not_recommend]
impl<'de, T: Deserialize<'de> + JsonSchema> Argument<'de> for T {}

/// The types that [`Argument`] admits.
pub trait ArgumentByType<T> {
    /// A place for one.
    fn slot(&self) -> Slot<T>;

    /// Its schema.
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;

    /// Whether it takes a missing argument, as `Option` does.
    fn takes_nothing(&self) -> bool;
}

/// Those of them of which a missing value and `null` are two values.
pub trait ArgumentByNull<T> {
    /// A place for one.
    fn slot(&self) -> NullableSlot<T>;
}

impl<'de, T: Deserialize<'de> + JsonSchema> ArgumentByNull<T> for &&Probe<Option<Option<T>>> {
    fn slot(&self) -> NullableSlot<T> {
        NullableSlot::default()
    }
}

/// The types that it refuses.
pub trait ArgumentByNothing<T> {
    /// A place that is never filled.
    fn slot(&self) -> Stuck<T>;

    /// No schema.
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;

    /// No.
    fn takes_nothing(&self) -> bool;
}

impl<'de, T: Deserialize<'de> + JsonSchema> ArgumentByType<T> for &Probe<T> {
    fn slot(&self) -> Slot<T> {
        Slot::default()
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        // What stands in its place needs none of the generator's books of names, which are ten kilobytes.
        if T::inline_schema() { T::json_schema(generator) } else { generator.subschema_for::<T>() }
    }

    fn takes_nothing(&self) -> bool {
        param::nothing::<T>().is_some()
    }
}

impl<T> ArgumentByNothing<T> for Probe<T> {
    fn slot(&self) -> Stuck<T> {
        Stuck::default()
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }

    fn takes_nothing(&self) -> bool {
        false
    }
}

/// Types that a text can be the default of: `#[arg(default = "…")]`.
#[diagnostic::on_unimplemented(
    message = "a text can't be the default of a `{Self}`",
    label = "expected a `{Self}`",
    note = "write an expression of that type, such as a variant or a call of its constructor"
)]
pub trait FromText {
    /// The default.
    fn from_text(text: &'static str) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: From<&'static str>> FromText for T {
    fn from_text(text: &'static str) -> Self {
        text.into()
    }
}
