//! Finding the template that a URI matches.

use std::cmp::Ordering;
use std::sync::Arc;

use mcp_proto::types::Values;

use super::item::Resource;
use super::table::{Places, Table, places};
use crate::order::order;

/// The templates of a server. A URI is tried only with those that begin as it does, so that it is found among a thousand as
/// fast as among ten.
#[derive(Clone, Debug, Default)]
pub(super) struct Templates {
    /// The narrowest first: `notes://{id}/meta` is tried before `notes://{path*}`.
    ordered: Vec<Arc<Resource>>,
    /// What they begin with, each once, in order.
    beginnings: Vec<Beginning>,
    /// Where in the order the template of each pattern stands.
    by_pattern: Places,
}

/// The templates that begin alike.
#[derive(Clone, Debug)]
struct Beginning {
    /// In lower case: whether case counts is the template's to say.
    text: Box<str>,
    /// The longest of the others that this one begins with.
    within: Option<usize>,
    /// Their places in the order, the first one first.
    templates: Vec<usize>,
}

impl Templates {
    pub(super) fn new(resources: &Table<Resource>) -> Self {
        let templates: Vec<&Arc<Resource>> = resources.iter().filter(|resource| resource.is_template()).collect();
        let narrow: Vec<_> = templates.iter().map(|resource| resource.template.specificity()).collect();
        let sorted = order(templates.len(), &|a, b| narrow[b].cmp(&narrow[a]));
        let ordered: Vec<Arc<Resource>> = sorted.into_iter().map(|index| Arc::clone(templates[index])).collect();
        let beginnings = beginnings(ordered.iter().map(|resource| resource.template.beginning()));
        let by_pattern = places(&mut ordered.iter().map(|resource| &resource.pattern));
        Self { ordered, beginnings, by_pattern }
    }

    /// The template of this pattern.
    pub(super) fn of_pattern(&self, pattern: &str) -> Option<&Arc<Resource>> {
        self.by_pattern.get(pattern).map(|at| &self.ordered[*at])
    }

    /// The first template that a URI in the normal form matches, and the values of its variables.
    pub(super) fn find(&self, uri: &str) -> Option<(&Resource, Values)> {
        let mut found: Option<(usize, Values)> = None;
        // What the URI begins with is the last text that is not behind it, or something which that begins with.
        let behind = |beginning: &Beginning| compare(&beginning.text, uri) != Ordering::Greater;
        let mut next = self.beginnings.partition_point(behind).checked_sub(1);
        while let Some(beginning) = next.and_then(|at| self.beginnings.get(at)) {
            next = beginning.within;
            if !begins(uri, &beginning.text) {
                continue;
            }
            for &place in &beginning.templates {
                if found.as_ref().is_some_and(|(first, _)| *first < place) {
                    break;
                }
                if let Some(values) = self.ordered[place].template.match_normal(uri) {
                    found = Some((place, values));
                    break;
                }
            }
        }
        found.map(|(place, values)| (&*self.ordered[place], values))
    }
}

/// What templates begin with, from the beginning of each.
fn beginnings<'a>(templates: impl Iterator<Item = &'a str>) -> Vec<Beginning> {
    let mut texts: Vec<Box<str>> = templates.map(|beginning| beginning.to_ascii_lowercase().into()).collect();
    let mut beginnings: Vec<Beginning> = Vec::new();
    for place in order(texts.len(), &|a, b| texts[a].cmp(&texts[b])) {
        let text = std::mem::take(&mut texts[place]);
        if let Some(last) = beginnings.last_mut().filter(|last| last.text == text) {
            last.templates.push(place);
            continue;
        }
        // In this order what a text begins with stands before it, and what stands between the two begins so, too.
        let mut within = beginnings.len().checked_sub(1);
        while let Some(other) = within.map(|at| &beginnings[at]).filter(|other| !text.starts_with(&*other.text)) {
            within = other.within;
        }
        beginnings.push(Beginning { text, within, templates: vec![place] });
    }
    beginnings
}

/// The order of a text in lower case and a URI.
fn compare(text: &str, uri: &str) -> Ordering {
    text.bytes().cmp(uri.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// Whether a URI begins with a text in lower case.
fn begins(uri: &str, text: &str) -> bool {
    uri.as_bytes().get(..text.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_another_is_found_from_it() {
        let texts = ["x://", "x://ab", "x://abc/", "X://abd", "x://b", "y:", "x://ab"];
        let found: Vec<_> = beginnings(texts.into_iter())
            .into_iter()
            .map(|Beginning { text, within, templates }| (String::from(text), within, templates))
            .collect();
        let expected = [
            ("x://", None, vec![0]),
            ("x://ab", Some(0), vec![1, 6]),
            ("x://abc/", Some(1), vec![2]),
            ("x://abd", Some(1), vec![3]),
            ("x://b", Some(0), vec![4]),
            ("y:", None, vec![5]),
        ];
        assert_eq!(found, expected.map(|(text, within, templates)| (text.to_owned(), within, templates)));
    }
}
