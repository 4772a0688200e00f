//! Texts, one after the other, with something between them.

/// All texts in one, such as `a, b, c`. One function for iterators of all types: to collect a list and to join that is half a
/// kilobyte of code wherever it is done.
pub(crate) fn joined(between: &str, texts: &mut dyn Iterator<Item = String>) -> String {
    let mut all = String::new();
    for (nth, text) in texts.enumerate() {
        if nth > 0 {
            all.push_str(between);
        }
        all.push_str(&text);
    }
    all
}
