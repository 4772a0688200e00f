//! The catalogue on HTTP, on bare hyper.

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};

use crate::catalogue::{Catalogue, bill};

type Answer = Response<Full<Bytes>>;

/// The most products that a search gives, and how many it gives where it is not told.
const MOST: usize = 1_000;
const USUAL: usize = 10;

/// Prints its URL, and serves until the process is killed.
#[tokio::main]
pub(crate) async fn serve(catalogue: Catalogue) -> Result<(), Box<dyn Error>> {
    // It is there as long as the program is.
    let catalogue: &'static Catalogue = Box::leak(Box::new(catalogue));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(stream, catalogue));
    }
}

async fn connection(stream: TcpStream, catalogue: &'static Catalogue) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(request, catalogue));
    // A client that goes away is no news.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, catalogue: &Catalogue) -> Result<Answer, Infallible> {
    let path = request.uri().path();
    Ok(match (request.method(), path) {
        (&Method::GET, "/health") => json(&serde_json::json!({ "status": "ok" })),
        (&Method::GET, "/products/search") => search(request.uri().query().unwrap_or_default(), catalogue),
        (&Method::GET, _) => {
            let id = path.strip_prefix("/products/").and_then(|id| id.parse().ok());
            id.and_then(|id| catalogue.find(id)).map_or_else(|| empty(StatusCode::NOT_FOUND), |product| json(&product))
        }
        (&Method::POST, "/cart/calculate") => {
            let Ok(body) = request.into_body().collect().await else { return Ok(empty(StatusCode::BAD_REQUEST)) };
            serde_json::from_slice(&body.to_bytes())
                .map_or_else(|_| empty(StatusCode::BAD_REQUEST), |order| json(&bill(order)))
        }
        _ => empty(StatusCode::NOT_FOUND),
    })
}

/// What is not said, or is no number, is as if it were 0: there is no bound, and the usual number of products.
fn search(query: &str, catalogue: &Catalogue) -> Answer {
    let given = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let number = |name| given(name).parse().unwrap_or(0.0);
    let category = Some(given("category")).filter(|category| !category.is_empty());
    let max = Some(number("max_price")).filter(|max| *max != 0.0).unwrap_or(f64::MAX);
    let limit = given("limit").parse().ok().filter(|limit| (1..=MOST).contains(limit)).unwrap_or(USUAL);
    json(&catalogue.search(category.as_deref().unwrap_or("Electronics"), number("min_price"), max, limit))
}

fn json(value: &impl Serialize) -> Answer {
    let Ok(body) = serde_json::to_vec(value) else { return empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let mut response = Response::new(Full::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn empty(status: StatusCode) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
