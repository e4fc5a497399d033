use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::host::{Event, Observer};

/// A bounded queue in front of an observer that may be slow or block. It passes events on from a thread of its own.
///
/// If the queue is full, an event is dropped and counted; the next one that fits has the number of those that were
/// [held back](Event::held_back). The thread ends when the queue is dropped and empty. If the observer panics, only that event
/// is lost.
///
/// ```
/// use device_grant::host::{Event, Observer};
/// use device_grant::telemetry::Queue;
///
/// let audit = Queue::new(1_024, |event: &Event| println!("{event}"))?;
/// assert_eq!(audit.dropped(), 0);
/// # fn takes(_: impl Observer) {}
/// # takes(audit);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Queue {
    sender: SyncSender<Event>,
    dropped: AtomicU64,
    /// The number of dropped events that no later event has reported.
    untold: AtomicU64,
}

impl Queue {
    /// A queue for up to `capacity` events of about 200 bytes each, and for at least one. It starts the thread.
    ///
    /// # Errors
    ///
    /// The operating system's error if the thread cannot be started.
    pub fn new(capacity: usize, observer: impl Observer + 'static) -> io::Result<Arc<Self>> {
        let (sender, receiver) = sync_channel(capacity.max(1));
        thread::Builder::new()
            .name("device-grant-events".to_owned())
            .spawn(move || serve(&receiver, &observer))?;
        Ok(Arc::new(Self {
            sender,
            dropped: AtomicU64::new(0),
            untold: AtomicU64::new(0),
        }))
    }

    /// Returns the number of events that have been dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Observer for Queue {
    fn observe(&self, event: &Event) {
        let mut event = event.clone();
        // Taken before the attempt, so that two events at the same time do not both report the same dropped events.
        let untold = self.untold.swap(0, Ordering::Relaxed);
        event.held_back += untold;
        // If this event is dropped, the next one reports it, and all that it would have reported.
        let lost = event.held_back + 1;
        // Never waits: a slow audit log must not slow sign-ins.
        if self.sender.try_send(event).is_err() {
            self.untold.fetch_add(lost, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

fn serve(events: &Receiver<Event>, observer: &impl Observer) {
    for event in events {
        // The panic hook has reported it, and the next event may be served.
        _ = catch_unwind(AssertUnwindSafe(|| observer.observe(&event)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use super::*;
    use crate::grant::Timestamp;
    use crate::host::EventKind;

    const LONG: Duration = Duration::from_secs(10);

    #[test]
    fn a_queue_for_no_event_holds_one() {
        let (go, wait) = channel::<()>();
        let (tell, told) = channel();
        let wait = Mutex::new(wait);
        let queue = Queue::new(0, move |event: &Event| {
            tell.send(event.kind.name()).unwrap();
            _ = wait.lock().unwrap().recv();
        })
        .unwrap();
        let observe = |kind| queue.observe(&Event::new(kind, Timestamp::from_micros(0)));
        observe(EventKind::Reviewed);
        assert_eq!(told.recv_timeout(LONG), Ok("reviewed"));
        observe(EventKind::Approved);
        observe(EventKind::Redeemed);
        assert_eq!(queue.dropped(), 1);
        drop(go);
        assert_eq!(told.recv_timeout(LONG), Ok("approved"));
    }

    #[test]
    fn a_blocked_observer_costs_events_and_they_are_counted() {
        let (go, wait) = channel::<()>();
        let (tell, told) = channel();
        let wait = Mutex::new(wait);
        let queue = Queue::new(2, move |event: &Event| {
            tell.send((event.kind.name(), event.held_back)).unwrap();
            let wait = wait.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(wait.recv().is_ok(), "this observer fails each time");
            panic!("this observer fails each time");
        })
        .unwrap();
        let observe = |kind| queue.observe(&Event::new(kind, Timestamp::from_micros(0)));
        observe(EventKind::Reviewed);
        // It has been taken from the queue, and blocks.
        assert_eq!(told.recv().unwrap(), ("reviewed", 0));
        for _ in 0..4 {
            observe(EventKind::Approved);
        }
        // A dropped one that tells of others, which it held back before.
        let mut last = Event::new(EventKind::Approved, Timestamp::from_micros(0));
        last.held_back = 7;
        queue.observe(&last);
        assert_eq!(queue.dropped(), 3);
        go.send(()).unwrap();
        // One panic later the next one is served, and another fits.
        assert_eq!(told.recv().unwrap(), ("approved", 0));
        observe(EventKind::Redeemed);
        assert_eq!(queue.dropped(), 3);
        (0..2).for_each(|_| go.send(()).unwrap());
        assert_eq!(told.recv().unwrap(), ("approved", 0));
        assert_eq!(told.recv().unwrap(), ("redeemed", 10));
        go.send(()).unwrap();
    }
}
