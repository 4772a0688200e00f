//! Requests that are changed before they are served.

use super::super::member::members;
use super::super::reply::{request, write_str};
use super::super::request::Request;
use super::{Incoming, Message, decode};

impl Request {
    /// The same request with other arguments: the JSON of an object. `None` where that is none, or is nested too deep.
    ///
    /// ```
    /// use mcp_proto::wire::{Incoming, Message, decode};
    ///
    /// let frame = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}"#;
    /// let Incoming::One(Message::Request(request)) = decode(frame) else { panic!("a request") };
    /// let other = request.with_arguments(r#"{"a":2}"#).expect("arguments");
    /// assert_eq!((other.name(), other.arguments_json()), (Some("add"), r#"{"a":2}"#));
    /// ```
    pub fn with_arguments(&self, json: &str) -> Option<Box<Self>> {
        let mut params = br#"{"arguments":"#.to_vec();
        params.extend_from_slice(json.as_bytes());
        let is_all = members(self.params_json().unwrap_or("{}"), |name, member| {
            if name != "arguments" {
                params.push(b',');
                write_str(&mut params, name);
                params.push(b':');
                params.extend_from_slice(member.json().as_bytes());
            }
            true
        });
        params.push(b'}');
        let params = String::from_utf8(params).ok().filter(|_| is_all)?;
        match decode(request(&self.id, self.method.as_str(), Some(&params))) {
            Incoming::One(Message::Request(request)) if request.fault.is_none() => Some(request),
            _ => None,
        }
    }
}
