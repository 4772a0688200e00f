//! Putting things in order, off the path of a call.

use std::cmp::Ordering;

/// The indices of `len` things, in the order that `compare` gives them; equals stay as they stand.
///
/// One function for things of all types: a sort is some kilobytes of code for each type that it is used with.
pub(crate) fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    // Behind a pointer once more: the sort compares in two dozen places, and has all of this in each of them otherwise.
    let stable: &dyn Fn(&usize, &usize) -> Ordering = &|a, b| compare(*a, *b).then(a.cmp(b));
    order.sort_unstable_by(stable);
    order
}

/// The same things in the order that `compare` gives them; equals stay as they stand.
pub(crate) fn sorted<T>(things: Vec<T>, compare: &dyn Fn(&T, &T) -> Ordering) -> Vec<T> {
    let order = order(things.len(), &|a, b| compare(&things[a], &things[b]));
    let mut things: Vec<Option<T>> = things.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| things[index].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_stay_as_they_stand() {
        let expected: Vec<usize> = (0..3).flat_map(|rest| (rest..300).step_by(3)).collect();
        assert_eq!(order(300, &|a, b| (a % 3).cmp(&(b % 3))), expected);
    }
}
