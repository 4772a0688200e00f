//! Clients that show certificates.

use mcp_runtime::Tls;
use mcp_runtime::client::ClientTls;
use mcp_tests::certificates::{Authority, Folder, Leaf};
use mcp_tests::logged::Logged;

use super::server::{ask, serve, tls, trusting};

/// What a client shows, and what it is told.
struct Case {
    what: &'static str,
    /// What the client shows.
    leaf: fn(&Authority) -> Option<Leaf>,
    /// What the server wants, beside `ca.pem`.
    server: fn(Tls, &Folder) -> Tls,
    says: Result<&'static str, &'static str>,
    logs: &'static str,
}

const CASES: &[Case] = &[
    Case {
        what: "a certificate",
        leaf: |authority| Some(authority.client("build.example")),
        server: |tls, _| tls,
        says: Ok("CN=build.example,O=Example over HTTP/2.0"),
        logs: "",
    },
    Case {
        what: "none",
        leaf: |_| None,
        server: |tls, _| tls,
        says: Err("the other side does not take our certificate: there is none, and one is required"),
        logs: "it has shown no certificate, and one is required",
    },
    Case {
        what: "none, where it is optional",
        leaf: |_| None,
        server: |tls, _| tls.client_optional(),
        says: Ok("nobody over HTTP/2.0"),
        logs: "",
    },
    Case {
        what: "one, where it is optional",
        leaf: |authority| Some(authority.client("build.example")),
        server: |tls, _| tls.client_optional(),
        says: Ok("CN=build.example,O=Example over HTTP/2.0"),
        logs: "",
    },
    Case {
        what: "one of a stranger's, where it is optional",
        leaf: |_| Some(Authority::new("stranger").client("build.example")),
        server: |tls, _| tls.client_optional(),
        says: Err("the other side does not take our certificate: it is signed by no authority that is trusted there"),
        logs: "its certificate is signed by no authority that is trusted here",
    },
    Case {
        what: "one that has expired",
        leaf: |authority| Some(authority.expired_client("build.example")),
        server: |tls, _| tls,
        says: Err("the other side does not take our certificate: it has expired, or is not valid yet"),
        logs: "its certificate has expired on 2001-02-03T00:00:00Z",
    },
    Case {
        what: "one of a server",
        leaf: |authority| Some(authority.server(&["build.example"])),
        server: |tls, _| tls,
        says: Err(
            "the other side does not take our certificate: it is of a kind, or for a purpose, that is not taken there",
        ),
        logs: "its certificate is not meant for clients (extended key usage)",
    },
    Case {
        what: "one that is in no list",
        leaf: |authority| Some(authority.client("build.example")),
        server: |tls, folder| tls.client_crl(folder.path("crl.pem")),
        says: Ok("CN=build.example,O=Example over HTTP/2.0"),
        logs: "",
    },
    Case {
        what: "one that was revoked",
        leaf: |authority| Some(authority.client("revoked.example")),
        server: |tls, folder| tls.client_crl(folder.path("crl.pem")),
        says: Err("the other side does not take our certificate: it was revoked"),
        logs: "its certificate was revoked",
    },
    Case {
        what: "one, where the list is out of date",
        leaf: |authority| Some(authority.client("build.example")),
        server: |tls, folder| tls.client_crl(folder.path("old.pem")),
        says: Err("the other side"),
        logs: "the list of revoked certificates is out of date since 2001-01-01T00:00:00Z; renew it",
    },
    Case {
        what: "one of an authority that has no list",
        leaf: |authority| Some(authority.client("build.example")),
        server: |tls, folder| tls.client_crl(folder.path("stranger.pem")),
        says: Err("the other side"),
        logs: "its certificate is signed by an authority of which there is no list of revoked certificates",
    },
];

#[tokio::test]
async fn certificates_of_clients_are_checked_and_both_sides_say_why_one_is_not_taken() {
    let logged = Logged::listen();
    for Case { what, leaf, server, says, logs } in CASES {
        let (folder, authority) = (Folder::new("clients"), Authority::new("ours"));
        folder.text("ca.pem", &authority.pem());
        folder.write("server", &authority.server(&["localhost"]));
        let leaf = leaf(&authority);
        let revoked = leaf.iter().filter(|_| *what == "one that was revoked").collect::<Vec<_>>();
        folder.text("crl.pem", &authority.revokes(&revoked));
        folder.text("old.pem", &authority.revokes_no_more());
        folder.text("stranger.pem", &Authority::new("stranger").revokes(&[]));
        let client = match &leaf {
            Some(leaf) => {
                folder.write("client", leaf);
                trusting(&folder).certificate_files(folder.path("client.pem"), folder.path("client.key"))
            }
            None => trusting(&folder),
        };
        let address = serve(server(tls(&folder).client_ca(folder.path("ca.pem")), &folder)).await;
        logged.take();
        let said = ask(client, "localhost", address, "who").await.map_err(|error| error.to_string());
        match (&said, says) {
            (Ok(said), Ok(says)) => assert_eq!(said, says, "{what}"),
            (Err(said), Err(says)) => {
                let begins = format!("cannot connect: https://localhost:{}/mcp: {says}", address.port());
                assert!(said.starts_with(&begins), "{what}: {said}");
            }
            _ => panic!("{what}: {said:?}"),
        }
        let log = logged.take();
        assert!(log.contains(logs) && (!logs.is_empty() || log.is_empty()), "{what}: {log}");
    }
}

#[tokio::test]
async fn the_other_names_of_a_certificate_are_a_claim() {
    let (folder, authority) = (Folder::new("names"), Authority::new("ours"));
    folder.text("ca.pem", &authority.pem());
    folder.write("server", &authority.server(&["localhost"]));
    folder.write("client", &authority.client("build.example"));
    let address = serve(tls(&folder).client_ca(folder.path("ca.pem"))).await;
    let client: ClientTls = trusting(&folder).certificate_files(folder.path("client.pem"), folder.path("client.key"));
    assert_eq!(
        ask(client, "localhost", address, "names").await.expect("an answer"),
        "CN=ours {\"dns\":[\"build.example\"],\"ip\":[\"10.0.0.1\"],\"uri\":[\"spiffe://example.org/build.example\"]}"
    );
}
