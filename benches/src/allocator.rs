//! An allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, counting what is asked of it: the sizes asked for, not what it rounds them up to.
#[derive(Debug)]
pub struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// The fewest allocations and reallocations that `work` makes on this thread in sixteen runs, so without those in
/// which a map happens to grow.
pub fn allocations<T>(mut work: impl FnMut() -> T) -> u64 {
    let mut run = || {
        let before = CALLS.get();
        let output = work();
        let made = CALLS.get() - before;
        drop(output);
        made
    };
    (0..16).map(|_| run()).min().expect("sixteen runs")
}

/// Returns the number of bytes that are allocated now.
#[must_use]
pub fn live_bytes() -> usize {
    LIVE.load(Ordering::Relaxed)
}

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it is; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn count(more: usize, less: usize) {
    CALLS.set(CALLS.get() + 1);
    LIVE.fetch_add(more, Ordering::Relaxed);
    LIVE.fetch_sub(less, Ordering::Relaxed);
}
