//! Forms and choices of every kind; what is generated for them is clean where user code is held to everything.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    rust_2018_idioms,
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    clippy::all,
    clippy::pedantic
)]

use mcp_runtime::prelude::*;
use mcp_runtime::{Question, Version};

pub mod shop {
    //! Public, and so held to its documentation.

    use mcp_runtime::Elicit;

    type Text = String;

    const MOST: u8 = 9;

    /// A colour.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Elicit)]
    #[elicit(rename_all = "kebab-case", legacy_titles)]
    #[repr(u8)]
    #[non_exhaustive]
    pub enum Color {
        /// Red.
        DarkRed = 4,
        #[doc = include_str!("../elicit_union.rs")]
        #[elicit(rename = "g")]
        Green,
        /// No more.
        #[deprecated]
        #[elicit(title = "Blue as the sky")]
        Blue,
    }

    /// An order.
    #[derive(Debug, PartialEq, Elicit)]
    #[elicit(rename_all = "camelCase")]
    pub struct Order {
        /// What it is.
        #[elicit(title = "Item", length(1..), format = "uri")]
        pub the_item: Text,
        #[doc = include_str!("../elicit_union.rs")]
        #[elicit(range(1..), default = MOST - 8)]
        pub count: u8,
        /// A type that has the name of a word.
        #[elicit(rename = "type")]
        pub r#type: Option<bool>,
        #[elicit(default = vec![Color::DarkRed], items(..=2))]
        /// Which.
        pub colors: Vec<Color>,
        #[elicit(default = Color::Green)]
        /// Which more.
        pub color: Color,
        #[elicit(choices("a", "b"), title = "A or B")]
        #[elicit(default = "a")]
        /// Which else.
        pub answers: Text,
        /// As many letters as you like.
        #[elicit(choices("long", "longer"), items(1..=2), default = ["longer"])]
        pub words: Vec<Text>,
        #[elicit(choices("a"))]
        /// If any.
        pub place: Option<Vec<Text>>,
        /// From -0.5.
        #[elicit(range(-0.5..=1e3))]
        pub weight: Option<f32>,
    }

    /// No more.
    #[deprecated]
    #[derive(Debug, PartialEq, Elicit)]
    pub struct Old {}
}

mod shadows {
    #![allow(dead_code, reason = "they only have names")]

    pub(crate) struct Option;
    pub(crate) struct Vec;
    pub(crate) struct Answers;
    pub(crate) struct FormField;
    pub(crate) mod core {}
    pub(crate) mod std {}

    #[derive(mcp_runtime::Elicit)]
    pub(crate) struct Some {
        field: bool,
        field_field: u8,
        answers: i8,
        place: ::core::option::Option<::std::string::String>,
    }

    #[derive(mcp_runtime::Elicit)]
    pub(crate) enum None {
        Some,
        Option,
    }
}

macro_rules! form {
    ($name:ident { $($field:ident: $ty:ty),* }) => {
        #[derive(Elicit)]
        #[allow(dead_code, reason = "nobody reads it")]
        struct $name {
            $($field: $ty),*
        }
    };
}

/// A result and a form: serde's names are those of both.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, Elicit)]
#[serde(rename_all = "lowercase")]
enum Speed {
    Standard,
    #[serde(rename = "same-day")]
    SameDay,
    /// The form's own name counts in the form.
    #[serde(rename = "next", alias = "tomorrow")]
    #[elicit(rename = "next-day")]
    NextDay,
}

#[derive(Debug, PartialEq, serde::Serialize, Elicit)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delivery {
    how_fast: Speed,
    #[serde(default, rename(serialize = "written", deserialize = "leaveAt"))]
    at: Option<String>,
}

form!(Made { text: String, color: Option<shop::Color> });

fn main() {
    let question = elicit::<shop::Order>("What would you like?");
    assert!(question.params(Version::LATEST).is_ok());
    let order = question.read(r#"{"action": "accept", "content": {"theItem": "a:b", "color": "dark-red"}}"#);
    let order = order.expect("it fits");
    assert_eq!((order.count, order.color), (1, shop::Color::DarkRed));
    assert_eq!(order.colors, [shop::Color::DarkRed]);
    assert!(elicit::<Made>("?").params(Version::LATEST).is_ok());
    assert!(elicit::<shadows::Some>("?").params(Version::LATEST).is_ok());
    let question = elicit::<Delivery>("How?");
    let delivery = |content: &str| question.read(&format!(r#"{{"action": "accept", "content": {content}}}"#));
    let expected = Delivery { how_fast: Speed::SameDay, at: Some("door".to_owned()) };
    assert_eq!(delivery(r#"{"howFast": "same-day", "leaveAt": "door"}"#).expect("it fits"), expected);
    let expected = Delivery { how_fast: Speed::NextDay, at: None };
    assert_eq!(delivery(r#"{"howFast": "next-day"}"#).expect("it fits"), expected);
    assert!(delivery(r#"{"howFast": "Standard"}"#).is_err());
}
