//! Matching: in time that grows with the URI, not with its square, however it is made.
//!
//! Where a variable ends is mostly plain: at the slash that follows it, or at the end. Where it is not (`{+path}/x-{id}`),
//! a table says of each place whether the rest of the template matches from there. It is made once, from the end.

use super::super::uri::escaped;
use super::{Part, VariableKind};

/// The values of the variables, in the order they are written, still encoded. The first variable is as short as it can
/// be, then the second, and so on.
pub(super) fn values<'u>(parts: &[Part], uri: &'u str) -> Option<Vec<&'u str>> {
    let mut found = Vec::with_capacity(parts.len().div_ceil(2));
    let (mut at, mut table) = (0, None);
    for (index, part) in parts.iter().enumerate() {
        let tail = uri.get(at..)?;
        match part {
            Part::Literal(literal) => {
                if !literal.begins(tail) {
                    return None;
                }
                at += literal.text.len();
            }
            Part::Variable { kind, .. } => {
                let longest = tail.find(kind.stops()).unwrap_or(tail.len());
                let length = match end(&parts[index + 1..], *kind) {
                    End::AtStop => longest,
                    End::Before(suffix) => tail.len().checked_sub(suffix)?,
                    End::Open => {
                        let table = table.get_or_insert_with(|| Table::new(parts, index, uri));
                        table.first_end(index, at + 1)? - at
                    }
                };
                if !(1..=longest).contains(&length) {
                    return None;
                }
                found.push(tail.get(..length)?);
                at += length;
            }
        }
    }
    (at == uri.len()).then_some(found)
}

/// Where a variable ends.
enum End {
    /// Where its characters end: what follows begins with one that it can't have, or there is nothing.
    AtStop,
    /// So many bytes before the end of the URI: only a literal follows.
    Before(usize),
    /// At one of several places.
    Open,
}

/// Whether nothing but looking at the rest of a URI says where the last variable of the parts before `rest` ends.
pub(super) fn is_open(rest: &[Part], kind: VariableKind) -> bool {
    matches!(end(rest, kind), End::Open)
}

fn end(rest: &[Part], kind: VariableKind) -> End {
    match rest {
        [] => End::AtStop,
        [Part::Literal(literal), ..] if literal.text.starts_with(kind.stops()) => End::AtStop,
        [Part::Literal(literal)] => End::Before(literal.text.len()),
        _ => End::Open,
    }
}

/// Where the variables may end whose ends are open.
struct Table {
    first: usize,
    /// For each part from the first of them on, and each place: the nearest place from there on, itself included, from
    /// which the parts behind it match. Literals have none.
    ends: Vec<Vec<Option<usize>>>,
}

impl Table {
    fn new(parts: &[Part], first: usize, uri: &str) -> Self {
        let length = uri.len();
        let inside = inside_escapes(uri);
        // Whether the parts that were looked at already match from a place on.
        let mut matches: Vec<bool> = (0..=length).map(|at| at == length).collect();
        let mut ends = vec![Vec::new(); parts.len() - first];
        for (index, part) in parts.iter().enumerate().skip(first).rev() {
            match part {
                Part::Literal(literal) => {
                    let here = |at: usize| {
                        let behind = matches.get(at + literal.text.len()).copied().unwrap_or(false);
                        behind && !inside[at] && uri.get(at..).is_some_and(|tail| literal.begins(tail))
                    };
                    matches = (0..=length).map(here).collect();
                }
                Part::Variable { kind, .. } => {
                    let (mut end, mut stop) = (None, length);
                    let mut nearest = vec![None; length + 1];
                    let mut here = vec![false; length + 1];
                    for at in (0..=length).rev() {
                        // A value has a character at least: its end is behind this place.
                        let is_stop = uri.get(at..).is_some_and(|tail| tail.starts_with(kind.stops()));
                        stop = if is_stop { at } else { stop };
                        here[at] = end.is_some_and(|end| end <= stop);
                        end = if matches[at] { Some(at) } else { end };
                        nearest[at] = end;
                    }
                    matches = here;
                    ends[index - first] = nearest;
                }
            }
        }
        Self { first, ends }
    }

    /// The nearest end of a variable, from a place on.
    fn first_end(&self, index: usize, from: usize) -> Option<usize> {
        self.ends.get(index.checked_sub(self.first)?)?.get(from).copied().flatten()
    }
}

/// Of each place, whether it is in the middle of an escape, where no part begins: the `A` of `%2A` is no `A`.
fn inside_escapes(uri: &str) -> Vec<bool> {
    let mut inside = vec![false; uri.len() + 1];
    for (at, _) in uri.match_indices('%') {
        if escaped(uri.as_bytes(), at).is_some() {
            inside[at + 1..at + 3].fill(true);
        }
    }
    inside
}

impl VariableKind {
    /// What its values do not have in them unless it is encoded.
    fn stops(self) -> &'static [char] {
        match self {
            Self::Segment => &['/', '?', '#'],
            Self::Path | Self::Query => &['?', '#'],
        }
    }
}
