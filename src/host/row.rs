use std::sync::Arc;
use std::time::Duration;

use super::Body;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::pacing::{Pace, Paced, PollRecord};
use crate::grant::{ClientId, Subject, Timestamp};

/// A grant as a store keeps it: columns by which the store filters, orders and compares, and a body that it does not read.
///
/// Separately, the store keeps the grant's [`Pace`], which only polls write.
///
/// ```
/// use device_grant::code::GrantId;
/// use device_grant::grant::Timestamp;
/// use device_grant::host::Row;
///
/// // A store that puts a row together from its columns sets what it read.
/// let read_at = Timestamp::from_micros(1_700_000_000_000_000);
/// let mut row = Row::new(GrantId::from_bytes([1; 16]), 7, read_at);
/// row.client_id = "tv".into();
/// row.is_pending = true;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The identifier of the grant: a digest of issuer, client and device code.
    pub id: GrantId,
    /// A number that changes with each write of the grant, but not with a poll. The writer draws it at random. So it recognizes
    /// its own write after a lost reply, and two histories after a failover never look equal.
    pub revision: u64,
    /// The digest of the user code, or `None` for a grant that no person can look up.
    pub user_code: Option<UserCodeDigest>,
    /// The issuer identifier of the authorization server.
    pub issuer: Arc<str>,
    /// The client to which the codes were issued.
    pub client_id: ClientId,
    /// The end user who approved; `None` if nobody did.
    pub subject: Option<Subject>,
    /// True until somebody decides, and while the device has to send a confirmation code. Polls of such a grant are paced.
    pub is_pending: bool,
    /// The time at which the codes were issued, by the store's clock.
    pub issued_at: Timestamp,
    /// The time from which the codes are expired.
    pub expires_at: Timestamp,
    /// The time from which the row may be deleted.
    pub forget_at: Timestamp,
    /// Everything else about the grant.
    pub body: Body,
    /// The time by the store's clock at which the row was read. It is not stored.
    pub read_at: Timestamp,
    /// The outcome of the pacing, if a poll read the row and the row [is paced](Self::is_paced). It is not stored.
    pub paced: Option<Paced>,
}

impl Row {
    /// A row without a user code, subject or body, with empty issuer and client, and with all times set to `read_at`.
    #[must_use]
    pub fn new(id: GrantId, revision: u64, read_at: Timestamp) -> Self {
        Self {
            id,
            revision,
            user_code: None,
            issuer: Arc::default(),
            client_id: ClientId::new(""),
            subject: None,
            is_pending: false,
            issued_at: read_at,
            expires_at: read_at,
            forget_at: read_at,
            body: Body::default(),
            read_at,
            paced: None,
        }
    }

    /// Returns true if a poll at `now` is paced: the grant is [pending](Self::is_pending) and not expired.
    #[must_use]
    pub fn is_paced(&self, now: Timestamp) -> bool {
        self.is_pending && now < self.expires_at
    }

    /// Returns the row with `read_at` set to this time of the store's clock.
    #[must_use]
    pub fn read(&self, at: Timestamp) -> Self {
        let mut row = self.clone();
        row.read_at = at;
        row
    }

    /// Returns the row for a poll at this time of the store's clock. If the row [is paced](Self::is_paced), it judges the poll by
    /// [`Pace::poll`] and updates `pace`, which the store then writes.
    #[must_use]
    pub fn polled(&self, pace: &mut Pace, poll: &PollRecord, at: Timestamp) -> Self {
        let mut row = self.read(at);
        row.judge(pace, poll);
        row
    }

    /// Judges the poll that read the row.
    pub(crate) fn judge(&mut self, pace: &mut Pace, poll: &PollRecord) {
        self.paced = self.is_paced(self.read_at).then(|| {
            let (next, paced) = pace.poll(self.read_at, poll);
            *pace = next;
            paced
        });
    }

    /// Applies a replacement if the row has the expected revision: overwrites revision, subject, `is_pending`, `forget_at` and
    /// body. Returns true if it did.
    pub fn apply(&mut self, replacement: &Replacement) -> bool {
        if self.revision != replacement.expected {
            return false;
        }
        self.revision = replacement.revision;
        self.subject.clone_from(&replacement.subject);
        self.is_pending = replacement.is_pending;
        self.forget_at = replacement.forget_at;
        self.body.clone_from(&replacement.body);
        true
    }
}

/// A grant to insert. Its times are relative to the insertion, whose time is that of the store's clock.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewRow {
    /// See [`Row::id`].
    pub id: GrantId,
    /// See [`Row::revision`].
    pub revision: u64,
    /// See [`Row::user_code`].
    pub user_code: Option<UserCodeDigest>,
    /// See [`Row::issuer`].
    pub issuer: Arc<str>,
    /// See [`Row::client_id`].
    pub client_id: ClientId,
    /// The time from the insertion to [`Row::expires_at`].
    pub lifetime: Duration,
    /// The time from [`Row::expires_at`] to [`Row::forget_at`].
    pub retention: Duration,
    /// The pace of a grant that no poll has seen.
    pub pace: Pace,
    /// See [`Row::body`].
    pub body: Body,
}

impl NewRow {
    /// Returns the row to store at `now` by the store's clock: pending, without a subject.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Row {
        let expires_at = now + self.lifetime;
        Row {
            id: self.id,
            revision: self.revision,
            user_code: self.user_code,
            issuer: Arc::clone(&self.issuer),
            client_id: self.client_id.clone(),
            subject: None,
            is_pending: true,
            issued_at: now,
            expires_at,
            forget_at: expires_at + self.retention,
            body: self.body.clone(),
            read_at: now,
            paced: None,
        }
    }
}

/// A conditional write over a row. Other columns and the pace do not change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Replacement {
    /// The grant to change.
    pub id: GrantId,
    /// The revision that the row has to have.
    pub expected: u64,
    /// The new revision, drawn at random for this write.
    pub revision: u64,
    /// See [`Row::subject`].
    pub subject: Option<Subject>,
    /// See [`Row::is_pending`].
    pub is_pending: bool,
    /// See [`Row::forget_at`].
    pub forget_at: Timestamp,
    /// See [`Row::body`].
    pub body: Body,
}
