//! What proxies say of whose connection they pass on, before all else and in headers.
//!
//! Nothing panics; what follows the header of the PROXY protocol is left alone, and a header that came whole says the same when it
//! comes byte by byte.

#![no_main]

use std::pin::Pin;
use std::task::{Context, Poll};

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::runtime;
use mcp_runtime::transport::ProxyHeader;
use tokio::io::{AsyncRead, ReadBuf};

fuzz_target!(|bytes: &[u8]| {
    runtime().block_on(async {
        let mut rest = bytes;
        let whole = ProxyHeader::read(&mut rest, 1024).await;
        let mut slow = Slow(bytes);
        let again = ProxyHeader::read(&mut slow, 1024).await;
        assert_eq!(whole.as_ref().ok(), again.as_ref().ok());
        if whole.is_ok() {
            assert_eq!(rest, slow.0);
            assert!(bytes.ends_with(rest) && bytes.len() - rest.len() >= 15);
        }
    });
});

/// Gives a byte at a time.
struct Slow<'a>(&'a [u8]);

impl AsyncRead for Slow<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        if let Some((first, rest)) = self.0.split_first() {
            buf.put_slice(&[*first]);
            self.0 = rest;
        }
        Poll::Ready(Ok(()))
    }
}
