use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::code::GrantId;
use crate::host::{Paced, PollRecord, Row};

/// Remembers the grants whose devices were last told the longest interval: a further early poll changes nothing, so the
/// store reads first.
///
/// It is a hint, and the statement that reads judges for itself: a grant that is missing here costs a write, and one too
/// many costs a read.
#[derive(Default)]
pub(super) struct Told(Mutex<HashSet<GrantId>>);

impl Told {
    /// The number of grants that are remembered at most. They take less than a quarter of a MiB.
    const MOST: usize = 4_096;

    pub(super) fn has(&self, id: &GrantId) -> bool {
        self.lock().contains(id)
    }

    /// Remembers what became of a poll.
    pub(super) fn note(&self, poll: &PollRecord, polled: Option<&Row>) {
        let paced = polled.and_then(|row| row.paced);
        let is_longest = match paced {
            Some(Paced::SlowDown { interval }) => interval >= poll.longest,
            Some(Paced::Accepted | Paced::Twin) | None => false,
        };
        let mut told = self.lock();
        if !is_longest {
            told.remove(&poll.id);
            return;
        }
        if told.len() >= Self::MOST {
            // Forgetting all of them is cheaper than an order of age, and costs one write for each device.
            told.clear();
        }
        told.insert(poll.id);
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<GrantId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::Timestamp;

    fn note(told: &Told, number: u16, paced: Option<Paced>) -> GrantId {
        let [high, low] = number.to_be_bytes();
        let mut bytes = [0; 16];
        (bytes[0], bytes[1]) = (high, low);
        let id = GrantId::from_bytes(bytes);
        let mut row = Row::new(id, 1, Timestamp::from_micros(0));
        row.paced = paced;
        told.note(&PollRecord::new(id), Some(&row));
        id
    }

    #[test]
    fn a_grant_is_remembered_from_the_longest_interval_to_its_next_other_answer() {
        let told = Told::default();
        let id = note(&told, 1, Some(Paced::slow_down(55)));
        assert!(!told.has(&id), "the next one is told 60 s");
        for other in [Some(Paced::Accepted), Some(Paced::Twin), None] {
            note(&told, 1, Some(Paced::slow_down(60)));
            assert!(told.has(&id));
            note(&told, 1, other);
            assert!(!told.has(&id), "{other:?}");
        }
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let told = Told::default();
        for number in 0..10_000 {
            let id = note(&told, number, Some(Paced::slow_down(60)));
            assert!(told.has(&id));
            assert!(told.lock().len() <= Told::MOST);
        }
    }
}
