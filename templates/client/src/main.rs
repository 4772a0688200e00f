//! {{description}}

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use mcp_runtime::LogLevel;
use mcp_runtime::client::{
    Client, ClientBuilder, ClientError, ClientHandler, ElicitationForm, ElicitationReply,
    ServerConfig, Target,
};
use serde_json::{Map, Value};

type Arguments = Map<String, Value>;

const USAGE: &str = "\
Usage: {{project-name}} SERVER [TOOL [ARGUMENTS]]

SERVER is a name in .mcp.json, a URL, or a command line.
Without TOOL, lists the tools of the server. ARGUMENTS is a JSON object.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        [server] if !server.starts_with('-') => run(server, None).await,
        [server, tool] => run(server, Some((tool, "{}"))).await,
        [server, tool, arguments] => run(server, Some((tool, arguments))).await,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(text) => {
            println!("{}", plain(&text));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {}", plain(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

async fn run(server: &str, call_of: Option<(&str, &str)>) -> Result<String, Box<dyn Error>> {
    let client = builder(fill_in).connect(target(server)?).await?;
    let text = match call_of {
        None => list(&client).await?,
        Some((tool, arguments)) => call(&client, tool, serde_json::from_str(arguments)?).await?,
    };
    client.close().await;
    Ok(text)
}

/// What to connect to: a server of `.mcp.json`, a URL, or a program.
fn target(server: &str) -> Result<Target, Box<dyn Error>> {
    if Path::new(".mcp.json").exists()
        && let Some(config) = ServerConfig::load(".mcp.json")?.get(server)
    {
        return Ok(config.target()?);
    }
    Ok(server.into())
}

/// A client that answers the questions of servers, and shows their logs and progress.
fn builder(answer: fn(ElicitationForm) -> ElicitationReply) -> ClientBuilder {
    let handler = ClientHandler::new()
        .on_form(move |form| async move {
            // On a thread of its own: the connection goes on while somebody types.
            let answered = tokio::task::spawn_blocking(move || answer(form)).await;
            answered.unwrap_or_else(|_| ElicitationReply::cancel())
        })
        .on_log(|message| eprintln!("{}: {}", message.level.as_str(), plain(&message.text())))
        .on_progress(|report| eprintln!("{}", plain(&report.message.unwrap_or_default())));
    Client::builder()
        .identity(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
        .log_level(LogLevel::Info)
        .handler(handler)
}

/// Lists the tools, each with the first line of its description.
async fn list(client: &Client) -> Result<String, ClientError> {
    let mut lines = Vec::new();
    for tool in client.tools().await?.iter() {
        let description = tool.description.as_deref().unwrap_or_default();
        let first_line = description.lines().next().unwrap_or_default();
        lines.push(format!("{}: {first_line}", tool.name));
    }
    Ok(lines.join("\n"))
}

/// Calls a tool. An error of the tool is an error here.
async fn call(client: &Client, tool: &str, arguments: Arguments) -> Result<String, ClientError> {
    Ok(client.call(tool, arguments).await?.text())
}

/// Asks at the terminal for each field of a form. A field that is left empty keeps its default.
fn fill_in(form: ElicitationForm) -> ElicitationReply {
    eprintln!("{}", plain(form.message()));
    let mut content = form.defaults();
    let fields = form.schema()["properties"].as_object();
    for (name, field) in fields.into_iter().flatten() {
        match content.get(name) {
            Some(default) => eprint!("{} [{}]: ", plain(name), plain(&default.to_string())),
            None => eprint!("{}: ", plain(name)),
        }
        let mut typed = String::new();
        if io::stdin().read_line(&mut typed).unwrap_or(0) == 0 {
            // The input has ended.
            return ElicitationReply::cancel();
        }
        let typed = typed.trim();
        if !typed.is_empty() {
            let value = if field["type"] == "string" {
                typed.into()
            } else {
                typed.parse().unwrap_or_else(|_| typed.into())
            };
            content.insert(name.clone(), value);
        }
    }
    ElicitationReply::accept(content)
}

/// Text of a server, without characters that would command the terminal.
fn plain(text: &str) -> String {
    let commands = |c: char| c.is_control() && c != '\n' && c != '\t';
    text.replace(commands, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mcp_runtime::prelude::{Ctx, Elicit, Group, Server, elicit, tool};
    use serde_json::json;

    /// A server in this process, to try the client with.
    static GREETER: Group = Group::new("greeter");

    #[derive(Elicit)]
    struct Who {
        name: String,
    }

    /// Greets somebody.
    ///
    /// It asks who that is.
    #[tool(group = GREETER)]
    async fn greet(ctx: &Ctx, greeting: &str) -> mcp_runtime::Result<String> {
        ctx.info("It asks.").await;
        let who = ctx.ask("who", elicit::<Who>("Who are you?")).await?;
        Ok(format!("{greeting}, {}!", who.name))
    }

    /// Fails.
    #[tool(group = GREETER)]
    fn fail() -> mcp_runtime::Result<()> {
        Err(mcp_runtime::Error::new("It does not work."))
    }

    async fn client() -> Result<Client, Box<dyn Error>> {
        let server = Server::of(&GREETER).build()?;
        let ada = |_| ElicitationReply::accept(json!({"name": "Ada"}));
        Ok(builder(ada).connect(&server).await?)
    }

    #[tokio::test]
    async fn tools_are_listed() -> Result<(), Box<dyn Error>> {
        let listed = list(&client().await?).await?;
        assert_eq!(listed, "fail: Fails.\ngreet: Greets somebody.");
        Ok(())
    }

    #[tokio::test]
    async fn questions_are_answered() -> Result<(), Box<dyn Error>> {
        let arguments = Arguments::from_iter([("greeting".to_owned(), json!("Hello"))]);
        let text = call(&client().await?, "greet", arguments).await?;
        assert_eq!(text, "Hello, Ada!");
        Ok(())
    }

    #[tokio::test]
    async fn errors_of_tools_are_errors() -> Result<(), Box<dyn Error>> {
        let client = client().await?;
        let error = call(&client, "fail", Arguments::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "It does not work.");
        Ok(())
    }

    #[test]
    fn text_does_not_command_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\n");
    }
}
