//! Where a tool's arguments wait until all are read.
//!
//! The macros make one list of slots for each function, a pair of a slot and the rest: `(Slot<A>, (Slot<B>, ()))`.

use mcp_proto::wire::Member;
use serde::Deserialize;
use serde_json::Value;

use super::fault::{self, Faults, pointer_to};
use super::given::Given;
use super::param::{self, Param};
use super::read::Read;

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

impl<T> Slot<T> {
    /// Takes `2.0` for `2`, which JSON Schema counts as an integer and some clients send. Whether it was one.
    fn take_integer<'de>(&mut self, json: &str) -> bool
    where
        T: Deserialize<'de>,
    {
        // Beyond this, a float may stand for several integers.
        const EXACT: f64 = 9_007_199_254_740_991.0;
        let number = json.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT);
        self.0 = number.and_then(|number| T::deserialize(Value::from(number as i64)).ok());
        self.0.is_some()
    }
}

/// Reads a value that is all of the JSON: types that read only the beginning of a number must not get away with it.
pub(super) fn whole<'de, T: Deserialize<'de>, R: serde_json::de::Read<'de>>(
    parser: &mut serde_json::Deserializer<R>,
) -> Result<T, serde_path_to_error::Error<serde_json::Error>> {
    let mut track = serde_path_to_error::Track::new();
    let value = T::deserialize(serde_path_to_error::Deserializer::new(&mut *parser, &mut track))
        .and_then(|value| parser.end().map(|()| value));
    value.map_err(|error| serde_path_to_error::Error::new(track.path(), error))
}

/// A list of slots.
pub trait Slots<'de> {
    /// Reads a value into the slot at `index`. Whether it fits.
    fn fill(&mut self, index: usize, value: Member<'de>) -> bool;

    /// Reads one value into the slot at `index`, noting what does not fit.
    fn try_fill(&mut self, index: usize, json: &'de str, param: &Param, faults: &mut Faults);
}

impl<'de> Slots<'de> for () {
    fn fill(&mut self, _: usize, _: Member<'de>) -> bool {
        true
    }

    fn try_fill(&mut self, _: usize, _: &'de str, _: &Param, _: &mut Faults) {}
}

impl<'de, T, Rest> Slots<'de> for (Stuck<T>, Rest) {
    fn fill(&mut self, _: usize, _: Member<'de>) -> bool {
        true
    }

    fn try_fill(&mut self, _: usize, _: &'de str, _: &Param, _: &mut Faults) {}
}

impl<'de, T: Deserialize<'de>, Rest: Slots<'de>> Slots<'de> for (Slot<T>, Rest) {
    fn fill(&mut self, index: usize, value: Member<'de>) -> bool {
        if index > 0 {
            return self.1.fill(index - 1, value);
        }
        self.0.0 = T::deserialize(Given(value)).ok();
        self.0.0.is_some()
    }

    fn try_fill(&mut self, index: usize, json: &'de str, param: &Param, faults: &mut Faults) {
        if index > 0 {
            return self.1.try_fill(index - 1, json, param, faults);
        }
        let mut parser = serde_json::Deserializer::from_str(json);
        match whole(&mut parser) {
            Ok(value) => self.0.0 = Some(value),
            Err(_) if self.0.take_integer(json) => {}
            // The type has read a part of it: the digits before a fraction, say.
            Err(error) if error.inner().to_string().starts_with("trailing characters") => {
                faults.add(pointer_to(param.name), format!("expected a whole value, got {json}"));
            }
            Err(error) => faults.0.push(fault::from_serde(pointer_to(param.name), &error)),
        }
    }
}
