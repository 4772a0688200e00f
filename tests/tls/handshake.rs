//! Handshakes that do not come about.

use std::time::Duration;

use mcp_tests::certificates::{Authority, Folder};
use mcp_tests::process::PATIENCE;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::server::{serve, tls};

fn certificates() -> (Folder, Authority) {
    let (folder, authority) = (Folder::new("handshake"), Authority::new("ours"));
    folder.write("server", &authority.server(&["localhost"]));
    (folder, authority)
}

#[tokio::test]
async fn a_client_that_trickles_its_handshake_is_closed() {
    let (folder, _) = certificates();
    let address = serve(tls(&folder).handshake_patience(Duration::from_millis(200))).await;
    // Nothing, a part, and one byte after the other: a record of a handshake that is announced as 512 bytes long.
    for (begins, goes_on) in [(&b""[..], false), (b"\x16\x03\x01\x02\x00", false), (b"\x16\x03\x01\x02\x00", true)] {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(begins).await.expect("it reads");
        let (mut reading, mut writing) = stream.split();
        let trickle = async {
            while goes_on && writing.write_all(&[1]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            std::future::pending::<()>().await
        };
        let ended = async {
            let mut buffer = [0; 64];
            while reading.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
        };
        let ended = async {
            tokio::select! { () = trickle => {}, () = ended => {} }
        };
        timeout(PATIENCE, ended).await.expect("it is closed");
    }
}

#[tokio::test]
async fn a_handshake_that_is_too_long_is_closed() {
    let (folder, _) = certificates();
    let address = serve(tls(&folder)).await;
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // A greeting that is announced as 16 MiB long, in records of 16 KiB.
    let mut record = vec![0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0xff, 0xff, 0xff];
    record.resize(5 + 0x4000, 0);
    let mut sent = 0;
    let closed = async {
        while stream.write_all(&record).await.is_ok() {
            sent += record.len();
            record[5..9].fill(0);
        }
    };
    timeout(PATIENCE, closed).await.expect("it is closed");
    assert!(sent < 16 * 1024 * 1024, "{sent}");
}

#[tokio::test]
async fn a_client_that_speaks_http_is_told_to_speak_https() {
    let (folder, _) = certificates();
    let address = serve(tls(&folder)).await;
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("it reads");
    let mut answer = String::new();
    let _ = timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("it is closed");
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.ends_with("This port speaks HTTPS; write https:// instead"));
}

#[tokio::test]
async fn alpn_decides_which_version_of_http_is_spoken() {
    let (folder, authority) = certificates();
    let address = serve(tls(&folder)).await;
    // With HTTP/2 agreed on, a request of HTTP/1.1 is none, and the other way round.
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let cases = [("h2", false), ("http/1.1", true), ("", true)];
    for (protocol, is_answered) in cases {
        let mut config = (*authority.trusting()).clone();
        config.alpn_protocols = if protocol.is_empty() { vec![] } else { vec![protocol.as_bytes().to_vec()] };
        let stream = TcpStream::connect(address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let mut stream =
            TlsConnector::from(std::sync::Arc::new(config)).connect(name, stream).await.expect("it is right");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is closed");
        assert_eq!(answer.starts_with(b"HTTP/1.1 200"), is_answered, "{protocol}");
    }
    let mut config = (*authority.trusting()).clone();
    config.alpn_protocols = vec![b"spdy/3".to_vec()];
    let stream = TcpStream::connect(address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    assert!(TlsConnector::from(std::sync::Arc::new(config)).connect(name, stream).await.is_err());
}
