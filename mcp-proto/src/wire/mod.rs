//! JSON-RPC as MCP has it: frames in, envelopes out.
//!
//! The specification's page is `basic/index`, "Messages".
//!
//! ```
//! use mcp_proto::era::Seal;
//! use mcp_proto::wire::{Id, Incoming, Message, ResultWriter, decode, notification, request};
//!
//! let frame = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}"#;
//! let Incoming::One(Message::Request(call)) = decode(frame) else { panic!("a request") };
//! assert_eq!((&call.id, call.name(), call.arguments_json()), (&Id::Number(7), Some("add"), r#"{"a":1,"b":2}"#));
//!
//! let mut result = ResultWriter::new(&call.id);
//! result.member("sum").extend_from_slice(b"3");
//! let reply = result.finish(&Seal::stateful());
//! assert_eq!(reply.bytes(), br#"{"jsonrpc":"2.0","id":7,"result":{"sum":3}}"#);
//!
//! assert_eq!(request(&Id::Number(8), "ping", None), br#"{"jsonrpc":"2.0","id":8,"method":"ping"}"#);
//! assert_eq!(notification("notifications/initialized", None), br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
//! ```

mod cursor;
mod decode;
mod error;
mod frame;
mod id;
mod member;
mod method;
mod names;
mod nest;
mod params;
mod plain;
mod reply;
mod request;
mod result;
mod scan;
mod skim;
mod text;
mod value;

pub use cursor::{Cursor, JsonKind, Stopped};
pub(crate) use decode::CLIENT_BYTES;
pub use decode::{Incoming, Message, decode};
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
