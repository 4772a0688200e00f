//! The shapes that handlers build, written the way the revision in use knows them.
//!
//! ```
//! use mcp_proto::Version;
//! use mcp_proto::types::{Annotations, Content, Text, UriTemplate};
//!
//! let text = Content::from(Text::new("done").annotated(Annotations::new().priority(0.5)));
//! let mut out = Vec::new();
//! text.write(&mut out, Version::LATEST);
//! assert_eq!(out, br#"{"type":"text","text":"done","annotations":{"priority":0.5}}"#);
//!
//! let template = UriTemplate::parse("note://{folder}/{id}").expect("a template");
//! let values = template.match_uri("note://to%20do/7").expect("it fits");
//! assert_eq!((&*values["folder"], &*values["id"]), ("to do", "7"));
//! assert_eq!(template.expand(&values).as_deref(), Some("note://to%20do/7"));
//! ```

mod annotations;
mod content;
mod icon;
mod implementation;
mod level;
mod prompt;
mod resource;
mod uri;
mod uri_template;

pub use annotations::{Annotations, FixedAnnotations, Role};
pub use content::{Audio, Content, Embedded, Image, ResourceLink, Text};
pub use icon::Icon;
pub use implementation::Implementation;
pub use level::LogLevel;
pub use prompt::PromptMessage;
pub use resource::{Body, ResourceContents};
pub use uri::{fold_host, normalize, uri_key};
pub use uri_template::{BadTemplate, UriTemplate, Values, Variable, VariableKind};
