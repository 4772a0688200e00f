//! A server on rmcp, with everything that `peer.json` asks for: `peer-rmcp stdio`, or `peer-rmcp PORT` for HTTP at 127.0.0.1.
//!
//! Results are written as JSON and read into the framework's types, so that they go out as it writes them.

#![allow(deprecated, reason = "what older revisions have is tried too")]

use std::error::Error;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, Implementation, InputRequiredResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    ServerCapabilities, ServerConfig, SetLevelRequestParams,
};
use rmcp::service::RequestContext;
use rmcp::transport::io::stdio;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

type Answer<T> = Result<T, ErrorData>;

#[derive(Clone)]
struct Peer;

fn made<T: DeserializeOwned>(json: Value) -> Answer<T> {
    serde_json::from_value(json).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

fn text(text: impl Into<String>) -> Value {
    json!({"content": [{"type": "text", "text": text.into()}]})
}

impl ServerHandler for Peer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_prompts()
            .enable_completions()
            .enable_logging()
            .build();
        ServerConfig::new(capabilities).with_server_info(Implementation::new("peer", "1.0"))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Answer<ListToolsResult> {
        let tool = |name: &str, properties: Value| {
            let required: Vec<_> = properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
            let schema = json!({"type": "object", "properties": properties, "required": required});
            json!({"name": name, "description": name, "inputSchema": schema})
        };
        let (integer, string) = (json!({"type": "integer"}), json!({"type": "string"}));
        made(json!({"tools": [
            tool("add", json!({"a": integer, "b": integer})),
            tool("echo", json!({"message": string})),
            tool("fail", json!({"message": string})),
            tool("picture", json!({})),
            tool("steps", json!({"count": integer})),
            tool("talk", json!({"message": string})),
            tool("nap", json!({"ms": integer})),
            tool("ask_name", json!({})),
            tool("ask_model", json!({})),
            tool("ask_roots", json!({})),
        ]}))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Answer<CallToolResponse> {
        let arguments = Value::Object(request.arguments.clone().unwrap_or_default());
        let message = arguments["message"].as_str().unwrap_or_default();
        let number = |name: &str| arguments[name].as_i64().unwrap_or_default();
        let result = match &*request.name {
            "add" => {
                let sum = number("a") + number("b");
                let mut result = text(sum.to_string());
                result["structuredContent"] = json!({"result": sum});
                result
            }
            "echo" => text(message),
            "fail" => {
                let mut result = text(message);
                result["isError"] = true.into();
                result
            }
            "picture" => json!({"content": [{"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}]}),
            "steps" => {
                let count = number("count");
                if let Some(token) = context.meta.get_progress_token() {
                    for step in 1..=count {
                        let report = ProgressNotificationParam::new(token.clone(), step as f64);
                        let report = report.with_total(count as f64);
                        let _ = context.peer.notify_progress(report).await;
                    }
                }
                text("done")
            }
            "talk" => {
                let log = made(json!({"level": "info", "data": message}))?;
                let _ = context.peer.notify_logging_message(log).await;
                text("said")
            }
            "nap" => {
                tokio::time::sleep(Duration::from_millis(number("ms").unsigned_abs())).await;
                text("rested")
            }
            "ask_name" | "ask_model" | "ask_roots" => return ask(&request, &context).await,
            other => return Err(ErrorData::invalid_params(format!("unknown tool: {other}"), None)),
        };
        made::<CallToolResult>(result).map(Into::into)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Answer<ListResourcesResult> {
        made(json!({"resources": [
            {"uri": "note://first", "name": "first", "mimeType": "text/plain"},
            {"uri": "pixel://png", "name": "pixel", "mimeType": "image/png"},
        ]}))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Answer<ListResourceTemplatesResult> {
        made(json!({"resourceTemplates": [{"uriTemplate": "note://{number}/text", "name": "note"}]}))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Answer<ReadResourceResponse> {
        let uri = request.uri;
        let contents = match uri.strip_prefix("note://").and_then(|rest| rest.strip_suffix("/text")) {
            Some(number) => json!({"uri": uri, "text": format!("Note {number}.")}),
            None if uri == "note://first" => json!({"uri": uri, "text": "The first note."}),
            None if uri == "pixel://png" => json!({"uri": uri, "blob": "iVBORw0KGgo=", "mimeType": "image/png"}),
            None => return Err(ErrorData::resource_not_found("unknown resource", Some(json!({"uri": uri})))),
        };
        made::<ReadResourceResult>(json!({"contents": [contents]})).map(Into::into)
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Answer<ListPromptsResult> {
        made(json!({"prompts": [{"name": "greet", "arguments": [{"name": "name", "required": true}]}]}))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Answer<GetPromptResponse> {
        let arguments = json!(request.arguments);
        let text = format!("Please greet {}.", arguments["name"].as_str().unwrap_or_default());
        let message = json!({"role": "user", "content": {"type": "text", "text": text}});
        made::<GetPromptResult>(json!({"messages": [message]})).map(Into::into)
    }

    async fn complete(&self, request: CompleteRequestParams, _: RequestContext<RoleServer>) -> Answer<CompleteResult> {
        let begun = request.argument.value;
        let names = ["Ada", "Alan", "Grace"].into_iter().filter(|name| name.starts_with(&begun));
        made(json!({"completion": {"values": names.collect::<Vec<_>>()}}))
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Answer<()> {
        Ok(())
    }
}

/// Asks in the result where there are no sessions, and with a request where there are.
async fn ask(request: &CallToolRequestParams, context: &RequestContext<RoleServer>) -> Answer<CallToolResponse> {
    let is_new = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]});
    let (method, params) = match &*request.name {
        "ask_name" => ("elicitation/create", json!({"message": "What is your name?", "requestedSchema": schema})),
        "ask_model" => {
            let question = json!({"type": "text", "text": "What is the capital of France?"});
            let messages = json!([{"role": "user", "content": question}]);
            ("sampling/createMessage", json!({"messages": messages, "maxTokens": 20}))
        }
        _ => ("roots/list", json!({})),
    };
    let answer = match (is_new, &request.input_responses) {
        (true, Some(answers)) => answers.get("question").cloned().unwrap_or_default(),
        (true, None) => {
            let question = json!({"method": method, "params": params});
            let asking = json!({"resultType": "input_required", "inputRequests": {"question": question}});
            return made::<InputRequiredResult>(asking).map(Into::into);
        }
        (false, _) => ask_in_session(method, params, context).await?,
    };
    made::<CallToolResult>(text(match method {
        "elicitation/create" => format!("Hello, {}!", answer["content"]["name"].as_str().unwrap_or_default()),
        "roots/list" => answer["roots"][0]["uri"].as_str().unwrap_or_default().to_owned(),
        // One block, or a list of them.
        _ => {
            let content = answer["content"].as_array().and_then(|blocks| blocks.first()).unwrap_or(&answer["content"]);
            format!("The model says: {}", content["text"].as_str().unwrap_or_default())
        }
    }))
    .map(Into::into)
}

async fn ask_in_session(method: &str, params: Value, context: &RequestContext<RoleServer>) -> Answer<Value> {
    let answered = match method {
        "elicitation/create" => context.peer.create_elicitation(made(params)?).await.map(|answer| json!(answer)),
        "roots/list" => context.peer.list_roots().await.map(|answer| json!(answer)),
        _ => context.peer.create_message(made(params)?).await.map(|answer| json!(answer)),
    };
    answered.map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let how = std::env::args().nth(1).ok_or("usage: peer-rmcp (stdio | PORT)")?;
    if how == "stdio" {
        Peer.serve(stdio()).await?.waiting().await?;
        return Ok(());
    }
    let service = StreamableHttpService::new(
        || Ok(Peer),
        LocalSessionManager::default().into(),
        StreamableHttpServerConfig::default(),
    );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", how.parse()?)).await?;
    axum::serve(listener, axum::Router::new().nest_service("/mcp", service)).await?;
    Ok(())
}
