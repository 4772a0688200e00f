//! JSON values by key, as calls that ask remember them.

use mcp_proto::wire::{members, write_str};
use serde_json::value::RawValue;

use crate::order::order;

/// JSON values by key. A sorted list: the map of the standard library is fifteen kilobytes of code for each type of value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(Vec<(String, Box<RawValue>)>);

impl Values {
    /// Reads an object; of members of one name the last one counts. `None` where it is no object.
    pub(super) fn read(json: &str) -> Option<Self> {
        let mut all: Vec<(String, &str)> = Vec::new();
        let is_object = members(json, |name, value| {
            all.push((name.to_owned(), value.json()));
            true
        });
        let mut values = Self::default();
        for at in order(all.len(), &|a, b| all[a].0.cmp(&all[b].0)) {
            let key = std::mem::take(&mut all[at].0);
            let value = RawValue::from_string(all[at].1.to_owned()).ok()?;
            match values.0.last_mut().filter(|(last, _)| *last == key) {
                Some((_, last)) => *last = value,
                None => values.0.push((key, value)),
            }
        }
        is_object.then_some(values)
    }

    /// Writes them as an object.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (at, (key, value)) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write_str(out, key);
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
        }
        out.push(b'}');
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, key: &str) -> Option<&RawValue> {
        self.place(key).ok().map(|at| &*self.0[at].1)
    }

    /// Puts a value, in the place of what is there.
    pub(super) fn insert(&mut self, key: String, value: Box<RawValue>) {
        match self.place(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Ok(at) = self.place(key) {
            self.0.remove(at);
        }
    }

    /// Puts all of these.
    pub(super) fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|(key, value)| self.insert(key, value));
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(there, _)| there.as_str().cmp(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(values: &Values) -> String {
        let mut out = Vec::new();
        values.write(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn of_values_under_one_key_the_last_one_counts() {
        let mut values = Values::read(r#"{"b":1,"a":[true],"\u0062":{"x":2}}"#).expect("an object");
        assert_eq!(written(&values), r#"{"a":[true],"b":{"x":2}}"#);
        values.insert("aa".to_owned(), RawValue::NULL.to_owned());
        values.remove("a");
        values.extend(Values::read(r#"{"b":3,"\"":4}"#).expect("an object"));
        assert_eq!(written(&values), r#"{"\"":4,"aa":null,"b":3}"#);
        assert_eq!(values.get("b").map(RawValue::get), Some("3"));
        assert!(values.get("a").is_none() && !values.is_empty());
    }

    #[test]
    fn what_is_no_object_has_no_values() {
        for json in ["[]", "1", r#"{"a":1"#, r#"{"a":1}}"#] {
            assert!(Values::read(json).is_none(), "{json}");
        }
    }
}
