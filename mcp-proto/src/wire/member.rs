//! The members of an object, one after the other.

use std::borrow::Cow;

use super::error::RpcError;
use super::scan::{Malformed, Scanner};
use super::value::{Kind, Value};

/// The value of a member: JSON of which is known what it is.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    json: &'a str,
    kind: Kind,
}

impl<'a> Member<'a> {
    pub(super) fn new(json: &'a str, kind: Kind) -> Self {
        Self { json, kind }
    }

    /// Its JSON.
    pub fn json(self) -> &'a str {
        self.json
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind == Kind::Null
    }

    /// The text that it is, where its JSON has no escapes.
    pub fn plain(self) -> Option<&'a str> {
        if self.kind == Kind::Plain { self.json.get(1..self.json.len() - 1) } else { None }
    }

    /// The text that it is, escapes decoded. `None` where it is no string, and where it holds half of a surrogate pair.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::Plain => self.plain().map(Cow::Borrowed),
            Kind::Escaped => serde_json::from_str(self.json).ok().map(Cow::Owned),
            _ => None,
        }
    }
}

/// Gives `each` the members of an object with their names, as long as it says that it wants more. Whether it had them all:
/// not where the JSON is none, or no object.
///
/// ```
/// use mcp_proto::wire::members;
///
/// let mut names = Vec::new();
/// let all = members(r#"{"a": 1, "\u0062": "two"}"#, |name, member| {
///     names.push(name.to_owned());
///     member.json() == "1" || member.plain() == Some("two")
/// });
/// assert!(all);
/// assert_eq!(names, ["a", "b"]);
/// ```
pub fn members<'a>(json: &'a str, mut each: impl FnMut(&str, Member<'a>) -> bool) -> bool {
    walk(json, &mut each)
}

/// The same for everything that is done with them, so that it is compiled once.
fn walk<'a>(json: &'a str, each: &mut dyn FnMut(&str, Member<'a>) -> bool) -> bool {
    let mut scanner = Scanner::new(json);
    let walked = scanner.object(|scanner, name| {
        let Value { kind, span } = scanner.value()?;
        let member = Member { json: span.of(json), kind };
        let goes_on = match name.kind {
            Kind::Plain => each(name.span.inner().of(json), member),
            _ => each(&name.string(json.as_bytes()).ok_or(Malformed)?, member),
        };
        if goes_on { Ok(()) } else { Err(Malformed) }
    });
    walked.is_ok() && scanner.end().is_ok()
}

/// The members of an object that have these names, in the order of the names. `None` where the JSON is no object, or has two
/// members of one of the names.
///
/// ```
/// use mcp_proto::wire::pick;
///
/// let json = r#"{"a":1,"b":"two","c":null}"#;
/// let [b, d] = pick(json, ["b", "d"]).expect("an object");
/// assert_eq!(b.and_then(|b| b.plain()), Some("two"));
/// assert!(d.is_none());
/// assert!(pick(r#"{"a":1,"a":2}"#, ["a"]).is_none());
/// ```
pub fn pick<'a, const N: usize>(json: &'a str, names: [&str; N]) -> Option<[Option<Member<'a>>; N]> {
    let mut found = [None; N];
    fill(json, &names, &mut found).then_some(found)
}

/// The items of an array; `None` where the JSON is none.
///
/// ```
/// use mcp_proto::wire::items;
///
/// let items = items(r#"[1, "two"]"#).expect("an array");
/// assert_eq!((items.len(), items[1].plain()), (2, Some("two")));
/// ```
pub fn items(json: &str) -> Option<Vec<Member<'_>>> {
    let mut scanner = Scanner::new(json);
    let mut items = Vec::new();
    let mut more = scanner.enter(b'[', b']').ok()?;
    while more {
        let Value { kind, span } = scanner.value().ok()?;
        items.push(Member { json: span.of(json), kind });
        more = scanner.more(b']').ok()?;
    }
    scanner.end().ok()?;
    Some(items)
}

/// A parameter that has to be text.
///
/// # Errors
/// `-32602`: it is missing, or something else.
pub fn text_param<'a>(name: &str, param: Option<Member<'a>>) -> Result<Cow<'a, str>, RpcError> {
    let param = param.ok_or_else(|| RpcError::invalid_params(format!("Invalid params: missing field `{name}`")))?;
    param.text().ok_or_else(|| {
        let json = param.json();
        RpcError::invalid_params(format!("Invalid params: `{name}` must be a string, not {json}"))
    })
}

/// The same for every number of names, so that it is compiled once.
fn fill<'a>(json: &'a str, names: &[&str], found: &mut [Option<Member<'a>>]) -> bool {
    members(json, |name, member| match names.iter().position(|wanted| *wanted == name) {
        Some(at) => found[at].replace(member).is_none(),
        None => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<(String, &str)>> {
        let mut read = Vec::new();
        members(json, |name, member| {
            read.push((name.to_owned(), member.json()));
            true
        })
        .then_some(read)
    }

    #[test]
    fn every_member_is_given_with_its_json() {
        let json = r#" { "a" : {"x":[1]} ,"a":"\n", "é" : -1.5e3 } "#;
        let expected = [("a", r#"{"x":[1]}"#), ("a", r#""\n""#), ("é", "-1.5e3")];
        assert_eq!(read(json), Some(expected.map(|(name, json)| (name.to_owned(), json)).into()));
    }

    #[test]
    fn what_is_no_object_has_none() {
        for json in ["", "[]", "1", "{", r#"{"a":1"#, "{} x", r#"{"\ud800":1}"#] {
            assert_eq!(read(json), None, "{json}");
        }
        assert_eq!(read("{}"), Some(Vec::new()));
    }

    #[test]
    fn who_has_had_enough_is_given_no_more() {
        let mut given = 0;
        let all = members(r#"{"a":1,"b":2}"#, |_, _| {
            given += 1;
            false
        });
        assert!(!all);
        assert_eq!(given, 1);
    }
}
