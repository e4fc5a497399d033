use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_lock::{Semaphore, SemaphoreGuardArc};

use crate::code::GrantId;

/// Lets in two polls of each grant at a time. The others wait here, where they hold no connection of the host's pool.
#[derive(Default)]
pub(super) struct Lanes(Mutex<HashMap<GrantId, Arc<Semaphore>>>);

/// A poll that may go on, until this is dropped.
pub(super) struct Turn<'a> {
    lanes: &'a Lanes,
    id: GrantId,
    lane: Arc<Semaphore>,
    permit: Option<SemaphoreGuardArc>,
}

impl Lanes {
    const WIDTH: usize = 2;

    /// Waits until fewer than two polls of this grant are on their way.
    pub(super) async fn enter(&self, id: GrantId) -> Turn<'_> {
        let lane = {
            let mut lanes = self.lock();
            let lane = lanes.entry(id);
            Arc::clone(lane.or_insert_with(|| Arc::new(Semaphore::new(Self::WIDTH))))
        };
        // Made before the wait, so that a poll whose future is dropped leaves nothing behind.
        let mut turn = Turn {
            lanes: self,
            id,
            lane,
            permit: None,
        };
        turn.permit = Some(turn.lane.acquire_arc().await);
        turn
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<GrantId, Arc<Semaphore>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.permit = None;
        let mut lanes = self.lanes.lock();
        // The map has one, and this turn the other: nobody else is there, and nobody can come while the map is locked.
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
    fn two_polls_of_a_grant_are_let_in_and_nothing_is_left_behind() {
        let lanes = Lanes::default();
        let [one, other] = [1, 2].map(|number| GrantId::from_bytes([number; 16]));
        let mut context = Context::from_waker(Waker::noop());
        let mut enter = |id| {
            let Poll::Ready(turn) = pin!(lanes.enter(id)).poll(&mut context) else {
                return None;
            };
            Some(turn)
        };
        let [first, second] = [enter(one), enter(one)];
        assert!(first.is_some() && second.is_some());
        assert!(enter(one).is_none(), "the third waits, and is dropped");
        assert!(enter(other).is_some(), "of another grant");
        drop(first);
        assert!(enter(one).is_some(), "there is room again");
        drop(second);
        assert!(lanes.lock().is_empty());
    }
}
