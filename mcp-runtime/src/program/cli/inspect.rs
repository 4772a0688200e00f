//! All that a server says of itself.

use super::json::Json;
use super::list;
use super::offer::Offer;
use super::output::Output;

/// Shows its name, what it is for, which revisions it speaks, what it can do, the layers that are known, and what it offers.
pub(super) fn show(offer: &Offer, layers: &[String], as_json: bool, out: &mut Output) {
    if as_json {
        return out.json(&offer.json());
    }
    let server = offer.server();
    out.text(&format!("{} {}", server["name"].text(), server["version"].text()));
    for about in [server["description"].text(), &offer.instructions()] {
        if !about.is_empty() {
            let about = out.style().wrap(about, 0);
            out.text(&about);
        }
    }
    let versions = offer.versions();
    let versions: Vec<&str> = versions.items().iter().map(Json::text).collect();
    let spoken = out.style().wrap(&format!("speaks {}", versions.join(", ")), 0);
    out.text(&spoken);
    let capabilities = offer.capabilities();
    if !capabilities.is_empty() {
        let capabilities = out.style().wrap(&format!("capabilities: {capabilities}"), 0);
        out.text(&capabilities);
    }
    if !layers.is_empty() {
        let layers = out.style().wrap(&format!("layers: {}", layers.join(" > ")), 0);
        out.text(&layers);
    }
    list::show(offer, None, true, out);
}
