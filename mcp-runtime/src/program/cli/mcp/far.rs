//! A server that is connected to.

use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use mcp_proto::engine::Agreement;
use mcp_proto::types::LogLevel;
use mcp_proto::wire::RpcError;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::super::bar::{Bar, Progress};
use super::super::json::{Json, object};
use super::super::matches::Matches;
use super::super::output::say;
use super::super::questions::Questions;
use super::super::remote::{Failure, MISSING_CAPABILITY, Remote, hint_for};
use super::super::values::pair;
use super::super::whom;
use super::target::Found;
use crate::Version;
use crate::call::MUST_DECLARE;
use crate::client::{
    Answered, Client, ClientBuilder, ClientError, ClientHandler, FrameDirection, Manner, ProgressReport, RawQuestion,
    Stderr,
};
use crate::consent::CANNOT_ASK;
use crate::json_text;
use crate::lock::Lock;

/// A client of a server, and who answers what the server asks.
pub(super) struct Far {
    runtime: Handle,
    answers: Arc<Answers>,
    client: Client,
    manner: Manner,
    bar: Option<Arc<Bar>>,
    stopped: watch::Receiver<bool>,
}

impl Far {
    /// Connects as the command line says. In a thread that knows a runtime, and may be blocked.
    ///
    /// # Errors
    /// The server cannot be reached, and what is wrong with the command line.
    pub(super) fn connect(matches: &Matches, found: Found, stopped: watch::Receiver<bool>) -> Result<Self, Failure> {
        let mut questions = Questions::new(matches)?;
        if let Some(command) = matches.values("sampler").last() {
            questions = questions.with_model(super::sampler::sampler(command.to_owned()));
        }
        let capabilities = questions.capabilities();
        let answers = Arc::new(Answers { questions: Lock::new(questions), failure: Lock::default() });
        let bar = (matches.has("follow") || matches.command() == Some("tail")).then(|| Arc::new(Bar::new()));
        // Heard in any case: a report of progress prolongs `--timeout`.
        let hear: Arc<dyn Fn(ProgressReport) + Send + Sync> = match bar.clone() {
            Some(bar) => Arc::new(move |report| show(&bar, &report)),
            None => Arc::new(|_| ()),
        };
        let manner = Manner {
            log_level: bar.is_some().then_some(LogLevel::Info),
            hear: Some(hear),
            meta: whom::meta(matches.values("meta"))?,
        };
        let builder = builder(matches)?;
        let runtime = Handle::current();
        let connecting = client(&builder, &answers, &capabilities, bar.as_ref()).connect(found.target);
        let client = interruptible(&runtime, &stopped, connecting)?;
        let far = Self { runtime, answers, client, manner, bar, stopped };
        if far.bar.is_some() {
            far.ask_for_logs()?;
        }
        Ok(far)
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// What client and server have agreed on.
    ///
    /// # Errors
    /// The connection was lost, and cannot be had again.
    pub(super) fn agreement(&self) -> Result<Arc<Agreement>, Failure> {
        self.wait(self.client.agreement())
    }

    /// Waits for what the client does, or until the program is told to stop.
    ///
    /// # Errors
    /// The client's, and that the program was told to stop.
    pub(super) fn wait<T>(&self, done: impl Future<Output = Result<T, ClientError>>) -> Result<T, Failure> {
        interruptible(&self.runtime, &self.stopped, done)
    }

    /// What was given on the command line and not asked for.
    pub(super) fn unused_answers(&self) -> Vec<String> {
        self.answers.questions().unused()
    }

    /// Ends the connection in good order.
    pub(super) fn close(&self) {
        self.runtime.block_on(self.client.close());
    }

    /// In a session logs are asked for once.
    fn ask_for_logs(&self) -> Result<(), Failure> {
        let agreement = self.agreement()?;
        if !agreement.version().is_stateless() && agreement.has_capability("logging") {
            self.wait(self.client.set_log_level(LogLevel::Info))?;
        }
        Ok(())
    }

    /// What the server says of itself, as `server/discover` has it. In a session it was said at its beginning.
    fn discovery(&self) -> Result<String, Failure> {
        let agreement = self.agreement()?;
        if agreement.version().is_stateless() {
            return self.wait(self.client.ask_as("server/discover", &object(Vec::new()), &self.manner));
        }
        let read = |json: Option<&str>| json.map_or(Value::Null, |json| Json::parse(json).to_value());
        let versions: Vec<Value> = agreement.supported().iter().map(|version| version.as_str().into()).collect();
        let info = object(vec![("io.modelcontextprotocol/serverInfo", read(agreement.server_info()))]);
        let mut members = vec![("supportedVersions", versions.into()), ("_meta", info)];
        // Nothing declared is an empty object.
        let capabilities = agreement.capabilities().unwrap_or("{}");
        members.push(("capabilities", read(Some(capabilities))));
        members.extend(agreement.instructions().map(|text| ("instructions", text.into())));
        Ok(json_text::value(&object(members)))
    }
}

impl Remote for Far {
    fn request(&mut self, method: &str, params: Value) -> Result<String, Failure> {
        if method == "server/discover" {
            return self.discovery();
        }
        let asked = self.wait(self.client.ask_as(method, &params, &self.manner));
        if let Some(bar) = &self.bar {
            bar.clear();
        }
        // What the server makes of a question without an answer tells less.
        if let Some(failure) = self.answers.failure().take() {
            return Err(failure);
        }
        // Not sent again with the capability declared: what the call has done up to its question would be done twice.
        match asked {
            Err(failure) if failure.is(MISSING_CAPABILITY) => Err(failure.undeclared()),
            Err(failure) => Err(without_answer(failure.message()).unwrap_or(failure)),
            Ok(result) => without_answer_in(&result).map_or(Ok(result), Err),
        }
    }
}

/// That a call has failed because nobody can be asked, for consent or otherwise, and how to answer.
fn without_answer(said: &str) -> Option<Failure> {
    let hint = if said.contains(CANNOT_ASK) {
        "Answer at a terminal, or with --answer @consent=once"
    } else {
        let capability = said.strip_prefix(MUST_DECLARE)?.trim_matches('`');
        hint_for(capability)?
    };
    Some(Failure::local(format!("{said}\n{hint}")))
}

/// The same of a tool, whose result says it. In a session, that a capability is missing is no error of the protocol either.
fn without_answer_in(result: &str) -> Option<Failure> {
    // Most results are not looked into.
    if !result.contains(CANNOT_ASK) && !result.contains(MUST_DECLARE) {
        return None;
    }
    let result = Json::parse(result);
    let said = result["content"].items().first().filter(|_| result["isError"] == Json::Bool(true))?;
    without_answer(said["text"].text())
}

/// Who answers what the server asks.
struct Answers {
    questions: Lock<Questions>,
    /// Why a question had no answer.
    failure: Lock<Option<Failure>>,
}

impl Answers {
    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.questions.lock()
    }

    fn failure(&self) -> MutexGuard<'_, Option<Failure>> {
        self.failure.lock()
    }

    /// Answers a question; it may take as long as somebody types.
    fn answer(&self, question: &RawQuestion) -> Result<String, RpcError> {
        let params = Json::parse(&question.params);
        let key = question.key.as_deref().unwrap_or_default();
        let answered = self.questions().answer(key, &question.method, &params);
        answered.map(|result| json_text::value(&result)).map_err(|failure| {
            let error = RpcError { message: "the user has no answer".into(), ..RpcError::internal() };
            self.failure().get_or_insert(failure);
            error
        })
    }
}

/// A client that answers in this way, and shows what is told meanwhile.
fn client(
    builder: &ClientBuilder,
    answers: &Arc<Answers>,
    capabilities: &Value,
    bar: Option<&Arc<Bar>>,
) -> ClientBuilder {
    let (answers, shown) = (Arc::clone(answers), bar.cloned());
    let answer = move |question: RawQuestion| -> Answered {
        let (answers, shown) = (Arc::clone(&answers), shown.clone());
        let answering = tokio::task::spawn_blocking(move || {
            if let Some(bar) = shown {
                bar.clear();
            }
            answers.answer(&question)
        });
        Box::pin(async { answering.await.unwrap_or_else(|_| Err(RpcError::internal())) })
    };
    let bar = bar.cloned();
    let handler = ClientHandler::new().on_question(capabilities.clone(), answer).on_log(move |message| {
        if let Some(bar) = &bar {
            bar.log(message.level.as_str(), &message.text());
        }
    });
    builder.clone().handler(handler)
}

/// What the command line says of the connection.
fn builder(matches: &Matches) -> Result<ClientBuilder, Failure> {
    let mut builder = Client::builder().identity("mcp", env!("CARGO_PKG_VERSION"));
    for header in matches.values("header") {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Failure::usage(format!("--header {header}: write a name, a colon and a value")))?;
        builder = builder.header(name.trim(), value.trim());
    }
    #[cfg(feature = "tls")]
    {
        builder = builder.tls(super::super::tls::of_client(matches)?);
    }
    for variable in matches.values("env") {
        let (name, value) = pair(variable)?;
        builder = builder.env(name, value);
    }
    if let Some(revision) = matches.values("protocol").last() {
        let version = Version::parse(revision);
        builder = builder.version(version.ok_or_else(|| {
            let known: Vec<_> = Version::ALL.iter().map(|version| version.as_str()).collect();
            Failure::usage(format!("--protocol {revision}: write one of {}", known.join(", ")))
        })?);
    }
    if let Some(seconds) = matches.values("timeout").last() {
        let read = seconds.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let timeout =
            read.ok_or_else(|| Failure::usage(format!("--timeout: write a number of seconds, not {seconds:?}")))?;
        builder = builder.timeout(timeout);
    }
    if matches.has("verbose") {
        builder = builder.stderr(Stderr::Inherit);
    }
    if matches.has("raw") {
        let since = Instant::now();
        builder = builder.on_frame(move |direction, frame| {
            let arrow = if direction == FrameDirection::Sent { '>' } else { '<' };
            let text = String::from_utf8_lossy(frame);
            say(&format!("{:9.3} s {arrow} {}", since.elapsed().as_secs_f64(), text.trim_end()));
        });
    }
    Ok(builder)
}

/// Waits for what a client does, or until the program is told to stop.
fn interruptible<T>(
    runtime: &Handle,
    stopped: &watch::Receiver<bool>,
    done: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, Failure> {
    let mut stopped = stopped.clone();
    runtime.block_on(async {
        tokio::select! {
            biased;
            done = done => done.map_err(|error| failure(&error)),
            _ = stopped.wait_for(|is_stopped| *is_stopped) => Err(Failure::local("the process was told to stop")),
        }
    })
}

/// What the client says, and what is at fault.
fn failure(error: &ClientError) -> Failure {
    match error {
        ClientError::Rpc(error) => Failure::refused(error.code(), error.message(), error.data()),
        // It was reached, and does not let this client do this.
        ClientError::Unauthorized(refused) => match refused.error() {
            Some(error) => Failure::refused(error.code(), error.message(), error.data()),
            None => Failure::new(error.to_string()),
        },
        ClientError::Invalid(_) => Failure::usage(error.to_string()),
        ClientError::Protocol(_) | ClientError::Mismatch(_) => Failure::new(error.to_string()),
        ClientError::Cancelled => Failure::local(error.to_string()),
        _ => Failure::connection(error.to_string()),
    }
}

/// Shows how far a request has come.
fn show(bar: &Bar, report: &ProgressReport) {
    let of_all = report.total.map(|total| format!("/{total}")).unwrap_or_default();
    bar.report(Progress {
        done: report.progress,
        total: report.total,
        numbers: &format!("{}{of_all}", report.progress),
        message: report.message.as_deref().unwrap_or_default(),
    });
}
