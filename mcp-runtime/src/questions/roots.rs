//! The directories a client works in (`client/roots`).

use mcp_proto::Version;

use super::fault::Faults;
use super::members::Members;
use crate::call::{AskError, Capability, Question};

/// Asks for the client's roots: the directories and files that it works in.
///
/// ```
/// use mcp_runtime::{Question, roots};
///
/// let answer = roots().read(r#"{"roots": [{"uri": "file:///home/ada/engine"}]}"#)?;
/// assert_eq!(answer[0].uri, "file:///home/ada/engine");
/// # Ok::<(), mcp_runtime::AskError>(())
/// ```
pub fn roots() -> Roots {
    Roots
}

/// The question that [`roots`] returns.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Counts the directories that the client works in.
/// #[tool(read_only)]
/// async fn count(ctx: &Ctx) -> Result<usize> {
///     Ok(ctx.ask("roots", roots()).await?.len())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a question does nothing until it is asked"]
pub struct Roots;

/// A directory or a file that the client works in.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Lists where the client works.
/// #[tool(read_only)]
/// async fn places(ctx: &Ctx) -> Result<Vec<String>> {
///     let roots = ctx.ask("roots", roots()).await?;
///     Ok(roots.into_iter().map(|root| root.name.unwrap_or(root.uri)).collect())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Root {
    /// Its `file://` URI.
    pub uri: String,
    /// The name that people see.
    pub name: Option<String>,
}

impl Question for Roots {
    type Answer = Vec<Root>;

    fn method(&self) -> &'static str {
        "roots/list"
    }

    fn needs(&self) -> Vec<Capability> {
        vec![Capability::Roots]
    }

    fn params(&self, _: Version) -> Result<String, String> {
        Ok("{}".to_owned())
    }

    fn read(&self, result: &str) -> Result<Vec<Root>, AskError> {
        let mut faults = Faults::default();
        let roots = read(result, &mut faults);
        faults.or(roots)
    }
}

fn read(result: &str, faults: &mut Faults) -> Option<Vec<Root>> {
    let list = Members::read("", result, faults)?.list("roots", faults)?;
    let mut root = |(path, json): (String, &str)| {
        let members = Members::read(path, json, faults)?;
        let uri = members.required("uri", "text", faults);
        let name = members.optional("name", "text", faults);
        Some(Root { uri: uri?, name })
    };
    // All of them are looked at before the first fault ends it.
    let roots: Vec<_> = list.into_iter().map(&mut root).collect();
    roots.into_iter().collect()
}
