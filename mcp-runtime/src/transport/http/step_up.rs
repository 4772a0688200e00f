//! Answers to callers who lack scopes, which tell them what to ask for (`basic/authorization`, "Scope Challenge Handling").

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use mcp_proto::wire::pick;

use super::answer;
use super::body::Body;
use super::challenge::Challenge;
use super::endpoint::Endpoint;
use super::head::Head;

impl Endpoint {
    /// The answer to a call that is forbidden: 403 with a challenge, if the error says which scopes it needs. The body is the error
    /// itself.
    #[cold]
    pub(super) fn forbidden(&self, head: &Head<'_>, frame: Vec<u8>) -> Response<Body> {
        let Some(challenge) = challenge(&frame) else {
            return answer::one(head.accepts, frame, self.live.core.budget());
        };
        let mut response = self.refuse(challenge, head.parts);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *response.body_mut() = Body::whole(self.live.core.budget().hold(frame));
        response
    }
}

/// What a client is told to ask for.
fn challenge(frame: &[u8]) -> Option<Challenge> {
    let [error] = pick(std::str::from_utf8(frame).ok()?, ["error"])?;
    let [data] = pick(error?.json(), ["data"])?;
    let [kind, scope] = pick(data?.json(), ["error", "scope"])?;
    let is_insufficient = kind?.text()? == "insufficient_scope";
    is_insufficient.then(|| Some(Challenge::insufficient_scope([scope?.text()?])))?
}
