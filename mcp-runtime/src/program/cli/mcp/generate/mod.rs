//! Rust for one server: a function for each of its tools, prompts, resources and templates, with types made from the schemas.

mod names;
mod types;
mod union;

use std::fmt::Write as _;
use std::process::ExitCode;

use mcp_proto::types::{UriTemplate, VariableKind};

use self::names::{Names, quoted, snake};
use self::types::{Nulls, Types};
use super::super::json::Json;
use super::super::matches::Matches;
use super::super::offer::{Kind, Offer};
use super::super::output::Output;
use super::super::remote::{Failure, Remote};

/// What reads a field of which `null` says something else than to leave it out.
const NULL_OR: &str = "
/// Reads what may be `null`, which is `Some(None)`: what is left out is `None`.
fn null_or<'de, D: mcp_runtime::serde::Deserializer<'de>, T: Deserialize<'de>>(json: D) -> Result<Option<T>, D::Error> {
    T::deserialize(json).map(Some)
}
";

/// Asks what the server offers, and writes the code.
pub(super) fn run(remote: &mut dyn Remote, matches: &Matches) -> Result<ExitCode, Failure> {
    let offer = Offer::fetch(remote)?;
    let code = code(&offer, Nulls::new(matches.values("null")))?;
    let mut out = Output::open(matches.values("out").next())?;
    out.bytes(code.as_bytes());
    out.finish().map(|()| ExitCode::SUCCESS)
}

/// The whole file.
///
/// # Errors
/// Which of the fields that are to be told from `null` is none.
fn code(offer: &Offer, nulls: Nulls<'_>) -> Result<String, Failure> {
    let server = offer.server();
    let (mut functions, mut types) = (String::new(), Types::new(nulls));
    let mut names = Names::default();
    // A name of the file's own.
    names.take("null_or");
    for list in &offer.lists {
        for item in list.read() {
            match list.kind {
                Kind::Tools => tool(&item, &mut names, &mut types, &mut functions),
                Kind::Prompts => prompt(&item, &mut names, &mut functions),
                Kind::Resources => resource(&item, &mut names, &mut functions),
                Kind::Templates => template(&item, &mut names, &mut functions),
            }
        }
    }
    if let Some((field, known)) = types.nulls.wrong() {
        let known = known.map(|known| format!("; `{known}` is one")).unwrap_or_default();
        let why = "no such field may be left out and may be `null` as well";
        return Err(Failure::usage(format!("--null {field}: {why}{known}")));
    }
    let (name, version) = (server["name"].text(), server["version"].text());
    let mut used = vec!["Client", "ClientError"];
    used.extend(["CallResult", "PromptResult"].into_iter().filter(|kind| functions.contains(kind)));
    used.sort_unstable();
    let mut code = format!(
        "//! The server {}, as `mcp generate` has found it.\n",
        names::on_one_line(&format!("{name} {version}"))
    );
    code += "\n#![allow(dead_code, reason = \"a program need not call all that a server offers\")]\n";
    code += "#![allow(clippy::all, reason = \"it is generated\")]\n\n";
    let _ = writeln!(code, "use mcp_runtime::client::{{{}}};", used.join(", "));
    if functions.contains("ReadResourceResult") {
        code += "use mcp_runtime::ReadResourceResult;\n";
    }
    if types.has_any() {
        code += "use mcp_runtime::serde::{Deserialize, Serialize};\n";
    }
    code += &functions;
    if types.nulls.has_any() {
        code += NULL_OR;
    }
    Ok(code + &types.into_code())
}

/// The function of a tool.
fn tool(tool: &Json, names: &mut Names, types: &mut Types<'_>, code: &mut String) {
    let name = tool["name"].text();
    let function = names.take(&snake(name));
    let input = &tool["inputSchema"];
    let arguments = (!input["properties"].members().is_empty()).then(|| types.arguments(input, name));
    let result = tool.get("outputSchema").map(|output| types.result(output, name));
    let about = [&tool["description"], &tool["title"]].into_iter().map(Json::text).find(|text| !text.trim().is_empty());
    *code += "\n";
    names::doc(code, "", about.unwrap_or("A tool without a description."));
    let parameter = arguments.as_ref().map(|kind| format!(", arguments: &{kind}")).unwrap_or_default();
    let given = if arguments.is_some() { "arguments" } else { "()" };
    let kind = result.as_deref().unwrap_or("CallResult");
    let value = if result.is_some() { "?.value()" } else { "" };
    let _ = write!(
        code,
        "pub async fn {function}(client: &Client{parameter}) -> Result<{kind}, ClientError> {{\n    \
         client.call({}, {given}).await{value}\n}}\n",
        quoted(name)
    );
}

/// The function of a prompt, whose arguments are texts.
fn prompt(prompt: &Json, names: &mut Names, code: &mut String) {
    let name = prompt["name"].text();
    let function = names.take(&format!("prompt_{}", snake(name).trim_start_matches("r#")));
    let (mut parameters, mut given, mut own) = (String::new(), String::new(), Names::default());
    // A name of the function's own.
    own.take("client");
    own.take("arguments");
    for argument in prompt["arguments"].items() {
        let key = argument["name"].text();
        let parameter = own.take(&snake(key));
        let is_required = argument["required"] == Json::Bool(true);
        let kind = if is_required { "&str" } else { "Option<&str>" };
        let _ = write!(parameters, ", {parameter}: {kind}");
        let value = if is_required { format!("Some({parameter})") } else { parameter };
        let _ = write!(given, "({}, {value}), ", quoted(key));
    }
    *code += "\n";
    names::doc(
        code,
        "",
        match prompt["description"].text() {
            "" => "A prompt without a description.",
            about => about,
        },
    );
    let _ =
        writeln!(code, "pub async fn {function}(client: &Client{parameters}) -> Result<PromptResult, ClientError> {{");
    if given.is_empty() {
        let _ = write!(code, "    client.prompt({}, ()).await\n}}\n", quoted(name));
    } else {
        let _ = write!(
            code,
            "    let arguments = [{}].into_iter().filter_map(|(name, value)| Some((name, value?)));\n    \
             client.prompt({}, arguments.collect::<std::collections::BTreeMap<_, _>>()).await\n}}\n",
            given.trim_end_matches(", "),
            quoted(name)
        );
    }
}

/// The function of a resource.
fn resource(resource: &Json, names: &mut Names, code: &mut String) {
    let function = reader(resource, names, code);
    let uri = quoted(resource["uri"].text());
    let _ = write!(
        code,
        "pub async fn {function}(client: &Client) -> Result<ReadResourceResult, ClientError> {{\n    \
         client.read({uri}).await\n}}\n"
    );
}

/// The function of a template, whose variables are texts. A template of another grammar than ours has none.
fn template(template: &Json, names: &mut Names, code: &mut String) {
    let uri = template["uriTemplate"].text();
    let Ok(parsed) = UriTemplate::parse(uri) else { return };
    let function = reader(template, names, code);
    let (mut parameters, mut given, mut own) = (String::new(), String::new(), Names::default());
    // Names of the function's own.
    own.take("client");
    own.take("variables");
    for variable in parsed.variables() {
        let parameter = own.take(&snake(&variable.name));
        let is_optional = variable.kind == VariableKind::Query;
        let kind = if is_optional { "Option<&str>" } else { "&str" };
        let _ = write!(parameters, ", {parameter}: {kind}");
        let value = if is_optional { parameter } else { format!("Some({parameter})") };
        let _ = write!(given, "({}, {value}), ", quoted(&variable.name));
    }
    let _ = write!(
        code,
        "pub async fn {function}(client: &Client{parameters}) -> Result<ReadResourceResult, ClientError> {{\n    \
         let variables = [{}].into_iter().filter_map(|(name, value)| Some((name, value?)));\n    \
         client.read_template({}, variables.collect::<std::collections::BTreeMap<_, _>>()).await\n}}\n",
        given.trim_end_matches(", "),
        quoted(uri)
    );
}

/// Begins the function that reads a resource, with its doc comment: its name.
fn reader(item: &Json, names: &mut Names, code: &mut String) -> String {
    let function = names.take(&format!("read_{}", snake(item["name"].text()).trim_start_matches("r#")));
    *code += "\n";
    let about = [&item["description"], &item["title"]].into_iter().map(Json::text).find(|text| !text.trim().is_empty());
    names::doc(code, "", about.unwrap_or("A resource without a description."));
    function
}
