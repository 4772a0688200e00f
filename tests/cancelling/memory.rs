//! The bytes that are alive in this process.

use std::time::Duration;

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALIVE: PeakAlloc = PeakAlloc;

/// How much more may be alive after twice as many calls: buffers that have grown, a thread of the pool more. A leak of four
/// bytes a call is more than this after five thousand.
const MARGIN: usize = 16 * 1024;

/// What is alive now.
pub fn alive() -> usize {
    ALIVE.current_usage()
}

/// How long that may take. It is long over when nothing leaks.
const SOON: Duration = Duration::from_secs(20);

/// Waits until hardly more is alive than there was before. What ends does so soon after it is seen to end, and not at once.
pub async fn is_back_to(before: usize) {
    let back = async {
        while alive() > before + MARGIN {
            tokio::task::yield_now().await;
        }
    };
    let soon = tokio::time::timeout(SOON, back).await;
    assert!(soon.is_ok(), "{} bytes more are alive than before", alive() - before);
}
