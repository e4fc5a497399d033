use std::sync::Arc;

use super::Event;

/// Hears what happens, for logs, metrics and alarms. It cannot change anything.
///
/// It is called in line: it should be quick and must not block. Closures do.
///
/// ```
/// use device_grant::host::{Event, Observer};
///
/// let log = |event: &Event| println!("{event}");
/// # fn takes(_: impl Observer) {}
/// # takes(log);
/// ```
pub trait Observer: Send + Sync {
    /// Something happened.
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
