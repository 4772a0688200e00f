//! The `mcpServers` of configuration files, as hosts have them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::launch::Launch;
use super::target::Target;

/// One server of a configuration file: what hosts write under `mcpServers`.
///
/// ```
/// use mcp_runtime::client::{ServerConfig, Target};
///
/// let json = r#"{"mcpServers": {
///     "files": {"command": "my-server", "args": ["--root", "${HOME:-/}"], "env": {"LOG": "info"}},
///     "shop": {"url": "https://shop.example.com/mcp", "headers": {"x-api-key": "${SHOP_KEY:-none}"}}
/// }}"#;
/// let servers = ServerConfig::read(json)?;
/// let target: Target = servers["files"].target()?;
/// # let _ = target;
/// # Ok::<(), mcp_runtime::client::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The program to start.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables of its environment.
    pub env: BTreeMap<String, String>,
    /// Its working directory.
    pub cwd: Option<PathBuf>,
    /// Where the server is, if it is not a program.
    pub url: Option<String>,
    /// Headers of each request to it.
    pub headers: BTreeMap<String, String>,
    /// Whether it is not to be used.
    pub disabled: bool,
}

/// Why a configuration cannot be used.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, ServerConfig};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let servers = match ServerConfig::load(".mcp.json") {
///     Ok(servers) => servers,
///     Err(error) => panic!("{error}"), // the file, and what is wrong with it
/// };
/// println!("{} servers", servers.len());
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ServerConfig {
    /// The servers of a file, such as `.mcp.json`.
    ///
    /// # Errors
    /// It cannot be read, or is not such a configuration.
    pub fn load(path: impl AsRef<Path>) -> Result<BTreeMap<String, Self>, ConfigError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
        Self::read(&text).map_err(|ConfigError(why)| ConfigError(format!("{}: {why}", path.display())))
    }

    /// The servers of a configuration: the object under `mcpServers`, or `servers`.
    ///
    /// # Errors
    /// It is not such a configuration.
    pub fn read(json: &str) -> Result<BTreeMap<String, Self>, ConfigError> {
        #[derive(Deserialize)]
        struct File {
            #[serde(rename = "mcpServers", alias = "servers")]
            servers: BTreeMap<String, ServerConfig>,
        }
        serde_json::from_str::<File>(json).map(|file| file.servers).map_err(|error| ConfigError(error.to_string()))
    }

    /// What to connect to. `${NAME}` and `${NAME:-default}` in any text are variables of this program's environment.
    ///
    /// # Errors
    /// It names neither a program nor a URL, or both, or a variable that is not set.
    pub fn target(&self) -> Result<Target, ConfigError> {
        match (&self.command, &self.url) {
            (Some(command), None) => {
                let mut launch = Launch::new(expand(command)?);
                for arg in &self.args {
                    launch = launch.arg(expand(arg)?);
                }
                for (name, value) in &self.env {
                    launch = launch.env(name, expand(value)?);
                }
                if let Some(directory) = &self.cwd {
                    launch = launch.directory(expand(&directory.to_string_lossy())?);
                }
                Ok(Target::program(launch))
            }
            (None, Some(url)) => {
                let mut target = Target::url(expand(url)?);
                for (name, value) in &self.headers {
                    target = target.header(name, expand(value)?);
                }
                Ok(target)
            }
            (None, None) => Err(ConfigError("a server has a `command` or a `url`".to_owned())),
            (Some(_), Some(_)) => Err(ConfigError("a server has a `command` or a `url`, not both".to_owned())),
        }
    }
}

/// Puts variables in.
fn expand(text: &str) -> Result<String, ConfigError> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, behind)) = after.split_once('}') else { break };
        expanded.push_str(before);
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        match (std::env::var(name), default) {
            (Ok(value), _) => expanded.push_str(&value),
            (Err(_), Some(default)) => expanded.push_str(default),
            (Err(_), None) => return Err(ConfigError(format!("the variable `{name}` is not set"))),
        }
        rest = behind;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in() {
        assert_eq!(expand("a ${MCP_NO_SUCH_VARIABLE:-b} c").as_deref(), Ok("a b c"));
        assert_eq!(expand("$HOME ${ x").as_deref(), Ok("$HOME ${ x"));
        let why = expand("${MCP_NO_SUCH_VARIABLE}").expect_err("it is not set");
        assert!(why.to_string().contains("MCP_NO_SUCH_VARIABLE"));
    }

    #[test]
    fn a_server_is_a_program_or_a_url() {
        let read = |json: &str| ServerConfig::read(&format!(r#"{{"mcpServers":{{"a":{json}}}}}"#)).expect("read");
        assert!(read(r#"{"command":"x"}"#)["a"].target().is_ok());
        assert!(read("{}")["a"].target().is_err());
        assert!(read(r#"{"command":"x","url":"http://y"}"#)["a"].target().is_err());
    }
}
