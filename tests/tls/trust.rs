//! Which servers a client takes, and what both sides say of those that it does not take.

use mcp_runtime::client::ClientTls;
use mcp_tests::certificates::{Authority, Folder, Leaf};
use mcp_tests::logged::Logged;

use super::server::{ask, serve, tls, trusting};

/// Whom the server's certificate is for, and what the client says: the URL, and what follows.
struct Case {
    what: &'static str,
    leaf: fn(&Authority) -> Leaf,
    host: &'static str,
    client: fn(&Folder) -> ClientTls,
    /// What the client says.
    says: Result<&'static str, &'static str>,
    /// What the server logs.
    logs: &'static str,
}

const CASES: &[Case] = &[
    Case {
        what: "a certificate of the authority that is trusted",
        leaf: |authority| authority.server(&["localhost"]),
        host: "localhost",
        client: trusting,
        says: Ok("nobody over HTTP/2.0"),
        logs: "",
    },
    Case {
        what: "one for an address",
        leaf: |authority| authority.server(&["127.0.0.1"]),
        host: "127.0.0.1",
        client: trusting,
        says: Ok("nobody over HTTP/2.0"),
        logs: "",
    },
    Case {
        what: "one that has expired",
        leaf: |authority| authority.expired_server(&["localhost"]),
        host: "localhost",
        client: trusting,
        says: Err("its certificate has expired on 2001-02-03T00:00:00Z"),
        logs: "the other side does not take our certificate: it has expired, or is not valid yet",
    },
    Case {
        what: "one for another host",
        leaf: |authority| authority.server(&["a.example", "b.example"]),
        host: "localhost",
        client: trusting,
        says: Err("its certificate is not for localhost, but for a.example, b.example"),
        logs: "the other side does not take our certificate: it is not valid there",
    },
    Case {
        what: "one of an authority that is not trusted",
        leaf: |_| Authority::new("stranger").server(&["localhost"]),
        host: "localhost",
        client: trusting,
        says: Err("its certificate is signed by no authority that is trusted here"),
        logs: "the other side does not take our certificate: it is signed by no authority that is trusted there",
    },
    Case {
        what: "one that none of the roots of Mozilla has signed",
        leaf: |authority| authority.server(&["localhost"]),
        host: "localhost",
        client: |_| ClientTls::new(),
        says: Err("its certificate is signed by no authority that is trusted here"),
        logs: "the other side does not take our certificate: it is signed by no authority that is trusted there",
    },
    Case {
        what: "one that is for clients",
        leaf: |authority| authority.client("localhost"),
        host: "localhost",
        client: trusting,
        says: Err("its certificate is not meant for servers (extended key usage)"),
        logs: "the other side does not take our certificate",
    },
    Case {
        what: "one with another key than the one that is pinned",
        leaf: |authority| authority.server(&["localhost"]),
        host: "localhost",
        client: |folder| trusting(folder).pin("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        says: Err("its certificate has another key than the one that is expected (pin): sha256//"),
        logs: "the other side does not take our certificate",
    },
];

#[tokio::test]
async fn a_client_takes_servers_that_it_trusts_and_both_sides_say_why_it_does_not_take_others() {
    let logged = Logged::listen();
    for Case { what, leaf, host, client, says, logs } in CASES {
        let (folder, authority) = (Folder::new("trust"), Authority::new("ours"));
        folder.text("ca.pem", &authority.pem());
        folder.write("server", &leaf(&authority));
        let address = serve(tls(&folder)).await;
        logged.take();
        let said = ask(client(&folder), host, address, "who").await.map_err(|error| error.to_string());
        match (&said, says) {
            (Ok(said), Ok(says)) => assert_eq!(said, says, "{what}"),
            (Err(said), Err(says)) => {
                let begins = format!("cannot connect: https://{host}:{}/mcp: {says}", address.port());
                assert!(said.starts_with(&begins), "{what}: {said}");
            }
            _ => panic!("{what}: {said:?}"),
        }
        // What the client says of it has to arrive.
        let mut log = logged.take();
        while !logs.is_empty() && log.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            log = logged.take();
        }
        assert!(log.contains(logs) && (!logs.is_empty() || log.is_empty()), "{what}: {log}");
    }
}

#[tokio::test]
async fn a_refusal_tells_the_pin_that_the_server_has_and_with_it_the_server_is_taken() {
    let (folder, authority) = (Folder::new("pin"), Authority::new("ours"));
    folder.text("ca.pem", &authority.pem());
    folder.write("server", &authority.server(&["localhost"]));
    let address = serve(tls(&folder)).await;
    let other = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let error = ask(trusting(&folder).pin(other), "localhost", address, "who").await.expect_err("another key");
    let error = error.to_string();
    let pin = error.rsplit(' ').next().expect("a pin");
    assert!(ask(trusting(&folder).pin(other).pin(pin), "localhost", address, "who").await.is_ok(), "{error}");
    // A key alone is not enough.
    assert!(ask(ClientTls::new().pin(pin), "localhost", address, "who").await.is_err());
}

#[test]
fn everything_that_is_wrong_with_what_a_client_is_told_is_said_at_once() {
    let (folder, authority) = (Folder::new("told"), Authority::new("ours"));
    let leaf = authority.client("a");
    folder.write("a", &leaf);
    folder.write("b", &authority.client("b"));
    let tls = ClientTls::new()
        .ca_file(folder.path("none.pem"))
        .ca_file(folder.path("a.key"))
        .certificate_files(folder.path("a.key"), folder.path("a.pem"))
        .pin("key");
    let told = tls.check().expect_err("it is wrong").to_string().replace(&*folder.path("").to_string_lossy(), "");
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "none.pem: there is no such file; name the certificates of the authorities that are trusted",
            "a.key: it has a private key and no certificate; the two files may be exchanged",
            "a.key: it has a private key and no certificate; the two files may be exchanged",
            "a.pem: it has a certificate and no private key; the two files may be exchanged",
            "\"key\" is no hash of a key; write sha256// and 44 characters of base64, or let a refusal tell it",
        ]
    );
    let tls = ClientTls::new().certificate_files(folder.path("a.pem"), folder.path("b.key"));
    let told = tls.check().expect_err("it is another key").to_string();
    assert!(told.contains("it is not the key of"), "{told}");
}
