//! `rename_all = "snake_case"`: how names on the wire are made of names in Rust, as serde makes them.

use syn::{Ident, LitStr};

use super::media::one_of;
use super::unraw;
use crate::attr::options::Options;

/// How the words of a name are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    /// What `rename_all` says, if it is there.
    pub(crate) fn read(options: &Options<'_>) -> Option<Self> {
        let text = one_of(options.text("rename_all"), &CASES.map(|(name, _)| name), options.errors)?;
        Self::of(&text.value())
    }

    /// The one that is called so.
    pub(crate) fn of(name: &str) -> Option<Self> {
        CASES.into_iter().find(|(known, _)| *known == name).map(|(_, case)| case)
    }

    /// The name on the wire of a field or a variant.
    pub(crate) fn name(case: Option<Self>, ident: &Ident) -> LitStr {
        let plain = unraw(ident);
        match case {
            Some(case) => LitStr::new(&case.apply(&plain.value()), plain.span()),
            None => plain,
        }
    }

    fn apply(self, name: &str) -> String {
        let words = words(name);
        match self {
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
            Case::Pascal => words.iter().map(|word| with_first(word, char::to_uppercase)).collect(),
            Case::Camel => with_first(&Case::Pascal.apply(name), char::to_lowercase),
            Case::Snake => words.join("_"),
            Case::ScreamingSnake => words.join("_").to_uppercase(),
            Case::Kebab => words.join("-"),
            Case::ScreamingKebab => words.join("-").to_uppercase(),
        }
    }
}

/// The words of `UserName` or `user_name`, in lower case. Every capital begins one.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for char in name.chars() {
        let begun = words.last().is_some_and(|word| !word.is_empty());
        if (char == '_' || char.is_uppercase()) && begun {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char != '_') {
            word.extend(char.to_lowercase());
        }
    }
    words
}

fn with_first<I: Iterator<Item = char>>(word: &str, change: fn(char) -> I) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(change).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_serde_makes() {
        let made = |name| CASES.map(|(_, case)| case.apply(name));
        assert_eq!(
            made("VeryTasty2"),
            [
                "verytasty2",
                "VERYTASTY2",
                "VeryTasty2",
                "veryTasty2",
                "very_tasty2",
                "VERY_TASTY2",
                "very-tasty2",
                "VERY-TASTY2"
            ]
        );
        assert_eq!(
            made("very_tasty"),
            [
                "very_tasty",
                "VERY_TASTY",
                "VeryTasty",
                "veryTasty",
                "very_tasty",
                "VERY_TASTY",
                "very-tasty",
                "VERY-TASTY"
            ]
        );
        assert_eq!(Case::Snake.apply("HTTP"), "h_t_t_p");
    }
}
