//! A list as bytes, rendered once, and its pages.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A rendered list: `{…},{…},{…}`, sorted by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    /// The name of the list, which is in its cursors: those of another list are no good here.
    name: &'static str,
    bytes: String,
    /// Each item's key, and where in `bytes` the item ends.
    items: Vec<(Arc<str>, usize)>,
}

/// A cursor that this list never gave.
#[derive(Debug)]
pub(crate) struct BadCursor;

impl List {
    /// Renders a list of keys and JSON texts, which are sorted already.
    pub(super) fn new(name: &'static str, items: impl Iterator<Item = (Arc<str>, String)>) -> Self {
        let mut list = Self { name, ..Self::default() };
        items.for_each(|(key, json)| list.push(key, &json));
        list
    }

    fn push(&mut self, key: Arc<str>, json: &str) {
        if !self.bytes.is_empty() {
            self.bytes.push(',');
        }
        self.bytes.push_str(json);
        self.items.push((key, self.bytes.len()));
    }

    /// The list without the items of these keys, and with others, which are sorted. What stays is copied as it stands.
    pub(super) fn changed(&self, gone: &[&str], added: Vec<(Arc<str>, String)>) -> Self {
        let more: usize = added.iter().map(|(_, json)| json.len() + 1).sum();
        let mut list = Self {
            name: self.name,
            bytes: String::with_capacity(self.bytes.len() + more),
            items: Vec::with_capacity(self.items.len() + added.len()),
        };
        let mut added = added.into_iter().peekable();
        let mut start = 0;
        for (key, end) in &self.items {
            while let Some((other, json)) = added.next_if(|(other, _)| other < key) {
                list.push(other, &json);
            }
            if !gone.contains(&&**key) {
                list.push(Arc::clone(key), &self.bytes[start..*end]);
            }
            start = end + 1;
        }
        added.for_each(|(key, json)| list.push(key, &json));
        list
    }

    /// The page that begins after `cursor`, and the cursor of the next one.
    ///
    /// A cursor names the last item of the page before it, so it holds across changes of the list.
    pub(crate) fn page(&self, cursor: Option<&str>, size: Option<usize>) -> Result<(&str, Option<String>), BadCursor> {
        let first = self.first(cursor)?;
        let last = size.map_or(self.items.len(), |size| first.saturating_add(size).min(self.items.len()));
        let next = (last < self.items.len()).then(|| self.encode(&self.items[last - 1].0));
        Ok((self.span(first, last), next))
    }

    /// The same of those items whose key passes: for lists that differ from caller to caller. What passes is copied as it was
    /// rendered; a page without gaps is not copied at all. A cursor names an item that has passed, and says nothing of others.
    pub(crate) fn page_of(
        &self,
        passes: &dyn Fn(&str) -> bool,
        cursor: Option<&str>,
        size: Option<usize>,
    ) -> Result<(Cow<'_, str>, Option<String>), BadCursor> {
        let first = self.first(cursor)?;
        let mut passing = (first..self.items.len()).filter(|at| passes(&self.items[*at].0));
        let shown: Vec<usize> = passing.by_ref().take(size.unwrap_or(usize::MAX)).collect();
        let next = match shown.last() {
            Some(last) if passing.next().is_some() => Some(self.encode(&self.items[*last].0)),
            _ => None,
        };
        let page = match (shown.first(), shown.last()) {
            (Some(first), Some(last)) if last - first + 1 == shown.len() => self.span(*first, last + 1).into(),
            _ => {
                let mut page = String::new();
                // Items that stand side by side are copied together, with the commas between them.
                for run in shown.chunk_by(|one, next| one + 1 == *next) {
                    let separator = if page.is_empty() { "" } else { "," };
                    page.push_str(separator);
                    page.push_str(self.span(run[0], run[run.len() - 1] + 1));
                }
                page.into()
            }
        };
        Ok((page, next))
    }

    /// The first item behind what a cursor names.
    fn first(&self, cursor: Option<&str>) -> Result<usize, BadCursor> {
        let Some(cursor) = cursor else { return Ok(0) };
        let after = self.decode(cursor).ok_or(BadCursor)?;
        Ok(self.items.partition_point(|(key, _)| **key <= *after))
    }

    /// The items from `first` to that before `end`, with commas between them.
    fn span(&self, first: usize, end: usize) -> &str {
        let start = match first {
            0 => 0,
            _ => (self.items[first - 1].1 + 1).min(self.bytes.len()),
        };
        let end = if end == 0 { 0 } else { self.items[end - 1].1 };
        self.bytes.get(start..end).unwrap_or_default()
    }

    fn encode(&self, key: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{key}", self.name))
    }

    fn decode(&self, cursor: &str) -> Option<String> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        text.strip_prefix(self.name)?.strip_prefix(':').map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> List {
        List::new("letters", ["a", "b", "c", "d", "e"].into_iter().map(|key| (key.into(), format!("{key:?}"))))
    }

    #[test]
    fn the_pages_together_are_the_list() {
        let list = list();
        assert_eq!(list.page(None, None).expect("a page"), (r#""a","b","c","d","e""#, None));
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let (page, next) = list.page(cursor.as_deref(), Some(2)).expect("a page");
            seen.push(page.to_owned());
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [r#""a","b""#, r#""c","d""#, r#""e""#]);
    }

    /// All pages of those items that pass, each with what it was made of.
    fn pages(list: &List, passes: &dyn Fn(&str) -> bool, size: usize) -> Vec<String> {
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let (page, next) = list.page_of(passes, cursor.as_deref(), Some(size)).expect("a page");
            pages.push(page.into_owned());
            cursor = next;
            if cursor.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn what_passes_is_paged_as_a_list_of_its_own() {
        // Each set of letters, as the bits of a number.
        for set in 0_u8..32 {
            let passes = |key: &str| set >> (key.as_bytes()[0] - b'a') & 1 == 1;
            let left: Vec<_> = ["a", "b", "c", "d", "e"].into_iter().filter(|key| passes(key)).collect();
            let own = List::new("letters", left.into_iter().map(|key| (key.into(), format!("{key:?}"))));
            assert_eq!(list().page_of(&passes, None, None).expect("a page").0, own.page(None, None).expect("a page").0);
            for size in 1..7 {
                assert_eq!(pages(&list(), &passes, size), pages(&own, &|_| true, size), "{set:b} by {size}");
            }
        }
    }

    #[test]
    fn a_page_without_gaps_is_not_copied() {
        let (list, but) = (list(), |gone: &'static str| move |key: &str| key != gone);
        for (gone, is_copied) in [("-", false), ("a", false), ("e", false), ("c", true)] {
            let (page, _) = list.page_of(&but(gone), None, None).expect("a page");
            assert_eq!(matches!(page, Cow::Owned(_)), is_copied, "without {gone}: {page}");
        }
    }

    #[test]
    fn a_cursor_names_only_what_has_passed() {
        let list = list();
        let (_, next) = list.page_of(&|key| "ad".contains(key), None, Some(1)).expect("a page");
        assert_eq!(next, Some(list.encode("a")));
        // What comes behind it is not for this caller: there is no next page.
        let (page, next) = list.page_of(&|key| "ad".contains(key), next.as_deref(), Some(1)).expect("a page");
        assert_eq!((&*page, next), (r#""d""#, None));
        // A cursor of another caller, who sees more.
        let (page, _) = list.page_of(&|key| key != "c", Some(&list.encode("c")), None).expect("a page");
        assert_eq!(page, r#""d","e""#);
        assert!(list.page_of(&|_| true, Some("bogus!"), None).is_err());
        assert_eq!(list.page_of(&|_| false, None, Some(2)).expect("a page"), ("".into(), None));
    }

    #[test]
    fn a_changed_list_is_the_one_that_would_be_rendered_anew() {
        let item = |key: &str| (Arc::from(key), format!("{key:?}"));
        for (gone, added, expected) in [
            (vec![], vec!["c2"], r#""a","b","c","c2","d","e""#),
            (vec!["a", "e"], vec![], r#""b","c","d""#),
            (vec!["c"], vec!["A", "c", "f"], r#""A","a","b","c","d","e","f""#),
            (vec!["a", "b", "c", "d", "e"], vec!["x"], r#""x""#),
        ] {
            let changed = list().changed(&gone, added.into_iter().map(item).collect());
            assert_eq!(changed.page(None, None).expect("a page"), (expected, None));
        }
    }

    #[test]
    fn a_cursor_that_is_made_up_or_of_another_list_is_refused() {
        let digits = List { name: "digits", ..List::default() }.encode("a");
        for cursor in ["", "2", "bogus!", "Zm9v", &digits] {
            assert!(list().page(Some(cursor), Some(2)).is_err(), "{cursor:?}");
        }
    }

    #[test]
    fn a_cursor_past_the_end_gives_an_empty_page() {
        let list = list();
        let cursor = list.encode("z");
        assert_eq!(list.page(Some(&cursor), Some(2)).expect("a page"), ("", None));
    }
}
