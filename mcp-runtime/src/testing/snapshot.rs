//! All that a server offers, as text that stays the same as long as the server does.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::{Map, Value, json};

use super::TestClient;
use super::difference::difference;
use crate::client::ClientError;

/// The variable of the environment with which snapshots are written instead of compared.
const WRITE: &str = "MCP_WRITE_SNAPSHOTS";

impl TestClient {
    /// All that the server offers its caller in the client's revision, as indented JSON: name, capabilities and instructions, tools
    /// with their schemas, resources, templates and prompts. What a policy hides from the caller is not in it. It is the same for
    /// the same server: lists are sorted by name, members too, and the version of the program is left out.
    ///
    /// # Errors
    /// A list cannot be had.
    pub async fn snapshot(&self) -> Result<String, ClientError> {
        let agreement = self.agreement().await?;
        let part =
            |json: Option<&str>| json.and_then(|json| serde_json::from_str::<Value>(json).ok()).unwrap_or_default();
        let mut server = part(agreement.server_info());
        if let Some(server) = server.as_object_mut() {
            server.remove("version");
        }
        let mut surface = json!({
            "server": server,
            "capabilities": part(agreement.capabilities()),
            "instructions": agreement.instructions(),
        });
        for (capability, method, member, name) in [
            ("tools", "tools/list", "tools", "name"),
            ("resources", "resources/list", "resources", "uri"),
            ("resources", "resources/templates/list", "resourceTemplates", "uriTemplate"),
            ("prompts", "prompts/list", "prompts", "name"),
        ] {
            if !agreement.has_capability(capability) {
                continue;
            }
            let mut items = self.list(method, member).await?;
            items.sort_by(|one, other| one[name].as_str().cmp(&other[name].as_str()));
            surface[member] = items.into();
        }
        let mut text = String::new();
        write(&mut text, &surface, 0);
        text.push('\n');
        Ok(text)
    }

    /// Compares [`snapshot`](Self::snapshot) with a file, whose path begins at the package's directory. With the variable
    /// `MCP_WRITE_SNAPSHOTS=1` the file is written instead. Keep it in your repository: a change of what clients see is a change
    /// of the file then.
    ///
    /// ```no_run
    /// # use mcp_runtime::testing::TestClient;
    /// # async fn example(server: &mcp_runtime::Server) {
    /// TestClient::to(server).await.assert_snapshot("tests/surface.json").await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// The server offers something else than the file says, or there is no file; or a list cannot be had.
    pub async fn assert_snapshot(&self, file: impl AsRef<Path>) {
        let file = file.as_ref();
        let seen = match self.snapshot().await {
            Ok(seen) => seen,
            Err(error) => panic!("what the server offers cannot be listed: {error}"),
        };
        if env::var_os(WRITE).is_some_and(|value| !value.is_empty() && value != "0") {
            let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, seen));
            if let Err(error) = written {
                panic!("{} cannot be written: {error}", file.display());
            }
            return;
        }
        let kept = match fs::read_to_string(file) {
            Ok(kept) => kept.replace("\r\n", "\n"),
            Err(error) => {
                panic!("{} cannot be read: {error}; to write it, run the test with {WRITE}=1", file.display())
            }
        };
        if let Some(difference) = difference(&kept, &seen) {
            panic!(
                "the server offers something else than {} says (-: the file, +: the server)\n{difference}\nIf it is meant to, \
                 run the test with {WRITE}=1, and commit the file.",
                file.display()
            );
        }
    }

    /// All items of a list, as they were sent.
    async fn list(&self, method: &str, member: &str) -> Result<Vec<Value>, ClientError> {
        let (mut items, mut params) = (Vec::new(), json!({}));
        loop {
            let mut page: Value = self.request(method, &params).await?;
            if let Value::Array(more) = page[member].take() {
                items.extend(more);
            }
            match page["nextCursor"].take() {
                Value::Null => return Ok(items),
                cursor => params = json!({ "cursor": cursor }),
            }
        }
    }
}

/// Writes indented JSON with sorted members, whatever order they are kept in.
fn write(out: &mut String, value: &Value, depth: usize) {
    let indent = |out: &mut String, depth| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('{');
            for (place, (name, value)) in sorted(members).into_iter().enumerate() {
                out.push_str(if place > 0 { "," } else { "" });
                indent(out, depth + 1);
                let _ = write!(out, "{}: ", crate::json_text::string(name));
                write(out, value, depth + 1);
            }
            indent(out, depth);
            out.push('}');
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { "," } else { "" });
                indent(out, depth + 1);
                write(out, item, depth + 1);
            }
            indent(out, depth);
            out.push(']');
        }
        short => out.push_str(&crate::json_text::value(short)),
    }
}

fn sorted(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_short_lists_stay_on_one_line() {
        let mut text = String::new();
        write(&mut text, &json!({"b": ["x", 1], "a": {"d": [], "c": [{}]}}), 0);
        assert_eq!(text, "{\n  \"a\": {\n    \"c\": [\n      {}\n    ],\n    \"d\": []\n  },\n  \"b\": [\"x\",1]\n}");
    }
}
