//! A template and an address, on a line each: `cargo fuzz run templates -s none`.
//!
//! Nothing panics; what a template matches it expands to an address that it matches again, with the same values; addresses
//! have one normal form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_proto::types::{UriTemplate, normalize, uri_key};

fuzz_target!(|text: &str| {
    let (source, uri) = text.split_once('\n').unwrap_or((text, text));
    let normal = normalize(uri);
    assert_eq!(normalize(&normal), normal, "a normal form is its own");
    assert_eq!(uri_key(&uri_key(uri)), uri_key(uri));
    let Ok(template) = UriTemplate::parse(source) else { return };
    assert_eq!(template.as_str(), source);
    if let Some(values) = template.match_uri(uri) {
        let Some(again) = template.expand(&values) else {
            // An escape in the template may be found in a value that had the character itself.
            assert!(source.contains('%'), "{source} of {uri} has a value for each variable");
            return;
        };
        assert_eq!(template.match_uri(&again), Some(values), "{source} of {uri} and of {again}");
    }
});
