//! The order in which templates are tried.

use std::sync::Arc;

use super::item::Resource;
use super::table::Table;
use crate::order::order;

/// The templates, those with the most literal text first: `notes://{id}/meta` is tried before `notes://{path*}`.
pub(super) fn templates(resources: &Table<Resource>) -> Vec<Arc<Resource>> {
    let templates: Vec<&Arc<Resource>> = resources.iter().filter(|resource| resource.is_template()).collect();
    let literal = |index: usize| {
        let template = &templates[index].template;
        let variables: usize = template.variables().iter().map(|variable| variable.name.len() + 2).sum();
        template.as_str().len().saturating_sub(variables)
    };
    let sorted = order(templates.len(), &|a, b| literal(b).cmp(&literal(a)));
    sorted.into_iter().map(|index| Arc::clone(templates[index])).collect()
}
