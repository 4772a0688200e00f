//! One request of the user's: connected, sent, timed, sent again, and its questions answered, until there is a result.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use mcp_proto::wire::{Code, Response, members, write_str};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use super::carrier::Boxed;
use super::error::{ClientError, RpcFailure};
use super::hub::Hub;
use super::inner::Inner;
use super::link::Link;
use super::progress::{ProgressReport, ProgressStream, Reports};
use super::request::Request;
use super::result::text_of;
use super::sent::Sent;
use super::waiting::{Patience, after};

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
    let begun = Instant::now();
    let cancelled = ask.cancelled.clone();
    let answered = {
        let until = after(begun, ask.total_timeout);
        let mut asked = pin!(persist(inner, ask, until));
        // Boxed: few calls can be cancelled by their handles.
        let mut cancelled: Option<Boxed<'_, ()>> = cancelled.map(|cancelled| Box::pin(notified(cancelled)) as _);
        poll_fn(|cx| match (asked.as_mut().poll(cx), &mut cancelled) {
            (Poll::Pending, Some(cancelled)) => cancelled.as_mut().poll(cx).map(|()| Err(ClientError::Cancelled)),
            (answered, _) => answered,
        })
        .await
    };
    if let Some(reports) = &ask.request.reports {
        reports.end();
    }
    inner.pulse.answered(begun, answered.as_ref().err(), inner.options.breaker.1);
    answered
}

async fn notified(notify: Arc<Notify>) {
    notify.notified().await;
}

/// Asks again where the connection has failed and that does no harm.
async fn persist(inner: &Arc<Inner>, ask: &mut Ask, until: Instant) -> Result<Response, ClientError> {
    #[cfg(feature = "otel")]
    ask.request.carry_trace();
    let mut failures: Option<Box<Failures>> = None;
    loop {
        let answered = match inner.link_until(until).await {
            Ok(link) => in_rounds(inner, &link, ask, &until).await,
            Err(error) => Err(error),
        };
        let Err(error) = answered else { return answered };
        if let Some(wait) = wait_before_again(inner, ask, until, error, failures.get_or_insert_default())? {
            Box::pin(sleep(wait)).await;
        }
    }
}

/// How often a request has failed.
#[derive(Default)]
struct Failures {
    count: u32,
    /// Why it has failed the first time that it may have run.
    left: Option<ClientError>,
}

/// How long to wait before a request is sent again that has failed once more.
///
/// # Errors
/// It is not sent again.
#[cold]
fn wait_before_again(
    inner: &Inner,
    ask: &Ask,
    until: Instant,
    error: ClientError,
    failures: &mut Failures,
) -> Result<Option<Duration>, ClientError> {
    if error.is_of_connection() {
        inner.pulse.failed(&error, inner.options.breaker.1);
    }
    failures.count += 1;
    let wait = inner.options.retry.after(failures.count, &error, ask.is_repeatable);
    let Some(wait) = wait.filter(|wait| Instant::now() + *wait <= until && inner.target.is_lasting()) else {
        // The last time was perhaps not sent, but one before it was.
        return Err(match failures.left.take() {
            Some(ClientError::Lost(first)) if !error.may_have_run() => {
                ClientError::lost(format!("{}; when it was tried again: {error}", first.why()))
            }
            Some(first) if !error.may_have_run() => first,
            _ => error,
        });
    };
    if failures.left.is_none() && error.may_have_run() {
        failures.left = Some(error.clone());
    }
    // A connection that had been idle is opened anew at once.
    Ok((failures.count > 1 || matches!(error, ClientError::Connect(_))).then_some(wait))
}

/// Asks, and answers what the server asks in return (2026-07-28, `basic/patterns/mrtr`).
async fn in_rounds(
    inner: &Arc<Inner>,
    link: &Arc<Link>,
    ask: &mut Ask,
    // By reference, which is half as long: it is in the future of each call.
    until: &Instant,
) -> Result<Response, ClientError> {
    let (timeout, total_timeout, until) = (ask.timeout, ask.total_timeout, *until);
    let mut patience = Patience { timeout, total_timeout, until, late: until };
    // That of the next round; the first one is as it was asked.
    let mut round: Option<Box<Request>> = None;
    for _ in 0..inner.options.rounds {
        patience.renew(Instant::now());
        let request = round.as_deref().unwrap_or(&ask.request);
        let response = match &mut ask.on_progress {
            None => link.request(request, Some(&patience)).await?,
            Some(hear) => {
                let answer = link.request(request, Some(&patience));
                Box::pin(hearing(answer, request.reports.as_deref(), hear)).await?
            }
        };
        if !response.is_result() {
            inner.pulse.answers();
            return Err(RpcFailure::answering(request, response.outcome().err().unwrap_or("{}")).into());
        }
        if !response.asks() {
            return Ok(response);
        }
        round = Some(in_time(&inner.hub, &ask.request, response, &patience).await?);
    }
    Err(ClientError::protocol(format!("the server still asks after {} rounds of questions", inner.options.rounds)))
}

/// The request of the next round, unless a question is open for too long. Boxed: most results ask nothing, and their way is kept
/// short.
#[cold]
fn in_time<'a>(
    hub: &'a Arc<Hub>,
    request: &'a Request,
    response: Response,
    patience: &Patience,
) -> Boxed<'a, Result<Box<Request>, ClientError>> {
    let (until, total_timeout) = (patience.until, patience.total_timeout);
    Box::pin(async move {
        let next = timeout_at(until, next_round(hub, request, response)).await;
        next.map_err(|_| ClientError::Timeout(total_timeout))?.map(Box::new)
    })
}

/// Answers the questions of a result: the request of the next round.
async fn next_round(hub: &Arc<Hub>, request: &Request, response: Response) -> Result<Request, ClientError> {
    let result = response.outcome().unwrap_or("{}");
    let mut answers = answers(hub, result).await?;
    if let Some(state) = text_of(result, "requestState") {
        answers.push_str(r#","requestState":"#);
        let mut json = Vec::new();
        write_str(&mut json, &state);
        answers.push_str(&String::from_utf8(json).unwrap_or_default());
    }
    let mut next = request.clone();
    if !next.params.is_empty() {
        next.params.push(',');
    }
    next.params.push_str(&answers);
    Ok(next)
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

/// Waits for the answer to a request that was sent with others.
///
/// # Errors
/// The server's error, or why there is no answer.
pub(super) async fn answered(inner: &Inner, ask: &mut Ask, mut sent: Sent) -> Result<Response, ClientError> {
    let begun = Instant::now();
    let reports = ask.request.reports.as_deref();
    let cancelled = ask.cancelled.clone().unwrap_or_default();
    let hear = ask.on_progress.as_mut();
    let answered = {
        let answer = async {
            match hear {
                Some(hear) => hearing(sent.answer(), reports, hear).await,
                None => sent.answer().await,
            }
        };
        tokio::select! {
            biased;
            answered = answer => answered,
            () = cancelled.notified() => Err(ClientError::Cancelled),
        }
    };
    if let Some(reports) = reports {
        reports.end();
    }
    let answered = answered.and_then(|response| match response.outcome() {
        Ok(_) => Ok(response),
        Err(error) => {
            inner.pulse.answers();
            Err(RpcFailure::answering(&ask.request, error).into())
        }
    });
    inner.pulse.answered(begun, answered.as_ref().err(), inner.options.breaker.1);
    answered
}

/// Waits for an answer, and tells of the progress that comes before it.
async fn hearing(
    answer: impl Future<Output = Result<Response, ClientError>>,
    reports: Option<&Reports>,
    hear: &mut OnProgress,
) -> Result<Response, ClientError> {
    let mut answer = pin!(answer);
    let Some(reports) = reports else { return answer.await };
    let mut tell = |reports: &Reports| ProgressStream::drain(reports).into_iter().for_each(&mut *hear);
    let mut seen = 0;
    let answered = poll_fn(|cx| {
        loop {
            if let Poll::Ready(answered) = answer.as_mut().poll(cx) {
                return Poll::Ready(answered);
            }
            seen = std::task::ready!(reports.poll_more(cx, seen));
            tell(reports);
        }
    })
    .await;
    tell(reports);
    answered
}
