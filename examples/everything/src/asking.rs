//! Tools and a prompt that ask the client. Each is one function for sessions and for requests that stand alone.

use mcp_runtime::prelude::*;
use mcp_runtime::{Capability, Sampled};
use serde::Serialize;

/// What the user has said, or that they have not.
fn outcome<T: Serialize>(what: &str, answer: Result<T, AskError>) -> Result<String, Error> {
    let (action, content) = match answer {
        Ok(content) => ("accept", serde_json::to_string(&content)?),
        Err(AskError::Declined) => ("decline", "{}".to_owned()),
        Err(AskError::Cancelled) => ("cancel", "{}".to_owned()),
        Err(other) => return Err(other.into()),
    };
    Ok(format!("{what}: action={action}, content={content}"))
}

/// Asks the model.
#[tool]
async fn test_sampling(ctx: &Ctx, prompt: &str) -> Result<String, Error> {
    let answer = ctx.ask("answer", sample(prompt).max_tokens(100)).await?;
    Ok(format!("LLM response: {}", answer.text()))
}

#[derive(Elicit, Serialize)]
struct Contact {
    /// User's response
    username: String,
    /// User's email address
    email: String,
}

/// Asks the user.
#[tool]
async fn test_elicitation(ctx: &Ctx, message: &str) -> Result<String, Error> {
    outcome("User response", ctx.ask("contact", elicit::<Contact>(message)).await)
}

#[derive(Elicit, Serialize)]
struct Defaults {
    #[elicit(default = "John Doe")]
    name: String,
    #[elicit(default = 30)]
    age: i64,
    #[elicit(default = 95.5)]
    score: f64,
    #[elicit(choices("active", "inactive", "pending"), default = "active")]
    status: String,
    #[elicit(default = true)]
    verified: bool,
}

/// Asks the user, with an answer to each question at hand.
#[tool]
async fn test_elicitation_sep1034_defaults(ctx: &Ctx) -> Result<String, Error> {
    outcome("Elicitation completed", ctx.ask("defaults", elicit::<Defaults>("Please fill in the form")).await)
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum Untitled {
    Option1,
    Option2,
    Option3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum Titled {
    /// First Option
    Value1,
    /// Second Option
    Value2,
    /// Third Option
    Value3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum Several {
    /// First Choice
    Value1,
    /// Second Choice
    Value2,
    /// Third Choice
    Value3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase", legacy_titles)]
#[serde(rename_all = "lowercase")]
enum Legacy {
    #[elicit(title = "Option One")]
    Opt1,
    #[elicit(title = "Option Two")]
    Opt2,
    #[elicit(title = "Option Three")]
    Opt3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
struct Choices {
    untitled_single: Option<Untitled>,
    titled_single: Option<Titled>,
    legacy_enum: Option<Legacy>,
    untitled_multi: Option<Vec<Untitled>>,
    titled_multi: Option<Vec<Several>>,
}

/// Asks the user to choose, in every way there is.
#[tool]
async fn test_elicitation_sep1330_enums(ctx: &Ctx) -> Result<String, Error> {
    outcome("Elicitation completed", ctx.ask("choices", elicit::<Choices>("Please choose")).await)
}

#[derive(Elicit)]
struct Name {
    name: String,
}

#[derive(Elicit)]
struct Color {
    color: String,
}

#[derive(Elicit)]
struct Confirmation {
    ok: bool,
}

#[derive(Elicit)]
struct Context {
    context: String,
}

/// Asks for a name.
#[tool]
async fn test_input_required_result_elicitation(ctx: &Ctx) -> Result<String, Error> {
    let Name { name } = ctx.ask("user_name", elicit("What is your name?")).await?;
    Ok(format!("Hello, {name}!"))
}

/// Asks the model for a capital.
#[tool]
async fn test_input_required_result_sampling(ctx: &Ctx) -> Result<String, Error> {
    let question = sample("What is the capital of France?").max_tokens(100);
    Ok(ctx.ask("capital_question", question).await?.text())
}

/// Asks for the directories that the client works in.
#[tool]
async fn test_input_required_result_list_roots(ctx: &Ctx) -> Result<String, Error> {
    let roots = ctx.ask("client_roots", roots()).await?;
    Ok(roots.into_iter().map(|root| root.uri).collect::<Vec<_>>().join(", "))
}

/// Asks for a confirmation, and tells that its state has come back.
#[tool]
async fn test_input_required_result_request_state(ctx: &Ctx) -> Result<String, Error> {
    let Confirmation { ok } = ctx.ask("confirm", elicit("Please confirm")).await?;
    Ok(format!("state-ok, {ok}"))
}

/// Asks for a confirmation; what it remembers cannot be changed on the way.
#[tool]
async fn test_input_required_result_tampered_state(ctx: &Ctx) -> Result<String, Error> {
    let Confirmation { ok } = ctx.ask("confirm", elicit("Please confirm")).await?;
    Ok(format!("confirmed: {ok}"))
}

/// Asks three questions at once.
#[tool]
async fn test_input_required_result_multiple_inputs(ctx: &Ctx) -> Result<String, Error> {
    let (name, greeting, roots) = tokio::join!(
        ctx.ask("user_name", elicit::<Name>("What is your name?")),
        ctx.ask("greeting", sample("Generate a greeting").max_tokens(50)),
        ctx.ask("client_roots", roots()),
    );
    Ok(format!("{} {}, {} roots", greeting?.text(), name?.name, roots?.len()))
}

/// Asks two questions, one after the other.
#[tool]
async fn test_input_required_result_multi_round(ctx: &Ctx) -> Result<String, Error> {
    let Name { name } = ctx.ask("step1", elicit("Step 1: What is your name?")).await?;
    let Color { color } = ctx.ask("step2", elicit("Step 2: What is your favorite color?")).await?;
    Ok(format!("{name} likes {color}"))
}

/// Asks whatever the client can be asked.
#[tool]
async fn test_input_required_result_capabilities(ctx: &Ctx) -> Result<String, Error> {
    let ask_user = async {
        match ctx.supports(Capability::Elicitation) {
            true => ctx.ask("user_name", elicit::<Name>("What is your name?")).await.map(|answer| Some(answer.name)),
            false => Ok(None),
        }
    };
    let ask_model = async {
        let text = |answer: Sampled| Some(answer.text());
        match ctx.supports(Capability::Sampling) {
            true => ctx.ask("greeting", sample("Generate a greeting").max_tokens(50)).await.map(text),
            false => Ok(None),
        }
    };
    let (name, greeting) = tokio::join!(ask_user, ask_model);
    Ok(format!("{:?} {:?}", name?, greeting?))
}

/// Asks what it should be about.
#[prompt]
async fn test_input_required_result_prompt(ctx: &Ctx) -> Result<String, Error> {
    let Context { context } = ctx.ask("user_context", elicit("What context should the prompt use?")).await?;
    Ok(format!("Use this context: {context}"))
}
