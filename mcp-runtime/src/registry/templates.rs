//! The order in which templates are tried.

use std::sync::Arc;

use super::item::Resource;
use super::table::Table;
use crate::order::order;

/// The templates, the narrowest first: `notes://{id}/meta` is tried before `notes://{path*}`.
pub(super) fn templates(resources: &Table<Resource>) -> Vec<Arc<Resource>> {
    let templates: Vec<&Arc<Resource>> = resources.iter().filter(|resource| resource.is_template()).collect();
    let narrow: Vec<_> = templates.iter().map(|resource| resource.template.specificity()).collect();
    let sorted = order(templates.len(), &|a, b| narrow[b].cmp(&narrow[a]));
    sorted.into_iter().map(|index| Arc::clone(templates[index])).collect()
}
