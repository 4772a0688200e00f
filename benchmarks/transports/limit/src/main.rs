//! The least that a server has to do on each transport, with tungstenite, with the lines of a Unix socket, and with hyper behind
//! rustls.
//!
//! `transports-limit ws|unix|tls`, as `transports-ours`. What it says is the message itself, of which nothing is looked at; or with
//! `LIMIT=answer` what the limits of HTTP and stdio say: the envelope is read by serde, and answered under its id.

mod answer;

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::io;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use self::answer::said;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        Some("unix") => {
            let path = env::var("SOCKET")?;
            let listener = UnixListener::bind(&path)?;
            println!("{path}");
            loop {
                tokio::spawn(lines(listener.accept().await?.0));
            }
        }
        Some("ws") => {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("{}", listener.local_addr()?);
            loop {
                tokio::spawn(messages(accept(&listener).await?));
            }
        }
        Some("tls") => {
            let certificates = CertificateDer::pem_file_iter(env::var("CERT")?)?.collect::<Result<_, _>>()?;
            let key = PrivateKeyDer::from_pem_file(env::var("KEY")?)?;
            let config = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("{}", listener.local_addr()?);
            loop {
                tokio::spawn(bodies(accept(&listener).await?, acceptor.clone()));
            }
        }
        _ => Err("transports-limit ws, unix or tls".into()),
    }
}

async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn messages(stream: TcpStream) -> Result<(), tungstenite::Error> {
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if let Message::Text(text) = message {
            let said = said(text.into());
            socket.send(Message::Text(said.try_into().unwrap_or_default())).await?;
        }
    }
    Ok(())
}

async fn lines(stream: UnixStream) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).await? > 0 {
        let mut said = said_line(std::mem::take(&mut line));
        writer.write_all(&said).await?;
        said.clear();
        line = said;
    }
    Ok(())
}

fn said_line(line: Vec<u8>) -> Vec<u8> {
    if !answer::is_wanted() {
        return line;
    }
    let mut said = answer::answer(&line);
    said.push(b'\n');
    said
}

async fn bodies(stream: TcpStream, acceptor: TlsAcceptor) -> Option<()> {
    let stream = acceptor.accept(stream).await.ok()?;
    let service = service_fn(|request: Request<Incoming>| async {
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let answer = Response::builder().header("content-type", "application/json").body(Full::new(said(body)));
        Ok::<_, Infallible>(answer.expect("an answer"))
    });
    auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await.ok()
}
