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
use super::exchange::Exchange;
use super::handler::ClientHandler;
use super::inner::Inner;
use super::link::{Link, Request};
use super::progress::{ProgressReport, ProgressStream, Reports};
use super::result::text_of;

/// What is asked, and how.
pub(super) struct Ask {
    pub(super) request: Request,
    /// How long an answer, or the next report of progress, is waited for.
    pub(super) timeout: Duration,
    pub(super) total_timeout: Duration,
    /// Whether it does no more when it runs twice.
    pub(super) is_repeatable: bool,
    pub(super) on_progress: Option<Box<dyn FnMut(ProgressReport) + Send>>,
    /// Told when it is cancelled.
    pub(super) cancelled: Option<Arc<Notify>>,
}

/// Asks, until there is a result.
///
/// # Errors
/// The server's error, or why there is no answer.
pub(super) async fn drive(inner: &Arc<Inner>, ask: Ask) -> Result<Response, ClientError> {
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
async fn persist(inner: &Arc<Inner>, mut ask: Ask) -> Result<Response, ClientError> {
    let until = Instant::now() + ask.total_timeout;
    let mut failures = 0;
    loop {
        let answered = match inner.link().await {
            Ok(link) => in_rounds(inner, &link, &mut ask, until).await,
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
    let mut request = ask.request.clone();
    for _ in 0..inner.options.rounds {
        let response = timed(link, &request, ask, until).await?;
        let result = match response.outcome() {
            Ok(result) => result,
            Err(error) => return Err(RpcFailure::read(error).into()),
        };
        if !asks(result) {
            return Ok(response);
        }
        let mut answers = answers(inner.hub.handler(), result).await?;
        if let Some(state) = text_of(result, "requestState") {
            answers.push_str(r#","requestState":"#);
            let mut json = Vec::new();
            write_str(&mut json, &state);
            answers.push_str(&String::from_utf8(json).unwrap_or_default());
        }
        let params = &ask.request.params;
        request.params = if params.is_empty() { answers } else { format!("{params},{answers}") };
    }
    Err(ClientError::protocol(format!("the server still asks after {} rounds of questions", inner.options.rounds)))
}

/// Whether a result is a question.
fn asks(result: &str) -> bool {
    // Most results say nothing of the kind, and need not be read for it.
    result.contains("input_required") && text_of(result, "resultType").is_some_and(|kind| kind == "input_required")
}

/// Answers the questions of a result: `"inputResponses":{…}`.
async fn answers(handler: &ClientHandler, result: &str) -> Result<String, ClientError> {
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
        let answer = handler.answer(Some(&key), &method, params).await.map_err(|error| {
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

/// Sends a request once, and waits for its answer as long as it may take.
async fn timed(link: &Link, request: &Request, ask: &mut Ask, until: Instant) -> Result<Response, ClientError> {
    let reports = request.reports.clone();
    let mut answer = pin!(link.request(request));
    let mut seen = 0;
    loop {
        let limit = (Instant::now() + ask.timeout).min(until);
        let turn = wait(answer.as_mut(), reports.as_deref(), seen, limit).await;
        match turn {
            Turn::Answered(answered) => {
                hear(ask, reports.as_ref());
                return answered;
            }
            Turn::Reported(count) => {
                seen = count;
                hear(ask, reports.as_ref());
            }
            // Somebody is being asked, and may take their time.
            Turn::Late if Instant::now() < until && is_answering(&link.exchange) => {}
            Turn::Late => {
                return Err(ClientError::Timeout(if Instant::now() < until { ask.timeout } else { ask.total_timeout }));
            }
        }
    }
}

fn is_answering(exchange: &Exchange) -> bool {
    exchange.is_answering()
}

/// Tells of the progress that has come.
fn hear(ask: &mut Ask, reports: Option<&Arc<Reports>>) {
    if let (Some(hear), Some(reports)) = (&mut ask.on_progress, reports) {
        ProgressStream::drain(reports).into_iter().for_each(hear);
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
    limit: Instant,
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
            late.set(Some(sleep_until(limit)));
        }
        late.as_mut().as_pin_mut().map_or(Poll::Pending, |late| late.poll(cx).map(|()| Turn::Late))
    })
    .await
}
