//! A connection whose peer does not read is cut.
//!
//! Holds for the wrapped stream: a write that waits for the peer longer than the limit fails with `TimedOut`. Reads
//! pass; hyper bounds the time for a request by itself.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream whose writes may not wait longer than `limit`.
pub struct StallGuard<S> {
    stream: S,
    limit: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> StallGuard<S> {
    /// Guards `stream`.
    pub fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, waiting: None }
    }

    /// Passes on what the stream said; when it said "wait", watches the clock meanwhile.
    fn watch<T>(&mut self, said: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if said.is_ready() {
            self.waiting = None;
            return said;
        }
        let limit = self.limit;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallGuard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallGuard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(said, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(said, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(said, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(said, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime")
            .block_on(test);
    }

    #[test]
    fn a_peer_that_does_not_read_is_cut() {
        run(async {
            let (ours, _theirs) = duplex(16);
            let mut guarded = StallGuard::new(ours, Duration::from_millis(30));
            let cut = tokio::time::timeout(Duration::from_secs(5), guarded.write_all(&[0; 64])).await;
            assert_eq!(cut.expect("within the limit").map_err(|e| e.kind()), Err(io::ErrorKind::TimedOut));
        });
    }

    #[test]
    fn a_slow_reader_that_goes_on_is_not_cut() {
        run(async {
            let (ours, mut theirs) = duplex(16);
            let mut guarded = StallGuard::new(ours, Duration::from_millis(200));
            let reader = async {
                let mut buf = [0; 16];
                for _ in 0..16 {
                    sleep(Duration::from_millis(25)).await;
                    theirs.read_exact(&mut buf).await.expect("data");
                }
            };
            // Takes 400 ms in all, twice the limit, but never waits that long at once.
            let (written, ()) = tokio::join!(guarded.write_all(&[0; 256]), reader);
            written.expect("not cut");
        });
    }
}
