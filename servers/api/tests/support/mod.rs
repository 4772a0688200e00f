//! An API of the tests' own. It answers requests with what it was told to, in order, and notes them.

#[path = "../../../test-support/certificates.rs"]
pub mod certificates;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use self::certificates::Leaf;

pub struct Site {
    pub url: String,
    told: Arc<Mutex<Told>>,
    open: watch::Sender<usize>,
}

#[derive(Default)]
struct Told {
    answers: VecDeque<String>,
    requests: Vec<String>,
    connections: usize,
}

impl Site {
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// One at `https://localhost:…`.
    pub async fn start_with_tls(leaf: &Leaf) -> Self {
        let certificate = CertificateDer::from_pem_slice(leaf.pem.as_bytes()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        let config = config.with_single_cert(vec![certificate], key).expect("they fit");
        Self::start_with(Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let url = match tls {
            None => format!("http://{address}/v1"),
            Some(_) => format!("https://localhost:{}/v1", address.port()),
        };
        let site = Self { url, told: Arc::default(), open: watch::Sender::new(0) };
        let (told, open) = (Arc::clone(&site.told), site.open.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (told, open, tls) = (Arc::clone(&told), open.clone(), tls.clone());
                open.send_modify(|count| *count += 1);
                tokio::spawn(async move {
                    let _ = match tls {
                        None => answer(stream, &told).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => answer(stream, &told).await,
                            Err(error) => Err(error),
                        },
                    };
                    open.send_modify(|count| *count -= 1);
                });
            }
        });
        site
    }

    /// What comes next: `STATUS|HEADER: VALUE|…|BODY` for each request. `URL` is the API's own, `HANG` sends nothing and keeps the
    /// connection, `CLOSE` closes it, `RAW …` is sent as it is, `LONG` stands for two megabytes. The connection is closed behind an
    /// answer, unless it begins with `KEEP `; one that begins with `DROP ` does not tell, and one that begins with `SLOW ` takes
    /// half a second.
    pub fn will_answer(&self, answers: &[&str]) {
        let mut told = self.told.lock().expect("a lock");
        told.answers = answers.iter().map(|answer| answer.replace("URL", &self.url)).collect();
        told.requests.clear();
        told.connections = 0;
    }

    /// The requests since then, and how many answers nobody has asked for.
    pub fn heard(&self) -> (Vec<String>, usize) {
        let told = self.told.lock().expect("a lock");
        (told.requests.clone(), told.answers.len())
    }

    /// How many connections have brought a request since then.
    pub fn connections(&self) -> usize {
        self.told.lock().expect("a lock").connections
    }

    /// Waits until no connection is open.
    pub async fn is_left(&self) {
        self.open.subscribe().wait_for(|count| *count == 0).await.expect("it is there");
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, told: &Mutex<Told>) -> std::io::Result<()> {
    let mut is_new = true;
    loop {
        let request = read(&mut stream).await?;
        if request.is_empty() {
            return Ok(());
        }
        let answer = {
            let mut told = told.lock().expect("a lock");
            told.requests.push(request);
            told.connections += usize::from(is_new);
            told.answers.pop_front().unwrap_or_else(|| "599|nobody has told what to answer".to_owned())
        };
        is_new = false;
        match &*answer {
            "HANG" => std::future::pending().await,
            "CLOSE" => return Ok(()),
            raw if raw.starts_with("RAW ") => {
                return stream.write_all(raw.trim_start_matches("RAW ").as_bytes()).await;
            }
            answer => {
                let (goes_on, answer) = match answer.split_once(' ') {
                    Some((word @ ("KEEP" | "DROP" | "SLOW"), answer)) => (Some(word), answer),
                    _ => (None, answer),
                };
                if goes_on == Some("SLOW") {
                    sleep(Duration::from_millis(500)).await;
                }
                let mut parts: Vec<&str> = answer.split('|').collect();
                let body = parts.pop().unwrap_or_default().replace("LONG", &"x".repeat(2 * 1024 * 1024));
                let mut head = format!("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n", parts[0], body.len());
                if matches!(goes_on, None | Some("SLOW")) {
                    head += "Connection: close\r\n";
                }
                for header in &parts[1..] {
                    head += &format!("{header}\r\n");
                }
                stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
                if goes_on != Some("KEEP") {
                    return stream.shutdown().await;
                }
            }
        }
    }
}

/// A whole request, as text; empty at the end.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        match stream.read(&mut part).await? {
            0 => return Ok(text),
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}
