//! What is known of tools when they are called, because they were listed.

use std::collections::HashMap;
use std::sync::Arc;

use mcp_proto::hash::Fold;

use super::items::Tool;

type Tools = HashMap<String, Arc<Tool>, Fold>;

/// The tools that were listed last, by their names.
#[derive(Default)]
pub(super) struct KnownTools {
    /// Those of the last whole list.
    all: Tools,
    /// Those of the pages that came since, from the first page on.
    paged: Tools,
    /// What these pages had together.
    bytes: usize,
}

impl KnownTools {
    /// Notes a whole list.
    pub(super) fn note(&mut self, tools: &[Tool]) {
        *self = Self { all: by_name(tools), ..Self::default() };
    }

    /// Notes a page of so many bytes. Once there are `most` bytes, further pages are not noted.
    pub(super) fn note_page(&mut self, tools: &[Tool], is_first: bool, bytes: usize, most: usize) {
        if is_first {
            (self.paged, self.bytes) = (Tools::default(), 0);
        }
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes <= most {
            self.paged.extend(by_name(tools));
        }
    }

    /// A tool, as it was listed last.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Tool>> {
        self.paged.get(name).or_else(|| self.all.get(name)).cloned()
    }
}

fn by_name(tools: &[Tool]) -> Tools {
    tools.iter().map(|tool| (tool.name.clone(), Arc::new(tool.clone()))).collect()
}
