//! Who was not let in, for those who run the server: a name that was forgotten is found in the log.

use std::collections::HashSet;

use super::allowed::{Host, Origin};
use crate::lock::Lock;
use crate::log;

/// How many different ones are told of. Strangers can make up as many as they like.
const MOST: usize = 32;

/// How much of a name is told.
const LONGEST: usize = 256;

/// The hosts and origins that were refused, and told of.
#[derive(Debug, Default)]
pub(super) struct Refused(Lock<HashSet<Box<str>>>);

impl Refused {
    /// Tells of a host or an origin, when it comes for the first time.
    pub(super) fn note(&self, header: &'static str, said: &str) {
        let end = (0..=LONGEST.min(said.len())).rev().find(|at| said.is_char_boundary(*at)).unwrap_or(0);
        let said = &said[..end];
        {
            let mut known = self.0.lock();
            if known.len() >= MOST || !known.insert(format!("{header}: {said}").into()) {
                return;
            }
        }
        let (can_be, option, method) = match header {
            "Host" => (Host::parse(said).is_ok(), "--allow-host", "allow_host"),
            _ => (Origin::parse(said).is_ok(), "--allow-origin", "allow_origin"),
        };
        // Every page can have the origin `null`, by framing itself: nobody should be told to let it in.
        let can_be = can_be && !said.eq_ignore_ascii_case("null");
        // Only what means nothing else to a shell: it is to be copied, and strangers have written it.
        let can_be = can_be && said.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:/[]-_".contains(&byte));
        // What is in quotes has its control characters escaped.
        if can_be {
            log::event!(
                WARN,
                "a request with the {header} {said:?} was refused; if it is right, let it in: `{option} {said}`, or \
                 `Http::{method}({said:?})`"
            );
        } else {
            log::event!(WARN, "a request with the {header} {said:?} was refused");
        }
    }
}
