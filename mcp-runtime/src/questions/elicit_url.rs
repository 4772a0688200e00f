//! Sending the user to a web page (`client/elicitation`, "URL Mode").

use mcp_proto::Version;
use serde::Serialize;

use super::elicit::{METHOD, accepted};
use super::form::Format;
use crate::call::{AskError, Capability, Question};

/// Asks the user to open a web page. Use it for data that must not pass through the client: keys, payments, the consent of
/// another service.
///
/// The answer only says that the user has agreed. What happened on the page is known to the page's server, which must also
/// check that the visitor is the user who was asked (`client/elicitation`, "Phishing"). Put no secret into the URL.
///
/// ```
/// use mcp_runtime::{Question, Version, elicit_url};
///
/// let question = elicit_url("We need your key for the archive.", "https://example.com/connect/archive").id("archive-1");
/// let params = question.params(Version::V2025_11_25)?;
/// assert!(params.contains(r#""elicitationId":"archive-1""#));
/// # Ok::<(), String>(())
/// ```
pub fn elicit_url(message: impl Into<String>, url: impl Into<String>) -> UrlElicitation {
    UrlElicitation { message: message.into(), url: url.into(), id: None }
}

/// The question that [`elicit_url`] returns.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Pays, once the user has confirmed it on the bank's page.
/// #[tool]
/// async fn pay(ctx: &Ctx) -> Result<&'static str> {
///     let page = elicit_url("Please confirm the payment.", "https://bank.example.com/confirm");
///     ctx.ask("confirm", page).await?;
///     Ok("paid")
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a question does nothing until it is asked"]
pub struct UrlElicitation {
    message: String,
    url: String,
    id: Option<String>,
}

impl UrlElicitation {
    /// Sets the question's id, which only 2025-11-25 has. It must be unique in the server. By default it is a hash of the URL
    /// and the message, so that the same question always has the same id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

impl Question for UrlElicitation {
    type Answer = ();

    fn method(&self) -> &'static str {
        METHOD
    }

    fn needs(&self) -> Vec<Capability> {
        vec![Capability::ElicitationUrl]
    }

    fn params(&self, version: Version) -> Result<String, String> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            mode: &'static str,
            message: &'a str,
            url: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            elicitation_id: Option<String>,
        }
        if !version.has_elicitation_modes() {
            return Err("sending the user to a web page, which came with 2025-11-25".to_owned());
        }
        if !Format::Uri.admits(&self.url) {
            return Err(format!("the page is `{}`, which is not a URL", self.url));
        }
        let id = || self.id.clone().unwrap_or_else(|| fingerprint(&[&self.url, &self.message]));
        let elicitation_id = version.has_elicitation_ids().then(id);
        let params = Params { mode: "url", message: &self.message, url: &self.url, elicitation_id };
        serde_json::to_string(&params).map_err(|error| error.to_string())
    }

    fn read(&self, result: &str) -> Result<(), AskError> {
        accepted(result).map(|_| ())
    }
}

/// The same for the same texts, in every process and build: FNV-1a in 128 bits. Nobody needs to be unable to guess it.
fn fingerprint(texts: &[&str]) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    // No text holds the byte that ends each.
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0xff]));
    let hash = bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_texts_apart_and_stays() {
        assert_eq!(fingerprint(&[]), "6c62272e07bb014262b821756295c58d");
        assert_eq!(fingerprint(&["a", "b"]), fingerprint(&["a", "b"]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["ab", ""]));
    }
}
