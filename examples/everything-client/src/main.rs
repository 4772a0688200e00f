//! What a client does with a server: each scenario of the official conformance suite is one function.
//!
//! The suite starts this program with a server's URL, and names the scenario in the environment. By hand:
//!
//! ```text
//! cargo run -p everything -- serve --http 127.0.0.1:3000
//! MCP_CONFORMANCE_SCENARIO=explore cargo run -p everything-client -- http://127.0.0.1:3000/mcp
//! ```

use std::collections::BTreeMap;
use std::env;
use std::error::Error;

use mcp_runtime::Version;
use mcp_runtime::client::{Client, ClientBuilder, ClientHandler, ElicitationReply, SamplingReply};
use serde::Deserialize;
use serde_json::{Map, Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result {
    let url = env::args().next_back().filter(|url| url.starts_with("http")).ok_or("the last argument is a URL")?;
    let scenario = env::var("MCP_CONFORMANCE_SCENARIO").map_err(|_| "MCP_CONFORMANCE_SCENARIO names no scenario")?;
    let client = builder()?.connect(url).await?;
    match &*scenario {
        // To have connected is all of it.
        "initialize" => {}
        "tools_call" => add(&client).await?,
        "elicitation-sep1034-client-defaults" => fill_in_a_form(&client).await?,
        "sse-retry" => wait_for_a_stream_to_come_back(&client).await?,
        "json-schema-2020-12-preservation" => echo_a_schema(&client).await?,
        "request-metadata" | "json-schema-ref-no-deref" => list_tools(&client).await?,
        "http-standard-headers" | "explore" => explore(&client).await?,
        "http-custom-headers" => call_as_told(&client).await?,
        "http-invalid-tool-headers" => call_the_valid_tool(&client).await?,
        "sep-2322-client-request-state" => answer_questions_in_rounds(&client).await?,
        other => return Err(format!("this client does not know the scenario {other:?}").into()),
    }
    // A program that just ends would leave its session to the server.
    client.close().await;
    Ok(())
}

/// A client that fills in forms with what they propose, and says yes where they propose nothing. It has a model of few words,
/// and works in one directory.
fn builder() -> Result<ClientBuilder> {
    let handler = ClientHandler::new()
        .on_form(|form| async move {
            let mut content = form.defaults();
            if content.is_empty() {
                content.extend(form.required().map(|field| (field.to_owned(), json!(true))));
            }
            ElicitationReply::accept(content)
        })
        .on_sampling(|request| async move { Ok(SamplingReply::text("a-model", format!("{}: yes.", request.prompt()))) })
        .root("file:///home/ada/engine", "Engine");
    let builder = Client::builder().identity("everything-client", env!("CARGO_PKG_VERSION")).handler(handler);
    let Ok(date) = env::var("MCP_CONFORMANCE_PROTOCOL_VERSION") else { return Ok(builder) };
    let version = Version::parse(&date).ok_or_else(|| format!("there is no revision {date:?}"))?;
    // Without this the client finds out what the server speaks.
    Ok(builder.version(version))
}

/// Lists the tools, and calls one of them for a value.
async fn add(client: &Client) -> Result {
    list_tools(client).await?;
    let result = client.call("add_numbers", json!({"a": 5, "b": 3})).await?;
    say(&result.text());
    Ok(())
}

async fn list_tools(client: &Client) -> Result {
    for tool in client.tools().await? {
        say(&format!("{}: {}", tool.name, tool.description.unwrap_or_default()));
    }
    Ok(())
}

/// Calls a tool that asks. The answer comes from the handler that the client was built with.
async fn fill_in_a_form(client: &Client) -> Result {
    let result = client.call("test_client_elicitation_defaults", ()).await?;
    say(&result.text());
    Ok(())
}

/// Calls a tool whose answer is cut off, and comes on another stream. Nothing is to be done for that.
async fn wait_for_a_stream_to_come_back(client: &Client) -> Result {
    let result = client.call("test_reconnection", ()).await?;
    say(&result.text());
    Ok(())
}

/// Sends a schema back as it came, to the byte.
async fn echo_a_schema(client: &Client) -> Result {
    let tools = client.tools().await?;
    let tool = tools.iter().find(|tool| tool.name == "json_schema_2020_12_tool").ok_or("the tool is not listed")?;
    client.call("json_schema_echo", BTreeMap::from([("schema", &tool.input_schema)])).await?;
    Ok(())
}

/// Lists everything that there is, and takes each of it that wants no arguments.
async fn explore(client: &Client) -> Result {
    for tool in client.tools().await? {
        let schema: Value = serde_json::from_str(tool.input_schema.get())?;
        if schema["required"].as_array().is_none_or(Vec::is_empty) {
            match client.call(&tool.name, ()).await {
                Ok(result) => say(&format!("{}: {}", tool.name, result.text())),
                Err(error) => say(&format!("{} failed: {error}", tool.name)),
            }
        }
    }
    for resource in client.resources().await? {
        let read = client.read(&resource.uri).await?;
        say(&format!("{}: {} contents", resource.uri, read.contents.len()));
    }
    for template in client.templates().await? {
        say(&template.uri_template);
    }
    for prompt in client.prompts().await? {
        if !prompt.arguments.iter().any(|argument| argument.required) {
            say(&format!("{}: {}", prompt.name, client.prompt(&prompt.name, ()).await?.text()));
        }
    }
    Ok(())
}

/// Makes the calls that the environment tells. Arguments that a tool wants in headers are put there, once it was listed.
async fn call_as_told(client: &Client) -> Result {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Context {
        tool_calls: Vec<Told>,
    }
    #[derive(Deserialize)]
    struct Told {
        name: String,
        #[serde(default)]
        arguments: Map<String, Value>,
    }
    let context: Context = serde_json::from_str(&env::var("MCP_CONFORMANCE_CONTEXT")?)?;
    list_tools(client).await?;
    for Told { name, arguments } in context.tool_calls {
        client.call(&name, arguments).await?;
    }
    Ok(())
}

/// Calls each tool that is listed: those with headers that are not allowed are left out of the list.
async fn call_the_valid_tool(client: &Client) -> Result {
    for tool in client.tools().await? {
        client.call(&tool.name, json!({"region": "us-west1"})).await?;
    }
    Ok(())
}

/// Calls tools that ask in their results, one of them at the same time as another tool. The client comes back with the answers
/// by itself.
async fn answer_questions_in_rounds(client: &Client) -> Result {
    let asked = client.call("test_mrtr_echo_state", ()).start();
    let unrelated = client.call("test_mrtr_unrelated", ()).start();
    say(&asked.await?.text());
    say(&unrelated.await?.text());
    for tool in ["test_mrtr_no_state", "test_mrtr_no_result_type"] {
        say(&client.call(tool, ()).await?.text());
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this program is for people at a terminal")]
fn say(text: &str) {
    println!("{text}");
}
