//! `serve --http`: a program that serves on HTTP.

use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::matches::Matches;
use super::word::{Takes, Word, flag, option};
use crate::background::Background;
use crate::call::Latch;
use crate::program::exit::{fail, misuse};
use crate::server::Server;
use crate::transport::signals::told_to_stop;
use crate::transport::stdio::say;
use crate::transport::{Door, ForwardedHeader, Hold, Http, ListenSocket};

/// Where it serves unless it is told.
pub(super) const ADDRESS: &str = "127.0.0.1:3000";

/// What `--http` takes.
const ADDRESS_HELP: &str = if cfg!(all(unix, feature = "systemd")) {
    "Serve Streamable HTTP at /mcp of this address;\n127.0.0.1:3000 if none is given. A port alone is\n\
     one of 127.0.0.1, and 0 picks a free one;\nunix:PATH is a Unix domain socket; systemd, or\n\
     systemd:NAME, one that systemd has passed on"
} else if cfg!(all(unix, feature = "unix")) {
    "Serve Streamable HTTP at /mcp of this address;\n127.0.0.1:3000 if none is given. A port alone is\n\
     one of 127.0.0.1, and 0 picks a free one;\nunix:PATH is a Unix domain socket"
} else {
    "Serve Streamable HTTP at /mcp of this address;\n127.0.0.1:3000 if none is given. A port alone is\n\
     one of 127.0.0.1, and 0 picks a free one"
};

/// The values of `--proxy-header`.
const X_FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";
const PROXY_PROTOCOL: &str = "proxy-protocol";

/// The options of `serve`.
pub(super) const OPTIONS: &[Word] = &[
    Word { takes: Takes::Perhaps(ADDRESS), ..option("http", "ADDRESS", ADDRESS_HELP) },
    option(
        "allow-host",
        "HOST",
        "Let in requests for this host too, beside this\nmachine's own names; *.example.com for all below\n\
         it, * for any",
    )
    .several()
    .needing("http"),
    option(
        "allow-origin",
        "ORIGIN",
        "Let in pages of this origin too (CORS), as\nhttps://app.example.com or https://*.example.com;\n* for any",
    )
    .several()
    .needing("http"),
    Word {
        takes: Takes::Perhaps(""),
        ..option(
            "metrics",
            "ADDRESS",
            "Serve metrics for Prometheus, at /metrics of this\naddress; beside /mcp if none is given",
        )
    }
    .needing("http"),
    flag("sse", "Serve clients of 2024-11-05 too, at /sse").needing("http"),
    #[cfg(feature = "ws")]
    flag("ws", "Serve WebSocket too, at /ws").needing("http"),
    flag("reuse-port", "Share the port with other processes that do the\nsame (SO_REUSEPORT)").needing("http"),
    option(
        "trust-proxy",
        "NETWORK",
        "Believe this proxy who is calling: an address, a\nnetwork such as 10.0.0.0/8, or `unix`",
    )
    .several()
    .needing("http"),
    option(
        "proxy-header",
        "HEADER",
        "How proxies say it: x-forwarded-for, the default;\nforwarded; or proxy-protocol, before all else",
    )
    .needing("trust-proxy"),
    option("hold", "SECONDS", "How long requests wait while the program starts;\n10 by default").needing("http"),
    option("hold-requests", "N", "How many requests wait then; 256 by default").needing("http"),
];

/// The port of `serve --http`, opened before anything is set up.
///
/// # Errors
/// The exit code, where the port cannot be had; it was said why.
pub(super) async fn open(matches: &Matches) -> Result<Option<Door>, ExitCode> {
    let Some(address) = matches.values("http").next() else { return Ok(None) };
    let hold = hold(matches).map_err(|why| misuse(&why))?;
    #[cfg(feature = "tls")]
    let tls = super::tls::of_server(matches).map_err(|why| misuse(&why))?;
    #[cfg(feature = "tls")]
    if let Some(tls) = &tls {
        tls.check().map_err(|error| fail(&error))?;
    }
    let begins = match matches.values("proxy-header").last() {
        None | Some(X_FORWARDED_FOR | FORWARDED) => false,
        Some(PROXY_PROTOCOL) => true,
        Some(other) => {
            return Err(misuse(&format_args!(
                "--proxy-header: write x-forwarded-for, forwarded or proxy-protocol, not {other:?}"
            )));
        }
    };
    let proxies = matches.values("trust-proxy").filter(|_| begins);
    for proxy in matches.values("trust-proxy").filter(|_| begins) {
        Door::check_proxy(proxy).map_err(|why| misuse(&format_args!("--trust-proxy: {why}")))?;
    }
    let socket = listen(address, matches).await?;
    let door = Door::open_behind(
        socket,
        hold,
        proxies,
        #[cfg(feature = "tls")]
        tls,
    );
    door.map(Some).map_err(|error| fail(&error))
}

/// Opens a port, or a socket.
///
/// # Errors
/// The exit code, where it cannot be had; it was said why.
async fn listen(address: &str, matches: &Matches) -> Result<ListenSocket, ExitCode> {
    let address = whole(address);
    #[cfg(all(unix, feature = "unix"))]
    let mode = super::unix::mode(matches)?;
    #[cfg(not(all(unix, feature = "unix")))]
    let (mode, _) = (0, matches);
    ListenSocket::open(&address, mode, matches.has("reuse-port")).await.map_err(|error| closed(&address, &error))
}

/// An address, of which the command line may have only a part.
pub(super) fn whole(address: &str) -> String {
    if address.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("127.0.0.1:{address}")
    } else if address.starts_with(':') {
        format!("127.0.0.1{address}")
    } else {
        address.to_owned()
    }
}

/// Says why there is no port.
fn closed(address: &str, error: &std::io::Error) -> ExitCode {
    if error.kind() == ErrorKind::InvalidInput {
        return misuse(&format_args!(
            "cannot listen on {address}: {error}; write a port, or an address with one: 127.0.0.1:3000"
        ));
    }
    fail(&format_args!("cannot listen on {address}: {error}"))
}

/// How long, and how many, requests are held while the program starts.
///
/// # Errors
/// Which option is no number.
fn hold(matches: &Matches) -> Result<Hold, String> {
    let number = |option: &str| {
        let value = matches.values(option).last();
        let number = value.map(|value| value.parse().map_err(|_| format!("--{option}: write a number, not {value:?}")));
        number.transpose()
    };
    let (seconds, requests) = (number("hold")?, number("hold-requests")?);
    let usual = Hold::default();
    Ok(Hold {
        time: seconds.map_or(usual.time, |seconds: u32| Duration::from_secs(seconds.into())),
        requests: requests.map_or(usual.requests, |requests| requests as usize),
    })
}

/// Believes the proxies that the command line names.
///
/// # Errors
/// What to write instead.
fn behind_proxies(mut http: Http, matches: &Matches) -> Result<Http, String> {
    let header = match matches.values("proxy-header").last() {
        // It was read where the connection began.
        Some(PROXY_PROTOCOL) => return Ok(http),
        Some(FORWARDED) => Some(ForwardedHeader::Forwarded),
        Some(_) => Some(ForwardedHeader::XForwardedFor),
        // The one that the program says.
        None => None,
    };
    for proxy in matches.values("trust-proxy") {
        http = http.try_trust_proxy(proxy)?;
    }
    Ok(match header {
        Some(header) => http.forwarded_header(header),
        None => http,
    })
}

/// What is served beside HTTP, and what tells it to stop.
pub(super) type Beside = (Background, Arc<Latch>);

/// Serves on HTTP until the process is told to stop.
pub(super) async fn serve(
    server: &Server,
    door: Door,
    matches: &Matches,
    offered: &str,
    beside_it: Option<Beside>,
) -> ExitCode {
    let mut http = Http::new(server);
    for host in matches.values("allow-host") {
        http = match http.try_allow_host(host) {
            Ok(http) => http,
            Err(why) => return misuse(&format_args!("--allow-host: {why}")),
        };
    }
    for origin in matches.values("allow-origin") {
        http = match http.try_allow_origin(origin) {
            Ok(http) => http,
            Err(why) => return misuse(&format_args!("--allow-origin: {why}")),
        };
    }
    #[cfg(feature = "auth")]
    if let Some(url) = matches.values("public-url").next() {
        http = match http.try_public_url(url) {
            Ok(http) => http,
            Err(why) => return misuse(&format_args!("--public-url: {why}")),
        };
    }
    http = match behind_proxies(http, matches) {
        Ok(http) => http,
        Err(why) => return misuse(&format_args!("--trust-proxy: {why}")),
    };
    let sse = matches.has("sse");
    if sse {
        http = http.with_sse();
    }
    #[cfg(feature = "ws")]
    if matches.has("ws") {
        http = http.with_ws();
    }
    let mut beside = None;
    match matches.values("metrics").next() {
        None => {}
        Some("") => http = http.with_metrics(),
        Some(address) => match listen(address, matches).await {
            Ok(metrics) => beside = Some(Door::open(metrics, Hold::default())),
            Err(code) => return code,
        },
    }
    let stop = told_to_stop();
    #[cfg(feature = "tls")]
    let (stop, scheme) = if matches.has("tls-cert") { (stop.but_hangup(), "https") } else { (stop, "http") };
    #[cfg(not(feature = "tls"))]
    let scheme = "http";
    let observed = http.clone();
    door.ready(Http::routes().route("/mcp", http));
    say(&format!("{offered}, listening at {}", door.url(scheme, "/mcp")));
    if sse {
        say(&format!("listening at {}, for clients of 2024-11-05", door.url(scheme, "/sse")));
    }
    #[cfg(feature = "ws")]
    if matches.has("ws") {
        let scheme = if scheme == "https" { "wss" } else { "ws" };
        say(&format!("listening at {}, for clients on WebSocket", door.url(scheme, "/ws")));
    }
    if let Some(metrics) = &beside {
        metrics.ready(Http::metrics_of(observed));
        say(&format!("metrics at {}", metrics.url("http", "/metrics")));
    }
    match beside_it {
        None => door.serve(stop).await,
        Some((served, told)) => {
            let mut stop = std::pin::pin!(stop);
            let stopped = async {
                stop.as_mut().await;
                told.raise();
            };
            tokio::join!(door.serve(stopped), served);
        }
    }
    drop(beside);
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(options: &[(&str, &str)]) -> Result<(u64, usize), String> {
        let mut matches = Matches::default();
        for (name, value) in options {
            let word = OPTIONS.iter().find(|word| word.name == *name).expect("an option");
            matches.add(word, (*value).to_owned());
        }
        hold(&matches).map(|hold| (hold.time.as_secs(), hold.requests))
    }

    #[test]
    fn how_long_and_how_many_requests_are_held_is_said_by_options() {
        assert_eq!(held(&[]), Ok((10, 256)));
        assert_eq!(held(&[("hold", "90")]), Ok((90, 256)));
        assert_eq!(held(&[("hold", "0"), ("hold-requests", "4000")]), Ok((0, 4000)));
        for (option, value) in [("hold", "soon"), ("hold", "-1"), ("hold-requests", "1.5"), ("hold", "")] {
            assert_eq!(held(&[(option, value)]), Err(format!("--{option}: write a number, not {value:?}")));
        }
    }
}
