//! The order of this crate's layers.

use std::any::{TypeId, type_name};

use super::stack::{YOURS, plain_name};
use super::{Concurrency, Log, RateLimit, ResponseLimit, Timeout};

/// One of this crate's layers.
struct Place {
    id: fn() -> TypeId,
    name: &'static str,
}

/// This crate's layers, from the outside in.
const PLACES: &[Place] = &[
    #[cfg(feature = "otel")]
    Place { id: TypeId::of::<super::trace::Trace>, name: "trace" },
    Place { id: TypeId::of::<Log>, name: "log" },
    Place { id: TypeId::of::<RateLimit>, name: "rate limit" },
    Place { id: TypeId::of::<Concurrency>, name: "concurrency" },
    Place { id: TypeId::of::<super::breaker::Breaker>, name: "breaker" },
    Place { id: TypeId::of::<super::retry::Retry>, name: "retry" },
    Place { id: TypeId::of::<super::cache::Cache>, name: "cache" },
    Place { id: TypeId::of::<super::coalesce::Coalesce>, name: "coalesce" },
    Place { id: TypeId::of::<Timeout>, name: "timeout" },
    Place { id: TypeId::of::<ResponseLimit>, name: "response limit" },
    Place { id: TypeId::of::<super::error_mask::ErrorMask>, name: "error mask" },
];

/// What a layer is called, and its rank: others stand within this crate's.
pub(super) fn place<L: 'static>() -> (&'static str, u8) {
    let own = PLACES.iter().zip(0_u8..).find(|(place, _)| (place.id)() == TypeId::of::<L>());
    own.map_or_else(|| (plain_name(type_name::<L>()), YOURS), |(place, rank)| (place.name, rank))
}
