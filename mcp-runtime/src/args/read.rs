//! Reading a call's arguments.

use mcp_proto::wire::{Member, Method, Reply, RpcError, Str, members};
use serde::Deserialize as _;
use serde::de::DeserializeOwned;

use super::fault::{self, Faults, pointer_to};
use super::given::Given;
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
    let fits = members(json, |name, value| {
        params.iter().position(|param| param.name == name).is_some_and(|index| slots.fill(index, value))
    });
    if !fits {
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
    let mut parser = serde_json::Deserializer::from_str(json);
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
    fn inspect(&mut self, json: &str) {
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
    fn one_by_one<S: Slots<'a>>(&mut self, json: &'a str, slots: &mut S) {
        let all = members(json, |name, value| {
            match self.params.iter().position(|param| param.name == name) {
                // Models say `null` for "I have nothing to say".
                Some(index) if value.json() == "null" && self.params[index].optional => self.forgave = true,
                Some(index) => slots.try_fill(index, value.json(), &self.params[index], &mut self.faults),
                None => self.unknown(name),
            }
            true
        });
        if !all {
            self.unreadable();
        }
    }

    /// The decoder has seen an object here, so this is a name that JSON allows and Rust does not.
    fn unreadable(&mut self) {
        self.faults.add(String::new(), "not a JSON object that can be read".to_owned());
    }

    fn unknown(&mut self, name: &str) {
        let names = || self.params.iter().map(|param| param.name);
        let message = match nearest(name, &mut names()) {
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
        let all = members(self.call.request().arguments_json(), |name, value| {
            match self.params.iter().position(|param| param.name == name) {
                Some(index) => self.prompt_argument(index, value),
                None => self.unknown(name),
            }
            true
        });
        if !all {
            self.unreadable();
        }
    }

    fn prompt_argument(&mut self, index: usize, value: Member<'a>) {
        let json = value.json();
        let text = match json.as_bytes().first() {
            Some(b'"') => Str::deserialize(Given(value)).ok().map(|text| text.into_owned().into()),
            Some(b'n') => return,
            Some(b'{' | b'[') | None => None,
            Some(_) => Some(json.into()),
        };
        match text {
            Some(_) => self.texts[index] = text,
            None => self.fault(index, format!("expected a string, got {json}")),
        }
    }
}

fn first_line(docs: &str) -> &str {
    docs.lines().next().unwrap_or_default()
}
