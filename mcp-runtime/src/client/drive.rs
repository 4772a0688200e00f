//! One request of the user's: connected, sent, timed, sent again, and its questions answered, until there is a result.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use mcp_proto::wire::{Code, Response, members, write_str};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::error::{ClientError, RpcFailure};
use super::hub::Hub;
use super::inner::Inner;
use super::link::Link;
use super::progress::{ProgressReport, ProgressStream, Reports};
use super::request::Request;
use super::result::text_of;

/// What is asked, and how.
pub(super) struct Ask {
    pub(super) request: Request,
    /// How long an answer, or the next report of progress, is waited for.
    pub(super) timeout: Duration,
    pub(super) total_timeout: Duration,
    /// Whether it does no more when it runs twice.
    pub(super) is_repeatable: bool,
    pub(super) on_progress: Option<OnProgress>,
    /// Told when it is cancelled.
    pub(super) cancelled: Option<Arc<Notify>>,
}

/// Hears how far a request has come.
pub(super) type OnProgress = Box<dyn FnMut(ProgressReport) + Send>;

/// Asks, until there is a result.
///
/// # Errors
/// The server's error, or why there is no answer.
pub(super) async fn drive(inner: &Arc<Inner>, ask: &mut Ask) -> Result<Response, ClientError> {
    let reports = ask.request.reports.clone();
    let cancelled = ask.cancelled.clone();
    let asked = async {
        match cancelled {
            None => persist(inner, ask).await,
            Some(cancelled) => tokio::select! {
                biased;
                answered = persist(inner, ask) => answered,
                () = cancelled.notified() => Err(ClientError::Cancelled),
            },
        }
    };
    let answered = asked.await;
    if let Some(reports) = reports {
        reports.end();
    }
    inner.pulse.answered(answered.as_ref().err(), inner.options.breaker.1);
    answered
}

/// Asks again where the connection has failed and that does no harm.
async fn persist(inner: &Arc<Inner>, ask: &mut Ask) -> Result<Response, ClientError> {
    #[cfg(feature = "otel")]
    ask.request.carry_trace();
    let until = Instant::now() + ask.total_timeout;
    let mut failures = 0;
    loop {
        let answered = match inner.link().await {
            Ok(link) => in_rounds(inner, &link, ask, until).await,
            Err(error) => Err(error),
        };
        let Err(error) = answered else { return answered };
        if error.is_of_connection() {
            inner.pulse.failed(&error, inner.options.breaker.1);
        }
        failures += 1;
        let Some(wait) = inner.options.retry.after(failures, &error, ask.is_repeatable) else { return Err(error) };
        if Instant::now() + wait > until || !inner.target.is_lasting() {
            return Err(error);
        }
        // A connection that had been idle is opened anew at once.
        if failures > 1 || matches!(error, ClientError::Connect(_)) {
            sleep(wait).await;
        }
    }
}

/// Asks, and answers what the server asks in return (2026-07-28, `basic/patterns/mrtr`).
async fn in_rounds(
    inner: &Arc<Inner>,
    link: &Arc<Link>,
    ask: &mut Ask,
    until: Instant,
) -> Result<Response, ClientError> {
    // That of the next round; the first one is as it was asked.
    let mut round: Option<Request> = None;
    for _ in 0..inner.options.rounds {
        let Ask { request, timeout, total_timeout, on_progress, .. } = ask;
        let mut patience = Patience { timeout: *timeout, total_timeout: *total_timeout, until, on_progress };
        let response = timed(link, round.as_ref().unwrap_or(request), &mut patience).await?;
        let result = match response.outcome() {
            Ok(result) => result,
            Err(error) => return Err(RpcFailure::read(error).into()),
        };
        if !asks(result) {
            return Ok(response);
        }
        let mut answers = answers(&inner.hub, result).await?;
        if let Some(state) = text_of(result, "requestState") {
            answers.push_str(r#","requestState":"#);
            let mut json = Vec::new();
            write_str(&mut json, &state);
            answers.push_str(&String::from_utf8(json).unwrap_or_default());
        }
        let mut next = ask.request.clone();
        if !next.params.is_empty() {
            next.params.push(',');
        }
        next.params.push_str(&answers);
        round = Some(next);
    }
    Err(ClientError::protocol(format!("the server still asks after {} rounds of questions", inner.options.rounds)))
}

/// Whether a result is a question.
fn asks(result: &str) -> bool {
    // Most results say nothing of the kind, and need not be read for it.
    result.contains("input_required") && text_of(result, "resultType").is_some_and(|kind| kind == "input_required")
}

/// Answers the questions of a result: `"inputResponses":{…}`.
async fn answers(hub: &Arc<Hub>, result: &str) -> Result<String, ClientError> {
    let requests = super::result::member(result, "inputRequests").unwrap_or("{}");
    let mut questions = Vec::new();
    members(requests, |key, question| {
        questions.push((key.to_owned(), question.json().to_owned()));
        true
    });
    let mut answers = r#""inputResponses":{"#.to_owned();
    for (place, (key, question)) in questions.into_iter().enumerate() {
        let method = text_of(&question, "method").unwrap_or_default();
        let params = super::result::member(&question, "params").unwrap_or("{}");
        let answer = hub.answer(Some(&key), &method, params).await.map_err(|error| {
            if error.code == Code::METHOD_NOT_FOUND {
                ClientError::protocol(format!("the server asks for {method}, which this client has not declared"))
            } else {
                ClientError::invalid(format!("{method} was not answered: {}", error.message))
            }
        })?;
        if place > 0 {
            answers.push(',');
        }
        answers.push_str(&crate::json_text::string(&key));
        answers.push(':');
        answers.push_str(&answer);
    }
    answers.push('}');
    Ok(answers)
}

/// How long an answer is waited for.
struct Patience<'a> {
    timeout: Duration,
    total_timeout: Duration,
    until: Instant,
    on_progress: &'a mut Option<OnProgress>,
}

impl Patience<'_> {
    /// Tells of the progress that has come.
    fn hear(&mut self, reports: Option<&Arc<Reports>>) {
        if let (Some(hear), Some(reports)) = (&mut self.on_progress, reports) {
            ProgressStream::drain(reports).into_iter().for_each(hear);
        }
    }
}

/// Sends a request once, and waits for its answer as long as it may take.
async fn timed(link: &Link, request: &Request, patience: &mut Patience<'_>) -> Result<Response, ClientError> {
    let reports = request.reports.as_ref();
    let mut answer = pin!(link.request(request));
    let mut seen = 0;
    loop {
        let limits = (patience.timeout, patience.until);
        match wait(answer.as_mut(), reports.map(|reports| &**reports), seen, limits).await {
            Turn::Answered(answered) => {
                patience.hear(reports);
                return answered;
            }
            Turn::Reported(count) => {
                seen = count;
                patience.hear(reports);
            }
            // Somebody is being asked, and may take their time.
            Turn::Late if Instant::now() < patience.until && link.exchange.is_answering() => {}
            Turn::Late if Instant::now() < patience.until => return Err(ClientError::Timeout(patience.timeout)),
            Turn::Late => return Err(ClientError::Timeout(patience.total_timeout)),
        }
    }
}

enum Turn {
    Answered(Result<Response, ClientError>),
    Reported(u64),
    Late,
}

/// Waits for the answer, for the next report, or for the end of the time.
async fn wait(
    mut answer: std::pin::Pin<&mut impl Future<Output = Result<Response, ClientError>>>,
    reports: Option<&Reports>,
    seen: u64,
    (timeout, until): (Duration, Instant),
) -> Turn {
    // Made once the answer is not there at once: most answers in a process are.
    let mut late = pin!(None);
    poll_fn(|cx| {
        if let Poll::Ready(answered) = answer.as_mut().poll(cx) {
            return Poll::Ready(Turn::Answered(answered));
        }
        if let Some(reports) = reports
            && let Poll::Ready(count) = reports.poll_more(cx, seen)
        {
            return Poll::Ready(Turn::Reported(count));
        }
        if late.is_none() {
            late.set(Some(sleep_until((Instant::now() + timeout).min(until))));
        }
        late.as_mut().as_pin_mut().map_or(Poll::Pending, |late| late.poll(cx).map(|()| Turn::Late))
    })
    .await
}
