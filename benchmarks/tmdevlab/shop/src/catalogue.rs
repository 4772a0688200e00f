//! The catalogue, which is asked over HTTP on connections that are kept.

use std::borrow::Cow;

use bytes::Bytes;
use form_urlencoded::Serializer;
use http_body_util::{BodyExt as _, Full};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

use crate::{Fault, Item};

#[derive(Debug)]
pub(crate) struct Catalogue {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

/// The products that a search has found.
#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    pub(crate) total_found: u32,
    #[serde(borrow)]
    pub(crate) products: Vec<Product<'a>>,
}

/// A product, as far as the tools say anything of it.
#[derive(Deserialize)]
pub(crate) struct Product<'a> {
    pub(crate) id: u32,
    #[serde(borrow)]
    pub(crate) sku: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) name: Cow<'a, str>,
    pub(crate) price: f64,
    pub(crate) rating: f32,
}

/// What an order costs.
#[derive(Deserialize)]
pub(crate) struct Sum {
    pub(crate) order_id: String,
    pub(crate) total: f64,
}

#[derive(Serialize)]
struct Calculation<'a> {
    user_id: &'a str,
    items: &'a [Item],
}

impl Catalogue {
    pub(crate) fn at(base: String) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), base }
    }

    pub(crate) async fn search(&self, category: &str, min: f64, max: f64, limit: u32) -> Result<Bytes, Fault> {
        let place = format!("{}/products/search?", self.base);
        let before = place.len();
        let query = Serializer::for_suffix(place, before)
            .append_pair("category", category)
            .append_pair("min_price", &min.to_string())
            .append_pair("max_price", &max.to_string())
            .append_pair("limit", &limit.to_string())
            .finish();
        self.ask(Request::get(query).body(Full::default())?).await
    }

    pub(crate) async fn product(&self, id: u32) -> Result<Bytes, Fault> {
        self.ask(Request::get(format!("{}/products/{id}", self.base)).body(Full::default())?).await
    }

    pub(crate) async fn calculate(&self, user: &str, items: &[Item]) -> Result<Bytes, Fault> {
        let body = serde_json::to_vec(&Calculation { user_id: user, items })?;
        let request = Request::builder().method(Method::POST).uri(format!("{}/cart/calculate", self.base));
        self.ask(request.header(CONTENT_TYPE, "application/json").body(body.into())?).await
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Bytes, Fault> {
        let response = self.client.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(format!("the catalogue answers with {status}").into()) }
    }
}
