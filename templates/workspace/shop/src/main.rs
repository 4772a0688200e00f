//! A server with both groups of the shared tools, and with a tool of its own.

use mcp_runtime::prelude::*;

/// What an item costs, in cents.
#[tool(read_only)]
fn price(
    /// The name of the item.
    item: &str,
) -> Result<u32> {
    match item {
        "tea" => Ok(250),
        "milk" => Ok(150),
        _ => Err(Error::new(format!("There is no {item}. Try tea or milk."))),
    }
}

// The tools of the second group have a prefix: `clock_duration`.
mcp_runtime::main!(|server| server.mount(&tools::TEXT).mount_as("clock", &tools::CLOCK));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_what_there_is() {
        assert_eq!(price("tea").unwrap(), 250);
        let error = price("salt").unwrap_err();
        assert_eq!(error.to_string(), "There is no salt. Try tea or milk.");
    }
}
