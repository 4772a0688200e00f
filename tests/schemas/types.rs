//! Types of every shape that serde and schemars know.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A type within others.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Within<T> {
    pub list: Vec<T>,
    pub map: BTreeMap<String, T>,
    pub perhaps: Option<T>,
    pub pair: (u8, T),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    Red,
    /// Like grass.
    Green,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub enum Shape {
    Dot,
    Circle(f64),
    Rect(f64, f64),
    Named { name: String },
}

/// Told apart by a member.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Opens a file.
    Open {
        path: String,
    },
    Close {
        force: bool,
    },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "value")]
pub enum Adjacent {
    Number(u32),
    Pair(u8, u8),
    None,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Untagged {
    Number(i64),
    Text(String),
    Point { x: i32, y: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub enum Expr {
    Zero,
    Number(f64),
    Add(Box<Expr>, Box<Expr>),
    Neg(Box<Expr>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    pub data: Value,
    pub children: Vec<Tree>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Flattened {
    pub id: u8,
    #[serde(flatten)]
    pub action: Action,
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct TwoChoices {
    #[serde(flatten)]
    pub action: Action,
    #[serde(flatten)]
    pub shape: Shape,
    pub note: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Pair(pub u8, pub String);

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Wrapper(pub u8);

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Empty {}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(default)]
    pub export: Export,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Export {
    pub format: String,
    pub size: u8,
    pub tags: Vec<String>,
}

impl Default for Export {
    fn default() -> Self {
        Self { format: "float".to_owned(), size: 7, tags: vec!["a".to_owned()] }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct BadlyNamed {
    #[serde(rename = "größe")]
    pub size: u8,
}

/// A key that keeps to a pattern: a map of them has `patternProperties`.
#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(#[schemars(regex(pattern = "^k"))] pub String);

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Lookup {
    Named { name: String },
    ByKey(BTreeMap<Key, u8>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Counts {
    Named { name: String },
    Each(BTreeMap<String, u8>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Perhaps {
    pub id: u8,
    #[serde(flatten)]
    pub action: Option<Action>,
}

/// An enum of enums.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Deep {
    Action(Action),
    Shape(Shape),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Odd<{T}>/~ü")]
pub struct Odd<T> {
    pub item: T,
    pub next: Option<Box<Odd<T>>>,
}

// No doc comments: its schema is a bare `true`, and is referred to.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Anything(pub Value);

#[derive(Serialize, Deserialize, JsonSchema)]
pub enum Never {}

/// Has rules within.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Limited {
    #[schemars(range(min = 1, max = 10))]
    pub count: i64,
    #[schemars(extend("exclusiveMinimum" = 0.25, "exclusiveMaximum" = 2.5))]
    pub share: f64,
    #[schemars(extend("multipleOf" = 5))]
    pub step: u16,
    #[schemars(regex(pattern = "^[a-z]{1,3}(-[0-9])?$"))]
    pub code: String,
    #[schemars(length(min = 1, max = 3), inner(length(max = 3)))]
    pub words: Vec<String>,
    pub once: BTreeSet<i32>,
}
