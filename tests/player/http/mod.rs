//! A transcript over Streamable HTTP, as a client of any revision would have it.
//!
//! Every frame is a POST of its own. A message that names a version in `_meta` stands alone, and so does everything in a
//! revision without sessions; all else belongs to the session that `initialize` opens. What a session says outside of
//! requests is listened to with a GET. (2024-11-05 had another transport; our server opens sessions in it here, too.)
//!
//! No time passes: a message counts as sent once the head of its answer is there, or once its call waits at a gate of the
//! fixture. What comes on another stream than the last answer may come later than that answer; it is found in the next
//! line then, or at the end, when every stream is read to its end.

mod events;
mod headers;
mod place;
mod served;
mod wire;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use mcp_proto::Version;
use mcp_runtime::Tls;
use rustls::ClientConfig;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::body::{Body, Frame};
use crate::certificates::{Authority, Folder};
use crate::fixture;
use crate::process::PATIENCE;
use headers::{Headers, Mirrors, named_version, of_request, of_session};
use place::Place;
use served::Served;
use wire::Client;

/// How long to wait for what may have been overtaken. Only a test that fails waits in vain.
const OVERTAKEN: Duration = Duration::from_secs(20);

/// A server with a socket of its own, and a client of it.
pub struct Http {
    version: Version,
    server: Option<Served>,
    client: Arc<Client>,
    session: Option<Session>,
    /// What is to be mirrored into headers, once the tools have been listed.
    mirrors: Option<Mirrors>,
    posts: Vec<Post>,
    last_stream: u64,
    received: mpsc::UnboundedReceiver<Frame>,
    /// Where streams put what they receive, until the connection is closed.
    receiving: Option<mpsc::UnboundedSender<Frame>>,
    /// Calls that come to a gate.
    arrivals: watch::Receiver<u64>,
    runtime: Runtime,
}

/// A session, and the task that listens to it.
struct Session {
    id: String,
    version: Version,
    listening: Option<Reading>,
}

/// A message that was sent, and the task that reads the answer.
struct Post {
    /// Its id, if it has one.
    id: Option<Value>,
    reading: Reading,
}

/// A task that reads an answer. It gives the session that was opened and the last frame.
type Reading = JoinHandle<(Option<String>, Option<String>)>;

impl Http {
    /// Starts a variant of the fixture server, for a client of a revision.
    ///
    /// # Panics
    /// Where there is no runtime, or no port, to be had.
    pub fn serve(variant: &str, version: Version) -> Self {
        Self::start(variant, version, None)
    }

    /// The same, over TLS.
    ///
    /// # Panics
    /// Where there is no runtime, or no port, to be had.
    pub fn serve_tls(variant: &str, version: Version) -> Self {
        static CERTIFICATES: LazyLock<(Folder, Authority)> = LazyLock::new(|| {
            let (folder, authority) = (Folder::new("transcripts"), Authority::new("transcripts"));
            folder.write("server", &authority.server(&["127.0.0.1"]));
            (folder, authority)
        });
        let (folder, authority) = &*CERTIFICATES;
        let tls = Tls::files(folder.path("server.pem"), folder.path("server.key"));
        Self::start(variant, version, Some((tls, authority.trusting())))
    }

    fn start(variant: &str, version: Version, tls: Option<(Tls, Arc<ClientConfig>)>) -> Self {
        let (tls, trusting) = tls.unzip();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (server, gates) = fixture::kept::for_case(variant);
        let arrivals = gates.arrivals();
        let server = runtime.block_on(Served::start(&server, tls));
        let (receiving, received) = mpsc::unbounded_channel();
        Self {
            version,
            client: Client::new(server.address, trusting),
            server: Some(server),
            session: None,
            mirrors: None,
            posts: Vec::new(),
            last_stream: 0,
            received,
            receiving: Some(receiving),
            arrivals,
            runtime,
        }
    }

    /// Whether a message neither belongs to a session nor opens one.
    fn stands_alone(&self, message: &Value) -> bool {
        let of_session = self.session.is_some() || message["method"] == "initialize";
        named_version(message).is_some() || (self.version.is_stateless() && !of_session)
    }

    fn headers(&mut self, message: &Value) -> Headers {
        if self.stands_alone(message) {
            if message["method"] == "tools/call" && self.mirrors.is_none() {
                self.mirrors = Some(self.learn_mirrors());
            }
            return of_request(message, self.mirrors.as_ref());
        }
        self.session.as_ref().map(Session::headers).unwrap_or_default()
    }

    /// Lists the tools, as a client must that mirrors arguments into headers.
    fn learn_mirrors(&self) -> Mirrors {
        let mut mirrors = Mirrors::default();
        let mut params = json!({ "_meta": {
            "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
            "io.modelcontextprotocol/clientCapabilities": {},
        } });
        loop {
            let list = json!({ "jsonrpc": "2.0", "id": 0, "method": "tools/list", "params": params });
            let mut page = String::new();
            self.runtime.block_on(async {
                let answer = self.client.send("POST", of_request(&list, None), list.to_string()).await;
                answer.expect("an answer").read(true, |text| page = text.expect("an answer")).await;
            });
            let page: Value = serde_json::from_str(&page).expect("a list of tools, or an error");
            mirrors.learn(&page["result"]);
            match &page["result"]["nextCursor"] {
                Value::Null => return mirrors,
                next => params["cursor"] = next.clone(),
            }
        }
    }

    /// Sends something, and reads what is answered into the queue. Returns when the head of the answer is there, or, of what
    /// may be silent until it is answered, when its call waits at a gate.
    fn exchange(
        &mut self,
        verb: &'static str,
        headers: Headers,
        message: String,
        mut place: Place,
        may_be_silent: bool,
    ) -> Reading {
        self.last_stream += 1;
        let (stream, client) = (self.last_stream, Arc::clone(&self.client));
        let queue = self.receiving.clone().expect("the connection is open");
        let (settle, settled) = oneshot::channel();
        self.arrivals.mark_unchanged();
        let reading = self.runtime.spawn(async move {
            let mut last = None;
            let of_request = place.of_request;
            let mut each = |text: Result<String, String>| {
                let text = text.and_then(|text| match place.take(&text) {
                    Ok(()) => Ok(text),
                    Err(why) => Err(format!("{why}: {text}")),
                });
                last = text.clone().ok();
                let _ = queue.send(Frame { stream, text });
            };
            let mut session = None;
            match client.send(verb, headers, message).await {
                Err(error) => each(Err(format!("no answer to a {verb}: {error:?}"))),
                Ok(answer) => {
                    session = answer.header("mcp-session-id").map(str::to_owned);
                    let _ = settle.send(());
                    answer.read(of_request, each).await;
                }
            }
            (session, last)
        });
        let arrivals = &mut self.arrivals;
        self.runtime.block_on(async {
            let settled = async {
                tokio::select! {
                    _ = settled => {}
                    _ = arrivals.changed(), if may_be_silent => {}
                }
            };
            timeout(PATIENCE, settled).await.expect("the server answers in time");
        });
        reading
    }

    /// Closes the stream of a request: that is how to cancel it.
    fn cancel(&mut self, id: &Value) {
        for post in self.posts.iter_mut().filter(|post| post.id.as_ref() == Some(id)) {
            post.reading.abort();
            // Its connection is closed once its task is gone.
            let _ = self.runtime.block_on(&mut post.reading);
        }
        self.posts.retain(|post| post.id.as_ref() != Some(id));
    }

    /// Takes over the session that `initialize` has opened, if it has.
    fn open_session(&mut self) {
        let Some(post) = self.posts.pop() else { return };
        let (session, answer) = self.runtime.block_on(post.reading).unwrap_or_default();
        let answer: Value = serde_json::from_str(&answer.unwrap_or_default()).unwrap_or_default();
        let version = answer["result"]["protocolVersion"].as_str().and_then(Version::parse);
        if let (Some(id), Some(version)) = (session, version) {
            self.session = Some(Session { id, version, listening: None });
        }
    }

    /// Listens to what the session says outside of requests.
    fn listen(&mut self) {
        let Some(headers) = self.session.as_ref().map(Session::headers) else { return };
        let reading = self.exchange("GET", headers, String::new(), Place::of_get(), false);
        if let Some(session) = &mut self.session {
            session.listening = Some(reading);
        }
    }

    /// Waits for answers that are still being read, and says so if one does not end.
    fn finish(&mut self, readings: impl Iterator<Item = Reading>) {
        for reading in readings {
            let ended = self.runtime.block_on(async { timeout(OVERTAKEN, reading).await });
            if ended.is_err() {
                self.say("an answer that does not end".to_owned());
            }
        }
    }

    /// Puts what is wrong where frames are received.
    fn say(&self, why: String) {
        let frame = Frame { stream: 0, text: Err(why) };
        let _ = self.receiving.as_ref().map(|queue| queue.send(frame));
    }
}

impl Session {
    fn headers(&self) -> Headers {
        of_session(&self.id, self.version)
    }
}

impl Body for Http {
    fn send(&mut self, frame: &str) {
        let message: Value = serde_json::from_str(frame).unwrap_or_default();
        let stands_alone = self.stands_alone(&message);
        let method = message["method"].as_str();
        if stands_alone && method == Some("notifications/cancelled") {
            return self.cancel(&message["params"]["requestId"]);
        }
        let headers = self.headers(&message);
        let id = message.get("id").cloned();
        let reading = self.exchange("POST", headers, frame.to_owned(), Place::of_post(&message), stands_alone);
        self.posts.push(Post { id, reading });
        match method {
            Some("initialize") if self.session.is_none() && !stands_alone => self.open_session(),
            Some("notifications/initialized") if !stands_alone => self.listen(),
            _ => {}
        }
    }

    fn receive(&mut self) -> Option<Frame> {
        let received = &mut self.received;
        self.runtime.block_on(async { timeout(PATIENCE, received.recv()).await }).expect("the server answers in time")
    }

    fn receive_beside(&mut self) -> Option<Frame> {
        let received = &mut self.received;
        self.runtime.block_on(async { timeout(OVERTAKEN, received.recv()).await }).ok().flatten()
    }

    /// The client gives up its session, and the server is stopped: there is nothing else that ends all streams in good order.
    fn close(&mut self) {
        let mut readings: Vec<Reading> = self.posts.drain(..).map(|post| post.reading).collect();
        if let Some(session) = self.session.take() {
            self.finish(std::mem::take(&mut readings).into_iter());
            let deleted = self.client.send("DELETE", session.headers(), String::new());
            match self.runtime.block_on(deleted) {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => self.say(format!("HTTP {} to a DELETE", answer.status())),
                Err(error) => self.say(format!("no answer to a DELETE: {error:?}")),
            }
            readings.extend(session.listening);
        }
        self.client.close();
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
        self.finish(readings.into_iter());
        self.receiving = None;
    }
}
