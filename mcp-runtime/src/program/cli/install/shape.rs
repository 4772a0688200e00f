//! What an entry is: written as a host wants it, and read back.

use super::hiding::Hiding;
use super::hosts::{Format, Host};
use super::{fault, jsonc, toml, yaml};
use crate::program::cli::json::Json;

/// How a host writes entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    /// With `"type": "stdio"`.
    Typed,
    Zed,
    Codex,
    Goose,
    OpenCode,
}

/// A server as a host starts it.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) command: String,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    /// Variables that are handed on by their names.
    pub(super) handed_on: Vec<String>,
    pub(super) directory: Option<String>,
    pub(super) is_disabled: bool,
    /// Where it is, if it is no program.
    pub(super) url: Option<String>,
}

/// A variable of an entry: its value, or none where only its name is to be written.
pub(super) type Variable = (String, Option<String>);

/// The entry of this name in a file.
///
/// # Errors
/// The file is malformed.
pub(super) fn find(host: &Host, text: &str, name: &str) -> Result<Option<Json>, fault::Fault> {
    let find = match host.format {
        Format::Json => jsonc::find,
        Format::Toml => toml::find,
        Format::Yaml => yaml::find,
    };
    find(text, host.table, name)
}

/// The file with this entry.
///
/// # Errors
/// The file is malformed.
pub(super) fn put(host: &Host, text: &str, name: &str, entry: &Json) -> Result<String, fault::Fault> {
    let put = match host.format {
        Format::Json => jsonc::put,
        Format::Toml => toml::put,
        Format::Yaml => yaml::put,
    };
    put(text, host.table, name, entry)
}

/// The file without this entry.
///
/// # Errors
/// The file is malformed.
pub(super) fn take(host: &Host, text: &str, name: &str) -> Result<String, fault::Fault> {
    let take = match host.format {
        Format::Json => jsonc::take,
        Format::Toml => toml::take,
        Format::Yaml => yaml::take,
    };
    take(text, host.table, name)
}

/// The file as it may be shown: without the values of variables and headers. It has as many lines.
///
/// # Errors
/// The file is malformed.
pub(super) fn shown(host: &Host, text: &str) -> Result<String, fault::Fault> {
    let hidden = match host.format {
        Format::Json => jsonc::hidden,
        Format::Toml => toml::hidden,
        Format::Yaml => yaml::hidden,
    };
    let mut shown = text.to_owned();
    for (place, instead) in hidden(text, host.table, Hiding(host.reference))?.into_iter().rev() {
        let lines = "\n".repeat(text[place.clone()].matches('\n').count());
        shown.replace_range(place, &(instead + &lines));
    }
    Ok(shown)
}

impl Host {
    /// The names that this host has for the arguments' and the variables' members.
    fn names(&self) -> (&'static str, &'static str, &'static str) {
        match self.shape {
            Shape::Goose => ("cmd", "envs", "env_keys"),
            Shape::OpenCode => ("command", "environment", ""),
            _ => ("command", "env", "env_vars"),
        }
    }

    /// An entry as this host has it. What an entry that is there has besides stays.
    pub(super) fn entry(
        &self,
        old: Option<&Json>,
        name: &str,
        command: &str,
        args: Option<&[String]>,
        variables: &[Variable],
    ) -> Json {
        let text = |text: &str| Json::Text(text.to_owned());
        let texts = |items: &[String]| items.iter().map(|item| Json::Text(item.clone())).collect::<Vec<_>>();
        let mut members = old.map(|old| old.members().to_vec()).unwrap_or_default();
        let is_new = old.is_none();
        let (command_name, env, keys) = self.names();
        let first: &[(&str, Json)] = match self.shape {
            Shape::Typed => &[("type", text("stdio"))],
            Shape::Zed => &[("source", text("custom"))],
            Shape::OpenCode => &[("type", text("local"))],
            Shape::Goose => &[
                ("enabled", Json::Bool(true)),
                ("type", text("stdio")),
                ("name", text(name)),
                ("description", text("")),
            ],
            Shape::Plain | Shape::Codex => &[],
        };
        for (name, value) in first.iter().filter(|(name, _)| is_new || *name == "type") {
            set(&mut members, name, value.clone());
        }
        if self.shape == Shape::OpenCode {
            let mut words = vec![text(command)];
            let kept = old.map(|old| old["command"].items().get(1..).unwrap_or_default().to_vec()).unwrap_or_default();
            words.extend(args.map_or(kept, texts));
            set(&mut members, "command", Json::List(words));
            if is_new {
                set(&mut members, "enabled", Json::Bool(true));
            }
        } else {
            set(&mut members, command_name, text(command));
            if args.is_some() || is_new {
                set(&mut members, "args", Json::List(texts(args.unwrap_or_default())));
            }
        }
        // What it has already stays.
        let mut values = old.map(|old| old[env].members().to_vec()).unwrap_or_default();
        let mut names = old.map(|old| old[keys].items().to_vec()).unwrap_or_default();
        for (key, value) in variables {
            match (value, self.reference) {
                (Some(value), _) => set(&mut values, key, text(value)),
                (None, Some(("", _))) if names.contains(&text(key)) => {}
                (None, Some(("", _))) => names.push(text(key)),
                (None, reference) => {
                    let (begin, end) = reference.unwrap_or_default();
                    set(&mut values, key, text(&format!("{begin}{key}{end}")));
                }
            }
        }
        if !values.is_empty() || (is_new && self.shape == Shape::Goose) {
            set(&mut members, env, Json::Object(values));
        }
        if !names.is_empty() || (is_new && self.shape == Shape::Goose) {
            set(&mut members, keys, Json::List(names));
        }
        if is_new && self.shape == Shape::Goose {
            set(&mut members, "timeout", Json::Number(300.into()));
        }
        Json::Object(members)
    }

    /// What an entry says.
    pub(super) fn read(&self, entry: &Json) -> Entry {
        let texts = |list: &Json| list.items().iter().map(|item| item.text().to_owned()).collect::<Vec<_>>();
        let (command_name, env, keys) = self.names();
        let command = &entry[command_name];
        let mut args = texts(&entry["args"]);
        let mut program = command.text().to_owned();
        if !command.items().is_empty() {
            args = texts(command);
            program = args.remove(0);
        } else if let Json::Text(path) = &command["path"] {
            // As Zed had it.
            (program, args) = (path.clone(), texts(&command["args"]));
        }
        let value = |value: &Json| if value.text().is_empty() { value.to_string() } else { value.text().to_owned() };
        let env = entry[env].members().iter().map(|(name, one)| (name.clone(), value(one))).collect();
        let url = ["url", "serverUrl", "httpUrl", "uri"].into_iter().find_map(|name| entry.get(name));
        Entry {
            command: program,
            args,
            env,
            handed_on: texts(&entry[keys]),
            directory: entry.get("cwd").map(|directory| directory.text().to_owned()),
            is_disabled: entry["disabled"] == Json::Bool(true) || entry["enabled"] == Json::Bool(false),
            url: url.map(|url| url.text().to_owned()),
        }
    }
}

fn set(members: &mut Vec<(String, Json)>, name: &str, value: Json) {
    match members.iter_mut().find(|(member, _)| member == name) {
        Some((_, old)) => *old = value,
        None => members.push((name.to_owned(), value)),
    }
}
