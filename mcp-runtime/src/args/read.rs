//! Reading a call's arguments.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use mcp_proto::wire::{Method, Reply, RpcError};

use super::fault::{self, Faults, pointer_to};
use super::param::Param;
use super::slots::{Slots, whole};
use crate::call::Call;
use crate::nearest::nearest;
use crate::output::tool_error;

/// The reading of one call's arguments, and what was wrong with them.
#[derive(Debug)]
pub struct Read<'a> {
    pub(super) call: &'a Call,
    params: &'static [Param],
    faults: Faults,
    /// Whether a `null` was taken for a missing argument.
    forgave: bool,
    /// The prompt's arguments as they came, by parameter.
    pub(super) texts: Vec<Option<std::borrow::Cow<'a, str>>>,
}

/// Reads a tool's arguments into `slots`.
pub fn read<'a, S: Slots<'a>>(call: &'a Call, params: &'static [Param], slots: &mut S) -> Read<'a> {
    let mut read = Read { call, params, faults: Faults::default(), forgave: false, texts: Vec::new() };
    let json = call.request().arguments_json();
    let mut parser = serde_json::Deserializer::from_slice(json);
    let fast = parser.deserialize_map(Fill { params, slots: &mut *slots });
    if fast.is_err() {
        read.one_by_one(json, slots);
    }
    read.inspect(json);
    read
}

/// Reads a template's variables or a prompt's arguments.
pub fn read_text<'a>(call: &'a Call, params: &'static [Param]) -> Read<'a> {
    let mut read = Read { call, params, faults: Faults::default(), forgave: false, texts: vec![None; params.len()] };
    if call.request().method == Method::PromptsGet {
        read.prompt_arguments();
    } else {
        for (param, text) in params.iter().zip(&mut read.texts) {
            *text = call.variables().get(param.name).map(|value| value.as_str().into());
        }
    }
    read
}

/// Reads all arguments as one `T`.
///
/// # Errors
/// The answer that lists what is wrong.
pub fn read_flat<T: DeserializeOwned>(call: &Call) -> Result<T, Reply> {
    let json = call.request().arguments_json();
    let mut faults = Faults::default();
    if let Some(inspector) = call.entry().and_then(|entry| entry.inspector.as_ref()) {
        inspector.inspect(json, &mut |pointer, message| faults.add(pointer, message));
    }
    let mut parser = serde_json::Deserializer::from_slice(json);
    match whole(&mut parser) {
        Ok(value) if faults.is_empty() => return Ok(value),
        Err(error) if faults.is_empty() => faults.0.push(fault::from_serde(String::new(), &error)),
        Ok(_) | Err(_) => {}
    }
    Err(tool_error(call, faults.to_string()))
}

impl<'a> Read<'a> {
    /// Whether anything is wrong.
    pub fn failed(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The answer that lists all that is wrong.
    pub fn refuse(self, call: &Call) -> Reply {
        match call.request().method {
            Method::ToolsCall => tool_error(call, self.faults.to_string()),
            _ => {
                let error = RpcError::invalid_params(self.faults.to_string());
                let error = match call.request().uri() {
                    Some(uri) => error.with_data(&serde_json::json!({ "uri": uri, "faults": self.faults })),
                    None => error.with_data(&serde_json::json!({ "faults": self.faults })),
                };
                Reply::error(call.id(), &error)
            }
        }
    }

    /// The parameter at `index`.
    pub(super) fn param(&self, index: usize) -> &'static Param {
        &self.params[index]
    }

    pub(super) fn fault(&mut self, index: usize, message: String) {
        self.faults.add(pointer_to(self.params[index].name), message);
    }

    /// Notes that an argument breaks one of its rules, unless the whole schema was held to it and has told so.
    pub(super) fn broken(&mut self, index: usize, message: String) {
        let inspected = self.call.entry().is_some_and(|entry| entry.inspector.is_some());
        if !inspected || !self.is_faulty(index) {
            self.fault(index, message);
        }
    }

    pub(super) fn missing(&mut self, index: usize) {
        let param = &self.params[index];
        let hint = if param.docs.is_empty() { String::new() } else { format!(": {}", first_line(param.docs)) };
        self.fault(index, format!("missing{hint}"));
    }

    /// Whether the argument was given and found wrong.
    pub(super) fn is_faulty(&self, index: usize) -> bool {
        let own = pointer_to(self.params[index].name);
        self.faults.0.iter().any(|fault| {
            fault.pointer.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Adds the faults that only the schema knows, of arguments that are not known to be wrong already.
    fn inspect(&mut self, json: &[u8]) {
        let Some(inspector) = self.call.entry().and_then(|entry| entry.inspector.as_ref()) else { return };
        // The schema knows nothing of a `null` that was taken for a missing argument.
        let forgave = self.forgave;
        let optional = |name: &str| self.params.iter().any(|param| param.optional && param.name == name);
        inspector.inspect(json, &mut |pointer, message| {
            if forgave && message.starts_with("null ") && pointer.strip_prefix('/').is_some_and(optional) {
                return;
            }
            // The missing and the unknown at the top have words of ours, with names and suggestions.
            if !pointer.is_empty() && !self.faults.0.iter().any(|known| known.pointer == pointer) {
                self.faults.add(pointer, message);
            }
        });
    }

    /// The slow way, after the fast one failed: every argument on its own.
    fn one_by_one<S: Slots<'a>>(&mut self, json: &'a [u8], slots: &mut S) {
        let Ok(members) = serde_json::from_slice::<Members<'a>>(json) else {
            // The decoder has seen an object here, so this is a number or string that JSON allows and Rust does not.
            return self.faults.add(String::new(), "not a JSON object that can be read".to_owned());
        };
        for (name, value) in members.0 {
            match self.params.iter().position(|param| param.name == name) {
                // Models say `null` for "I have nothing to say".
                Some(index) if value.get() == "null" && self.params[index].optional => self.forgave = true,
                Some(index) => slots.try_fill(index, value, &self.params[index], &mut self.faults),
                None => self.unknown(&name),
            }
        }
    }

    fn unknown(&mut self, name: &str) {
        let names = || self.params.iter().map(|param| param.name);
        let message = match nearest(name, names()) {
            Some(near) => format!("unknown argument; did you mean `{near}`?"),
            None if self.params.is_empty() => "unknown argument; there are none".to_owned(),
            None => {
                format!("unknown argument; there are {}", names().collect::<Vec<_>>().join(", "))
            }
        };
        self.faults.add(pointer_to(name), message);
    }

    /// Prompt arguments are strings on the wire (`server/prompts`); numbers and booleans are taken for what they say.
    fn prompt_arguments(&mut self) {
        let Ok(members) = serde_json::from_slice::<Members<'a>>(self.call.request().arguments_json()) else {
            return self.faults.add(String::new(), "not a JSON object that can be read".to_owned());
        };
        for (name, value) in members.0 {
            let Some(index) = self.params.iter().position(|param| param.name == name) else {
                self.unknown(&name);
                continue;
            };
            match value.get().as_bytes().first() {
                Some(b'"') => {
                    let text = serde_json::from_str::<mcp_proto::wire::Str<'_>>(value.get());
                    match text {
                        Ok(text) => self.texts[index] = Some(text.into_owned().into()),
                        Err(_) => self.fault(index, format!("expected a string, got {}", value.get())),
                    }
                }
                Some(b'n') => {}
                Some(b'{' | b'[') | None => {
                    self.fault(index, format!("expected a string, got {}", value.get()));
                }
                Some(_) => self.texts[index] = Some(value.get().into()),
            }
        }
    }
}

fn first_line(docs: &str) -> &str {
    docs.lines().next().unwrap_or_default()
}

/// Reads an object's members into slots, by name. Stops at the first that does not fit.
struct Fill<'s, S> {
    params: &'static [Param],
    slots: &'s mut S,
}

impl<'de, S: Slots<'de>> Visitor<'de> for Fill<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<mcp_proto::wire::Str<'de>>()? {
            let Some(index) = self.params.iter().position(|param| param.name == &*name) else {
                return Err(serde::de::Error::custom("unknown argument"));
            };
            self.slots.fill(index, &mut map)?;
        }
        Ok(())
    }
}

/// An object's members, unread.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(List)
    }
}
