//! An agent without a model: it connects to the servers of a configuration file, lists their tools, and calls them as a script
//! says, with progress shown.
//!
//! ```sh
//! cargo run -p agent                                  # the servers and the script beside this program
//! cargo run -p agent -- servers.json script.txt       # others
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use mcp_runtime::client::{Client, ClientError, ClientHandler, ElicitationReply, ServerConfig};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut words = std::env::args().skip(1);
    let servers = words.next().map_or_else(|| here.join("servers.json"), Into::into);
    let script = words.next().map_or_else(|| here.join("script.txt"), Into::into);

    let clients = connect(&ServerConfig::load(servers)?).await;
    for (name, client) in &clients {
        let tools = client.tools().await?;
        let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        println!("{name}: {}", names.join(", "));
    }
    for line in std::fs::read_to_string(script)?.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        println!("\n> {line}");
        match run(&clients, line).await {
            Ok(text) => println!("{text}"),
            // The tool has failed: a model would read it, and try something else.
            Err(ClientError::Tool(error)) => println!("it failed: {error}"),
            Err(error) => println!("error: {error}"),
        }
    }
    for client in clients.into_values() {
        client.close().await;
    }
    Ok(())
}

/// Connects to all servers at once. One that cannot be reached is told of, and left out.
async fn connect(servers: &BTreeMap<String, ServerConfig>) -> BTreeMap<String, Client> {
    // What a server asks the user is answered with what it proposes.
    let handler = ClientHandler::new()
        .on_form(|form| async move {
            println!("  asked: {}", form.message());
            ElicitationReply::accept(form.defaults())
        })
        .on_log(|message| println!("  log: {}", message.text()));
    let connecting: Vec<_> = servers
        .iter()
        .filter(|(_, config)| !config.disabled)
        .map(|(name, config)| {
            let (name, target, handler) = (name.clone(), config.target(), handler.clone());
            tokio::spawn(async move {
                let target = target.map_err(|error| format!("{name}: {error}"))?;
                // It may have to be compiled first.
                let builder = Client::builder().handler(handler).connect_timeout(Duration::from_secs(600));
                let client = builder.connect(target).await.map_err(|error| format!("{name}: {error}"))?;
                Ok::<_, String>((name, client))
            })
        })
        .collect();
    let mut clients = BTreeMap::new();
    for connected in connecting {
        match connected.await {
            Ok(Ok((name, client))) => drop(clients.insert(name, client)),
            Ok(Err(why)) => eprintln!("{why}"),
            Err(panic) => eprintln!("{panic}"),
        }
    }
    clients
}

/// Makes the call of one line.
async fn run(clients: &BTreeMap<String, Client>, line: &str) -> Result<String, ClientError> {
    let mut words = line.splitn(3, ' ');
    let (server, tool) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let Some(client) = clients.get(server) else { return Ok(format!("there is no server {server}")) };
    let arguments: Value = match words.next().map(serde_json::from_str) {
        None => json!({}),
        Some(Ok(arguments)) => arguments,
        Some(Err(error)) => return Ok(format!("the arguments are not JSON: {error}")),
    };
    let call = client.call(tool, arguments).timeout(Duration::from_secs(30)).on_progress(|report| {
        let of = report.total.map_or(String::new(), |total| format!(" of {total}"));
        println!("  progress: {}{of} {}", report.progress, report.message.unwrap_or_default());
    });
    Ok(call.await?.text())
}
