//! The longest time that a test waits for something.

use std::thread;
use std::time::{Duration, Instant};

/// Far more than anything takes; the machine may be busy.
const LONGEST: Duration = Duration::from_secs(120);

#[derive(Clone, Copy)]
pub(crate) struct Patience(Instant);

impl Patience {
    #[expect(
        clippy::disallowed_methods,
        reason = "it measures how long a test waits for a process"
    )]
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn is_over(self) -> bool {
        self.0.elapsed() > LONGEST
    }
}

/// Waits until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Patience::new();
    while !holds() {
        assert!(!patience.is_over(), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
