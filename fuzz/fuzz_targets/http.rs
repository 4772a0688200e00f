//! Any request by HTTP, as text: `VERB PATH`, header lines, an empty line, the body: `cargo fuzz run http -s none`.
//!
//! Nothing panics; every request is answered, with no status of an inner error; what says it is JSON is.

#![no_main]

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame};
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{runtime, server};
use mcp_runtime::prelude::*;
use serde_json::Value;
use tower_service::Service as _;

/// More than any answer here has before it waits.
const FRAMES: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    let Some(request) = request(bytes) else { return };
    runtime().block_on(async {
        // Not the one of the input before: sessions are kept.
        let mut http = Http::new(server());
        let mut answering = pin!(http.call(request));
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(answered) = answering.as_mut().poll(&mut context) else { return };
        let (head, body) = answered.expect("it does not fail").into_parts();
        assert!(head.status != 500, "{head:?}");
        let mut body = pin!(body);
        let (mut all, mut whole) = (Vec::new(), false);
        for _ in 0..FRAMES {
            match body.as_mut().poll_frame(&mut context) {
                Poll::Ready(Some(frame)) => {
                    all.extend(frame.expect("it is not cut off").into_data().unwrap_or_default())
                }
                Poll::Ready(None) => whole = true,
                Poll::Pending => break,
            }
            if whole {
                break;
            }
        }
        let json = head.headers.get("content-type").is_some_and(|kind| kind == "application/json");
        if json && whole && !all.is_empty() {
            serde_json::from_slice::<Value>(&all).expect("it says that it is JSON");
        }
    });
});

fn request(bytes: &[u8]) -> Option<http::Request<Whole>> {
    let blank = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = bytes.split_at(blank);
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let mut request = http::Request::builder().method(first.next()?).uri(first.next().unwrap_or(b"/"));
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    request.body(Whole(Some(Bytes::copy_from_slice(body.trim_ascii_start())))).ok()
}

struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}
