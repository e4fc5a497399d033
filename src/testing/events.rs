use std::sync::{Arc, Mutex, PoisonError};

use crate::host::{Event, Observer, Severity};

/// An observer that records all events in order, except those of severity [`Debug`](crate::host::Severity::Debug). Clones are the
/// same record.
///
/// ```
/// use device_grant::grant::Timestamp;
/// use device_grant::host::{Event, EventKind, Observer};
/// use device_grant::testing::RecordedEvents;
///
/// let events = RecordedEvents::new();
/// events.observe(&Event::new(EventKind::Approved, Timestamp::from_micros(0)));
/// assert_eq!(events.names(), ["approved"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RecordedEvents(Arc<Mutex<Vec<Event>>>);

impl RecordedEvents {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all recorded events.
    #[must_use]
    pub fn all(&self) -> Vec<Event> {
        self.with(|events| events.clone())
    }

    /// Returns the [names](crate::host::EventKind::name) of all recorded events.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.with(|events| events.iter().map(|event| event.kind.name()).collect())
    }

    /// Returns the last event.
    #[must_use]
    pub fn last(&self) -> Option<Event> {
        self.with(|events| events.last().cloned())
    }

    /// Returns the number of events with this [name](crate::host::EventKind::name).
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.with(|events| {
            events
                .iter()
                .filter(|event| event.kind.name() == name)
                .count()
        })
    }

    /// Returns all recorded events, and clears the record.
    #[must_use = "to forget them, call `clear`"]
    pub fn take(&self) -> Vec<Event> {
        self.with(std::mem::take)
    }

    /// Clears the record.
    pub fn clear(&self) {
        self.with(Vec::clear);
    }

    fn with<T>(&self, look: impl FnOnce(&mut Vec<Event>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for RecordedEvents {
    fn observe(&self, event: &Event) {
        if event.severity() > Severity::Debug {
            self.with(|events| events.push(event.clone()));
        }
    }
}
