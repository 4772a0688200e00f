//! How a connection ends: close codes, and what they mean.

use std::io;

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Why this side ends a connection: a code (RFC 6455, 7.4.1), and a sentence for the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    code: CloseCode,
    why: &'static str,
}

impl End {
    pub(super) const DONE: Self = Self { code: CloseCode::Normal, why: "" };
    pub(crate) const STOPPING: Self = Self { code: CloseCode::Away, why: "the server ends" };
    pub(super) const EXPIRED: Self =
        Self { code: CloseCode::Policy, why: "the credentials have expired, or were revoked" };
    pub(super) const SILENT: Self = Self { code: CloseCode::Away, why: "a ping was not answered in time" };
    pub(super) const BINARY: Self = Self { code: CloseCode::Unsupported, why: "messages are text" };
    pub(super) const TOO_LATE: Self =
        Self { code: CloseCode::Policy, why: "no message came in time, or its end did not" };
    pub(super) const NO_ROOM: Self = Self { code: CloseCode::Again, why: "the server has no memory for the message" };
    const TOO_LONG: Self = Self { code: CloseCode::Size, why: "the message is too long" };
    const NO_TEXT: Self = Self { code: CloseCode::Invalid, why: "the text is not UTF-8" };
    const BROKEN: Self = Self { code: CloseCode::Protocol, why: "the frames are not those of RFC 6455" };

    /// As it is sent.
    pub(super) fn frame(&self) -> CloseFrame {
        CloseFrame { code: self.code, reason: self.why.into() }
    }

    /// As it is logged.
    pub(super) fn error(&self) -> io::Error {
        let kind = if *self == Self::SILENT { io::ErrorKind::TimedOut } else { io::ErrorKind::InvalidData };
        io::Error::new(kind, self.why)
    }

    /// What is told to the other side that has sent this; nothing where there is no other side any more.
    pub(super) fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => Some(Self::TOO_LONG),
            Error::Utf8(_) => Some(Self::NO_TEXT),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
            Error::Protocol(_) | Error::Capacity(_) => Some(Self::BROKEN),
            _ => None,
        }
    }
}

/// The error that a connection ends with.
pub(super) fn io_error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => io::ErrorKind::ConnectionReset.into(),
        error => io::Error::other(error),
    }
}
