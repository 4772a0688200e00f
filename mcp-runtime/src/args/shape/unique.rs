//! Items that must all be different.

use std::borrow::Cow;
use std::collections::HashSet;

use mcp_proto::wire::{Cursor, JsonKind, Member, Stopped};

use super::number;
use crate::order::sorted;

/// How deep items are compared: as deep as `serde_json` reads them.
const DEEPEST: usize = 128;

/// The items of a list that were seen.
#[derive(Default)]
pub(super) struct Seen<'a>(HashSet<Item<'a>>);

/// A value such that equal values are equal, however they are written.
#[derive(PartialEq, Eq, Hash)]
enum Item<'a> {
    /// The JSON; of a number and a text the one that is shortest.
    Scalar(Cow<'a, str>),
    List(Vec<Item<'a>>),
    /// The members, sorted by name.
    Object(Vec<(Cow<'a, str>, Item<'a>)>),
}

impl<'a> Seen<'a> {
    /// Notes an item. Whether it is a new one.
    pub(super) fn insert(&mut self, item: Member<'a>) -> bool {
        let json = item.json();
        // What cannot be read is refused elsewhere.
        let item = read(&mut Cursor::new(json), DEEPEST).unwrap_or(Item::Scalar(json.into()));
        self.0.insert(item)
    }
}

fn read<'a>(cursor: &mut Cursor<'a>, depth: usize) -> Result<Item<'a>, Stopped> {
    let inner = depth.checked_sub(1).ok_or(Stopped)?;
    Ok(match cursor.kind().ok_or(Stopped)? {
        JsonKind::Null | JsonKind::Bool => Item::Scalar(cursor.value()?.json().into()),
        JsonKind::Number => Item::Scalar(number::canonical(cursor.value()?.json())),
        JsonKind::String => {
            let member = cursor.value()?;
            Item::Scalar(match (member.plain(), member.text()) {
                (None, Some(text)) => crate::json_text::string(&text).into(),
                _ => member.json().into(),
            })
        }
        JsonKind::Array => {
            let mut items = Vec::new();
            let mut more = cursor.enter_array()?;
            while more {
                items.push(read(cursor, inner)?);
                more = cursor.more_items()?;
            }
            Item::List(items)
        }
        JsonKind::Object => {
            let mut members = Vec::new();
            let mut more = cursor.enter_object()?;
            while more {
                let name = cursor.name()?.text().ok_or(Stopped)?;
                members.push((name, read(cursor, inner)?));
                more = cursor.more_members()?;
            }
            Item::Object(sorted(members, &|a, b| a.0.cmp(&b.0)))
        }
    })
}
