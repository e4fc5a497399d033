use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{ClientId, Subject, Timestamp};
use crate::host::{Body, Pace, PollRecord, Replacement, Row};
use crate::sync::{Mutex, MutexGuard};

/// A grant in memory, which both sets and the queue share: hash tables are half empty on average, so a row or a key in
/// each of them would take twice its size.
pub(super) struct Kept {
    pub(super) id: GrantId,
    pub(super) user_code: Option<UserCodeDigest>,
    issuer: Arc<str>,
    client_id: ClientId,
    issued_at: Timestamp,
    expires_at: Timestamp,
    due_after: Duration,
    // A lock of its own, because a look-up by user code holds the lock of the index, not that of the shard.
    changing: Mutex<Changing>,
}

/// The part that replacements and polls write. It has the fields of a [`Pace`], which as a struct takes 16 bytes more.
struct Changing {
    revision: u64,
    subject: Option<Subject>,
    forget_at: Timestamp,
    body: Body,
    last_accepted: Timestamp,
    told_interval: u32,
    is_pending: bool,
    was_accepted: bool,
    had_twin: bool,
}

impl Kept {
    pub(super) fn new(row: Row, pace: Pace) -> Self {
        Self {
            id: row.id,
            user_code: row.user_code,
            issuer: row.issuer,
            client_id: row.client_id,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            due_after: pace.due_after,
            changing: Mutex::new(Changing {
                revision: row.revision,
                subject: row.subject,
                forget_at: row.forget_at,
                body: row.body,
                // Ignored for a grant without a poll, because `was_accepted` is false.
                last_accepted: pace.last_accepted.unwrap_or(row.issued_at),
                told_interval: pace.told_interval,
                is_pending: row.is_pending,
                was_accepted: pace.last_accepted.is_some(),
                had_twin: pace.had_twin,
            }),
        }
    }

    pub(super) fn forget_at(&self) -> Timestamp {
        self.lock().forget_at
    }

    /// The row as it is read at this time.
    pub(super) fn read(&self, at: Timestamp) -> Row {
        self.row(&self.lock(), at)
    }

    /// Judges a poll at this time, and returns the row with the outcome.
    pub(super) fn polled(&self, poll: &PollRecord, at: Timestamp) -> Row {
        // One lock for judging and writing: of two polls that race, the second is judged by the pace that the first one
        // left.
        let mut changing = self.lock();
        let mut row = self.row(&changing, at);
        let mut pace = changing.pace(self.due_after);
        row.judge(&mut pace, poll);
        changing.set_pace(pace);
        row
    }

    /// Overwrites what a replacement changes, if the revision is the one that it expects, and then returns the former
    /// `forget_at`.
    pub(super) fn replace(&self, replacement: &Replacement) -> Option<Timestamp> {
        let mut changing = self.lock();
        if changing.revision != replacement.expected {
            return None;
        }
        let forget_at = changing.forget_at;
        // The pace stays: a poll that came after the caller read the row would otherwise be undone.
        changing.revision = replacement.revision;
        changing.subject.clone_from(&replacement.subject);
        changing.is_pending = replacement.is_pending;
        changing.forget_at = replacement.forget_at;
        changing.body.clone_from(&replacement.body);
        Some(forget_at)
    }

    fn row(&self, changing: &Changing, at: Timestamp) -> Row {
        Row {
            id: self.id,
            revision: changing.revision,
            user_code: self.user_code,
            issuer: Arc::clone(&self.issuer),
            client_id: self.client_id.clone(),
            subject: changing.subject.clone(),
            is_pending: changing.is_pending,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            forget_at: changing.forget_at,
            body: changing.body.clone(),
            read_at: at,
            paced: None,
        }
    }

    /// Locks, poisoned or not: nothing panics between the steps of a change.
    fn lock(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changing {
    fn pace(&self, due_after: Duration) -> Pace {
        Pace {
            due_after,
            told_interval: self.told_interval,
            last_accepted: self.was_accepted.then_some(self.last_accepted),
            had_twin: self.had_twin,
        }
    }

    fn set_pace(&mut self, pace: Pace) {
        if let Some(last_accepted) = pace.last_accepted {
            self.last_accepted = last_accepted;
            self.was_accepted = true;
        }
        self.told_interval = pace.told_interval;
        self.had_twin = pace.had_twin;
    }
}

/// A grant in a set that finds it by its id.
pub(super) struct ById(pub(super) Arc<Kept>);

impl Borrow<GrantId> for ById {
    fn borrow(&self) -> &GrantId {
        &self.0.id
    }
}

impl Eq for ById {}

impl Hash for ById {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

/// A grant in a set that finds it by its user code.
pub(super) struct ByUserCode(pub(super) Arc<Kept>);

// `Borrow` has to return a reference to what is stored, so look-ups wrap their code in `Some`.
impl Borrow<Option<UserCodeDigest>> for ByUserCode {
    fn borrow(&self) -> &Option<UserCodeDigest> {
        &self.0.user_code
    }
}

impl Eq for ByUserCode {}

impl Hash for ByUserCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.user_code.hash(state);
    }
}

impl PartialEq for ByUserCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.user_code == other.0.user_code
    }
}

/// A time at which a grant is looked at, to be forgotten if it is due. The earliest is the greatest.
pub(super) struct Due {
    pub(super) at: Timestamp,
    pub(super) grant: Arc<Kept>,
}

impl Eq for Due {}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        // Reversed, because `BinaryHeap` returns its greatest element first.
        other.at.cmp(&self.at)
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
