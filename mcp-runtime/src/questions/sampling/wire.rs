//! The params of `sampling/createMessage`, as each revision has them.

use mcp_proto::Version;
use mcp_proto::types::Role;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::content::{SEVERAL, list};
use super::{IncludeContext, Message, Preferences, Said, Sampling, Tool, ToolChoice, ToolResult};
use crate::questions::raw::object;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Params<'a> {
    messages: Vec<WireMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_preferences: Option<WirePreferences<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_context: Option<IncludeContext>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    max_tokens: u32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<WireTool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<WireChoice>,
}

#[derive(Serialize)]
struct WireMessage {
    role: Role,
    content: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePreferences<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<Hint<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_priority: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_priority: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intelligence_priority: Option<f64>,
}

#[derive(Serialize)]
struct Hint<'a> {
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireTool<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    input_schema: Box<RawValue>,
}

#[derive(Serialize)]
struct WireChoice {
    mode: ToolChoice,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireResult<'a> {
    r#type: &'static str,
    tool_use_id: &'a str,
    content: Box<RawValue>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_error: bool,
}

/// The params.
///
/// # Errors
/// What the revision lacks, or what no revision has.
pub(super) fn params(asked: &Sampling, version: Version) -> Result<String, String> {
    if asked.uses_tools() && !version.has_sampling_tools() {
        return Err("tools in sampling, which came with 2025-11-25".to_owned());
    }
    let messages: Result<_, _> = asked.messages.iter().map(|said| message(said, version)).collect();
    let tools: Result<_, _> = asked.tools.iter().map(tool).collect();
    let params = Params {
        messages: messages?,
        model_preferences: preferences(&asked.preferences)?,
        system_prompt: asked.system.as_deref(),
        include_context: asked.context,
        temperature: asked.temperature.map(|number| within("temperature", number, f64::MIN, f64::MAX)).transpose()?,
        max_tokens: asked.max_tokens,
        stop_sequences: &asked.stop,
        metadata: asked.metadata.as_ref(),
        tools: tools?,
        tool_choice: asked.tool_choice.map(|mode| WireChoice { mode }),
    };
    if params.metadata.is_some_and(|metadata| !metadata.is_object()) {
        return Err("the `metadata` is not a JSON object".to_owned());
    }
    serde_json::to_string(&params).map_err(|error| error.to_string())
}

fn message(message: &Message, version: Version) -> Result<WireMessage, String> {
    let content = match &message.said {
        Said::New(content) => content.json(version)?,
        Said::Before { several: true, .. } if !version.has_sampling_tools() => return Err(SEVERAL.to_owned()),
        Said::Before { raw, .. } => raw.clone(),
        Said::ByTools(results) => {
            let results: Result<Vec<_>, _> = results.iter().map(|result| tool_result(result, version)).collect();
            serde_json::to_string(&results?).map_err(|error| error.to_string())?
        }
    };
    Ok(WireMessage { role: message.role, content: raw(content)? })
}

fn tool_result(result: &ToolResult, version: Version) -> Result<WireResult<'_>, String> {
    let content = raw(list(&result.content, version))?;
    Ok(WireResult { r#type: "tool_result", tool_use_id: &result.id, content, is_error: result.is_error })
}

fn tool(tool: &Tool) -> Result<WireTool<'_>, String> {
    let input_schema = object(&tool.schema, &format!("the schema of the tool `{}`", tool.name))?;
    Ok(WireTool { name: &tool.name, description: &tool.description, input_schema })
}

fn preferences(asked: &Preferences) -> Result<Option<WirePreferences<'_>>, String> {
    let priority = |name, value: Option<f64>| value.map(|value| within(name, value, 0.0, 1.0)).transpose();
    let preferences = WirePreferences {
        hints: asked.hints.iter().map(|name| Hint { name }).collect(),
        cost_priority: priority("prefer_cost", asked.cost)?,
        speed_priority: priority("prefer_speed", asked.speed)?,
        intelligence_priority: priority("prefer_intelligence", asked.intelligence)?,
    };
    let any = !asked.hints.is_empty() || [asked.cost, asked.speed, asked.intelligence].iter().any(Option::is_some);
    Ok(any.then_some(preferences))
}

fn within(name: &str, number: f64, least: f64, most: f64) -> Result<f64, String> {
    let bounds = if least < 0.0 { String::new() } else { format!(" from {least} to {most}") };
    Some(number)
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("`{name}` is {number}, and must be a number{bounds}"))
}

/// JSON of our own making.
fn raw(json: String) -> Result<Box<RawValue>, String> {
    RawValue::from_string(json).map_err(|error| error.to_string())
}
