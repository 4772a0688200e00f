//! Resources: static ones, and templates.

use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use crate::completion::ids;
use crate::content::PIXEL;

/// A text that never changes.
#[resource("test://static-text", mime = "text/plain")]
fn static_text() -> &'static str {
    "This is the content of the static text resource."
}

/// A picture that never changes.
#[resource("test://static-binary", mime = "image/png")]
fn static_binary() -> &'static [u8] {
    PIXEL
}

/// A resource to subscribe to.
#[resource("test://watched-resource", mime = "text/plain")]
fn watched_resource() -> &'static str {
    "Watch me: test_trigger_resource_update says that I have changed."
}

/// Data, by id.
#[resource("test://template/{id}/data", mime = "application/json")]
fn template_data(#[arg(complete = ids)] id: String) -> String {
    // Written by hand, for the order of its members.
    let data = format!("Data for ID: {id}");
    format!(r#"{{"id":{},"templateTest":true,"data":{}}}"#, json!(id), json!(data))
}

/// A greeting.
#[resource("static://hello")]
fn hello() -> &'static str {
    "Hello, world!"
}

/// A note, by its number.
#[resource("note://{id}")]
fn note(id: u32) -> Value {
    json!({ "id": id, "text": format!("This is note {id}.") })
}

/// A file that is not really there, by its path.
#[resource("files://{path*}", mime = "text/plain")]
fn file(path: &str) -> String {
    format!("The contents of {path}.")
}
