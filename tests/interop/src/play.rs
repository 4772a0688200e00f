//! Plays scripts: connects, does one step after the other, and counts what has come out as it should.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::Version;
use mcp_runtime::client::{Call, Change, Changes, Client, ClientError, Completing, ContentBlock, Target, Wanted};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::Failure;
use crate::guest::Guest;
use crate::script::{Complete, Script, Step};

/// A step that hangs is a failure, not a stalled build; nothing here asserts a duration.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many steps have come out as they should, and how many have not.
#[derive(Debug, Default)]
pub struct Tally {
    passed: u32,
    failed: u32,
}

/// What has come of a step: why it is wrong.
type Outcome = Result<(), Failure>;

impl Tally {
    fn note(&mut self, name: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                say(&format!("  ok    {name}"));
            }
            Err(why) => {
                self.failed += 1;
                say(&format!("  FAIL  {name}\n        {why}"));
            }
        }
    }

    /// Tells the result.
    pub fn close(self) -> ExitCode {
        say(&format!("{} passed, {} failed", self.passed, self.failed));
        if self.failed == 0 && self.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Plays a script in one revision: a pinned one, or the one that the client finds out, which has to be the one that is `spoken`.
pub async fn play(script: &Script, target: &Target, pinned: Option<Version>, spoken: Version, tally: &mut Tally) {
    let way = pinned.map_or_else(|| format!("found out, {spoken}"), |version| format!("pinned, {version}"));
    let guest = Guest::default();
    // Servers start slowly where much else runs; none of these stays silent.
    let mut builder = Client::builder().probe_timeout(PATIENCE).connect_timeout(PATIENCE);
    builder = builder.handler(guest.handler(&script.answers.roots));
    if let Some(version) = pinned {
        builder = builder.version(version);
    }
    let connected = within(async {
        let client = builder.connect(target.clone()).await?;
        equal("the revision", &client.agreement().await?.version(), &spoken)?;
        Ok(client)
    });
    let client = match connected.await {
        Ok(client) => client,
        Err(why) => return tally.note(&format!("{way}: connects"), Err(why)),
    };
    tally.note(&format!("{way}: connects"), Ok(()));
    for step in script.steps.iter().filter(|step| step.is_for(spoken)) {
        guest.begin(vec![step.answers.clone(), script.answers.clone()]);
        let outcome = within(async {
            let watching = watch(&client, &step.watch).await?;
            take(&client, step).await?;
            changed(watching, step).await?;
            heard(&guest, step).await
        });
        tally.note(&format!("{way}: {}", step.title()), outcome.await);
    }
    let closes = async {
        client.close().await;
        Ok(())
    };
    tally.note(&format!("{way}: closes"), within(closes).await);
}

async fn within<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(format!("nothing within {PATIENCE:?}").into()))
}

/// Does what a step says, and looks at what has come of it.
async fn take(client: &Client, step: &Step) -> Outcome {
    if step.ping {
        client.ping().await?;
    }
    lists(client, step).await?;
    if let Some(name) = &step.call {
        call(client, name, step).await?;
    }
    if let Some(name) = &step.prompt {
        match client.prompt(name, &step.with).await {
            Ok(prompt) => has(&prompt.text(), &step.text)?,
            Err(error) => refused(&error, step)?,
        }
    }
    if let Some(uri) = &step.read {
        match client.read(uri).await {
            Ok(read) => {
                has(&read.text(), &step.text)?;
                if let Some(bytes) = step.bytes {
                    let blob = read.contents.first().and_then(|contents| contents.blob.as_ref());
                    equal("the bytes", &blob.map(Vec::len), &Some(bytes))?;
                }
            }
            Err(error) => refused(&error, step)?,
        }
    }
    if let Some(Complete { prompt, template, argument, begun }) = &step.complete {
        let what = match (prompt, template) {
            (Some(prompt), _) => Completing::Prompt(prompt),
            (None, template) => Completing::Template(template.as_deref().unwrap_or_default()),
        };
        let completion = client.complete(what, argument, begun, ()).await?;
        equal("the values", &Some(completion.values), &step.values)?;
    }
    Ok(())
}

async fn lists(client: &Client, step: &Step) -> Outcome {
    // Each is asked for only where something is expected of it.
    if !step.tools.is_empty() {
        listed(client.tools().await?.into_iter().map(|tool| tool.name).collect(), &step.tools)?;
    }
    if !step.resources.is_empty() {
        listed(client.resources().await?.into_iter().map(|resource| resource.uri).collect(), &step.resources)?;
    }
    if !step.templates.is_empty() {
        listed(client.templates().await?.into_iter().map(|template| template.uri_template).collect(), &step.templates)?;
    }
    if !step.prompts.is_empty() {
        listed(client.prompts().await?.into_iter().map(|prompt| prompt.name).collect(), &step.prompts)?;
    }
    Ok(())
}

fn listed(names: Vec<String>, wanted: &[String]) -> Outcome {
    let missing: Vec<_> = wanted.iter().filter(|name| !names.contains(name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} is not among {names:?}").into()) }
}

async fn call(client: &Client, name: &str, step: &Step) -> Outcome {
    if step.at_once > 0 {
        return at_once(client, name, step).await;
    }
    let reports = Arc::new(Mutex::new(Vec::new()));
    let mut call: Call = client.call(name, &step.with);
    if let Some(level) = step.level {
        // A session has one for all calls.
        if client.agreement().await?.version().is_stateless() {
            call = call.log_level(level);
        } else {
            client.set_log_level(level).await?;
        }
    }
    if step.value.is_some() {
        // What a server says of its results has to be true, too.
        call = call.checked();
    }
    if step.progress.is_some() {
        let reports = Arc::clone(&reports);
        call = call.on_progress(move |report| reports.lock().expect("nothing panics").push(report.progress));
    }
    if step.cancel {
        return cancelled(client, call).await;
    }
    let result = match call.await {
        Ok(result) if step.error.is_some() => return Err(format!("it has not failed: {result:?}").into()),
        Ok(result) => result,
        Err(error) => return refused(&error, step),
    };
    has(&result.text(), &step.text)?;
    if let Some(wanted) = &step.value {
        let value: Value = result.value()?;
        // Servers wrap what is not an object.
        if !covers(&value, wanted) && !value.get("result").is_some_and(|value| covers(value, wanted)) {
            return Err(format!("{wanted} is not in {result:?}").into());
        }
    }
    if !step.kinds.is_empty() {
        let kinds: Vec<_> = result.content()?.iter().map(|block| kind(block).to_owned()).collect();
        equal("the kinds of content", &kinds, &step.kinds)?;
    }
    if let Some(wanted) = &step.progress {
        let reports = reports.lock().expect("nothing panics").clone();
        equal("the progress", &reports, wanted)?;
    }
    Ok(())
}

/// Many calls at the same time; each has to get its own answer.
async fn at_once(client: &Client, name: &str, step: &Step) -> Outcome {
    let numbered = |json: &Value, n: usize| json.to_string().replace("$n", &n.to_string());
    let calls: Vec<_> = (0..step.at_once)
        .map(|n| {
            let arguments = numbered(&Value::Object(step.with.clone()), n);
            let arguments: Value = serde_json::from_str(&arguments)?;
            Ok(client.call(name, arguments).start())
        })
        .collect::<Result<_, Failure>>()?;
    for (n, call) in calls.into_iter().enumerate() {
        let wanted: Vec<_> = step.text.iter().map(|words| words.replace("$n", &n.to_string())).collect();
        has(&call.await?.text(), &wanted)?;
    }
    Ok(())
}

async fn cancelled(client: &Client, call: Call) -> Outcome {
    let running = call.start();
    while client.in_flight() == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    running.cancel();
    match running.await {
        Err(ClientError::Cancelled) => {}
        other => return Err(format!("it was cancelled, and gives {other:?}").into()),
    }
    // The connection goes on.
    client.ping().await?;
    Ok(())
}

/// Whether an error is the one that was expected.
fn refused(error: &ClientError, step: &Step) -> Outcome {
    let Some(words) = &step.error else { return Err(error.clone().into()) };
    has(&error.to_string(), std::slice::from_ref(words))?;
    step.code.map_or(Ok(()), |code| equal("the code", &error.code(), &Some(code)))
}

async fn watch(client: &Client, wanted: &[String]) -> Result<Option<Changes>, Failure> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let wanted = wanted.iter().fold(Wanted::new(), |wanted, what| match &**what {
        "tools" => wanted.tools(),
        "prompts" => wanted.prompts(),
        "resources" => wanted.resources(),
        uri => wanted.resource(uri),
    });
    Ok(Some(client.changes(wanted).await?))
}

async fn changed(watching: Option<Changes>, step: &Step) -> Outcome {
    let (Some(mut watching), Some(wanted)) = (watching, &step.change) else { return Ok(()) };
    let change = watching.next().await.ok_or("nothing more is told of changes")?;
    let change = match change {
        Change::Tools => "tools".to_owned(),
        Change::Prompts => "prompts".to_owned(),
        Change::Resources => "resources".to_owned(),
        Change::Resource(uri) => uri,
        other => format!("{other:?}"),
    };
    equal("the change", &change, wanted)
}

/// What was asked and logged meanwhile.
async fn heard(guest: &Guest, step: &Step) -> Outcome {
    for words in &step.logs {
        guest.has_heard(words).await;
    }
    let Some(wanted) = &step.asked else { return Ok(()) };
    let asked = guest.asked();
    let are_same = asked.len() == wanted.len() && asked.iter().zip(wanted).all(|(asked, words)| asked.contains(words));
    if are_same { Ok(()) } else { Err(format!("it was asked {asked:?}, not {wanted:?}").into()) }
}

fn has(text: &str, wanted: &[String]) -> Outcome {
    match wanted.iter().find(|words| !text.contains(*words)) {
        Some(words) => Err(format!("{words:?} is not in {text:?}").into()),
        None => Ok(()),
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Outcome {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?}, not {wanted:?}").into()) }
}

/// Whether a value has everything that is wanted of it. Members of objects that are not wanted do no harm.
fn covers(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| found.get(name).is_some_and(|found| covers(found, wanted)))
        }
        // 5 and 5.0 are one number, and servers write either.
        (Value::Number(found), Value::Number(wanted)) => found.as_f64() == wanted.as_f64(),
        _ => found == wanted,
    }
}

fn kind(block: &ContentBlock) -> &'static str {
    match block {
        ContentBlock::Text(_) => "text",
        ContentBlock::Image(_) => "image",
        ContentBlock::Audio(_) => "audio",
        ContentBlock::ResourceLink(_) => "resource_link",
        ContentBlock::Resource(_) => "resource",
        _ => "other",
    }
}

#[allow(clippy::print_stdout, reason = "this program reports to who has started it")]
fn say(text: &str) {
    println!("{text}");
}
