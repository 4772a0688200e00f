//! The server: its functions know nothing of layers, but for what they say of themselves (`read_only`, `cost`, `cache`).

mod carrier;

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::layers::{
    Breaker, Cache, Coalesce, Concurrency, ErrorMask, Log, Outcome, RateLimit, ResponseLimit, Retry, Timeout,
};
use mcp_runtime::prelude::*;
use mcp_runtime::{ServerBuilder, StartError};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::carrier::{CARRIER_FAILED, Carrier, CarrierError};

/// Where a parcel is.
#[derive(Serialize, JsonSchema)]
pub struct Parcel {
    number: String,
    place: &'static str,
}

/// Finds out where a parcel is.
#[tool(read_only, cache = "30s")]
pub async fn track(number: &str, carrier: State<Carrier>) -> Result<Parcel, CarrierError> {
    let places = carrier.places(number).await?;
    Ok(Parcel { number: number.to_owned(), place: places[0] })
}

/// Says what it costs to send a parcel, in cents. It costs the carrier as much as five other questions.
#[tool(read_only, cost = 5)]
pub async fn quote(#[arg(range(1..=30_000))] grams: u32, carrier: State<Carrier>) -> Result<u32, CarrierError> {
    carrier.price(grams).await
}

/// Lists the places where a parcel was, the newest first.
#[tool(read_only)]
pub async fn history(
    number: &str,
    /// How many places.
    #[arg(default = 10)]
    last: usize,
    carrier: State<Carrier>,
) -> Result<Vec<String>, CarrierError> {
    let places = carrier.places(number).await?;
    Ok(places.iter().take(last).enumerate().map(|(days, place)| format!("{days} days ago: {place}")).collect())
}

/// Sends a parcel. It is sent twice if this is called twice.
#[tool]
pub async fn send(#[arg(range(1..=30_000))] grams: u32, carrier: State<Carrier>) -> Result<String, CarrierError> {
    let price = carrier.price(grams).await?;
    Ok(format!("P-{} is on its way, for {price} cents", carrier.asked()))
}

/// Switches the carrier off and on, to see what becomes of that.
#[tool(idempotent)]
pub fn switch_carrier(on: bool, carrier: State<Carrier>) {
    carrier.switch(on);
}

/// Where a parcel is.
#[resource("parcel://{number}", cache = "30s")]
pub async fn parcel(number: &str, carrier: State<Carrier>) -> Result<String, CarrierError> {
    Ok(carrier.places(number).await?[0].to_owned())
}

/// The server with all that it needs to be run.
///
/// # Errors
/// If a variable of OpenTelemetry holds what cannot be used.
pub fn server(server: ServerBuilder) -> Result<ServerBuilder, StartError> {
    with_carrier(server, Arc::new(Carrier::open()))
}

/// The same, at this carrier.
///
/// # Errors
/// If a variable of OpenTelemetry holds what cannot be used.
pub fn with_carrier(server: ServerBuilder, carrier: Arc<Carrier>) -> Result<ServerBuilder, StartError> {
    let checked = Arc::clone(&carrier);
    let is_carriers = |outcome| outcome == Outcome::Error(CARRIER_FAILED);
    let server = server
        .instructions("Parcels of one carrier: their numbers are P-1, P-2 and so on.")
        .state_arc(carrier)
        .ready("carrier", move || {
            let carrier = Arc::clone(&checked);
            async move { carrier.ping() }
        })
        // In the order in which they stand around a call; given in another order they stand in the same.
        .layer(Log::new())
        .layer(RateLimit::per_principal(50, Duration::from_secs(1)))
        .layer(Concurrency::for_all(32).queue(128).patience(Duration::from_secs(2)))
        .layer(Breaker::after(3).delay(Duration::from_secs(10)).when(move |_, reply| is_carriers(reply.outcome())))
        .layer(Retry::times(2).when(move |_, reply| is_carriers(reply.outcome())))
        .layer(Cache::for_declared().public())
        .layer(Coalesce::for_read_only().public())
        .layer(Timeout::new(Duration::from_secs(5)))
        .layer(ResponseLimit::new(1_000).advice("Ask for fewer with `last`."))
        // What was not made for clients to see is told with a reference, under which the log has it.
        .layer(ErrorMask::new());
    #[cfg(feature = "otel")]
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some() {
        return Ok(server.trace(mcp_runtime::layers::Trace::from_env()?));
    }
    Ok(server)
}
