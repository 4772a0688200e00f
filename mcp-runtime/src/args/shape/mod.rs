//! The shape of arguments: a tool's input schema, compiled, and the walk that holds JSON to it.
//!
//! `serde` alone takes more than a schema allows (an array for a struct, a number twice in a set), less than it allows
//! (`30.0` is an integer), and knows nothing of ranges, lengths and patterns below the top level. The walk sees to all three,
//! at every depth, over the raw text: it builds no tree, its time is in proportion to the text, and types that `serde` reads
//! as their schema says ([`Shape::is_free`]) are not walked over at all.

mod choose;
mod compile;
mod edit;
mod length;
mod members;
mod node;
mod number;
mod text;
mod unique;
mod walk;
mod words;

#[cfg(test)]
mod tests;

use serde_json::Value;

use self::node::{Id, Kinds, Node, Others};
use self::walk::Walk;
use super::fault::Faults;
use super::pattern_engine::PatternEngine;
use crate::call::FaultLimits;

pub(crate) use self::compile::decoded;
pub(super) use self::number::{parse as number, whole};
pub(super) use self::text::Format;
pub(crate) use self::words::excerpt;

/// How many lists within each other are looked into, to find out whether anything is to be held.
const DEEPEST_FREE: usize = 8;

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Shape {
    nodes: Vec<Node>,
    root: Id,
    gaps: Vec<Gap>,
}

/// A keyword of a schema that the shape does not enforce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The argument that it is about, if it is about one.
    pub(crate) argument: Option<String>,
    pub(crate) keyword: String,
}

/// What the walk has found.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(super) faults: Faults,
    /// The text with its leniencies made good, where there were any: `30.0` is `30` where an integer is due.
    pub(super) amended: Option<String>,
}

impl Shape {
    /// Compiles a schema. Without an engine its patterns are gaps.
    pub(crate) fn compile(schema: &Value, engine: Option<PatternEngine>) -> Self {
        compile::compile(schema, engine)
    }

    /// What the schema says and the shape does not enforce.
    pub(crate) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Whether the text fits as it is.
    pub(super) fn fits(&self, json: &str) -> bool {
        Walk::new(self, json).fits(self.root)
    }

    /// The same for one argument, at the node that [`member`](Self::member) has found.
    pub(super) fn member_fits(&self, node: Id, json: &str) -> bool {
        Walk::new(self, json).fits(node)
    }

    /// All that is wrong with the text. With `formats`, texts are held to their formats too, more strictly than their types
    /// do it.
    pub(super) fn walk(&self, json: &str, formats: bool, limits: FaultLimits) -> Walked {
        Walk::new(self, json).report(self.root, formats, limits)
    }

    /// The node of a member of the whole.
    pub(super) fn member(&self, name: &str) -> Option<Id> {
        let rules = self.nodes[self.root].object.as_ref()?;
        rules.members[rules.find(name)?].node
    }

    /// Whether the whole is no more than an object of listed members, which is what reading arguments one by one sees to.
    pub(super) fn is_plain_object(&self) -> bool {
        let root = &self.nodes[self.root];
        let plain = root.object.as_ref().is_some_and(|rules| {
            let others_are_refused = matches!(rules.others, Others::None);
            let listed = rules.members.iter().all(|member| member.node.is_some());
            rules.length.is_any() && rules.patterns.is_empty() && rules.names.is_none() && listed && others_are_refused
        });
        plain && root.values.is_none() && root.all.is_empty() && root.choices.is_empty()
    }

    /// Whether types of this schema read exactly what it allows, so that nothing is left to hold: scalars and lists of them,
    /// without rules beside those that the types have.
    pub(super) fn is_free(&self, id: Id) -> bool {
        self.is_free_within(id, DEEPEST_FREE)
    }

    /// Of lists of lists so many are looked into: they may hold each other.
    fn is_free_within(&self, id: Id, lists: usize) -> bool {
        let node = &self.nodes[id];
        if node.is_any() {
            return true;
        }
        if node.values.is_some() || !node.all.is_empty() || !node.choices.is_empty() || node.object.is_some() {
            return false;
        }
        let kinds = node.kinds.some();
        let has_no_rules = node.number.is_none() && node.list.is_none();
        match () {
            () if kinds == Kinds::STRING => has_no_rules && node.text.as_ref().is_none_or(|rules| rules.are_none()),
            () if kinds == Kinds::BOOL => has_no_rules && node.text.is_none(),
            // Without a format it is not known what the type can hold; 64-bit floats have no rules.
            () if kinds == Kinds::INTEGER => node.number.as_ref().is_some_and(|rules| rules.are_the_types_own()),
            () if kinds == Kinds::NUMBER => has_no_rules && node.text.is_none(),
            () if kinds == Kinds::ARRAY => node.list.as_ref().is_none_or(|rules| {
                let each = match rules.others {
                    Others::Any => true,
                    Others::Each(item) => lists > 0 && self.is_free_within(item, lists - 1),
                    Others::None => false,
                };
                each && rules.length.is_any() && rules.first.is_empty() && !rules.unique
            }),
            () => false,
        }
    }
}
