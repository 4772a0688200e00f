//! From an error to the answer of a call.

use mcp_proto::types::Content;
use mcp_proto::wire::{Code, Method, Reply, ResultWriter, RpcError};
use serde_json::value::RawValue;

use super::chain::{OneLine, Place, chain};
use super::error::{Error, ErrorKind, INTERNAL, Inner, Kind, NOT_FOUND, held};
use super::tool::{ToolOutput as _, ToolResult, ToolWriter};
use crate::call::{Call, Ctx, InputRequired};
use crate::log;

impl Error {
    /// The answer to `call`.
    pub(crate) fn reply(self, call: &Call) -> Reply {
        if !matches!(self.0.kind, Kind::InputRequired(_)) {
            note(call, self.kind());
        }
        #[cfg(feature = "layers")]
        if !matches!(self.0.kind, Kind::InputRequired(_))
            && let Some(mask) = call.ctx().extension::<super::Mask>()
        {
            return mask.of(&self, call).unwrap_or(self).reply_as_it_is(call);
        }
        self.reply_as_it_is(call)
    }

    /// What a layer of ours answers. Its words are for the client, whatever is hidden of the function's.
    #[cfg(feature = "layers")]
    pub(crate) fn reply_of_layer(self, ctx: &Ctx, kind: ErrorKind) -> Reply {
        let call = Call::new(ctx.clone());
        note(&call, kind);
        self.reply_as_it_is(&call)
    }

    /// The answer to `call`, whoever may see what.
    fn reply_as_it_is(self, call: &Call) -> Reply {
        let Inner { kind, message, data, cause: _ } = *self.0;
        let (code, text) = match kind {
            Kind::InputRequired(required) => return ask(&required, call),
            Kind::Rpc(code, text) => {
                let message = message.unwrap_or(text).into();
                return Reply::error(call.id(), &RpcError { code, message, data });
            }
            Kind::NotFound if call.request().method == Method::ResourcesRead => {
                return super::resource::not_found_with(call, message, data);
            }
            Kind::NotFound => (Code::INVALID_PARAMS, NOT_FOUND.to_owned()),
            Kind::Invalid(text) => (Code::INVALID_PARAMS, text),
            Kind::Message(text) => (Code::INTERNAL, text),
            Kind::Internal(error) => {
                log::event!(ERROR, "{} failed: {}", Place(call), OneLine(&chain(&*error)));
                let message = message.unwrap_or_else(|| INTERNAL.to_owned());
                return answer(call, Code::INTERNAL, message, data);
            }
        };
        let text = message.unwrap_or(text);
        log_told(call, &text);
        answer(call, code, text, data)
    }
}

/// Answers with questions to the client. What is sent exactly is left to whoever drives the call.
fn ask(required: &InputRequired, call: &Call) -> Reply {
    match required.note(call.ctx()) {
        Ok(()) => ResultWriter::new(call.id()).finish_input_required(call.seal()),
        Err(error) => error_text(call, error.to_string()),
    }
}

/// Answers with the text of a handler's error, and those of its causes.
pub(super) fn told_with_causes(call: &Call, error: &(dyn std::error::Error + 'static)) -> Reply {
    if let Some(own) = held(error) {
        if let Kind::InputRequired(required) = &own.0.kind {
            return ask(required, call);
        }
        note(call, own.kind());
        #[cfg(feature = "layers")]
        if let Some(shown) = call.ctx().extension::<super::Mask>().and_then(|mask| mask.of(own, call)) {
            return shown.reply_as_it_is(call);
        }
        return own.again().reply_as_it_is(call);
    }
    note(call, ErrorKind::Message);
    #[cfg(feature = "layers")]
    if let Some(mask) = call.ctx().extension::<super::Mask>() {
        return mask.of_other(error, call).reply_as_it_is(call);
    }
    told(call, chain(error))
}

/// Answers with the text of a handler's error, and logs it for those who look for the reason of a failure.
pub(super) fn told(call: &Call, message: String) -> Reply {
    log_told(call, &message);
    error_text(call, message)
}

/// Counts that the time of a call was over, and notes it for layers.
pub(crate) fn note_timeout(ctx: &Ctx) {
    ctx.inner().counters().timed_out();
    ctx.first_run().inner().failed.set(ErrorKind::TimedOut.number());
}

/// Answers a tool's call that does not run for a reason that is the caller's, such as wrong arguments: to layers it is no failure.
pub(crate) fn callers_fault(call: &Call, message: String) -> Reply {
    note(call, ErrorKind::Invalid);
    tool_error(call, message)
}

/// Notes for layers with what the function has failed.
fn note(call: &Call, kind: ErrorKind) {
    call.ctx().first_run().inner().failed.set(kind.number());
}

fn log_told(call: &Call, message: &str) {
    log::event!(DEBUG, "{} failed: {}", Place(call), OneLine(message));
}

/// Answers with the text of an error.
pub(super) fn error_text(call: &Call, message: String) -> Reply {
    answer(call, Code::INTERNAL, message, None)
}

/// Answers with the text of an error, and its data: in a result where the function is a tool, else with this code.
#[inline(never)]
fn answer(call: &Call, code: Code, message: String, data: Option<Box<RawValue>>) -> Reply {
    if call.request().method != Method::ToolsCall {
        return Reply::error(call.id(), &RpcError { code, message: message.into(), data });
    }
    let Some(data) = data else { return tool_error(call, message) };
    let mut writer = ToolWriter::new(call);
    ToolResult::error(message).with(Content::text(data.get())).write(&mut writer);
    writer.finish()
}

/// A tool's failure, told to the model so that it can react (`server/tools`, "Error Handling").
#[inline(never)]
pub(crate) fn tool_error(call: &Call, message: String) -> Reply {
    let mut writer = ToolWriter::new(call);
    ToolResult::error(message).write(&mut writer);
    writer.finish()
}
