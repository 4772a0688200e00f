//! Getting what is at a URL, from addresses of the public internet only.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, USER_AGENT,
};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use mcp_runtime::prelude::*;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// The most redirects that are followed.
const REDIRECTS: usize = 5;
/// The most bytes of the head of an answer.
const HEAD_BYTES: usize = 64 * 1024;
/// How many pages are got at once.
const AT_ONCE: usize = 16;

/// The web, as far as it may be reached.
pub struct Web {
    user_agent: String,
    /// How long one page may take, with all its redirects.
    time: Duration,
    may_reach: fn(IpAddr) -> bool,
    tls: TlsConnector,
    permits: Semaphore,
}

/// What is at a URL.
pub struct Got {
    /// Where it was found, after redirects.
    pub url: Url,
    pub status: u16,
    /// Its `Content-Type`.
    pub kind: String,
    pub bytes: Vec<u8>,
    /// Whether there is more of it.
    pub is_cut: bool,
}

/// What is done with an answer that is too long.
#[derive(Clone, Copy, PartialEq)]
enum Rest {
    IsRefused,
    IsLeft,
}

impl Web {
    /// `may_reach` says which addresses are connected to.
    ///
    /// # Errors
    /// There is no TLS.
    pub fn new(user_agent: &str, time: Duration, may_reach: fn(IpAddr) -> bool) -> Result<Self> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth();
        let (user_agent, permits) = (user_agent.to_owned(), Semaphore::new(AT_ONCE));
        Ok(Self { user_agent, time, may_reach, tls: TlsConnector::from(Arc::new(config)), permits })
    }

    /// Gets what is at a URL: at most so many bytes, within the time.
    ///
    /// # Errors
    /// It may not be reached, is too long or too slow, or cannot be read.
    pub async fn get(&self, url: Url, most: usize) -> Result<Got> {
        self.get_with(url, most, Rest::IsRefused).await
    }

    /// The same, but what is longer is read as far as that.
    ///
    /// # Errors
    /// It may not be reached, is too slow, or cannot be read.
    pub async fn beginning(&self, url: Url, most: usize) -> Result<Got> {
        self.get_with(url, most, Rest::IsLeft).await
    }

    async fn get_with(&self, url: Url, most: usize, rest: Rest) -> Result<Got> {
        let late = || Error::new(format!("it took more than {} seconds", self.time.as_secs()));
        let getting = async {
            let _permit = self.permits.acquire().await?;
            self.follow(url, most, rest).await
        };
        timeout(self.time, getting).await.map_err(|_| late())?
    }

    async fn follow(&self, mut url: Url, most: usize, rest: Rest) -> Result<Got> {
        for _ in 0..=REDIRECTS {
            Self::check(&url)?;
            let (response, _connection) = self.ask(&url).await?;
            let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
            let Some(location) = location else {
                return read(url, response, most, rest).await;
            };
            let next = location.to_str().ok().and_then(|location| url.join(location).ok());
            let next = next.ok_or_else(|| Error::new("it redirects to what is no URL"))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Error::new(format!("it redirects from https to {}", next.scheme())));
            }
            url = next;
        }
        Err(Error::new(format!("it redirects more than {REDIRECTS} times")))
    }

    /// Looks at a URL before anything is resolved. Redirects come here, too.
    ///
    /// # Errors
    /// It is not one that is read.
    pub fn check(url: &Url) -> Result<()> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::new(format!("only http and https are read, not {}", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::new("a URL with a name or a password is not read"));
        }
        // Other services must not be made to read a request.
        let is_usual = matches!(url.port_or_known_default(), Some(80 | 443 | 1024..));
        if is_usual { Ok(()) } else { Err(Error::new("ports below 1024 are not read, except 80 and 443")) }
    }

    /// Sends one request. What comes of it lasts as long as the connection.
    async fn ask(&self, url: &Url) -> Result<(Response<Incoming>, Connection)> {
        let stream = self.connect(url).await?;
        if url.scheme() == "http" {
            return self.send(url, stream).await;
        }
        let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(|_| "the host has no name for TLS")?;
        self.send(url, self.tls.connect(name, stream).await?).await
    }

    /// Connects to the host. The addresses that its name has at this moment are checked, and one of them is connected to: the name
    /// is not resolved again, so it cannot mean another address by then.
    async fn connect(&self, url: &Url) -> Result<TcpStream> {
        let port = url.port_or_known_default().unwrap_or(80);
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
            Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
            Some(Host::Domain(name)) => lookup_host((name, port)).await?.collect(),
            None => return Err(Error::new("the URL has no host")),
        };
        let mut failed = Error::new("the host has no address of the public internet");
        for address in addresses.iter().filter(|address| (self.may_reach)(address.ip())) {
            match TcpStream::connect(address).await {
                Ok(stream) if (self.may_reach)(stream.peer_addr()?.ip()) => return Ok(stream),
                Ok(_) => {}
                Err(error) => failed = Error::new(format!("cannot connect: {error}")),
            }
        }
        Err(failed)
    }

    async fn send<S>(&self, url: &Url, stream: S) -> Result<(Response<Incoming>, Connection)>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(HEAD_BYTES).max_headers(100).handshake(TokioIo::new(stream)).await?;
        let connection = Connection(tokio::spawn(async move { drop(connection.await) }));
        let request = Request::get(&url[url::Position::BeforePath..url::Position::AfterQuery])
            .header(HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
            .header(USER_AGENT, &self.user_agent)
            .header(ACCEPT, "text/html,text/*;q=0.9,*/*;q=0.5")
            // Nothing is unpacked, so that little cannot become much.
            .header(ACCEPT_ENCODING, "identity")
            .body(Empty::<Bytes>::new())?;
        Ok((sender.send_request(request).await?, connection))
    }
}

/// The task of a connection, which ends with this.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads an answer.
async fn read(url: Url, response: Response<Incoming>, most: usize, rest: Rest) -> Result<Got> {
    let header =
        |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let too_long = || Error::new(format!("it has more than {most} bytes"));
    if !matches!(&*header(CONTENT_ENCODING), "" | "identity") {
        return Err(Error::new("it is compressed, which the server was asked not to do"));
    }
    if rest == Rest::IsRefused && header(CONTENT_LENGTH).parse::<usize>().is_ok_and(|length| length > most) {
        return Err(too_long());
    }
    let (status, kind) = (response.status().as_u16(), header(CONTENT_TYPE));
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let room = most - bytes.len();
        if data.len() > room {
            if rest == Rest::IsRefused {
                return Err(too_long());
            }
            bytes.extend_from_slice(&data[..room]);
            return Ok(Got { url, status, kind, bytes, is_cut: true });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Got { url, status, kind, bytes, is_cut: false })
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers each request with a redirect.
    async fn redirecting(listener: TcpListener, location: String) {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }

    /// Where a server on an address that may be reached redirects to one that may not, nobody connects to the other.
    #[tokio::test]
    async fn redirects_to_what_may_not_be_reached_are_refused() {
        let other = TcpListener::bind("127.0.0.2:0").await.expect("a port");
        let port = other.local_addr().expect("bound").port();
        let targets = ["127.0.0.2", "0177.0.0.2", "0x7f000002", "2130706434", "127.2", "[::ffff:127.0.0.2]"];
        for target in targets {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
            let serving = tokio::spawn(redirecting(listener, format!("http://{target}:{port}/")));
            let web = Web::new("test", Duration::from_secs(10), |ip| ip == Ipv4Addr::LOCALHOST).expect("TLS");
            let error = web.get(url, 1000).await.err().expect(target);
            assert!(error.to_string().contains("no address of the public internet"), "{target}: {error}");
            serving.abort();
        }
        // Had one of them been connected to, it would be waiting here.
        let mut accepting = std::pin::pin!(other.accept());
        let waits = std::future::poll_fn(|cx| std::task::Poll::Ready(accepting.as_mut().poll(cx).is_pending()));
        assert!(waits.await, "nobody connects");
    }

    /// The address that is connected to is looked at again: what was resolved before does not count.
    #[tokio::test]
    async fn the_address_that_is_connected_to_is_checked() {
        static ASKED: AtomicU32 = AtomicU32::new(0);

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
        let web =
            Web::new("test", Duration::from_secs(10), |_| ASKED.fetch_add(1, Ordering::Relaxed) == 0).expect("TLS");
        let error = web.get(url, 1000).await.err().expect("it is refused");
        assert!(error.to_string().contains("no address of the public internet"), "{error}");
        assert_eq!(ASKED.load(Ordering::Relaxed), 2);
        let (mut stream, _) = listener.accept().await.expect("it was connected to");
        assert_eq!(stream.read(&mut [0; 100]).await.expect("the end"), 0, "nothing was sent");
    }
}
