use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// The moment between reading and writing, for what does the two in two steps.
#[derive(Default)]
pub(super) struct Gap(AtomicU32);

impl Gap {
    /// Waits until somebody else is in the gap too, but not for long: they may all be through.
    pub(super) fn wait(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        for step in 0..200 {
            if step > 20 && self.0.load(Ordering::SeqCst) > 1 {
                break;
            }
            thread::yield_now();
        }
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
