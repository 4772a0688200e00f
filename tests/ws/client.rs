//! Our client on WebSocket.

use mcp_runtime::Tls;
use mcp_runtime::client::{Client, ClientError, ClientTls, Retry};
use mcp_runtime::{Http, Version};
use mcp_tests::certificates::{Authority, Folder};
use mcp_tests::fixture;
use serde_json::json;

use super::server::{check, http, serve};

#[tokio::test]
async fn every_revision_is_spoken() {
    let (address, _stop) = serve(Http::new(fixture::server("")).with_ws()).await;
    for version in Version::ALL.map(Some).into_iter().chain([None]) {
        let builder = version.into_iter().fold(Client::builder(), |builder, version| builder.version(version));
        let client = builder.connect(format!("ws://{address}/ws")).await.expect("connected");
        let sum: i64 = client.call("add", json!({"a": 2, "b": 3})).await.expect("an answer").value().expect("a sum");
        assert_eq!(sum, 5, "{version:?}");
        assert!(!client.tools().await.expect("tools").is_empty());
        client.close().await;
    }
}

#[tokio::test]
async fn it_works_over_tls() {
    let (folder, authority) = (Folder::new("wss"), Authority::new("ours"));
    let ca = folder.text("ca.pem", &authority.pem());
    folder.write("server", &authority.server(&["localhost"]));
    let listening = http().listen("127.0.0.1:0").await.expect("a port");
    let tls = Tls::files(folder.path("server.pem"), folder.path("server.key"));
    let listening = listening.tls(tls).expect("certificates");
    let url = format!("wss://localhost:{}/ws", listening.address().expect("an address").port());
    tokio::spawn(listening.run(std::future::pending()));
    let client = Client::builder().tls(ClientTls::new().ca_file(ca)).connect(&*url).await.expect("connected");
    let said = client.call("who", json!({})).await.expect("an answer").text();
    assert_eq!(said, "nobody offers mcp");
    let error =
        Client::builder().retry(Retry::never()).connect(&*url).await.expect_err("it is not trusted").to_string();
    assert!(error.ends_with("its certificate is signed by no authority that is trusted here"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn it_works_on_a_unix_socket() {
    use std::os::unix::fs::MetadataExt as _;

    use mcp_runtime::client::Target;
    use mcp_runtime::transport::UnixSocket;

    let folder = Folder::new("ws-unix");
    let path = folder.path("s");
    let listening = http().listen_on(UnixSocket::bind(&path).expect("a socket")).expect("a listener");
    tokio::spawn(listening.run(std::future::pending()));
    let socket = Target::url("ws://localhost/ws").unix_socket(path.to_string_lossy());
    let client = Client::connect(socket.clone()).await.expect("connected");
    let said = client.call("who", json!({})).await.expect("an answer").text();
    // The system says who calls: the user whom the socket belongs to.
    let uid = std::fs::metadata(&path).expect("it is there").uid();
    assert_eq!(said, format!("{uid} offers mcp"));
    // What is said to be TLS is not sent in plain.
    let secure = Target::url("wss://localhost/ws").unix_socket(path.to_string_lossy());
    let refused = Client::builder().retry(Retry::never()).connect(secure).await.expect_err("it is no TLS").to_string();
    assert!(refused.ends_with("write ws:// for WebSocket on a Unix socket"), "{refused}");
}

#[tokio::test]
async fn refusals_are_told() {
    let (address, _stop) = serve(http().authenticate(check)).await;
    let connect = |token: &str, path: &str| {
        let builder = Client::builder().header("authorization", format!("Bearer {token}")).retry(Retry::never());
        builder.connect(format!("ws://{address}{path}"))
    };
    let client = connect("secret", "/ws").await.expect("connected");
    assert_eq!(client.call("who", json!({})).await.expect("an answer").text(), "ada offers mcp");
    assert!(
        matches!(connect("wrong", "/ws").await, Err(ClientError::Unauthorized(failure)) if failure.status() == 401)
    );
    assert!(matches!(connect("secret", "/none").await, Err(ClientError::Http(failure)) if failure.status() == 404));
}

#[tokio::test]
async fn a_connection_that_the_server_has_ended_is_opened_again() {
    let (address, stop) = serve(http()).await;
    let client = Client::connect(format!("ws://{address}/ws")).await.expect("connected");
    assert_eq!(client.call("echo", json!({"message": "a"})).await.expect("an answer").text(), "a");
    drop(stop);
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let listening = http().listen(address).await.expect("the port is free again");
    tokio::spawn(listening.run(std::future::pending()));
    // A list may be asked for again, whatever has become of the first time.
    assert!(!client.tools().await.expect("an answer").is_empty());
}
