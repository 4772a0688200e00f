//! Alternatives: finding out which of them a value is meant to be.

use mcp_proto::wire::{Cursor, JsonKind, Member, Stopped};

use super::edit::Edit;
use super::node::{Choice, Id, Kinds, Node, Tag};
use super::walk::{Mode, Step, Walk, weight};
use super::words::{self, excerpt, shown};

impl<'s, 'a> Walk<'s, 'a> {
    /// Walks over the value that comes next, which must fit one of several alternatives.
    pub(super) fn choose(
        &mut self,
        node: &'s Node,
        choice: &'s Choice,
        cursor: &mut Cursor<'a>,
    ) -> Result<(), Stopped> {
        let shape = self.shape;
        let kind = cursor.kind().ok_or(Stopped)?;
        let takes = |branch: &&Id| shape.nodes[**branch].admits.takes(kind);
        let mut candidates = choice.branches.iter().filter(takes);
        match (candidates.next(), candidates.next()) {
            (None, _) => return self.mismatch(node, cursor),
            (Some(only), None) => return self.value(*only, cursor),
            _ => {}
        }
        if let Some(tag) = choice.tag.as_ref().filter(|_| kind == JsonKind::Object) {
            return self.by_tag(choice, tag, cursor);
        }
        self.try_all(choice, kind, cursor)
    }

    /// An object's tag says which one it is.
    fn by_tag(&mut self, choice: &Choice, tag: &'s Tag, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let value = self.look_for(&tag.name, cursor.clone())?;
        let text = value.and_then(Member::text);
        let known = tag.values.iter().find(|(known, _)| Some(&**known) == text.as_deref());
        if let Some((_, branch)) = known {
            return self.value(choice.branches[*branch], cursor);
        }
        if self.mode == Mode::Judge {
            return Err(Stopped);
        }
        cursor.value()?;
        self.path.push(Step::Name((*tag.name).to_owned().into()));
        let weight = if value.is_some() { weight::VALUE } else { weight::MEMBER };
        self.fault(weight, || {
            let expected = words::of_texts(tag.values.iter().map(|(text, _)| &**text));
            match value {
                Some(value) => format!("expected {expected}, got {}", excerpt(value.json())),
                None => format!("missing; expected {expected}"),
            }
        })?;
        self.path.pop();
        Ok(())
    }

    /// The value of a member of the object that comes next.
    fn look_for(&mut self, name: &str, mut cursor: Cursor<'a>) -> Result<Option<Member<'a>>, Stopped> {
        let start = cursor.at();
        let mut value = None;
        let mut more = cursor.enter_object()?;
        while more && value.is_none() {
            let is_it = cursor.name()?.text().is_some_and(|found| found == name);
            let member = cursor.value()?;
            value = is_it.then_some(member);
            more = cursor.more_members()?;
        }
        self.pay(cursor.at() - start)?;
        Ok(value)
    }

    /// Tries one after the other. One that fits as it is goes before one that fits with leniency.
    fn try_all(&mut self, choice: &Choice, kind: JsonKind, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let shape = self.shape;
        let start = cursor.clone();
        let (mut fitting, mut lenient): (Option<Cursor<'a>>, Option<(Cursor<'a>, Vec<Edit>)>) = (None, None);
        let mut count = 0;
        for branch in choice.branches.iter().filter(|branch| shape.nodes[**branch].admits.takes(kind)) {
            let mut end = start.clone();
            let Some(edits) = self.judge(*branch, &mut end)? else { continue };
            // A `null` that stands for a missing member is our leniency, not the schema's.
            count += usize::from(!edits.iter().any(Edit::removes));
            if edits.is_empty() {
                fitting.get_or_insert(end);
            } else {
                lenient.get_or_insert((end, edits));
            }
            if !choice.exactly_one && fitting.is_some() {
                break;
            }
        }
        let end = match (fitting, lenient) {
            (Some(end), _) => end,
            (None, Some((end, edits))) => {
                self.edits.extend(edits);
                end
            }
            (None, None) => return self.none_fits(choice, kind, cursor),
        };
        *cursor = end;
        if choice.exactly_one && count > 1 {
            self.fault(weight::KIND, || "fits several of the forms that are allowed, and must fit one".to_owned())?;
        }
        Ok(())
    }

    /// Whether a value fits, and by which changes.
    fn judge(&mut self, branch: Id, cursor: &mut Cursor<'a>) -> Result<Option<Vec<Edit>>, Stopped> {
        let (_, edits, fits) = self.aside(Mode::Judge, branch, cursor)?;
        Ok(fits.then_some(edits))
    }

    /// Walks over a value aside from the main walk.
    fn aside(&mut self, mode: Mode, branch: Id, cursor: &mut Cursor<'a>) -> Result<(Mode, Vec<Edit>, bool), Stopped> {
        let (mode, edits) = (std::mem::replace(&mut self.mode, mode), std::mem::take(&mut self.edits));
        let (start, path) = (cursor.at(), self.path.len());
        let depth = self.depth();
        let fits = self.value(branch, cursor).is_ok();
        self.path.truncate(path);
        self.set_depth(depth);
        let mode = std::mem::replace(&mut self.mode, mode);
        let edits = std::mem::replace(&mut self.edits, edits);
        self.pay(cursor.at() - start)?;
        Ok((mode, edits, fits))
    }

    /// Says what is wrong with the alternative that is missed least.
    fn none_fits(&mut self, choice: &Choice, kind: JsonKind, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        if self.mode == Mode::Judge {
            return Err(Stopped);
        }
        let shape = self.shape;
        let mut weights: Vec<(u64, Id)> = Vec::new();
        for branch in choice.branches.iter().filter(|branch| shape.nodes[**branch].admits.takes(kind)) {
            let mode = Mode::Weigh { depth: self.path.len(), weight: 0 };
            let (mode, ..) = self.aside(mode, *branch, &mut cursor.clone())?;
            if let Mode::Weigh { weight, .. } = mode {
                weights.push((weight, *branch));
            }
        }
        let least = weights.iter().map(|(weight, _)| *weight).min().unwrap_or_default();
        let mut nearest = weights.iter().filter(|(weight, _)| *weight == least);
        match (nearest.next(), nearest.next()) {
            (Some((_, only)), None) => self.value(*only, cursor),
            _ => self.several_are_near(choice, kind, cursor),
        }
    }

    fn several_are_near(&mut self, choice: &Choice, kind: JsonKind, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let shape = self.shape;
        let member = cursor.value()?;
        self.fault(weight::KIND, || {
            let branches = || choice.branches.iter().map(|branch| &shape.nodes[*branch]);
            if kind == JsonKind::Object
                && let Some(names) = outer_names(branches())
            {
                return format!("expected an object with the one member {}", words::of_texts(names.into_iter()));
            }
            let each = branches().filter_map(|branch| words::of(shape, branch));
            match words::either(each) {
                Some(expected) if kind != JsonKind::Object && kind != JsonKind::Array => {
                    format!("expected {expected}, got {}", shown(member))
                }
                _ => format!("fits none of the {} forms that are allowed", choice.branches.len()),
            }
        })
    }
}

/// The names of the members that tell objects apart of which each has one: `{"circle": …}`, `{"square": …}`.
fn outer_names<'s>(branches: impl Iterator<Item = &'s Node>) -> Option<Vec<&'s str>> {
    let objects = branches.filter(|node| node.admits.contains(Kinds::OBJECT));
    objects
        .map(|node| match &*node.object.as_ref()?.members {
            [only] if only.required => Some(&*only.name),
            _ => None,
        })
        .collect()
}
