//! What prompts return (`server/prompts`, "GetPromptResult").

use mcp_proto::Version;
use mcp_proto::types::{Audio, Content, Embedded, Image, PromptMessage, ResourceLink, Role, Text};
use mcp_proto::wire::{Reply, ResultWriter, write_str};

use super::probe::Probe;
use crate::call::Call;

/// A type that writes itself as a prompt's messages.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{PromptOutput, PromptWriter};
///
/// struct Lesson(Vec<&'static str>);
///
/// impl PromptOutput for Lesson {
///     fn write(self, writer: &mut PromptWriter<'_>) {
///         for question in self.0 {
///             writer.message(&PromptMessage::user(question));
///         }
///         writer.description("A lesson".to_owned());
///     }
/// }
///
/// /// Practises sums.
/// #[prompt]
/// fn lesson() -> Lesson {
///     Lesson(vec!["What is 2 + 2?", "What is 3 + 3?"])
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a prompt cannot return `{Self}`",
    label = "neither text, content, nor messages",
    note = "return `String`, `PromptMessage`, `Vec<PromptMessage>`, `Prompt`, a content type, or a `Result` of one"
)]
pub trait PromptOutput {
    /// Writes the messages.
    fn write(self, writer: &mut PromptWriter<'_>);
}

/// Writes a prompt's messages, one by one.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{PromptOutput, PromptWriter};
///
/// struct Quiz(&'static str);
///
/// impl PromptOutput for Quiz {
///     fn write(self, writer: &mut PromptWriter<'_>) {
///         writer.message(&PromptMessage::user(self.0));
///         writer.description("A question".to_owned());
///     }
/// }
/// ```
#[derive(Debug)]
pub struct PromptWriter<'a> {
    call: &'a Call,
    result: ResultWriter,
    messages: usize,
    description: Option<String>,
}

impl<'a> PromptWriter<'a> {
    fn new(call: &'a Call) -> Self {
        let mut result = ResultWriter::new(call.id());
        result.member("messages").push(b'[');
        Self { call, result, messages: 0, description: None }
    }

    /// The revision the messages are written for.
    pub fn version(&self) -> Version {
        self.call.version()
    }

    /// Adds a message.
    pub fn message(&mut self, message: &PromptMessage) {
        let version = self.version();
        message.write(self.next_message(), version);
    }

    /// Adds a message whose content is JSON already.
    pub(crate) fn raw_message(&mut self, role: Role, content: &str) {
        let message = format!(r#"{{"role":"{}","content":{content}}}"#, role.as_str());
        let out = self.next_message();
        out.extend_from_slice(message.as_bytes());
    }

    fn next_message(&mut self) -> &mut Vec<u8> {
        let out = self.result.value();
        if self.messages > 0 {
            out.push(b',');
        }
        self.messages += 1;
        out
    }

    /// Describes what came out.
    pub fn description(&mut self, description: String) {
        self.description = Some(description);
    }

    fn finish(mut self) -> Reply {
        self.result.value().push(b']');
        if let Some(description) = &self.description {
            write_str(self.result.member("description"), description);
        }
        self.result.finish(self.call.seal())
    }
}

/// The messages of a prompt, with a description. Without a description, return a `Vec<PromptMessage>`.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Asks for a review.
/// #[prompt]
/// fn review(code: &str) -> Prompt {
///     Prompt::new([PromptMessage::user(format!("Review this:\n{code}"))]).description("A code review")
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    messages: Vec<PromptMessage>,
    description: Option<String>,
}

impl Prompt {
    /// A prompt with these messages.
    pub fn new(messages: impl IntoIterator<Item = PromptMessage>) -> Self {
        Self { messages: messages.into_iter().collect(), description: None }
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl PromptOutput for Prompt {
    fn write(self, writer: &mut PromptWriter<'_>) {
        self.messages.write(writer);
        if let Some(description) = self.description {
            writer.description(description);
        }
    }
}

impl PromptOutput for PromptMessage {
    fn write(self, writer: &mut PromptWriter<'_>) {
        writer.message(&self);
    }
}

impl PromptOutput for Vec<PromptMessage> {
    fn write(self, writer: &mut PromptWriter<'_>) {
        for message in &self {
            writer.message(message);
        }
    }
}

impl<const N: usize> PromptOutput for [PromptMessage; N] {
    fn write(self, writer: &mut PromptWriter<'_>) {
        Vec::from(self).write(writer);
    }
}

impl<T: Into<Content>> PromptOutput for Vec<T>
where
    T: ContentBlock,
{
    fn write(self, writer: &mut PromptWriter<'_>) {
        for block in self {
            writer.message(&PromptMessage::user(block));
        }
    }
}

/// The types that are one block of content.
pub trait ContentBlock {}

macro_rules! user_says {
    ($($block:ty),*) => {$(
        impl ContentBlock for $block {}

        /// One message of the user.
        impl PromptOutput for $block {
            fn write(self, writer: &mut PromptWriter<'_>) {
                writer.message(&PromptMessage::user(self));
            }
        }
    )*};
}

user_says!(String, &str, Content, Text, Image, Audio, ResourceLink, Embedded);

/// Types that write themselves.
pub trait PromptByOutput<T> {
    /// The answer.
    fn reply_prompt(&self, value: T, call: &Call) -> Reply;
}

/// Types that can be shown: one message of the user.
pub trait PromptByText<T> {
    /// The answer.
    fn reply_prompt(&self, value: T, call: &Call) -> Reply;
}

impl<T: PromptOutput> PromptByOutput<T> for &Probe<T> {
    fn reply_prompt(&self, value: T, call: &Call) -> Reply {
        let mut writer = PromptWriter::new(call);
        value.write(&mut writer);
        writer.finish()
    }
}

impl<T: std::fmt::Display> PromptByText<T> for Probe<T> {
    fn reply_prompt(&self, value: T, call: &Call) -> Reply {
        PromptByOutput::reply_prompt(&&Probe::new(), value.to_string(), call)
    }
}
