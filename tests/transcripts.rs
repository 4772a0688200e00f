//! Transcripts, played through memory and through HTTP in every revision they name, and through the pipes of a process in one of these,
//! case by case another. The feature `slow` has all of them played there too, and adds a layer around the server, Unix sockets, the
//! transport of the example `own-transport`, HTTPS and WebSocket.
//!
//! `tests/player/mod.rs` tells how to read and write them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Once;

use mcp_proto::Version;
use mcp_tests::{certificates, fixture, process};
use tracing_subscriber::prelude::*;

#[cfg(all(unix, feature = "slow"))]
use self::player::Unix;
use self::player::{Body, Carrier, Http, Memory, Stdio, play, script};
#[cfg(feature = "slow")]
use self::player::{Own, WebSocket};

#[cfg_attr(not(feature = "slow"), allow(dead_code, unused_imports))] // Some transports are played with `slow` only.
#[path = "player/mod.rs"]
mod player;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

macro_rules! transcripts {
    ($($name:ident),+ $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];

        $(mod $name {
            #[test]
            fn through_memory() {
                super::check(stringify!($name), super::Carrier::Memory, |variant, _| {
                    Box::new(super::Memory::connect(variant))
                });
            }

            #[cfg(feature = "slow")]
            #[test]
            fn through_a_layer() {
                super::check(stringify!($name), super::Carrier::Memory, |variant, _| {
                    Box::new(super::Memory::connect_layered(variant))
                });
            }

            #[test]
            fn through_stdio() {
                super::check(stringify!($name), super::Carrier::Stdio, |variant, _| {
                    Box::new(super::Stdio::start(super::SERVER, variant))
                });
            }

            #[cfg(feature = "slow")]
            #[test]
            fn through_a_transport_of_ones_own() {
                super::check(stringify!($name), super::Carrier::Stdio, |variant, _| {
                    Box::new(super::Own::connect(variant))
                });
            }

            #[cfg(all(unix, feature = "slow"))]
            #[test]
            fn through_a_unix_socket() {
                super::check(stringify!($name), super::Carrier::Stdio, |variant, _| {
                    Box::new(super::Unix::connect(variant))
                });
            }

            #[cfg(feature = "slow")]
            #[test]
            fn through_websocket() {
                super::check(stringify!($name), super::Carrier::Stdio, |variant, _| {
                    Box::new(super::WebSocket::connect(variant))
                });
            }

            #[test]
            fn through_http() {
                super::check(stringify!($name), super::Carrier::Http, |variant, version| {
                    Box::new(super::Http::serve(variant, version))
                });
            }

            #[cfg(feature = "slow")]
            #[test]
            fn through_https() {
                super::check(stringify!($name), super::Carrier::Http, |variant, version| {
                    Box::new(super::Http::serve_tls(variant, version))
                });
            }
        })+
    };
}

transcripts! {
    arguments,
    asking,
    batches,
    cancellation,
    capabilities,
    changes,
    client_logs,
    completion,
    consent,
    consent_remembered,
    constraints,
    elicitation,
    facts,
    failures,
    handshake,
    ids,
    impl_blocks,
    layers,
    layers_asking,
    layers_cache,
    layers_breaker,
    layers_cache_asking,
    layers_coalesce,
    layers_concurrency,
    layers_errors,
    layers_rate,
    layers_retry,
    layers_size,
    layers_timeout,
    limits,
    listen,
    logging,
    malformed,
    methods,
    nested,
    opaque,
    own_errors,
    pages,
    progress,
    prompts,
    raw_json,
    resources,
    results,
    rounds,
    sampling,
    stateless,
    subscriptions,
    tools_list,
    types,
}

#[test]
fn every_transcript_is_played() {
    let files = std::fs::read_dir(FOLDER).expect("the folder of transcripts");
    let files: BTreeSet<String> = files
        .map(|file| file.expect("a file").path())
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let played: BTreeSet<String> = NAMES.iter().map(ToString::to_string).collect();
    assert_eq!(files, played);
}

/// Plays all cases of a file, and tells of all that went wrong.
fn check(name: &str, carrier: Carrier, connect: impl Fn(&str, Version) -> Box<dyn Body>) {
    forward_logs();
    let path = Path::new(FOLDER).join(name).with_extension("txt");
    let text = std::fs::read_to_string(path).expect("a transcript");
    let cases = script::read(&text).unwrap_or_else(|why| panic!("{name}.txt, {why}"));
    assert!(!cases.is_empty(), "{name}.txt has no cases");
    let mut wrong = Vec::new();
    for (index, case) in cases.iter().enumerate().filter(|(_, case)| !case.slow || cfg!(feature = "slow")) {
        let mut versions: Vec<Version> = case.revisions_over(carrier).collect();
        // Each takes a process, so the first case is played in the first of its revisions, the next in the second, and so on.
        if carrier == Carrier::Stdio && cfg!(not(feature = "slow")) && !versions.is_empty() {
            versions = vec![versions[index % versions.len()]];
        }
        for version in versions {
            let mut body = connect(&case.server, version);
            if let Err(why) = play(case, version, &mut *body) {
                wrong.push(format!("{name}.txt, {}, in {version}, {why}", case.title));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n\n"));
}

/// What the fixture server logs goes to its clients, in this process as in its own.
fn forward_logs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::registry().with(mcp_runtime::client_logs(fixture::logs::NAMED)).init());
}
