//! A connection to a server, on which one call is made after the other.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::Result;
use crate::server::Files;

/// The text that comes back.
const TEXT: &str = "hello";

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hello"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"load","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;

/// The same with its end.
const LINE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hello"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"load","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#,
    "\n"
);

/// A connection.
pub enum Connection {
    /// WebSocket.
    Ws(Box<WebSocketStream<TcpStream>>),
    /// Lines on a Unix socket.
    Unix(BufReader<OwnedReadHalf>, OwnedWriteHalf, Vec<u8>),
    /// HTTP/1.1 on TLS.
    Tls(SendRequest<Full<Bytes>>),
}

impl Connection {
    /// Connects.
    pub async fn open(kind: &str, place: &str, files: &Files) -> Result<Self> {
        if kind == "unix" {
            let (reader, writer) = UnixStream::connect(place).await?.into_split();
            return Ok(Self::Unix(BufReader::new(reader), writer, Vec::new()));
        }
        let stream = TcpStream::connect(place).await?;
        stream.set_nodelay(true)?;
        if kind == "ws" {
            let (socket, _) = tokio_tungstenite::client_async(format!("ws://{place}/ws"), stream).await?;
            return Ok(Self::Ws(Box::new(socket)));
        }
        let mut roots = RootCertStore::empty();
        roots.add(files.certificate.clone().into())?;
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let stream = TlsConnector::from(Arc::new(config)).connect("localhost".try_into()?, stream).await?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self::Tls(sender))
    }

    /// Makes one call, and sees its answer.
    pub async fn call(&mut self) -> Result<()> {
        match self {
            Self::Ws(socket) => {
                socket.send(Message::text(CALL)).await?;
                check(&socket.next().await.ok_or("it has ended")??.into_data())
            }
            Self::Unix(reader, writer, line) => {
                // At once: what comes in two parts is read in two.
                writer.write_all(LINE.as_bytes()).await?;
                line.clear();
                reader.read_until(b'\n', line).await?;
                check(line)
            }
            Self::Tls(sender) => {
                let request = Request::post("/mcp")
                    .header("host", "localhost")
                    .header("content-type", "application/json")
                    .header("accept", "application/json, text/event-stream")
                    .header("mcp-protocol-version", "2026-07-28")
                    .header("mcp-method", "tools/call")
                    .header("mcp-name", "echo")
                    .body(Full::new(Bytes::from_static(CALL.as_bytes())))?;
                sender.ready().await?;
                check(&sender.send_request(request).await?.into_body().collect().await?.to_bytes())
            }
        }
    }
}

fn check(answer: &[u8]) -> Result<()> {
    let is_right = answer.windows(TEXT.len()).any(|part| part == TEXT.as_bytes());
    if is_right { Ok(()) } else { Err(String::from_utf8_lossy(answer).into()) }
}
