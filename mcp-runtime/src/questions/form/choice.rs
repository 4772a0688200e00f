//! What can be chosen from: enums, and lists of words.

/// Enums of plain words. Derived with [`Elicit`](derive@crate::Elicit).
pub trait Choices: Sized {
    /// The variants, in order.
    const LIST: ChoiceList;

    /// The variant at a place in the list.
    fn nth(place: usize) -> Option<Self>;

    /// The place of a variant in the list.
    fn place(&self) -> usize;
}

/// One thing to choose.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub(super) value: &'static str,
    title: &'static str,
    docs: &'static str,
}

/// What can be chosen from.
#[derive(Clone, Copy, Debug)]
pub struct ChoiceList {
    pub(super) choices: &'static [Choice],
    /// Whether titles stand in `enumNames`, in revisions too that have a better place for them.
    pub(super) legacy_titles: bool,
}

impl Choice {
    /// A choice, as it is on the wire.
    pub const fn new(value: &'static str) -> Self {
        Self { value, title: "", docs: "" }
    }

    /// What people read instead of the value.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    /// The comment on it, whose first line is a title.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// What people read.
    pub(super) fn called(&self) -> &'static str {
        self.own_title().unwrap_or(self.value)
    }

    /// A title is no sentence, though comments are.
    fn own_title(&self) -> Option<&'static str> {
        let first = || self.docs.trim_start().lines().next().unwrap_or_default().trim_end();
        let title = if self.title.is_empty() { first() } else { self.title };
        let title = if self.title.is_empty() && !title.ends_with("..") { title.trim_end_matches('.') } else { title };
        Some(title).filter(|title| !title.is_empty())
    }
}

impl ChoiceList {
    /// These choices.
    pub const fn new(choices: &'static [Choice]) -> Self {
        Self { choices, legacy_titles: false }
    }

    /// With their titles in `enumNames`.
    #[must_use]
    pub const fn legacy_titles(mut self) -> Self {
        self.legacy_titles = true;
        self
    }

    /// Whether any choice has a title.
    pub(super) fn has_titles(&self) -> bool {
        self.choices.iter().any(|choice| choice.own_title().is_some())
    }

    /// The values, as in `one of "a", "b"`.
    pub(super) fn told(&self) -> String {
        let values: Vec<_> = self.choices.iter().map(|choice| format!("{:?}", choice.value)).collect();
        match &values[..] {
            [one] => one.clone(),
            values => format!("one of {}", values.join(", ")),
        }
    }
}
