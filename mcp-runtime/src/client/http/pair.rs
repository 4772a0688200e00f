//! HTTP+SSE, the transport of 2024-11-05: one stream brings all messages, and names the place to which they are posted.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::task::JoinHandle;

use super::answer::{discard, next};
use super::events::Events;
use super::session::Session;
use crate::call::Frames;
use crate::client::error::ClientError;
use crate::client::exchange::Exchange;
use crate::client::stream::StreamCarrier;
use crate::transport::stream::sink::FrameSink;

/// Opens the stream, and carries `exchange` from now on.
///
/// # Errors
/// There is no such stream.
pub(in crate::client) async fn open(session: &Arc<Session>, exchange: &Arc<Exchange>) -> Result<(), ClientError> {
    let response = session.send(session.get(session.endpoint().uri().clone())).await?;
    let is_stream =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if response.status() != StatusCode::OK || !is_stream {
        return Err(ClientError::connect("it is no server of 2024-11-05"));
    }
    let mut body = response.into_body();
    let mut events = Events::new(session.message_bytes);
    let mut place = None;
    // What comes with the place is kept: a server may speak at once.
    let mut early = Vec::new();
    while place.is_none() {
        let piece = next(&mut body).await.and_then(Result::ok);
        let piece = piece.ok_or_else(|| ClientError::connect("the stream has ended before it named a place"))?;
        let fed = events.feed(&piece, |event| match &*event.kind {
            "endpoint" => place = Some(String::from_utf8_lossy(&event.data).into_owned()),
            _ => early.push(event.data),
        });
        fed.map_err(|_| ClientError::protocol("a message of the server's is longer than allowed"))?;
    }
    let uri = session.endpoint().at(&place.unwrap_or_default());
    let uri = uri.map_err(|why| ClientError::connect(format!("the server names a place for messages, but {why}")))?;
    let sink = Posts { session: Arc::clone(session), uri, posting: None };
    let reading = Box::pin({
        let exchange = Arc::clone(exchange);
        async move {
            early.into_iter().for_each(|frame| exchange.hear(frame));
            while let Some(piece) = next(&mut body).await {
                super::answer::hear(&mut events, &piece.map_err(io::Error::other)?, &exchange)
                    .map_err(io::Error::other)?;
            }
            Ok(())
        }
    });
    let carrier = StreamCarrier::start(exchange, Box::new(sink), reading, |result| async move {
        result.map_or_else(|error| format!("the stream has failed: {error}"), |()| "the stream has ended".to_owned())
    });
    exchange.carry(carrier);
    Ok(())
}

/// Posts messages, one after the other.
struct Posts {
    session: Arc<Session>,
    uri: http::Uri,
    posting: Option<JoinHandle<io::Result<()>>>,
}

impl FrameSink for Posts {
    fn poll_send(&mut self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<io::Result<()>> {
        loop {
            if let Some(posting) = &mut self.posting {
                let posted = std::task::ready!(std::pin::Pin::new(posting).poll(cx));
                self.posting = None;
                posted.map_err(io::Error::other)??;
            }
            let Some(frame) = frames.pop() else { return Poll::Ready(Ok(())) };
            let (session, post) = (Arc::clone(&self.session), self.session.post_to(self.uri.clone(), frame.into_vec()));
            self.posting = Some(tokio::spawn(async move {
                let response = session.send(post).await.map_err(io::Error::other)?;
                let status = response.status();
                discard(response.into_body()).await;
                if status.is_success() { Ok(()) } else { Err(io::Error::other(format!("HTTP status {status}"))) }
            }));
        }
    }

    /// The stream of events ends with the connection.
    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn progress(&self) -> u64 {
        0
    }
}
