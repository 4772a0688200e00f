//! What a command asks, and what it shows of what is answered.

use std::process::ExitCode;

use serde_json::{Map, Value};

use super::help::{Faults, Written};
use super::json::Json;
use super::matches::Matches;
use super::offer::{self, Items, Kind, Offer};
use super::output::{Output, say};
use super::remote::{Failure, Remote};
use super::schema::Schema;
use super::texts::Texts;
use super::{call, complete, help, inspect, list, prompt, read, source, surface, values};

/// A command that asks a server.
pub(super) struct Action<'a> {
    pub(super) matches: &'a Matches,
    /// How the command is written, for examples.
    pub(super) written: Written,
    /// Why there may be nothing to list: the rest of a sentence.
    pub(super) nothing: &'a str,
    /// What is wrong with arguments of a tool, where more is known than what the server lists.
    pub(super) faults: &'a dyn Fn(&str, &Json) -> Option<Faults>,
    /// What the arguments of a prompt, or the variables of a template, take, where it is known.
    pub(super) texts: &'a dyn Fn(&str) -> Option<Texts>,
    /// The layers around what the server offers, from the outside in, where they are known.
    pub(super) layers: &'a [String],
}

impl Action<'_> {
    fn command(&self) -> &'static str {
        self.matches.command().unwrap_or_default()
    }

    /// Asks, and shows what is answered.
    ///
    /// # Errors
    /// The server's, and what is wrong with the command line.
    pub(super) fn run(&self, remote: &mut dyn Remote) -> Result<ExitCode, Failure> {
        let (matches, command) = (self.matches, self.command());
        let name = matches.values("name").next().unwrap_or_default();
        let as_json = matches.has("json");
        let file = matches.values("out").next();
        let mut code = ExitCode::SUCCESS;
        if matches.has("describe") {
            let mut out = Output::open(None)?;
            let page = self.describe(remote, name, &out)?;
            out.bytes(page.as_bytes());
            return out.finish().map(|()| code);
        }
        let out = match command {
            "list" | "inspect" => {
                let offer = Offer::fetch(remote)?;
                let kind = matches.values("kind").next().and_then(Kind::of);
                let mut out = Output::open(None)?;
                // Before the file is written, which may be the same.
                if let Some(file) = matches.values("check").last() {
                    code = surface::check(&offer, file, as_json, &mut out)?;
                }
                if let Some(file) = matches.values("lock").last() {
                    surface::lock(&offer, file)?;
                }
                if matches.has("check") || matches.has("lock") {
                    return out.finish().map(|()| code);
                }
                match (command, as_json) {
                    ("inspect", _) => inspect::show(&offer, self.layers, as_json, &mut out),
                    (_, true) => out.json(&offer.lists_json(kind)),
                    (_, false) => list::show(&offer, kind, false, &mut out),
                }
                if !as_json && offer.is_empty() && !offer.is_dynamic() {
                    say(&format!("nothing to list{}", self.nothing));
                } else if !as_json && let Some(kind) = kind.filter(|kind| offer.has_none(*kind)) {
                    say(&format!("this server has no {}", kind.name()));
                }
                out
            }
            "call" => {
                let tool = call::find(remote, name)?;
                let input = Schema::new(&tool["inputSchema"]);
                let arguments = match self.in_json()? {
                    Some(object) => object,
                    None => values::for_tool(matches.values("arguments"), input)?,
                };
                let tip = values::tip(&arguments, input);
                let result = call::fetch(remote, name, arguments)?;
                let out;
                (code, out) = call::show(&result, as_json, file)?;
                if let Some(tip) = tip.filter(|_| code != ExitCode::SUCCESS) {
                    say(&tip);
                }
                out
            }
            "read" => {
                let result = read::fetch(remote, name, self.texts)?;
                read::show(&result, as_json, file)?
            }
            "complete" => {
                let begun = complete::Begun::read(matches.values("arguments"))?;
                let result = complete::fetch(remote, name, begun)?;
                let mut out = Output::open(None)?;
                complete::show(&result, as_json, &mut out);
                out
            }
            _ => {
                let arguments = match self.in_json()? {
                    Some(object) => object,
                    None => values::texts(matches.values("arguments"))?,
                };
                let result = prompt::fetch(remote, name, arguments)?;
                prompt::show(&result, as_json, file)?
            }
        };
        out.finish()?;
        Ok(code)
    }

    /// All arguments in one object, where they are given so.
    ///
    /// # Errors
    /// Where there is no such object, or there are other arguments too.
    fn in_json(&self) -> Result<Option<Map<String, Value>>, Failure> {
        let Some(object) = self.matches.values("all").next() else { return Ok(None) };
        match self.matches.values("arguments").next() {
            Some(pair) => {
                Err(Failure::usage(format!("`{pair}` and --json: give all arguments in one way or the other")))
            }
            None => source::object("--json", object).map(Some),
        }
    }

    /// Help for one thing that the server offers.
    fn describe(&self, remote: &mut dyn Remote, name: &str, out: &Output) -> Result<String, Failure> {
        let kinds: &[Kind] = match self.command() {
            "call" => &[Kind::Tools],
            "prompt" => &[Kind::Prompts],
            _ => &[Kind::Resources, Kind::Templates],
        };
        let mut names = Vec::new();
        for kind in kinds {
            let items: Items = offer::all(remote, *kind)?;
            if let Some(item) = items.find(name).or_else(|| items.template_of(name)) {
                let texts = (self.texts)(item[kind.key()].text());
                let texts = texts.as_ref();
                return Ok(match kind {
                    Kind::Tools => {
                        let input = Schema::new(&item["inputSchema"]);
                        let faults = |arguments: &Json| {
                            (self.faults)(name, arguments).unwrap_or_else(|| input.faults(arguments))
                        };
                        help::of_tool(&item, &self.written, out.style(), faults)
                    }
                    Kind::Prompts => help::of_prompt(&item, texts, &self.written, out.style()),
                    Kind::Resources | Kind::Templates => help::of_resource(&item, texts, &self.written, out.style()),
                });
            }
            names.extend(items.read().map(|item| item[kind.key()].text().to_owned()));
        }
        let meant = crate::nearest::nearest(name, &mut names.iter().map(String::as_str));
        let tip = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        let kinds: Vec<_> = kinds.iter().map(|kind| &kind.name()[..kind.name().len() - 1]).collect();
        Err(Failure::new(format!("no {} is called `{name}`{tip}", kinds.join(" or "))))
    }
}
