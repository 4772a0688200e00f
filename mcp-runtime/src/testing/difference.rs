//! What differs between two texts, line by line, as hunks for people.

use std::fmt::Write as _;
use std::ops::Range;

/// The unchanged lines that are shown before and after a change.
const CONTEXT: usize = 3;

/// The most lines that are shown of lines that are removed, or added, in a row.
const LONGEST_RUN: usize = 20;

/// The most lines that are shown of all changes.
const SHOWN: usize = 100;

/// The most lines that are removed and added before the rest counts as one change. The search keeps half a number for each pair
/// of them: 4 MB.
const MOST_EDITS: usize = 1_400;

/// Lines that are replaced by others: both ranges count from 0, and one of them may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    old: Range<usize>,
    new: Range<usize>,
}

/// How to get from one text to the other: hunks of changed lines, `-` and `+`, each with the lines around it. `None` where both
/// are the same.
pub(super) fn difference(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let changes = changes(&old, &new);
    if changes.is_empty() {
        return Some("only the ends of lines differ".to_owned());
    }
    let (mut text, mut shown) = (String::new(), 0);
    // Up to where the old lines are written.
    let mut at = None;
    for (index, change) in changes.iter().enumerate() {
        if shown >= SHOWN {
            let left: usize = changes[index..].iter().map(|change| change.old.len() + change.new.len()).sum();
            let _ = write!(text, "\n… and {left} more changed lines");
            break;
        }
        let from = at.unwrap_or_else(|| {
            let separator = if text.is_empty() { "" } else { "\n…\n" };
            let _ = write!(text, "{separator}line {}:", change.old.start + 1);
            change.old.start.saturating_sub(CONTEXT)
        });
        shown += run(&mut text, ' ', &old[from..change.old.start]);
        shown += run(&mut text, '-', &old[change.old.clone()]);
        shown += run(&mut text, '+', &new[change.new.clone()]);
        let end = change.old.end;
        // Changes that are so near that their surroundings touch are one hunk.
        at = changes.get(index + 1).filter(|next| next.old.start - end <= 2 * CONTEXT).map(|_| end);
        if at.is_none() {
            shown += run(&mut text, ' ', &old[end..old.len().min(end + CONTEXT)]);
        }
    }
    Some(text)
}

/// Writes lines behind a sign. How many it has written.
fn run(text: &mut String, sign: char, lines: &[&str]) -> usize {
    let shown = if lines.len() > LONGEST_RUN + 1 { LONGEST_RUN } else { lines.len() };
    for line in &lines[..shown] {
        let _ = write!(text, "\n{sign} {line}");
    }
    if shown < lines.len() {
        let _ = write!(text, "\n{sign} … and {} more lines", lines.len() - shown);
    }
    shown
}

/// The fewest changes between two lists of lines, by Myers' algorithm ("An O(ND) Difference Algorithm and Its Variations").
fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let before = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let behind = old[before..].iter().rev().zip(new[before..].iter().rev());
    let behind = behind.take_while(|(one, other)| one == other).count();
    let (old_end, new_end) = (old.len() - behind, new.len() - behind);
    let mut changes = Vec::new();
    for (x, y) in path(&old[before..old_end], &new[before..new_end]) {
        add(&mut changes, before + x.start..before + x.end, before + y.start..before + y.end);
    }
    changes
}

/// Adds a change, to the one before if nothing is between them.
fn add(changes: &mut Vec<Change>, old: Range<usize>, new: Range<usize>) {
    match changes.last_mut() {
        Some(last) if last.old.end == old.start && last.new.end == new.start => {
            (last.old.end, last.new.end) = (old.end, new.end);
        }
        _ => changes.push(Change { old, new }),
    }
}

/// The single steps from one list to the other: lines that are removed or added, in order.
fn path(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    // After `edits` steps, `reached[k]` is how far the way has come in `old` that has removed `k` more lines than it has added,
    // counted from `-edits` in steps of two.
    let mut rounds: Vec<Vec<u32>> = Vec::new();
    let most = MOST_EDITS.min(old.len() + new.len());
    let mut best = (0, 0);
    for edits in 0..=most {
        let mut reached = Vec::with_capacity(edits + 1);
        best = (0, 0);
        for index in 0..=edits {
            let mut x = start(rounds.last(), edits, index).0;
            // A way that has left a list leads nowhere, but it keeps its place in the row.
            let y = (x + edits).checked_sub(2 * index);
            if let Some(mut y) = y.filter(|y| x <= old.len() && *y <= new.len()) {
                while x < old.len() && y < new.len() && old[x] == new[y] {
                    (x, y) = (x + 1, y + 1);
                }
                if x + y >= best.0 {
                    best = (x + y, index);
                }
            }
            reached.push(u32::try_from(x).unwrap_or(u32::MAX));
        }
        rounds.push(reached);
        if best.0 == old.len() + new.len() {
            break;
        }
    }
    back(&rounds, best.1, old.len(), new.len())
}

/// Where the way at this index of a round begins: its place in `old`, and whether its last step has removed a line.
fn start(before: Option<&Vec<u32>>, edits: usize, index: usize) -> (usize, bool) {
    let Some(before) = before else { return (0, false) };
    let removed = index.checked_sub(1).map(|index| before[index] as usize + 1);
    let added = (index < edits).then(|| before[index] as usize);
    match (removed, added) {
        (Some(removed), Some(added)) if added >= removed => (added, false),
        (Some(removed), _) => (removed, true),
        (None, added) => (added.unwrap_or_default(), false),
    }
}

/// Walks back from the end of the best way. What lies behind it, where the search has ended early, is one change.
fn back(rounds: &[Vec<u32>], mut index: usize, old: usize, new: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let mut steps = Vec::new();
    let last = rounds.len() - 1;
    let x = rounds[last][index] as usize;
    let y = x + last - 2 * index;
    if (x, y) != (old, new) {
        steps.push((x..old, y..new));
    }
    for edits in (1..=last).rev() {
        let (x, has_removed) = start(Some(&rounds[edits - 1]), edits, index);
        let y = x + edits - 2 * index;
        if has_removed {
            steps.push((x - 1..x, y..y));
            index -= 1;
        } else {
            steps.push((x..x, y - 1..y));
        }
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(numbers: impl IntoIterator<Item = u32>) -> String {
        numbers.into_iter().map(|number| format!("{number}\n")).collect()
    }

    #[test]
    fn a_difference_is_what_has_changed() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(difference("a\nb\nc\n", "a\nx\ny\nc\n").as_deref(), Some("line 2:\n  a\n- b\n+ x\n+ y\n  c"));
        assert_eq!(difference("a\n", "a\na\n").as_deref(), Some("line 2:\n  a\n+ a"));
        assert_eq!(difference("", "a\n").as_deref(), Some("line 1:\n+ a"));
        assert_eq!(difference("a\nb\n", "").as_deref(), Some("line 1:\n- a\n- b"));
        assert_eq!(difference("a", "a\n").as_deref(), Some("only the ends of lines differ"));
    }

    #[test]
    fn changes_that_are_far_apart_are_hunks_of_their_own() {
        let old = lines(1..=700);
        let new = old.replace("\n100\n", "\nx\n").replace("\n580\n", "\ny\nz\n");
        let expected = "line 100:\n  97\n  98\n  99\n- 100\n+ x\n  101\n  102\n  103\n…\nline 580:\n  577\n  578\n  579\n- 580\n\
                        + y\n+ z\n  581\n  582\n  583";
        assert_eq!(difference(&old, &new).as_deref(), Some(expected));
        let near = lines(1..=20).replace("\n5\n", "\nx\n").replace("\n12\n", "\n");
        let expected = "line 5:\n  2\n  3\n  4\n- 5\n+ x\n  6\n  7\n  8\n  9\n  10\n  11\n- 12\n  13\n  14\n  15";
        assert_eq!(difference(&lines(1..=20), &near).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_added_shows_nothing_as_removed() {
        let new = lines((1..=10).chain(100..=130).chain(11..=20).chain(200..=202).chain(21..=30));
        let text = difference(&lines(1..=30), &new).expect("a difference");
        assert!(!text.contains("\n-"), "{text}");
        assert!(text.contains("\n+ 119\n+ … and 11 more lines\n  11\n") && text.contains("\n…\nline 21:\n"), "{text}");
    }

    #[test]
    fn many_changes_take_little_room_and_little_time() {
        let (old, new) = (lines((0..60_000).map(|n| 2 * n)), lines((0..60_000).map(|n| 3 * n)));
        let text = difference(&old, &new).expect("a difference");
        assert!(text.lines().count() < SHOWN + 2 * LONGEST_RUN + 20, "{text}");
        assert!(text.contains("\n… and ") && text.ends_with(" more changed lines"), "{text}");
    }

    /// Whatever the lists are: the changes lead from one to the other, and no shorter way is known for small ones.
    #[test]
    fn the_changes_lead_from_one_list_to_the_other() {
        let words = ["a", "b", "c"];
        let list = |mut number: usize| {
            let mut list = Vec::new();
            while number > 0 {
                list.push(words[number % 3]);
                number /= 3;
            }
            list
        };
        for pair in 0..250 * 250 {
            let (old, new) = (list(pair / 250), list(pair % 250));
            let found = changes(&old, &new);
            let (mut made, mut at) = (Vec::<&str>::new(), 0);
            for Change { old: from, new: to } in &found {
                made.extend(&old[at..from.start]);
                made.extend(&new[to.clone()]);
                at = from.end;
            }
            made.extend(&old[at..]);
            assert_eq!(made, new, "{old:?}: {found:?}");
            let edits: usize = found.iter().map(|change| change.old.len() + change.new.len()).sum();
            assert_eq!(edits, old.len() + new.len() - 2 * common(&old, &new), "{old:?} {new:?}: {found:?}");
        }
    }

    /// How many lines are common to both, in order: the longest common subsequence, by its table.
    fn common(old: &[&str], new: &[&str]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for one in old {
            let mut corner = 0;
            for (at, other) in new.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if one == other { corner + 1 } else { above.max(row[at]) };
                corner = above;
            }
        }
        row[new.len()]
    }
}
