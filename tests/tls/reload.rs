//! Certificates that are renewed while the server runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mcp_runtime::client::{Client, Retry};
use mcp_tests::certificates::{Authority, Folder};
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::server::{ask, serve, tls, trusting};

/// How often the certificate is renewed.
const TIMES: usize = 100;

/// The certificate that the server shows now.
async fn shown(authority: &Authority, address: std::net::SocketAddr) -> CertificateDer<'static> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TlsConnector::from(authority.trusting()).connect(name, stream).await.expect("a handshake");
    stream.get_ref().1.peer_certificates().expect("a certificate")[0].clone()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_a_hundred_times_under_load_and_no_call_fails() {
    let (folder, authority) = (Folder::new("reload"), Authority::new("ours"));
    folder.text("ca.pem", &authority.pem());
    folder.write("server", &authority.server(&["localhost"]));
    let address = serve(tls(&folder)).await;
    let (is_over, calls) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let url = format!("https://localhost:{}/mcp", address.port());
    let mut loads = Vec::new();
    for keeps in [true, false, false] {
        let (is_over, calls, url, tls) = (Arc::clone(&is_over), Arc::clone(&calls), url.clone(), trusting(&folder));
        loads.push(tokio::spawn(async move {
            let connect = async || {
                let builder = Client::builder().tls(tls.clone()).retry(Retry::never());
                builder.connect(url.as_str()).await.expect("connected")
            };
            let mut client = connect().await;
            while !is_over.load(Ordering::Relaxed) {
                client.call("who", json!({})).await.expect("no call fails");
                calls.fetch_add(1, Ordering::Relaxed);
                // Most connections stay open over renewals, and others come in between.
                if !keeps {
                    client.close().await;
                    client = connect().await;
                }
            }
        }));
    }
    let mut before = shown(&authority, address).await;
    for _ in 0..TIMES {
        folder.write("server", &authority.server(&["localhost"]));
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP).expect("it is us");
        // Until new connections get it.
        let mut now = shown(&authority, address).await;
        while now == before {
            now = shown(&authority, address).await;
        }
        before = now;
    }
    is_over.store(true, Ordering::Relaxed);
    for load in loads {
        load.await.expect("no call fails");
    }
    assert!(calls.load(Ordering::Relaxed) > TIMES, "{calls:?}");
}

/// Without a signal, files are looked at once a second.
#[cfg(feature = "slow")]
#[tokio::test]
async fn a_change_is_seen_and_files_that_are_wrong_change_nothing() {
    let (folder, authority) = (Folder::new("change"), Authority::new("ours"));
    let first = authority.server(&["localhost"]);
    folder.write("server", &first);
    let address = serve(tls(&folder)).await;
    // Half of a renewal.
    let second = authority.server(&["localhost"]);
    folder.text("server.pem", &second.pem);
    let began = std::time::Instant::now();
    while began.elapsed() < std::time::Duration::from_millis(2500) {
        assert_eq!(shown(&authority, address).await, first.der);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    folder.write("server", &second);
    while shown(&authority, address).await != second.der {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Nobody whose certificate was revoked gets in by a session of TLS that is resumed.
#[tokio::test]
async fn a_certificate_that_is_revoked_meanwhile_is_refused_from_then_on() {
    let (folder, authority) = (Folder::new("revoked"), Authority::new("ours"));
    folder.text("ca.pem", &authority.pem());
    folder.write("server", &authority.server(&["localhost"]));
    let client = authority.client("build.example");
    folder.write("client", &client);
    folder.text("crl.pem", &authority.revokes(&[]));
    let address = serve(tls(&folder).client_ca(folder.path("ca.pem")).client_crl(folder.path("crl.pem"))).await;
    let showing = || trusting(&folder).certificate_files(folder.path("client.pem"), folder.path("client.key"));
    assert!(ask(showing(), "localhost", address, "who").await.is_ok());
    folder.text("crl.pem", &authority.revokes(&[&client]));
    while ask(showing(), "localhost", address, "who").await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
