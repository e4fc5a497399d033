use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::code::GrantId;
use crate::grant::Timestamp;
use crate::host::{Event, EventKind};

/// The undecided grants that this process issued, as far as their events tell.
#[derive(Debug, Default)]
pub(super) struct Live(Mutex<Undecided>);

#[derive(Debug, Default)]
struct Undecided {
    // Two orders: by the end to forget what is expired, by the id to remove what is decided.
    by_end: BTreeSet<(Timestamp, GrantId)>,
    ends: HashMap<GrantId, Timestamp>,
}

impl Live {
    /// Takes note of an event, and shows the number of undecided grants if it can have changed.
    pub(super) fn after(&self, event: &Event, show: impl FnOnce(usize)) {
        let Some(id) = event.grant else { return };
        let EventKind::Authorized { lifetime, .. } = event.kind else {
            if is_end(&event.kind) {
                self.with(event.at, |live| live.remove(&id), show);
            }
            return;
        };
        let ends_at = event.at + lifetime;
        self.with(event.at, |live| live.insert(id, ends_at), show);
    }

    fn with(&self, now: Timestamp, change: impl FnOnce(&mut Undecided), show: impl FnOnce(usize)) {
        let mut live = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut live);
        // A grant whose device stops polling has no event at its expiry.
        live.forget(now);
        // Before another event changes it: else the older of two numbers could be shown last.
        show(live.ends.len());
    }
}

impl Undecided {
    fn insert(&mut self, id: GrantId, ends_at: Timestamp) {
        self.by_end.insert((ends_at, id));
        self.ends.insert(id, ends_at);
    }

    fn remove(&mut self, id: &GrantId) {
        if let Some(ends_at) = self.ends.remove(id) {
            self.by_end.remove(&(ends_at, *id));
        }
    }

    /// Forgets what is expired.
    fn forget(&mut self, now: Timestamp) {
        while let Some(&(ends_at, id)) = self.by_end.first() {
            if ends_at > now {
                return;
            }
            self.remove(&id);
        }
    }
}

/// Returns whether a grant is decided or over by this event.
fn is_end(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Approved
            | EventKind::Denied
            | EventKind::ReportedNotMe
            | EventKind::Revoked
            | EventKind::Expired
            // These two also tell of decisions that were made on other nodes.
            | EventKind::Redeemed
            | EventKind::PollDenied
    )
}
