//! Messages over TCP, each with its length before it: four bytes, the highest first.

use std::io;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use mcp_runtime::transport::{Oversized, PeerInfo, Received, Sink, Stream, Transport};
use tokio::net::TcpStream;
use tokio_util::codec::{Decoder, Encoder, FramedRead, FramedWrite};

/// A connection on which each message has its length before it.
pub struct LengthPrefixed(pub TcpStream);

impl Transport for LengthPrefixed {
    fn split(
        self,
        message_limit: usize,
    ) -> (
        impl Stream<Item = io::Result<Received>> + Send + 'static,
        impl Sink<Bytes, Error = io::Error> + Send + 'static,
        PeerInfo,
    ) {
        let peer = self.0.peer_addr().map_or(PeerInfo::new("tcp"), |address| PeerInfo::new("tcp").address(address));
        let (read, write) = self.0.into_split();
        let codec = || Codec { message_limit, passing: None };
        (FramedRead::new(read, codec()), FramedWrite::new(write, codec()), peer)
    }
}

struct Codec {
    message_limit: usize,
    /// A message that is too long, and how much of it is still to come.
    passing: Option<(Oversized, usize)>,
}

impl Decoder for Codec {
    type Item = Received;
    type Error = io::Error;

    fn decode(&mut self, read: &mut BytesMut) -> io::Result<Option<Received>> {
        if let Some((mut oversized, left)) = self.passing.take() {
            let part = read.split_to(left.min(read.len()));
            oversized.feed(&part);
            if part.len() == left {
                return Ok(Some(Received::TooLong(oversized)));
            }
            self.passing = Some((oversized, left - part.len()));
            return Ok(None);
        }
        let Some(length) = read.first_chunk().map(|first| u32::from_be_bytes(*first) as usize) else { return Ok(None) };
        if length > self.message_limit {
            read.advance(4);
            self.passing = Some((Oversized::default(), length));
            return self.decode(read);
        }
        let is_whole = read.len() - 4 >= length;
        Ok(is_whole.then(|| read.split_to(4 + length).split_off(4).freeze().into()))
    }
}

impl Encoder<Bytes> for Codec {
    type Error = io::Error;

    fn encode(&mut self, message: Bytes, written: &mut BytesMut) -> io::Result<()> {
        written.put_u32(u32::try_from(message.len()).map_err(io::Error::other)?);
        written.put(message);
        Ok(())
    }
}
