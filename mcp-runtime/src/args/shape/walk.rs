//! The walk: JSON text held to a shape.

use std::borrow::Cow;
use std::fmt::Write as _;

use mcp_proto::wire::{Cursor, JsonKind, Member, Stopped};

use super::edit::{self, Edit};
use super::node::{Id, Kinds, Node, ObjectRules};
use super::number::{self, Wrong};
use super::words::{self, excerpt, shown};
use super::{Shape, Walked};
use crate::args::check::too_long;
use crate::args::constraint::Num;
use crate::args::fault::{Faults, push_pointer};
use crate::args::pattern_cost::STEPS;
use crate::args::pattern_engine::Matcher;
use crate::call::FaultLimits;

/// How deep values may be nested: as deep as `serde_json` reads them.
const DEEPEST: usize = 128;

/// How much looking ahead may cost, in bytes of the text that are walked over once more: this often the text, and some more.
/// Alternatives that contain each other could be tried for ever otherwise.
const AHEAD: usize = 64;
const AHEAD_MORE: usize = 1024 * 1024;

/// Rules that every object keeps.
static ANY_OBJECT: ObjectRules = ObjectRules::ANY;

/// A step of a path.
#[derive(Clone, Debug)]
pub(super) enum Step<'a> {
    Name(Cow<'a, str>),
    Index(usize),
}

/// How badly a value misses a schema, to find the alternative that it misses least.
pub(super) mod weight {
    /// It is of the wrong kind altogether.
    pub(in super::super) const KIND: u64 = 1_000_000;
    /// A member is missing, or there that must not be.
    pub(in super::super) const MEMBER: u64 = 1000;
    /// Something in it is wrong.
    pub(in super::super) const VALUE: u64 = 1;
}

/// What happens at a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The walk ends.
    Judge,
    /// It is noted.
    Report,
    /// It is counted.
    Weigh {
        /// The depth of the value that is weighed.
        depth: usize,
        weight: u64,
    },
}

pub(super) struct Walk<'s, 'a> {
    pub(super) shape: &'s Shape,
    pub(super) mode: Mode,
    pub(super) path: Vec<Step<'a>>,
    pub(super) edits: Vec<Edit>,
    /// How much looking ahead is still paid for.
    ahead: usize,
    is_spent: bool,
    faults: Faults,
    formats: bool,
    /// The steps that were taken in search of patterns.
    steps: u64,
    depth: usize,
    cursor: Option<Cursor<'a>>,
}

impl<'s, 'a> Walk<'s, 'a> {
    pub(super) fn new(shape: &'s Shape, json: &'a str) -> Self {
        Self {
            shape,
            mode: Mode::Judge,
            path: Vec::new(),
            edits: Vec::new(),
            ahead: json.len().saturating_mul(AHEAD).saturating_add(AHEAD_MORE),
            is_spent: false,
            faults: Faults::default(),
            formats: false,
            steps: 0,
            depth: 0,
            cursor: Some(Cursor::new(json)),
        }
    }

    /// Whether the text fits as it is, without any leniency.
    pub(super) fn fits(mut self, node: Id) -> bool {
        let Some(mut cursor) = self.cursor.take() else { return false };
        self.value(node, &mut cursor).is_ok() && self.edits.is_empty()
    }

    /// All that is wrong with the text.
    pub(super) fn report(mut self, node: Id, formats: bool, limits: FaultLimits) -> Walked {
        self.faults = Faults::new(limits);
        let Some(mut cursor) = self.cursor.take() else { return Walked { faults: self.faults, amended: None } };
        let json = cursor.clone().value().map(Member::json).unwrap_or_default();
        let start = cursor.at();
        self.mode = Mode::Report;
        self.formats = formats;
        if self.value(node, &mut cursor).is_err() && self.faults.is_empty() {
            self.faults.add(String::new(), "not JSON that can be read".to_owned());
        }
        // The places of changes count from the beginning of the text, before the white space in front of the value.
        for edit in &mut self.edits {
            edit.start -= start;
            edit.end -= start;
        }
        Walked { amended: edit::apply(json, self.edits), faults: self.faults }
    }

    /// Walks over the value that comes next.
    pub(super) fn value(&mut self, id: Id, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let shape = self.shape;
        if self.depth == DEEPEST {
            self.fault(weight::VALUE, || format!("nested too deeply; {DEEPEST} levels are allowed"))?;
            return cursor.value().map(drop);
        }
        self.depth += 1;
        let result = self.node(&shape.nodes[id], cursor);
        self.depth -= 1;
        result
    }

    fn node(&mut self, node: &'s Node, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let kind = cursor.kind().ok_or(Stopped)?;
        if !node.kinds.takes(kind) {
            return self.mismatch(node, cursor);
        }
        if node.all.is_empty() && node.choices.is_empty() {
            return self.own(node, kind, cursor);
        }
        // The same value once for each set of rules; of a node that only refers to others the first one moves the cursor.
        let start = cursor.clone();
        let mut passed = false;
        if node.has_own(kind) {
            self.own(node, kind, cursor)?;
            passed = true;
        }
        for id in &node.all {
            self.again(&start, &mut passed, cursor, |walk, cursor| walk.value(*id, cursor))?;
        }
        for choice in &node.choices {
            self.again(&start, &mut passed, cursor, |walk, cursor| walk.choose(node, choice, cursor))?;
        }
        Ok(())
    }

    /// Walks over a value with the cursor itself, if that has not passed it yet, or else with another one.
    pub(super) fn again(
        &mut self,
        start: &Cursor<'a>,
        passed: &mut bool,
        cursor: &mut Cursor<'a>,
        walk: impl FnOnce(&mut Self, &mut Cursor<'a>) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        if !std::mem::replace(passed, true) {
            return walk(self, cursor);
        }
        let mut other = start.clone();
        let result = walk(self, &mut other);
        self.pay(other.at() - start.at())?;
        result
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn set_depth(&mut self, depth: usize) {
        self.depth = depth;
    }

    /// Pays for looking at so many bytes once more.
    pub(super) fn pay(&mut self, bytes: usize) -> Result<(), Stopped> {
        // What stops at once is not free.
        match self.ahead.checked_sub(bytes + 4) {
            Some(left) => {
                self.ahead = left;
                Ok(())
            }
            None => {
                self.ahead = 0;
                if !std::mem::replace(&mut self.is_spent, true) {
                    let message = "too deeply nested in alternatives to be checked".to_owned();
                    self.faults.add(pointer(&self.path), message);
                }
                Err(Stopped)
            }
        }
    }

    /// Notes a fault of the value at the path.
    pub(super) fn fault(&mut self, weight: u64, message: impl FnOnce() -> String) -> Result<(), Stopped> {
        if self.mode == Mode::Judge {
            return Err(Stopped);
        }
        if self.is_told(weight) {
            self.tell(message());
        }
        Ok(())
    }

    /// Whether a fault is to be told in words; it is counted otherwise.
    // Out of line, as `tell` is: faults are found in thirty places.
    #[inline(never)]
    fn is_told(&mut self, weight: u64) -> bool {
        match &mut self.mode {
            Mode::Weigh { depth, weight: all } => {
                // What is wrong deep inside says that the alternative is the right one.
                let weight = match self.path.len().saturating_sub(*depth) {
                    0 => weight,
                    1 if weight == weight::MEMBER => weight,
                    _ => weight::VALUE,
                };
                *all = all.saturating_add(weight);
                false
            }
            Mode::Judge | Mode::Report => {
                let is_full = self.faults.are_full();
                if is_full {
                    self.faults.count();
                }
                !is_full
            }
        }
    }

    #[inline(never)]
    fn tell(&mut self, message: String) {
        self.faults.add(pointer(&self.path), message);
    }

    /// Notes that the value is of the wrong kind, and passes it.
    pub(super) fn mismatch(&mut self, node: &Node, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        if self.mode == Mode::Judge {
            return Err(Stopped);
        }
        let member = cursor.value()?;
        let shape = self.shape;
        self.fault(weight::KIND, || match words::of(shape, node) {
            Some(expected) => format!("expected {expected}, got {}", shown(member)),
            None => "not allowed here".to_owned(),
        })
    }

    /// The rules of the node itself.
    fn own(&mut self, node: &'s Node, kind: JsonKind, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        if let Some(values) = &node.values {
            let start = cursor.clone();
            let member = cursor.value()?;
            if !words::is_among(member, values) {
                return self.fault(weight::VALUE, || {
                    let got = match kind {
                        JsonKind::Array | JsonKind::Object
                            if !values.iter().any(|value| value.is_array() || value.is_object()) =>
                        {
                            shown(member)
                        }
                        _ => excerpt(member.json()),
                    };
                    format!("expected {}, got {got}", words::of_values(values))
                });
            }
            if matches!(kind, JsonKind::Array | JsonKind::Object | JsonKind::String) {
                return Ok(());
            }
            *cursor = start;
        }
        match kind {
            JsonKind::Null | JsonKind::Bool => cursor.value().map(drop),
            JsonKind::Number => self.number(node, cursor),
            JsonKind::String => self.text(node, cursor),
            JsonKind::Array => match &node.list {
                Some(rules) => self.list(rules, cursor),
                None => cursor.value().map(drop),
            },
            JsonKind::Object => match &node.object {
                Some(rules) => self.object(rules, cursor),
                // Any object at all; its members are told apart by their names all the same.
                None if node.kinds.some() == Kinds::OBJECT => self.object(&ANY_OBJECT, cursor),
                None => cursor.value().map(drop),
            },
        }
    }

    fn number(&mut self, node: &Node, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let start = cursor.at();
        let json = cursor.value()?.json();
        let is_integer = !node.kinds.contains(Kinds::NUMBER);
        if !is_integer && node.number.is_none() && json.len() < 300 && !json.contains(['e', 'E']) {
            return Ok(());
        }
        let Some(number) = number::parse(json) else {
            return self
                .fault(weight::VALUE, || format!("expected a number that 64 bits can hold, got {}", excerpt(json)));
        };
        if is_integer {
            if matches!(number, Num::Float(float) if float.fract() != 0.0) {
                let range = node.number.as_ref().map(|rules| rules.range.of_integers()).unwrap_or_default();
                return self.fault(weight::KIND, || format!("expected an integer{range}, got {}", excerpt(json)));
            }
            if json.contains(['.', 'e', 'E']) || json == "-0" {
                self.edits.extend(number::whole(json).map(|with| Edit { start, end: start + json.len(), with }));
            }
        }
        let Some(rules) = &node.number else { return Ok(()) };
        let noun = if is_integer { "an integer" } else { "a number" };
        match rules.check(number) {
            Ok(()) => Ok(()),
            Err(Wrong::Range) => {
                self.fault(weight::VALUE, || format!("expected {noun}{}, got {}", rules.range, excerpt(json)))
            }
            Err(Wrong::Type) if is_integer => self.fault(weight::VALUE, || {
                format!("expected {noun}{}, got {}", rules.with_type_range().range, excerpt(json))
            }),
            Err(Wrong::Type) => {
                self.fault(weight::VALUE, || format!("expected a number that 32 bits can hold, got {}", excerpt(json)))
            }
            Err(Wrong::Multiple) => {
                let step = rules.multiple_of.unwrap_or(Num::Int(1));
                self.fault(weight::VALUE, || format!("expected a multiple of {step}, got {}", excerpt(json)))
            }
        }
    }

    /// Whether a pattern matches in a text; `None` where that would take too long. A text of up to `most` bytes is searched
    /// however long that takes: its rules say so.
    pub(super) fn search(&mut self, matcher: &Matcher, text: &str, most: usize) -> Option<bool> {
        self.steps = self.steps.saturating_add(matcher.steps(text.len()));
        (self.steps <= STEPS.max(matcher.steps(most))).then(|| matcher.is_match(text))
    }

    fn text(&mut self, node: &Node, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let member = cursor.value()?;
        let Some(rules) = &node.text else { return Ok(()) };
        let formats = rules.format.filter(|_| self.formats);
        if rules.are_none() && formats.is_none() {
            return Ok(());
        }
        let Some(text) = member.text() else {
            return self.fault(weight::VALUE, || "not valid text: it has half of a surrogate pair".to_owned());
        };
        if !rules.length.is_any() {
            let length = text.chars().count() as u64;
            if !rules.length.holds(length) {
                // What is too long is not searched.
                return self
                    .fault(weight::VALUE, || format!("expected text {}, got text of length {length}", rules.length));
            }
        }
        if let Some(pattern) = &rules.pattern {
            match self.search(&pattern.matcher, &text, rules.most_bytes().unwrap_or(0)) {
                Some(true) => {}
                Some(false) => {
                    return self.fault(weight::VALUE, || {
                        format!("expected text matching `{}`, got {}", excerpt(&pattern.source), excerpt(member.json()))
                    });
                }
                None => return self.fault(weight::VALUE, || too_long(&pattern.source, &pattern.matcher)),
            }
        }
        match formats {
            Some(format) if !format.fits(&text) => {
                self.fault(weight::VALUE, || format!("expected {}, got {}", format.words(), excerpt(member.json())))
            }
            _ => Ok(()),
        }
    }
}

impl Node {
    /// Whether it has rules of its own for a value of this kind, beside those it refers to.
    fn has_own(&self, kind: JsonKind) -> bool {
        let has_rules = match kind {
            JsonKind::Null | JsonKind::Bool => false,
            JsonKind::Number => self.number.is_some() || self.kinds != Kinds::ALL,
            JsonKind::String => self.text.is_some(),
            JsonKind::Array => self.list.is_some(),
            JsonKind::Object => self.object.is_some(),
        };
        has_rules || self.values.is_some()
    }
}

fn pointer(path: &[Step<'_>]) -> String {
    let mut pointer = String::new();
    for step in path {
        match step {
            Step::Name(name) => push_pointer(&mut pointer, &excerpt(name)),
            Step::Index(index) => drop(write!(pointer, "/{index}")),
        }
    }
    pointer
}
