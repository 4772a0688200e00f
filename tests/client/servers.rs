//! The same fixture server, reached in each way.

use mcp_runtime::client::{Client, ClientBuilder, Launch, Target};
use mcp_runtime::{Http, Version};
use mcp_tests::fixture;

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Memory,
    Program,
    Http,
}

pub const WAYS: [Way; 3] = [Way::Memory, Way::Program, Way::Http];

/// Each way, in each revision, and with the one that is found out.
pub fn all() -> impl Iterator<Item = (Way, Option<Version>)> {
    let versions = Version::ALL.map(Some).into_iter().chain([None]);
    versions.flat_map(|version| WAYS.map(|way| (way, version)))
}

/// A target of this variant of the fixture server.
pub async fn target(way: Way, variant: &str) -> Target {
    match way {
        Way::Memory => Target::server(&fixture::server(variant)),
        Way::Program => Target::program(Launch::new(env!("CARGO_BIN_EXE_fixture-server")).env("FIXTURE", variant)),
        Way::Http => Target::url(serve(variant).await),
    }
}

/// Serves a variant on HTTP, until the test's runtime ends.
pub async fn serve(variant: &str) -> String {
    let listening = Http::new(fixture::server(variant)).listen("127.0.0.1:0").await.expect("a port");
    let address = listening.address().expect("an address");
    tokio::spawn(listening.run(std::future::pending()));
    format!("http://{address}/mcp")
}

/// A client of this variant of the fixture server.
pub async fn connect(builder: ClientBuilder, way: Way, version: Option<Version>, variant: &str) -> Client {
    let builder = match version {
        Some(version) => builder.version(version),
        None => builder,
    };
    let connected = builder.connect(target(way, variant).await).await;
    connected.unwrap_or_else(|error| panic!("{way:?} {version:?}: {error}"))
}
