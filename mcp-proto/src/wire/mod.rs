//! JSON-RPC as MCP has it: frames in, envelopes out.
//!
//! The specification's page is `basic/index`, "Messages".

mod cursor;
mod decode;
mod error;
mod frame;
mod id;
mod member;
mod method;
mod params;
mod plain;
mod reply;
mod request;
mod result;
mod scan;
mod skim;
mod text;

pub use cursor::{Cursor, JsonKind, Stopped};
pub(crate) use decode::CLIENT_BYTES;
pub use decode::{Incoming, Message, decode, decode_answer};
pub use error::{Code, RpcError};
pub use frame::{Frame, Span};
pub use id::{Id, Spelled};
pub use member::{Member, items, members, pick, text_param};
pub use method::Method;
pub use params::RequestWriter;
pub use plain::{is_single_line, single_line};
pub use reply::{
    CallNotice, ErrorId, Reply, ReplyKind, ResultWriter, error_code, error_frame, notification, notification_with,
    request, write_str,
};
pub use request::{Arguments, Invalid, Meta, Notification, Request, Response};
pub use skim::Skimmer;
pub use text::{Str, Text};
