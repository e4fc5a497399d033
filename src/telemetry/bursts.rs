use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::grant::Timestamp;
use crate::host::{Event, EventKind, Observer};

/// Returns an observer that passes at most one of equal faults in a second on to `observer`, with the number of those that it
/// [held back](Event::held_back).
///
/// Faults are equal if their port, method and [`is_retryable`](EventKind::Fault::is_retryable) are. Slow calls of one method are
/// treated the same way, and so are redemptions that one port postponed. All other events are passed on at once. The count of
/// a burst follows with the first event of any kind after its second, such as a poll.
///
/// ```
/// use device_grant::host::{Event, Observer};
/// use device_grant::telemetry::without_bursts;
///
/// let log = without_bursts(|event: &Event| println!("{event}"));
/// # fn takes(_: impl Observer) {}
/// # takes(log);
/// ```
pub fn without_bursts(observer: impl Observer) -> impl Observer {
    Bursts {
        inner: observer,
        held: Mutex::default(),
    }
}

struct Bursts<O> {
    inner: O,
    held: Mutex<BTreeMap<Key, Held>>,
}

/// The parts in which equal events agree: kind, port, method and whether to try again. All are names in this crate, so
/// the map has some dozens of entries at most.
type Key = (&'static str, &'static str, &'static str, bool);

struct Held {
    told_at: Timestamp,
    /// The last one that was held back, with their number.
    last: Option<Event>,
}

impl<O: Observer> Bursts<O> {
    /// The time in which only one of several equal events is passed on.
    const PERIOD: Duration = Duration::from_secs(1);

    /// Returns the events to pass on now, in order.
    fn due(&self, event: &Event) -> Vec<Event> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key_of(event);
        let mut due = Vec::new();
        // No timer runs, so each event brings those of bursts that are over.
        held.retain(|known, held| {
            let is_over = is_over(held.told_at, event.at);
            if is_over && key.as_ref() != Some(known) {
                due.extend(held.last.take());
            }
            // The burst of this event stays: its count goes out with the event.
            !is_over || key.as_ref() == Some(known)
        });
        let Some(key) = key else {
            due.push(event.clone());
            return due;
        };
        let Some(known) = held.get_mut(&key) else {
            let (told_at, last) = (event.at, None);
            held.insert(key, Held { told_at, last });
            due.push(event.clone());
            return due;
        };
        let before = known.last.take().map_or(0, |last| last.held_back + 1);
        let mut event = event.clone();
        event.held_back += before;
        if is_over(known.told_at, event.at) {
            known.told_at = event.at;
            due.push(event);
        } else {
            known.last = Some(event);
        }
        due
    }

    /// Returns whether an event needs neither the lock nor a copy.
    fn is_idle(&self, event: &Event) -> bool {
        // Most events are polls of a server without faults: they take no copy, and wait for nobody.
        key_of(event).is_none() && self.held.try_lock().is_ok_and(|held| held.is_empty())
    }
}

impl<O: Observer> Observer for Bursts<O> {
    fn observe(&self, event: &Event) {
        if self.is_idle(event) {
            self.inner.observe(event);
            return;
        }
        // After the lock: the observer may be slow, or cause an event itself.
        for event in self.due(event) {
            self.inner.observe(&event);
        }
    }
}

/// Returns whether a second has passed. A clock that was set back ends it as well.
fn is_over(told_at: Timestamp, now: Timestamp) -> bool {
    let period = i64::try_from(Bursts::<fn(&Event)>::PERIOD.as_micros()).unwrap_or(i64::MAX);
    !(0..period).contains(&now.micros_since(told_at))
}

fn key_of(event: &Event) -> Option<Key> {
    let name = event.kind.name();
    if let EventKind::Fault {
        port,
        operation,
        is_retryable,
        ..
    } = event.kind
    {
        Some((name, port, operation, is_retryable))
    } else if let EventKind::PortSlow { port, operation } = event.kind {
        Some((name, port, operation, true))
    } else if let EventKind::RedemptionPostponed { port, .. } = event.kind {
        Some((name, port, "", true))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn fault(port: &'static str, millis: i64) -> Event {
        let kind = EventKind::Fault {
            port,
            operation: "find",
            is_retryable: true,
            cause: "connection refused".to_owned(),
        };
        Event::new(kind, Timestamp::from_micros(millis * 1_000))
    }

    fn passed_on(events: &[Event]) -> Vec<(String, i64, u64)> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        let bursts = without_bursts(move |event: &Event| {
            let EventKind::Fault { port, .. } = event.kind else {
                let name = event.kind.name().to_owned();
                log.lock()
                    .unwrap()
                    .push((name, event.at.as_micros() / 1_000, event.held_back));
                return;
            };
            let millis = event.at.as_micros() / 1_000;
            log.lock()
                .unwrap()
                .push((port.to_owned(), millis, event.held_back));
        });
        events.iter().for_each(|event| bursts.observe(event));
        let heard = heard.lock().unwrap();
        heard.clone()
    }

    fn line(what: &str, millis: i64, held_back: u64) -> (String, i64, u64) {
        (what.to_owned(), millis, held_back)
    }

    #[test]
    fn one_fault_a_second_is_passed_on_with_the_number_of_the_others() {
        let burst: Vec<Event> = (0..25).map(|n| fault("store", n * 100)).collect();
        let expected = [
            line("store", 0, 0),
            line("store", 1_000, 9),
            line("store", 2_000, 9),
        ];
        assert_eq!(passed_on(&burst), expected);
    }

    #[test]
    fn the_rest_of_a_burst_follows_with_any_later_event() {
        let poll = |millis: i64| {
            let at = Timestamp::from_micros(millis * 1_000);
            Event::new(EventKind::PollPending, at)
        };
        let events = [
            fault("store", 0),
            fault("store", 100),
            fault("store", 200),
            poll(300),
            poll(1_300),
            poll(1_400),
        ];
        let expected = [
            line("store", 0, 0),
            line("poll_pending", 300, 0),
            line("store", 200, 1),
            line("poll_pending", 1_300, 0),
            line("poll_pending", 1_400, 0),
        ];
        assert_eq!(passed_on(&events), expected);
    }

    #[test]
    fn what_the_events_themselves_tell_of_is_counted() {
        let [mut first, mut second, mut last] = [0, 100, 1_000].map(|at| fault("store", at));
        (first.held_back, second.held_back, last.held_back) = (1, 2, 4);
        assert_eq!(
            passed_on(&[first, second, last]),
            [line("store", 0, 1), line("store", 1_000, 2 + 1 + 4)]
        );
    }

    #[test]
    fn faults_of_different_ports_are_different() {
        let events = [fault("store", 0), fault("limiter", 1), fault("store", 2)];
        assert_eq!(
            passed_on(&events),
            [line("store", 0, 0), line("limiter", 1, 0)]
        );
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nothing() {
        let events = [fault("store", 5_000), fault("store", 0)];
        assert_eq!(
            passed_on(&events),
            [line("store", 5_000, 0), line("store", 0, 0)]
        );
    }
}
