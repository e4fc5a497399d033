use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::Clock;

/// A clock that stands still. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).expect("a few seconds");
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Default for Hands {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1_700_000_000_000_000)))
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}
