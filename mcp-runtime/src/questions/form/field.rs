//! One field of a form: what may stand in it, and how to read what does.

use std::cmp::Ordering;

use super::choice::{Choice, ChoiceList};
use super::format::Format;
use super::number::Number;
use crate::nearest::characters;
use crate::questions::fault::Faults;
use crate::questions::members::list;

/// A field of a form. Made by the macros, in a constant.
#[derive(Clone, Copy, Debug)]
pub struct FormField {
    pub(super) name: &'static str,
    pub(super) title: Option<&'static str>,
    pub(super) docs: &'static str,
    pub(super) kind: Kind,
    pub(super) optional: bool,
    pub(super) default: Option<fn() -> String>,
    pub(super) format: Option<Format>,
    range: Limits<Number>,
    pub(super) length: Limits<u64>,
    pub(super) items: Limits<u64>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// A whole number, within the bounds of its type.
    Integer(Limits<Number>),
    /// Any number.
    Number,
    /// One choice.
    One(ChoiceList),
    /// Several choices.
    Several(ChoiceList),
}

/// The least and the most, both included.
#[derive(Clone, Copy, Debug)]
pub struct Limits<T> {
    pub(super) min: Option<T>,
    pub(super) max: Option<T>,
}

impl<T> Limits<T> {
    pub(super) const NONE: Self = Self { min: None, max: None };
}

impl FormField {
    /// A field of this name.
    pub const fn new(name: &'static str, kind: Kind, optional: bool) -> Self {
        Self {
            name,
            title: None,
            docs: "",
            kind,
            optional,
            default: None,
            format: None,
            range: Limits::NONE,
            length: Limits::NONE,
            items: Limits::NONE,
        }
    }

    /// A field in which one or several of these words are chosen.
    pub const fn chosen(name: &'static str, choices: &'static [Choice], several: bool, optional: bool) -> Self {
        let list = ChoiceList::new(choices);
        Self::new(name, if several { Kind::Several(list) } else { Kind::One(list) }, optional)
    }

    /// What people read instead of the name.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// What it is for.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// What it is when left out, in JSON.
    #[must_use]
    pub const fn default(mut self, json: fn() -> String) -> Self {
        self.default = Some(json);
        self
    }

    /// What its text looks like.
    #[must_use]
    pub const fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The bounds of a number.
    #[must_use]
    pub const fn range(mut self, min: Option<Number>, max: Option<Number>) -> Self {
        self.range = Limits { min, max };
        self
    }

    /// The bounds of a text's length.
    #[must_use]
    pub const fn length(mut self, min: Option<u64>, max: Option<u64>) -> Self {
        self.length = Limits { min, max };
        self
    }

    /// The bounds of how many can be chosen.
    #[must_use]
    pub const fn items(mut self, min: Option<u64>, max: Option<u64>) -> Self {
        self.items = Limits { min, max };
        self
    }

    /// Whether an answer may leave it out.
    pub(super) fn may_be_missing(&self) -> bool {
        self.optional || self.default.is_some()
    }

    /// The bounds of a number: those that were asked for, within those of its type.
    pub(super) fn bounds(&self) -> Limits<Number> {
        let Kind::Integer(of_type) = self.kind else { return self.range };
        let tighter = |asked: Option<Number>, of_type: Option<Number>, order| match (asked, of_type) {
            (Some(asked), Some(limit)) if limit.compare(asked) == Some(order) => Some(limit),
            (asked, limit) => asked.or(limit),
        };
        Limits {
            min: tighter(self.range.min, of_type.min, Ordering::Greater),
            max: tighter(self.range.max, of_type.max, Ordering::Less),
        }
    }

    pub(super) fn read_text(&self, json: &str, faults: &mut Faults) -> Option<String> {
        let Ok(text) = serde_json::from_str::<String>(json) else {
            faults.expected(
                self.name,
                self.format.map_or_else(|| "text".to_owned(), |format| format.to_string()),
                json,
            );
            return None;
        };
        // JSON Schema counts characters.
        let count = characters(&text) as u64;
        if !within(self.length, count) {
            let characters = told(self.length, "character", "characters");
            faults.add(self.name, format_args!("expected text of {characters}, got {count}"));
        }
        if let Some(format) = self.format.filter(|format| !format.admits(&text)) {
            faults.expected(self.name, format, json);
        }
        Some(text)
    }

    pub(super) fn read_bool(&self, json: &str, faults: &mut Faults) -> Option<bool> {
        let value = serde_json::from_str(json).ok();
        if value.is_none() {
            faults.expected(self.name, "true or false", json);
        }
        value
    }

    pub(super) fn read_number(&self, json: &str, faults: &mut Faults) -> Option<Number> {
        let integer = matches!(self.kind, Kind::Integer(_));
        let number = Number::parse(json).filter(|number| !integer || matches!(number, Number::Int(_)));
        let bounds = self.bounds();
        let within = |number: &Number| {
            let is = |bound: Option<Number>, wrong| bound.is_none_or(|bound| number.compare(bound) != Some(wrong));
            is(bounds.min, Ordering::Less) && is(bounds.max, Ordering::Greater)
        };
        let fitting = number.filter(within);
        if fitting.is_none() {
            // That an `i64` ends somewhere is of interest to nobody but who went beyond.
            let shown = if number.is_some() { bounds } else { bounds.of_interest() };
            let what = if integer { "an integer" } else { "a number" };
            faults.expected(self.name, format_args!("{what}{}", shown.told()), json);
        }
        fitting
    }

    /// Notes what is wrong with its default, which is held to what an answer is held to.
    pub(super) fn check_default(&self, faults: &mut Faults) {
        // A default without JSON is none.
        let Some(json) = self.default.map(|json| json()).filter(|json| !matches!(json.as_str(), "" | "null")) else {
            return;
        };
        match &self.kind {
            Kind::Text => drop(self.read_text(&json, faults)),
            Kind::Bool => {}
            Kind::Integer(_) | Kind::Number => drop(self.read_number(&json, faults)),
            Kind::One(list) => drop(self.read_choice(list, &json, faults)),
            Kind::Several(list) => drop(self.read_choices(list, &json, faults)),
        }
    }

    /// The place of the one choice.
    pub(super) fn read_choice(&self, choices: &ChoiceList, json: &str, faults: &mut Faults) -> Option<usize> {
        choice(self.name, choices, json, faults)
    }

    /// The places of the choices, as they were chosen.
    pub(super) fn read_choices(&self, choices: &ChoiceList, json: &str, faults: &mut Faults) -> Option<Vec<usize>> {
        let elements = list(self.name, json, faults)?;
        if !within(self.items, elements.len() as u64) {
            let wanted = told(self.items, "choice", "choices");
            faults.add(self.name, format_args!("expected {wanted}, got {}", elements.len()));
        }
        let places: Vec<_> = elements.iter().map(|(path, json)| choice(path, choices, json, faults)).collect();
        places.into_iter().collect()
    }
}

impl Limits<Number> {
    /// Without the bounds that not every client can hold: those of integers beyond 2^53.
    pub(super) fn of_interest(self) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let held = |bound: &Number| matches!(bound, Number::Float(_)) || bound.as_f64().abs() <= EXACT;
        Self { min: self.min.filter(held), max: self.max.filter(held) }
    }

    /// ` from 1 to 10`
    fn told(self) -> String {
        match self {
            Self { min: Some(min), max: Some(max) } => format!(" from {min} to {max}"),
            Self { min: Some(min), max: None } => format!(", {min} or more"),
            Self { min: None, max: Some(max) } => format!(", {max} or less"),
            Self { min: None, max: None } => String::new(),
        }
    }
}

fn choice(path: &str, choices: &ChoiceList, json: &str, faults: &mut Faults) -> Option<usize> {
    let value = serde_json::from_str::<String>(json).ok();
    let place = value.and_then(|value| choices.choices.iter().position(|choice| choice.value == value));
    if place.is_none() {
        faults.expected(path, choices.told(), json);
    }
    place
}

fn within(limits: Limits<u64>, count: u64) -> bool {
    limits.min.is_none_or(|min| min <= count) && limits.max.is_none_or(|max| count <= max)
}

/// `1 to 3 choices`
fn told(limits: Limits<u64>, one: &str, many: &str) -> String {
    let of = |count: u64| if count == 1 { one } else { many };
    match (limits.min, limits.max) {
        (Some(min), Some(max)) if min == max => format!("{min} {}", of(min)),
        (Some(min), Some(max)) => format!("{min} to {max} {}", of(max)),
        (Some(min), None) => format!("at least {min} {}", of(min)),
        (None, Some(max)) => format!("at most {max} {}", of(max)),
        (None, None) => format!("any {many}"),
    }
}
