//! Where a tool's arguments wait until all are read.
//!
//! The macros make one list of slots for each function, a pair of a slot and the rest: `(Slot<A>, (Slot<B>, ()))`.

use mcp_proto::wire::Member;
use serde::Deserialize;
use serde_json::Value;

use super::given::Given;
use super::param;
use super::read::Read;
use super::shape;

/// One argument's place.
#[derive(Debug)]
pub struct Slot<T>(Option<T>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Slot<T> {
    /// The argument; what its type makes of a missing one; or `None`, and a fault is noted.
    pub fn take(&mut self, read: &mut Read<'_>, index: usize) -> Option<T> {
        if let Some(value) = self.0.take() {
            return Some(value);
        }
        if read.is_faulty(index) {
            return None;
        }
        let nothing = param::nothing();
        if nothing.is_none() {
            read.missing(index);
        }
        nothing
    }

    /// The argument, or its default where it is missing; `None` where it was given and does not fit.
    pub fn take_or(&mut self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> T) -> Option<T> {
        match self.0.take() {
            Some(value) => Some(value),
            None if read.is_faulty(index) => None,
            None => Some(default()),
        }
    }
}

/// The place of an argument `Option<Option<T>>`: left out it is `None`, `null` is `Some(None)`. Serde itself has one `None`
/// for both.
#[derive(Debug)]
pub struct NullableSlot<T>(Slot<Option<T>>);

impl<T> Default for NullableSlot<T> {
    fn default() -> Self {
        Self(Slot::default())
    }
}

impl<'de, T: Deserialize<'de>> NullableSlot<T> {
    /// As [`Slot::take`].
    pub fn take(&mut self, read: &mut Read<'_>, index: usize) -> Option<Option<Option<T>>> {
        self.take_or(read, index, || None)
    }

    /// As [`Slot::take_or`].
    pub fn take_or(
        &mut self,
        read: &mut Read<'_>,
        index: usize,
        default: impl FnOnce() -> Option<Option<T>>,
    ) -> Option<Option<Option<T>>> {
        match self.0.0.take() {
            Some(value) => Some(Some(value)),
            None if read.is_faulty(index) => None,
            None => Some(default()),
        }
    }
}

/// The place of an argument whose type the compiler has refused already.
#[derive(Debug)]
pub struct Stuck<T>(std::marker::PhantomData<T>);

impl<T> Default for Stuck<T> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<T> Stuck<T> {
    /// Nothing.
    pub fn take(&mut self, _: &mut Read<'_>, _: usize) -> Option<T> {
        None
    }

    /// Nothing.
    pub fn take_or(&mut self, _: &mut Read<'_>, _: usize, _: impl FnOnce() -> T) -> Option<T> {
        None
    }
}

/// Why a type refuses a value.
pub(super) type Refusal = serde_path_to_error::Error<serde_json::Error>;

/// Reads a value that is all of the JSON: types that read only the beginning of a number must not get away with it.
pub(super) fn whole<'de, T: Deserialize<'de>, R: serde_json::de::Read<'de>>(
    parser: &mut serde_json::Deserializer<R>,
) -> Result<T, Refusal> {
    let mut track = serde_path_to_error::Track::new();
    let value = T::deserialize(serde_path_to_error::Deserializer::new(&mut *parser, &mut track))
        .and_then(|value| parser.end().map(|()| value));
    value.map_err(|error| serde_path_to_error::Error::new(track.path(), error))
}

/// A whole number that is written with a fraction or an exponent.
// Not part of what is compiled for each type: a parser of any JSON is ten kilobytes, in the crate of each function.
fn whole_number(json: &str) -> Option<Value> {
    serde_json::from_str(&shape::whole(json)?).ok()
}

/// A list of slots.
pub trait Slots<'de> {
    /// Reads a value into the slot at `index`. Whether it fits.
    fn fill(&mut self, index: usize, value: Member<'de>) -> bool;

    /// Reads one value into the slot at `index`.
    ///
    /// # Errors
    /// Why it does not fit.
    fn try_fill(&mut self, index: usize, json: &'de str) -> Result<(), Refusal>;
}

impl<'de> Slots<'de> for () {
    fn fill(&mut self, _: usize, _: Member<'de>) -> bool {
        true
    }

    fn try_fill(&mut self, _: usize, _: &'de str) -> Result<(), Refusal> {
        Ok(())
    }
}

impl<'de, P: Place<'de>, Rest: Slots<'de>> Slots<'de> for (P, Rest) {
    fn fill(&mut self, index: usize, value: Member<'de>) -> bool {
        if index > 0 { self.1.fill(index - 1, value) } else { self.0.fill(value) }
    }

    fn try_fill(&mut self, index: usize, json: &'de str) -> Result<(), Refusal> {
        if index > 0 { self.1.try_fill(index - 1, json) } else { self.0.try_fill(json) }
    }
}

/// One of the slots.
pub trait Place<'de> {
    /// Reads a value. Whether it fits.
    fn fill(&mut self, value: Member<'de>) -> bool;

    /// Reads a value.
    ///
    /// # Errors
    /// Why it does not fit.
    fn try_fill(&mut self, json: &'de str) -> Result<(), Refusal>;
}

impl<'de, T: Deserialize<'de>> Place<'de> for Slot<T> {
    fn fill(&mut self, value: Member<'de>) -> bool {
        self.0 = T::deserialize(Given(value)).ok();
        self.0.is_some()
    }

    fn try_fill(&mut self, json: &'de str) -> Result<(), Refusal> {
        let mut parser = serde_json::Deserializer::from_str(json);
        match whole(&mut parser) {
            Ok(value) => self.0 = Some(value),
            // Arguments without a schema of ours may be whole numbers too: `2.0` is 2.
            Err(error) => match whole_number(json) {
                Some(number) => self.0 = Some(T::deserialize(number).map_err(|_| error)?),
                None => return Err(error),
            },
        }
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>> Place<'de> for NullableSlot<T> {
    fn fill(&mut self, value: Member<'de>) -> bool {
        self.0.fill(value)
    }

    fn try_fill(&mut self, json: &'de str) -> Result<(), Refusal> {
        self.0.try_fill(json)
    }
}

impl<T> Place<'_> for Stuck<T> {
    fn fill(&mut self, _: Member<'_>) -> bool {
        true
    }

    fn try_fill(&mut self, _: &str) -> Result<(), Refusal> {
        Ok(())
    }
}
