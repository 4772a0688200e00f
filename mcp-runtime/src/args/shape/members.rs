//! Lists and objects held to their rules.

use std::borrow::Cow;
use std::collections::HashSet;

use mcp_proto::wire::{Cursor, JsonKind, Stopped};

use super::edit::Edit;
use super::node::{ListRules, ObjectRules, Others};
use super::unique::Seen;
use super::walk::{Step, Walk, weight};
use super::words::{self, excerpt};

impl<'s, 'a> Walk<'s, 'a> {
    pub(super) fn list(&mut self, rules: &'s ListRules, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let mut length = 0;
        let mut seen = Seen::default();
        let mut more = cursor.enter_array()?;
        while more {
            self.path.push(Step::Index(length));
            if rules.unique {
                let item = cursor.clone().value()?;
                self.pay(item.json().len())?;
                if !seen.insert(item) {
                    self.fault(weight::VALUE, || {
                        format!("given twice, and all items must be different: {}", excerpt(item.json()))
                    })?;
                }
            }
            match (rules.first.get(length), rules.others) {
                (Some(item), _) => self.value(*item, cursor)?,
                (None, Others::Each(item)) => self.value(item, cursor)?,
                (None, Others::Any) => drop(cursor.value()?),
                (None, Others::None) => {
                    cursor.value()?;
                    let most = rules.first.len();
                    self.fault(weight::MEMBER, || format!("one item too many: there may be {most}"))?;
                }
            }
            self.path.pop();
            length += 1;
            more = cursor.more_items()?;
        }
        if rules.length.holds(length as u64) {
            return Ok(());
        }
        self.fault(weight::MEMBER, || format!("expected an array {}, got an array of length {length}", rules.length))
    }

    pub(super) fn object(&mut self, rules: &'s ObjectRules, cursor: &mut Cursor<'a>) -> Result<(), Stopped> {
        let mut found = Found::new(rules.members.len());
        let mut strangers: HashSet<Cow<'a, str>> = HashSet::new();
        let mut length = 0;
        let mut more = cursor.enter_object()?;
        while more {
            let start = cursor.at();
            let name = cursor.name()?;
            let Some(text) = name.text() else {
                self.fault(weight::VALUE, || "a name in it is not valid text".to_owned())?;
                return Err(Stopped);
            };
            if let Some(names) = rules.names {
                self.path.push(Step::Name(text.clone()));
                self.value(names, &mut Cursor::new(name.json()))?;
                self.path.pop();
            }
            let at = rules.find(&text);
            let is_new = match at {
                Some(at) => found.insert(at),
                None => strangers.insert(text.clone()),
            };
            self.path.push(Step::Name(text.clone()));
            if !is_new {
                self.fault(weight::MEMBER, || "given twice".to_owned())?;
            }
            if at.is_some_and(|at| self.is_nothing(rules, at, cursor)) {
                cursor.value()?;
                self.edits.push(Edit { start, end: cursor.at(), with: String::new() });
            } else {
                length += 1;
                self.member(rules, at, &text, cursor)?;
            }
            self.path.pop();
            more = cursor.more_members()?;
        }
        for (at, member) in rules.members.iter().enumerate() {
            if member.required && !found.contains(at) {
                self.path.push(Step::Name(member.name.to_string().into()));
                let docs = &member.docs;
                self.fault(weight::MEMBER, || {
                    if docs.is_empty() { "missing".to_owned() } else { format!("missing: {docs}") }
                })?;
                self.path.pop();
            }
        }
        if rules.length.holds(length) {
            return Ok(());
        }
        self.fault(weight::MEMBER, || format!("expected an object {}, got an object of length {length}", rules.length))
    }

    /// Whether the next value is a `null` that stands for a missing member: models say so for "nothing to say".
    fn is_nothing(&self, rules: &ObjectRules, at: usize, cursor: &Cursor<'a>) -> bool {
        let member = &rules.members[at];
        !member.required
            && cursor.kind() == Some(JsonKind::Null)
            && member.node.is_some_and(|node| !self.shape.nodes[node].admits.takes(JsonKind::Null))
    }

    /// Walks over a member's value, once for each rule that is about it.
    fn member(
        &mut self,
        rules: &'s ObjectRules,
        at: Option<usize>,
        name: &str,
        cursor: &mut Cursor<'a>,
    ) -> Result<(), Stopped> {
        let start = cursor.clone();
        let mut passed = false;
        if let Some(node) = at.and_then(|at| rules.members[at].node) {
            self.value(node, cursor)?;
            passed = true;
        }
        for (pattern, node) in &rules.patterns {
            match self.search(pattern, name, 0) {
                Some(true) => self.again(&start, &mut passed, cursor, |walk, cursor| walk.value(*node, cursor))?,
                Some(false) => {}
                None => {
                    if !passed {
                        cursor.value()?;
                    }
                    let most = pattern.longest();
                    return self.fault(weight::VALUE, || {
                        format!("expected shorter names: no more than {most} bytes of them are searched")
                    });
                }
            }
        }
        if passed {
            return Ok(());
        }
        match rules.others {
            Others::Each(node) => self.value(node, cursor),
            Others::Any => cursor.value().map(drop),
            Others::None => {
                cursor.value()?;
                let noun = if self.path.len() == 1 { "argument" } else { "member" };
                self.fault(weight::MEMBER, || words::unknown(noun, name, rules))
            }
        }
    }
}

/// Which of an object's listed members were there.
struct Found {
    first: u64,
    more: Vec<bool>,
}

impl Found {
    fn new(count: usize) -> Self {
        Self { first: 0, more: vec![false; count.saturating_sub(64)] }
    }

    /// Whether it was not there before.
    fn insert(&mut self, at: usize) -> bool {
        let is_new = !self.contains(at);
        match at.checked_sub(64) {
            None => self.first |= 1 << at,
            Some(at) => self.more[at] = true,
        }
        is_new
    }

    fn contains(&self, at: usize) -> bool {
        match at.checked_sub(64) {
            None => self.first & (1 << at) != 0,
            Some(at) => self.more[at],
        }
    }
}
