//! A tool whose arguments are held to its input schema.

use std::fmt;

use serde_json::Value;

use super::param::Param;
use super::pattern_engine::PatternEngine;
use super::shape::{Gap, Shape, Walked};
use crate::call::{FaultLimits, Inspect, Inspection};

/// Compiles a schema for a second check: of the keywords that a shape does not have.
///
/// # Errors
/// The schema cannot be used.
pub(crate) type MakeValidator = fn(&Value) -> Result<Box<dyn Validate>, String>;

/// The second check of arguments. Behind a pointer: only a program that wants it is linked with it.
pub(crate) trait Validate: Send + Sync {
    /// Whether the arguments fit.
    fn fits(&self, json: &str) -> bool;

    /// Adds the faults of places at which the walk has found none.
    fn add_to(&self, walked: Walked, json: &str, limits: FaultLimits) -> Walked;
}

/// The input schema of one tool, compiled.
pub(crate) struct Held {
    shape: Shape,
    /// The node of each parameter; `None` for those that the schema does not list.
    params: Vec<Option<usize>>,
    /// The names of the parameters, in whose order faults are told.
    names: Vec<&'static str>,
    /// Whether the schema says more than what is said of each parameter.
    is_of_all: bool,
    /// The second check, where the server wants it and the shape has gaps.
    validator: Option<Box<dyn Validate>>,
}

impl Held {
    /// Compiles a schema, as exact as there is one: with the formats that tell what numbers a type holds. The engine is for
    /// its patterns, the validator for the keywords that a shape does not have.
    ///
    /// # Errors
    /// The validator cannot use it.
    pub(crate) fn new(
        schema: &Value,
        params: &[Param],
        is_flat: bool,
        engine: Option<PatternEngine>,
        validator: Option<MakeValidator>,
    ) -> Result<Self, String> {
        let shape = Shape::compile(schema, engine);
        // A schema that the shape enforces all of is not checked twice.
        let validator = validator.filter(|_| !shape.gaps().is_empty()).map(|make| make(schema)).transpose()?;
        Ok(Self {
            names: params.iter().map(|param| param.name).collect(),
            params: params.iter().map(|param| shape.member(param.name)).collect(),
            is_of_all: is_flat || validator.is_some() || !shape.is_plain_object(),
            validator,
            shape,
        })
    }

    /// The arguments that have to be inspected, a bit for each of the first 64.
    pub(crate) fn inspected(&self) -> u64 {
        let held = self.params.iter().map(|node| node.is_some_and(|node| !self.shape.is_free(node)));
        held.take(64).enumerate().map(|(index, held)| u64::from(held) << index).sum()
    }

    /// Whether all arguments have to be inspected together instead.
    pub(crate) fn is_of_all(&self) -> bool {
        self.is_of_all
    }

    /// What the schema says and is not enforced.
    pub(crate) fn gaps(&self) -> &[Gap] {
        if self.validator.is_some() { &[] } else { self.shape.gaps() }
    }
}

/// Short: a server is linked with what can be shown of each `dyn Inspect`.
impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

impl Inspect for Held {
    fn all_fit(&self, json: &str) -> bool {
        self.validator.as_ref().is_none_or(|validator| validator.fits(json)) && self.shape.fits(json)
    }

    fn fits(&self, index: usize, json: &str) -> bool {
        match self.params.get(index) {
            Some(Some(node)) => self.shape.member_fits(*node, json),
            _ => true,
        }
    }

    fn inspect(&self, json: &str, formats: bool, limits: FaultLimits) -> Inspection {
        let walked = self.shape.walk(json, formats, limits);
        let mut walked = match &self.validator {
            Some(validator) => validator.add_to(walked, json, limits),
            None => walked,
        };
        walked.faults.sort(&self.names);
        let told = walked.faults.told().iter().map(|fault| (fault.pointer.clone(), fault.message.clone()));
        Inspection { faults: told.collect(), more: walked.faults.more(), amended: walked.amended }
    }
}
