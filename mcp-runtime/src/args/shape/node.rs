//! What a shape is made of: nodes, each the rules that one schema states.

use mcp_proto::wire::JsonKind;
use serde_json::Value;

use super::length::Length;
use super::number::NumberRules;
use super::text::TextRules;
use crate::args::pattern_engine::Matcher;

/// The index of a node in its shape.
pub(super) type Id = usize;

/// The rules that one schema states. A rule for one kind of value says nothing of the others.
#[derive(Debug)]
pub(super) struct Node {
    /// The kinds of values that it allows by itself.
    pub(super) kinds: Kinds,
    /// The kinds that it allows together with all it refers to.
    pub(super) admits: Kinds,
    /// Its only values: `enum`, `const`.
    pub(super) values: Option<Box<[Value]>>,
    pub(super) number: Option<Box<NumberRules>>,
    pub(super) text: Option<Box<TextRules>>,
    pub(super) list: Option<Box<ListRules>>,
    pub(super) object: Option<Box<ObjectRules>>,
    /// What a value must fit as well: `allOf`, `$ref` beside other rules.
    pub(super) all: Vec<Id>,
    /// Of each a value must fit one.
    pub(super) choices: Vec<Choice>,
}

/// Alternatives: `anyOf`, `oneOf`.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) branches: Vec<Id>,
    /// Whether a value may fit no more than one of them.
    pub(super) exactly_one: bool,
    /// The member that tells the objects among them apart.
    pub(super) tag: Option<Tag>,
}

/// A member whose text says which of several objects this is.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: Box<str>,
    /// Its values, each with the index of its branch.
    pub(super) values: Vec<(Box<str>, usize)>,
}

#[derive(Debug, Default)]
pub(super) struct ListRules {
    pub(super) length: Length,
    /// `prefixItems`.
    pub(super) first: Vec<Id>,
    /// `items`: what the others have to be.
    pub(super) others: Others,
    /// `uniqueItems`.
    pub(super) unique: bool,
}

#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    /// `minProperties`, `maxProperties`.
    pub(super) length: Length,
    /// `properties`, and names that are only `required`; sorted by name.
    pub(super) members: Vec<MemberRules>,
    /// `patternProperties`.
    pub(super) patterns: Vec<(Matcher, Id)>,
    /// `propertyNames`.
    pub(super) names: Option<Id>,
    /// `additionalProperties`.
    pub(super) others: Others,
}

#[derive(Debug)]
pub(super) struct MemberRules {
    pub(super) name: Box<str>,
    /// `None` for a name that is `required` and not among the properties.
    pub(super) node: Option<Id>,
    pub(super) required: bool,
    /// The first line of its description.
    pub(super) docs: Box<str>,
}

/// Items and members that are not listed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Others {
    #[default]
    Any,
    None,
    Each(Id),
}

/// A set of kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOL: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    /// Numbers, whole or not.
    pub(super) const NUMBER: Self = Self(4 | 8);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);
    pub(super) const ALL: Self = Self(127);

    pub(super) fn of_type(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOL,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }

    pub(super) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOL,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// Whether some values of this kind are in the set; of numbers perhaps only the whole ones.
    pub(super) fn takes(self, kind: JsonKind) -> bool {
        let kinds = match kind {
            JsonKind::Null => Self::NULL,
            JsonKind::Bool => Self::BOOL,
            JsonKind::Number => Self::NUMBER,
            JsonKind::String => Self::STRING,
            JsonKind::Array => Self::ARRAY,
            JsonKind::Object => Self::OBJECT,
        };
        self.0 & kinds.0 != 0
    }

    pub(super) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set without `null`.
    pub(super) fn some(self) -> Self {
        Self(self.0 & !Self::NULL.0)
    }
}

impl Node {
    /// A node that allows everything.
    pub(super) fn any() -> Self {
        Self {
            kinds: Kinds::ALL,
            admits: Kinds::ALL,
            values: None,
            number: None,
            text: None,
            list: None,
            object: None,
            all: Vec::new(),
            choices: Vec::new(),
        }
    }

    /// Whether it allows everything.
    pub(super) fn is_any(&self) -> bool {
        self.kinds == Kinds::ALL
            && self.values.is_none()
            && self.number.is_none()
            && self.text.is_none()
            && self.list.is_none()
            && self.object.is_none()
            && self.all.is_empty()
            && self.choices.is_empty()
    }
}

impl ObjectRules {
    /// Any object.
    pub(super) const ANY: Self = Self {
        length: Length { min: None, max: None },
        members: Vec::new(),
        patterns: Vec::new(),
        names: None,
        others: Others::Any,
    };

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.members.binary_search_by(|member| (*member.name).cmp(name)).ok()
    }
}
