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
pub(crate) fn sorted<T>(mut things: Vec<T>, compare: &dyn Fn(&T, &T) -> Ordering) -> Vec<T> {
    let order = order(things.len(), &|a, b| compare(&things[a], &things[b]));
    for (one, other) in swaps(order) {
        things.swap(one, other);
    }
    things
}

/// What to swap, one after the other, so that things come to stand in an order.
fn swaps(order: Vec<usize>) -> Vec<(usize, usize)> {
    // What stands at each place by now, and at which place each thing stands.
    let mut things: Vec<usize> = (0..order.len()).collect();
    let mut places = things.clone();
    let to_their_place = order.into_iter().enumerate().map(|(place, thing)| {
        let from = places[thing];
        let moved = things[place];
        things.swap(place, from);
        places.swap(thing, moved);
        (place, from)
    });
    to_their_place.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_stay_as_they_stand() {
        let expected: Vec<usize> = (0..3).flat_map(|rest| (rest..300).step_by(3)).collect();
        assert_eq!(order(300, &|a, b| (a % 3).cmp(&(b % 3))), expected);
        assert_eq!(sorted((0..300).collect(), &|a, b| (a % 3).cmp(&(b % 3))), expected);
    }

    #[test]
    fn things_come_to_stand_in_any_order() {
        for (things, expected) in
            [("", ""), ("a", "a"), ("ba", "ab"), ("cab", "abc"), ("bcda", "abcd"), ("dbca", "abcd")]
        {
            let things: Vec<char> = things.chars().collect();
            assert_eq!(sorted(things, &Ord::cmp).into_iter().collect::<String>(), expected);
        }
    }
}
