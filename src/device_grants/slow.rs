use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::code::GrantId;

/// The calls of a port that have waited for `Watch::SLOW` or longer. The polls of one grant count as one
/// call: they wait for each other, or for one row, while the port answers all others.
#[derive(Default)]
pub(super) struct Slow {
    calls: AtomicUsize,
    /// The number of slow polls of each grant that has any.
    polls: Mutex<HashMap<GrantId, usize>>,
}

/// A call that counts as slow until this is dropped.
pub(super) struct SlowCall<'a> {
    slow: &'a Slow,
    polled: Option<GrantId>,
}

impl Slow {
    /// Counts a call, which polls a grant if there is an id.
    pub(super) fn call(&self, polled: Option<GrantId>) -> SlowCall<'_> {
        let is_first = polled.is_none_or(|id| {
            let mut polls = self.polls();
            let number = polls.entry(id).or_default();
            *number += 1;
            *number == 1
        });
        if is_first {
            self.calls.fetch_add(1, Ordering::Relaxed);
        }
        SlowCall { slow: self, polled }
    }

    /// The number of slow calls that stand in the way of a new one. If it polls a grant, these may be the polls of that grant.
    pub(super) fn ahead_of(&self, polled: Option<&GrantId>) -> usize {
        // Relaxed: one call more or less does no harm.
        let calls = self.calls.load(Ordering::Relaxed);
        match polled {
            Some(id) if calls > 0 => {
                let polls = self.polls().get(id).copied();
                calls.max(polls.unwrap_or_default())
            }
            _ => calls,
        }
    }

    fn polls(&self) -> MutexGuard<'_, HashMap<GrantId, usize>> {
        self.polls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SlowCall<'_> {
    fn drop(&mut self) {
        let was_last = self.polled.is_none_or(|id| {
            let mut polls = self.slow.polls();
            let left = polls.get(&id).map_or(0, |number| number.saturating_sub(1));
            if left > 0 {
                polls.insert(id, left);
            } else {
                polls.remove(&id);
            }
            left == 0
        });
        if was_last {
            self.slow.calls.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_have_ended_leave_nothing_behind() {
        let slow = Slow::default();
        let grants = [1, 2].map(|byte| GrantId::from_bytes([byte; 16]));
        let calls = [None, Some(grants[0]), Some(grants[0]), Some(grants[1])];
        let calls = calls.map(|polled| slow.call(polled));
        assert_eq!(slow.ahead_of(None), 3);
        assert_eq!(slow.polls().len(), 2);
        drop(calls);
        assert_eq!(slow.ahead_of(None), 0);
        assert_eq!(slow.ahead_of(Some(&grants[0])), 0);
        // An entry of each grant that ever was slow would fill the memory.
        assert!(slow.polls().is_empty());
    }
}
