use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_lock::{Mutex as Lane, MutexGuardArc};

use crate::code::GrantId;

/// Lets in one poll of each grant at a time, so that no batch has two polls of a grant. The others wait here, where they hold no
/// connection of the host's pool.
#[derive(Default)]
pub(super) struct Lanes(Mutex<HashMap<GrantId, Arc<Lane<()>>>>);

/// A poll that may go on, until this is dropped.
pub(super) struct Turn<'a> {
    lanes: &'a Lanes,
    id: GrantId,
    lane: Arc<Lane<()>>,
    guard: Option<MutexGuardArc<()>>,
}

impl Lanes {
    /// Waits until no other poll of this grant is let in.
    pub(super) async fn enter(&self, id: GrantId) -> Turn<'_> {
        let lane = {
            let mut lanes = self.lock();
            Arc::clone(lanes.entry(id).or_default())
        };
        // Made before the wait, so that a poll whose future is dropped leaves nothing behind.
        let mut turn = Turn {
            lanes: self,
            id,
            lane,
            guard: None,
        };
        turn.guard = Some(turn.lane.lock_arc().await);
        turn
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<GrantId, Arc<Lane<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.guard = None;
        let mut lanes = self.lanes.lock();
        // One reference of the map and one of this turn: no other poll waits, and none can come while the map is locked.
        if Arc::strong_count(&self.lane) == 2 {
            lanes.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn one_poll_of_a_grant_is_let_in_and_nothing_is_left_behind() {
        let lanes = Lanes::default();
        let [one, other] = [1, 2].map(|number| GrantId::from_bytes([number; 16]));
        let mut context = Context::from_waker(Waker::noop());
        let mut enter = |id| {
            let Poll::Ready(turn) = pin!(lanes.enter(id)).poll(&mut context) else {
                return None;
            };
            Some(turn)
        };
        let first = enter(one);
        assert!(first.is_some());
        assert!(enter(one).is_none(), "the second waits, and is dropped");
        assert!(enter(other).is_some(), "of another grant");
        drop(first);
        assert!(enter(one).is_some(), "there is room again");
        assert!(lanes.lock().is_empty());
    }
}
