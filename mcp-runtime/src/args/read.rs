//! Reading a call's arguments.

use std::borrow::Cow;

use mcp_proto::wire::{Member, Method, Reply, RpcError, Str, members};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};

use super::defaults::Defaults;
use super::fault::{self, Faults, is_within, pointer_to};
use super::given::Given;
use super::param::Param;
use super::shape::excerpt;
use super::slots::{Refusal, Slots, whole};
use crate::call::{Call, FaultLimits, Inspect, Inspection};
use crate::json_text;
use crate::output::callers_fault;

/// The reading of one call's arguments, and what was wrong with them.
#[derive(Debug)]
pub struct Read<'a> {
    pub(super) call: &'a Call,
    params: &'static [Param],
    faults: Faults,
    /// Whether all arguments were held to the schema, in detail.
    is_inspected: bool,
    /// The prompt's arguments as they came, by parameter.
    pub(super) texts: Vec<Option<Cow<'a, str>>>,
}

/// Reads a tool's arguments into `slots`.
pub fn read<'a, S: Slots<'a>>(call: &'a Call, params: &'static [Param], slots: &mut S) -> Read<'a> {
    let json = call.request().arguments_json();
    let entry = call.entry().map(|entry| &**entry);
    let inspected = entry.map_or(0, |entry| entry.inspected);
    let fits_alone = |index, json: &str| {
        entry.and_then(|entry| entry.inspector.as_deref()).is_none_or(|inspector| inspector.fits(index, json))
    };
    let mut given = 0;
    let fits = members(json, |name, value| {
        let Some(index) = params.iter().position(|param| param.name == name) else { return false };
        // No function has more than 64 parameters in earnest; one that has is read the slow way.
        let Some(bit) = 1_u64.checked_shl(index as u32) else { return false };
        if given & bit != 0 {
            return false;
        }
        given |= bit;
        (inspected & bit == 0 || fits_alone(index, value.json())) && slots.fill(index, value)
    });
    let whole = entry.filter(|entry| entry.inspected_whole).and_then(|entry| entry.inspector.as_deref());
    let fits = fits && whole.is_none_or(|inspector| inspector.all_fit(json));
    let mut read = Read::new(call, params);
    if !fits {
        read.one_by_one(json, slots);
    }
    read
}

/// Reads a template's variables or a prompt's arguments.
pub fn read_text<'a>(call: &'a Call, params: &'static [Param]) -> Read<'a> {
    let mut read = Read { texts: vec![None; params.len()], ..Read::new(call, params) };
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
    read_filled(call, None)
}

/// The same, with the defaults of a schema that was written by hand.
///
/// # Errors
/// The same.
pub(crate) fn read_filled<T: DeserializeOwned>(call: &Call, defaults: Option<&Defaults>) -> Result<T, Reply> {
    let json = call.request().arguments_json();
    let inspector = call.entry().and_then(|entry| entry.inspector.as_deref());
    let parse = |json: &str| {
        let filled = defaults.map_or(Cow::Borrowed(json), |defaults| defaults.fill(json));
        whole(&mut serde_json::Deserializer::from_str(&filled))
    };
    if inspector.is_none_or(|inspector| inspector.all_fit(json))
        && let Ok(value) = parse(json)
    {
        return Ok(value);
    }
    let limits = call.ctx().scope().shared.faults;
    let mut faults = Faults::new(limits);
    let found = inspector.map(|inspector| inspected(inspector, json, limits, false)).unwrap_or_default();
    let json = found.amended.as_deref().unwrap_or(json);
    faults.take(found.faults, found.more);
    match parse(json) {
        Ok(value) if faults.is_empty() => return Ok(value),
        Err(error) if faults.is_empty() => {
            // Formats are only looked at where something is wrong with one, it seems.
            let found = inspector.map(|inspector| inspector.inspect(json, true, limits)).unwrap_or_default();
            faults.take(found.faults, found.more);
            if faults.is_empty() {
                let (pointer, message) = fault::from_serde(String::new(), &error);
                faults.add(pointer, message);
            }
        }
        Ok(_) | Err(_) => {}
    }
    Err(callers_fault(call, faults.to_string()))
}

/// What a tool's call is refused with whose arguments break its schema, before anybody is asked about it. The types of its
/// parameters may refuse more.
pub(crate) fn misfit(call: &Call) -> Option<Reply> {
    let inspector = call.entry()?.inspector.as_deref()?;
    let json = call.request().arguments_json();
    if inspector.all_fit(json) {
        return None;
    }
    let limits = call.ctx().scope().shared.faults;
    let found = inspected(inspector, json, limits, true);
    let mut faults = Faults::new(limits);
    faults.take(found.faults, found.more);
    (!faults.is_empty()).then(|| callers_fault(call, faults.to_string()))
}

/// The data of an error that lists what is wrong. Written as it is: `json!` makes a tree of it, with a serializer of its own.
#[derive(Serialize)]
struct Told<'a> {
    faults: &'a Faults,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
}

impl<'a> Read<'a> {
    fn new(call: &'a Call, params: &'static [Param]) -> Self {
        let faults = Faults::new(call.ctx().scope().shared.faults);
        Self { call, params, faults, is_inspected: false, texts: Vec::new() }
    }

    fn inspector(&self) -> Option<&'a dyn Inspect> {
        self.call.entry().and_then(|entry| entry.inspector.as_deref())
    }

    fn limits(&self) -> FaultLimits {
        self.call.ctx().scope().shared.faults
    }

    /// Whether anything is wrong.
    pub fn failed(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The answer that lists all that is wrong.
    #[cold]
    pub fn refuse(mut self, call: &Call) -> Reply {
        self.inspect_late();
        // Types have refused some after the others were found.
        let names: Vec<&str> = self.params.iter().map(|param| param.name).collect();
        self.faults.sort(&names);
        match call.request().method {
            Method::ToolsCall => callers_fault(call, self.faults.to_string()),
            _ => {
                let told = Told { faults: &self.faults, uri: call.request().uri() };
                let error = RpcError::invalid_params(self.faults.to_string()).with_data(&told);
                Reply::error(call.id(), &error)
            }
        }
    }

    /// Everything was read the fast way, and then something was missing or broke a rule: the faults are told anew, with those
    /// that nobody has looked for yet.
    fn inspect_late(&mut self) {
        let Some(inspector) = self.inspector().filter(|_| !self.is_inspected) else { return };
        let limits = self.limits();
        let found = inspected(inspector, self.call.request().arguments_json(), limits, true);
        if !found.faults.is_empty() {
            self.faults = Faults::new(limits);
            self.faults.take(found.faults, found.more);
        }
    }

    /// The parameter at `index`.
    pub(super) fn param(&self, index: usize) -> &'static Param {
        &self.params[index]
    }

    pub(super) fn fault(&mut self, index: usize, message: String) {
        self.faults.add(pointer_to(self.params[index].name), message);
    }

    /// Notes that an argument breaks one of its rules, unless that is known already.
    #[cold]
    pub(super) fn broken(&mut self, index: usize, message: String) {
        if self.is_faulty(index) {
            return;
        }
        // A default is held to its rules at the start, but for one that does not serialize, or is another one each time.
        if self.params[index].default.is_some() && !self.was_given(index) {
            return self.fault(index, format!("left out, and the server's own default breaks its rule: {message}"));
        }
        self.fault(index, message);
    }

    /// Whether the caller has given the argument.
    fn was_given(&self, index: usize) -> bool {
        let (name, mut is_there) = (self.params[index].name, false);
        members(self.call.request().arguments_json(), |member, _| {
            is_there |= member == name;
            true
        });
        is_there || self.call.variables().get(name).is_some()
    }

    pub(super) fn missing(&mut self, index: usize) {
        // All that is missing is known by then.
        if self.is_inspected && self.failed() {
            return;
        }
        self.fault(index, fault::missing(self.params[index].docs));
    }

    /// Whether the argument was given and found wrong.
    pub(super) fn is_faulty(&self, index: usize) -> bool {
        self.faults.are_of(self.params[index].name)
    }

    /// The slow way, after the fast one failed: the whole is inspected, and then every argument read on its own.
    #[cold]
    fn one_by_one<S: Slots<'a>>(&mut self, json: &'a str, slots: &mut S) {
        let mut json = json;
        if let Some(inspector) = self.inspector() {
            let found = inspected(inspector, json, self.limits(), true);
            self.faults.take(found.faults, found.more);
            self.is_inspected = true;
            if let Some(amended) = found.amended {
                json = self.call.amend(amended);
            }
        }
        let mut given = vec![false; self.params.len()];
        let all = members(json, |name, value| {
            match self.params.iter().position(|param| param.name == name) {
                // What is known to be wrong has been told.
                Some(index) if self.is_inspected && self.is_faulty(index) => {}
                Some(index) if std::mem::replace(&mut given[index], true) => {
                    self.fault(index, "given twice".to_owned())
                }
                Some(index) => match slots.try_fill(index, value.json()) {
                    Ok(()) => {}
                    // Models say `null` for "I have nothing to say".
                    Err(_) if value.json() == "null" && self.params[index].optional => {}
                    Err(error) => self.refused(index, value.json(), error),
                },
                None if self.is_inspected => {}
                None => self.unknown(name),
            }
            true
        });
        if !all {
            self.unreadable();
        }
    }

    /// A type has refused what its schema allows. Mostly it is a text in the wrong format.
    fn refused(&mut self, index: usize, json: &str, error: Refusal) {
        if let Some(inspector) = self.inspector() {
            let name = self.params[index].name;
            let alone = format!("{{{}:{json}}}", json_text::string(name));
            let found = inspector.inspect(&alone, true, self.limits());
            let before = self.faults.told().len();
            // Others are missing here.
            let own = found.faults.into_iter().filter(|(pointer, _)| is_within(pointer, name));
            self.faults.take(own.collect(), 0);
            if self.faults.told().len() > before {
                return;
            }
        }
        let (pointer, message) = fault::from_serde(pointer_to(self.params[index].name), &error);
        self.faults.add(pointer, message);
    }

    /// The decoder has seen an object here, so this is a name that JSON allows and Rust does not.
    fn unreadable(&mut self) {
        if self.faults.is_empty() {
            self.faults.add(String::new(), "not a JSON object that can be read".to_owned());
        }
    }

    fn unknown(&mut self, name: &str) {
        if self.faults.are_full() {
            return self.faults.count();
        }
        let names: Vec<&str> = self.params.iter().map(|param| param.name).collect();
        self.faults.add(pointer_to(&excerpt(name)), fault::unknown(name, &names));
    }

    /// Prompt arguments are strings on the wire (`server/prompts`); numbers and booleans are taken for what they say.
    fn prompt_arguments(&mut self) {
        let mut given = vec![false; self.params.len()];
        let all = members(self.call.request().arguments_json(), |name, value| {
            match self.params.iter().position(|param| param.name == name) {
                Some(index) if std::mem::replace(&mut given[index], true) => {
                    self.fault(index, "given twice".to_owned())
                }
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
            None => self.fault(index, format!("expected a string, got {}", excerpt(json))),
        }
    }
}

/// What is wrong with all arguments. Types take more than the formats of their schemas, so formats are only looked at where
/// something else is wrong, and the type will not be asked: in the whole, or `by_argument`.
fn inspected(inspector: &dyn Inspect, json: &str, limits: FaultLimits, by_argument: bool) -> Inspection {
    let found = inspector.inspect(json, false, limits);
    if found.faults.is_empty() {
        return found;
    }
    let mut strict = inspector.inspect(json, true, limits);
    if by_argument {
        if strict.more > 0 {
            // It is not known which arguments the others are about.
            return found;
        }
        let argument = |pointer: &str| pointer.split('/').nth(1).map(str::to_owned);
        strict.faults.retain(|(pointer, _)| {
            let own = argument(pointer);
            found.faults.iter().any(|(other, _)| argument(other) == own)
        });
    }
    strict
}
