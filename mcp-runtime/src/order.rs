//! Putting things in order, off the path of a call.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The indices of `len` things, in the order that `compare` gives them; equals stay as they stand.
///
/// One function for things of all types, with a heap: `sort` is some kilobytes of code for each type that it is used with, and
/// six even for one.
pub(crate) fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let heap: BinaryHeap<Ranked<'_>> = (0..len).map(|index| Ranked { index, compare }).collect();
    heap.into_sorted_vec().into_iter().map(|ranked| ranked.index).collect()
}

/// A thing by its index, which knows what it is compared by.
struct Ranked<'a> {
    index: usize,
    compare: &'a dyn Fn(usize, usize) -> Ordering,
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.compare)(self.index, other.index).then(self.index.cmp(&other.index))
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for Ranked<'_> {}

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
