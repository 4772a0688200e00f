//! Requests beside lists and calls of tools.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mcp_proto::types::{LogLevel, UriTemplate, Values, VariableKind};
use mcp_proto::wire::single_line;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Client;
use super::cache;
use super::call::{Call, object};
use super::drive::Ask;
use super::error::ClientError;
use super::result::{Completion, PromptResult, member, read};
use crate::json_text;
use crate::nested::ReadResourceResult;

/// What is being completed: an argument of a prompt, or a variable of a template (`server/utilities/completion`).
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, Completing};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let begun = client.complete(Completing::Prompt("plan"), "city", "Os", ()).await?;
/// println!("{:?}", begun.values); // ["Oslo", "Osaka"]
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completing<'a> {
    /// An argument of the prompt of this name.
    Prompt(&'a str),
    /// A variable of this URI template.
    Template(&'a str),
}

impl Client {
    /// Calls a tool. `arguments` is anything that serializes to an object, or `()` for none.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, ClientError};
    /// # use serde_json::json;
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let sum: i64 = client.call("add", json!({"a": 2, "b": 3})).await?.value()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is awaited: [`ClientError::Tool`] where the tool says that it has failed; the server's error; or why there is no
    /// answer.
    pub fn call(&self, tool: &str, arguments: impl Serialize) -> Call {
        Call::new(self, tool, &arguments)
    }

    /// Reads a resource (`server/resources`).
    ///
    /// # Errors
    /// The server's error, such as that there is no such resource; or why there is no answer.
    pub async fn read(&self, uri: &str) -> Result<ReadResourceResult, ClientError> {
        const METHOD: &str = "resources/read";
        let cache = &self.inner.hub.cache;
        if let Some(kept) = cache.get::<ReadResourceResult>(METHOD, uri) {
            return Ok((*kept).clone());
        }
        let mut ask = self.ask(METHOD, format!(r#""uri":{}"#, json_text::string(uri)));
        ask.request.name = Some(uri.to_owned());
        let asked = cache.ask();
        let result = self.result(ask).await?;
        let contents: ReadResourceResult = read(METHOD, &result)?;
        let mut pages = cache::Pages::default();
        pages.add(&result);
        cache.keep(asked, METHOD, uri, pages, || Arc::new(contents.clone()));
        Ok(contents)
    }

    /// Reads a resource of a template, whose variables have the values of `variables`: anything that serializes to an object of
    /// texts, numbers and booleans. A query parameter that has none is left out.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, ClientError};
    /// # use serde_json::json;
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let note = client.read_template("note://{id}{?lang}", json!({"id": 7, "lang": "fr"})).await?;
    /// # let _ = note;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ClientError::Invalid`]: the template has operators beside those that servers of this crate have, a variable has no
    /// value, or there is no such variable; and as for [`read`](Self::read).
    pub async fn read_template(
        &self,
        template: &str,
        variables: impl Serialize,
    ) -> Result<ReadResourceResult, ClientError> {
        let uri = expand(template, &object(&variables)?).map_err(ClientError::invalid)?;
        self.read(&uri).await
    }

    /// Gets a prompt (`server/prompts`). `arguments` is anything that serializes to an object of texts, or `()` for none.
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub async fn prompt(&self, name: &str, arguments: impl Serialize) -> Result<PromptResult, ClientError> {
        let arguments = object(&arguments)?;
        let params = format!(r#""name":{},"arguments":{arguments}"#, json_text::string(name));
        let mut ask = self.ask("prompts/get", params);
        ask.request.name = Some(name.to_owned());
        read("the prompt", &self.result(ask).await?)
    }

    /// Asks what could be written: for `argument`, of which `begun` is written, given other arguments that have values already
    /// (`server/utilities/completion`).
    ///
    /// ```
    /// use mcp_runtime::client::{Client, ClientError, Completing};
    ///
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let cities = client.complete(Completing::Template("weather://{city}"), "city", "Par", ()).await?;
    /// println!("{:?}", cities.values);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server's error, or why there is no answer.
    pub async fn complete(
        &self,
        what: Completing<'_>,
        argument: &str,
        begun: &str,
        others: impl Serialize,
    ) -> Result<Completion, ClientError> {
        let reference = match what {
            Completing::Prompt(name) => format!(r#"{{"type":"ref/prompt","name":{}}}"#, json_text::string(name)),
            Completing::Template(uri) => format!(r#"{{"type":"ref/resource","uri":{}}}"#, json_text::string(uri)),
        };
        let (argument, begun) = (json_text::string(argument), json_text::string(begun));
        let mut params = format!(r#""ref":{reference},"argument":{{"name":{argument},"value":{begun}}}"#);
        let others = object(&others)?;
        if others != "{}" {
            params.push_str(&format!(r#","context":{{"arguments":{others}}}"#));
        }
        let result = self.result(self.ask("completion/complete", params)).await?;
        read("the completion", member(&result, "completion").unwrap_or("{}"))
    }

    /// Sets the least severe log messages that the server sends in this session (2025-11-25, `server/utilities/logging`). Without
    /// a session (2026-07-28) each request asks for its own: [`Call::log_level`], or
    /// [`ClientBuilder::log_level`](super::ClientBuilder::log_level) for all. After a reconnect the level that was set last is set again.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] without a session; the server's error, such as that it has no such method; or why there is no
    /// answer.
    pub async fn set_log_level(&self, level: LogLevel) -> Result<(), ClientError> {
        let version = self.agreement().await?.version();
        if version.is_stateless() {
            return Err(ClientError::invalid(format!(
                "in {version} there is no session to set a log level for: use `client.call(…).log_level(level)` for a call, or \
                 `Client::builder().log_level(level)` for all requests"
            )));
        }
        let params = format!(r#""level":"{}""#, level.as_str());
        self.result(self.ask("logging/setLevel", params)).await?;
        *self.inner.log_level.lock() = Some(level);
        Ok(())
    }

    /// Asks whether the server is there; how long its answer took. In a session this is `ping` (2025-11-25,
    /// `basic/utilities/ping`), and `server/discover` otherwise.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ping(&self) -> Result<Duration, ClientError> {
        let agreement = self.agreement().await?;
        let method = if agreement.version().has_ping() { "ping" } else { "server/discover" };
        let since = Instant::now();
        self.result(self.ask(method, String::new())).await?;
        Ok(since.elapsed())
    }

    /// Makes a request of any method, and reads its result as a `T`; `serde_json::Value` takes all of it, and
    /// `Box<serde_json::value::RawValue>` keeps it as the server has written it. Its parameters may have a `_meta`. It is not
    /// sent again once it has left.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, ClientError};
    /// # use serde_json::{Value, json};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let answer: Value = client.request("example/weather", json!({"city": "Paris"})).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server's error; [`ClientError::Protocol`] where the result is not a `T`; or why there is no answer.
    pub async fn request<T: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<T, ClientError> {
        let params = object(&params)?;
        let members = params.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        read(method, &self.result(self.any(method, members)).await?)
    }

    /// A request of any method, with its parameters as rendered members.
    pub(super) fn any(&self, method: &str, members: &str) -> Ask {
        let mut ask = self.ask("", String::new());
        let request = &mut ask.request;
        request.method = method.to_owned().into();
        // What it is for is told in a header, too (2026-07-28, `basic/transports/streamable-http`).
        let key = match method {
            "tools/call" | "prompts/get" => "name",
            "resources/read" => "uri",
            _ => "",
        };
        let whole = format!("{{{members}}}");
        mcp_proto::wire::members(&whole, |name, member| {
            if name == "_meta" {
                // The revision has members of its own there.
                let members = member.json().trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                request.meta = members.unwrap_or_default().trim().to_owned();
                return true;
            }
            if name == key {
                request.name = member.text().map(Into::into);
            }
            let separator = if request.params.is_empty() { "" } else { "," };
            request.params.push_str(&format!("{separator}{}:{}", json_text::string(name), member.json()));
            true
        });
        ask.is_repeatable = false;
        ask
    }

    /// Sends a notification of any method; nobody answers it.
    ///
    /// # Errors
    /// There is no connection, and none can be opened.
    pub async fn notify(&self, method: &str, params: Value) -> Result<(), ClientError> {
        let link = self.inner.link().await?;
        let params = single_line(json_text::value(&params));
        link.exchange.notify(method, Some(&params));
        Ok(())
    }
}

/// The URI that a template has with these values.
fn expand(template: &str, variables: &str) -> Result<String, String> {
    let parsed = UriTemplate::parse(template).map_err(|error| format!("the template `{template}`: {error}"))?;
    let given: serde_json::Map<String, Value> = serde_json::from_str(variables).map_err(|error| error.to_string())?;
    let mut values = Values::new();
    for (name, value) in given {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(format!("`{name}` of `{template}` is a text, not {value}"));
            }
        };
        if !parsed.variables().iter().any(|variable| *variable.name == *name) {
            return Err(format!("`{template}` has no variable `{name}`"));
        }
        values.insert(name.into(), text);
    }
    let missing = parsed.variables().iter().filter(|variable| variable.kind != VariableKind::Query);
    if let Some(missing) = missing.into_iter().find(|variable| !values.contains_key(&variable.name)) {
        return Err(format!("`{}` of `{template}` has no value", missing.name));
    }
    parsed.expand(&values).ok_or_else(|| format!("no URI of `{template}` has these values"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_in_and_what_is_wrong_is_named() {
        let of = |template: &str, variables: Value| expand(template, &variables.to_string());
        let json = serde_json::json!({"id": 7, "lang": "f/r"});
        assert_eq!(of("note://{id}{?lang}", json).as_deref(), Ok("note://7?lang=f%2Fr"));
        let json = serde_json::json!({"id": "a b", "lang": null});
        assert_eq!(of("note://{id}{?lang}", json).as_deref(), Ok("note://a%20b"));
        for (template, variables, named) in [
            ("note://{id}", serde_json::json!({}), "`id`"),
            ("note://{id}", serde_json::json!({"id": ""}), "note://{id}"),
            ("note://{id}", serde_json::json!({"id": "1", "no": "2"}), "`no`"),
            ("note://{id}", serde_json::json!({"id": [1]}), "is a text"),
            ("note://{#id}", serde_json::json!({"id": "1"}), "note://{#id}"),
        ] {
            let error = of(template, variables).expect_err(template);
            assert!(error.contains(named), "{error}");
        }
    }
}
