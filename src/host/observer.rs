use std::sync::Arc;

use super::Event;

/// Receives every event, for logs, metrics and alerts. Closures implement it.
///
/// It is called synchronously: it must not block. Put a slow one behind a [`Queue`](crate::telemetry::Queue).
///
/// ```
/// use device_grant::host::{Event, Observer};
///
/// let log = |event: &Event| println!("{event}");
/// # fn takes(_: impl Observer) {}
/// # takes(log);
/// ```
pub trait Observer: Send + Sync {
    /// Receives an event.
    fn observe(&self, event: &Event);
}

impl<F> Observer for F
where
    F: Fn(&Event) + Send + Sync,
{
    fn observe(&self, event: &Event) {
        self(event);
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn observe(&self, event: &Event) {
        (**self).observe(event);
    }
}
