//! Converts rows into grants and back. No other module knows both.

#[cfg(feature = "testing")]
use std::sync::Arc;
use std::time::Duration;

use super::inner::Inner;
use crate::grant::{BodyError, Columns, Facts, Grant, State, Subject, Timestamp};
use crate::host::{Body, NewRow, Pace, PortError, Replacement, Row};

/// A grant that was read from the store, with the time of the store.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) grant: Grant,
    pub(super) revision: u64,
    clock: StoreClock,
}

/// The store's clock, estimated from one row.
#[derive(Clone, Copy, Debug)]
struct StoreClock {
    /// The store's time when the row was read.
    read_at: Timestamp,
    /// This node's time before the call. It stands for the time of the read, so the estimate of the store's time is late by the
    /// duration of the call at most, and never early. So a slow reply lets nothing be decided after its end.
    asked_at: Timestamp,
}

impl Stored {
    /// The grant of a row that was asked for at `asked_at` by this node's clock.
    pub(super) fn read(row: Row, asked_at: Timestamp) -> Result<Self, PortError> {
        let (id, read_at) = (row.id, row.read_at);
        let unreadable = |error| PortError::broken(UnreadableRow { id, error });
        let grant = row.body.read(columns(&row)).map_err(unreadable)?;
        if let Some(column) = contradiction(&grant, &row) {
            return Err(unreadable(BodyError::Contradiction(column)));
        }
        Ok(Self {
            grant,
            revision: row.revision,
            clock: StoreClock { read_at, asked_at },
        })
    }

    /// The same grant after a write.
    pub(super) fn after(&self, grant: Grant, revision: u64) -> Self {
        Self {
            grant,
            revision,
            clock: self.clock,
        }
    }

    /// The time by the store's clock when the row was read.
    pub(super) fn read_at(&self) -> Timestamp {
        self.clock.read_at
    }
}

/// Returns the name of the state, the attempt whose tokens were issued, and the facts of the grant in a row, for tests.
#[cfg(feature = "testing")]
pub(crate) fn stored_in(row: Row) -> Result<(&'static str, Option<String>, Arc<Facts>), PortError> {
    let read_at = row.read_at;
    let grant = Stored::read(row, read_at)?.grant;
    let attempt = match grant.state() {
        State::Redeemed { attempt, .. } => Some(*attempt),
        State::Revoked { redeemed, .. } => *redeemed,
        State::Pending { .. }
        | State::Approved { .. }
        | State::Unconfirmed { .. }
        | State::Denied { .. }
        | State::Redeeming { .. }
        | State::Refused { .. }
        | State::Lapsed { .. } => None,
    };
    let attempt = attempt.map(|attempt| attempt.to_string());
    Ok((grant.state().name(), attempt, Arc::clone(grant.facts())))
}

/// A row that cannot be read. It is left as it is.
#[derive(Debug, thiserror::Error)]
#[error("grant {id}")]
struct UnreadableRow {
    id: crate::code::GrantId,
    #[source]
    error: BodyError,
}

fn columns(row: &Row) -> Columns {
    Columns {
        id: row.id,
        user_code: row.user_code,
        issuer: row.issuer.clone(),
        client_id: row.client_id.clone(),
        issued_at: row.issued_at,
        expires_at: row.expires_at,
    }
}

/// Returns the column that contradicts the body, if one does.
fn contradiction(grant: &Grant, row: &Row) -> Option<&'static str> {
    // Pacing and lists read these columns, decisions read the body. A row in which they differ is damaged or forged.
    if is_pending(grant) != row.is_pending {
        Some("is_pending")
    } else if grant.state().subject() != row.subject.as_ref() {
        Some("subject")
    } else {
        None
    }
}

/// Returns whether polls are paced. An unconfirmed approval is paced, so that confirmation codes are tried no faster than a
/// device may poll.
fn is_pending(grant: &Grant) -> bool {
    let is_undecided = matches!(
        grant.state(),
        State::Pending { .. } | State::Unconfirmed { .. }
    );
    // Otherwise, a store whose clock was set back would pace the grant again, and the device would get `authorization_pending`
    // after `expired_token`.
    is_undecided && !grant.is_told_expired()
}

impl Inner {
    /// The time for which a grant that nobody approved is remembered after its expiry.
    // Anybody can start grants. Kept for the months that a list of devices needs, they would fill the store.
    const ABANDONED: Duration = Duration::from_secs(3_600);

    /// Returns the store's time now, estimated from a row.
    pub(super) fn now_at(&self, stored: &Stored) -> Timestamp {
        let StoreClock { read_at, asked_at } = stored.clock;
        // The duration is zero if this node's clock was set back meanwhile, so the time is never before that of the row.
        read_at + self.now().duration_until(asked_at)
    }

    pub(super) fn new_row(&self, facts: &Facts, lifetime: Duration, revision: u64) -> NewRow {
        NewRow {
            id: facts.id,
            revision,
            user_code: facts.user_code,
            issuer: facts.issuer.clone(),
            client_id: facts.client_id.clone(),
            lifetime: lifetime.saturating_add(self.clock_skew()),
            retention: self.retention_of(None),
            pace: Pace::new(facts.interval, self.pacing.due_after(facts.interval)),
            body: facts.encoded_as_issued(),
        }
    }

    pub(super) fn replacement(&self, current: &Stored, next: &Stored) -> Replacement {
        let grant = &next.grant;
        Replacement {
            id: grant.id(),
            expected: current.revision,
            revision: next.revision,
            subject: grant.state().subject().cloned(),
            is_pending: is_pending(grant),
            forget_at: grant.facts().expires_at + self.retention_of(grant.state().subject()),
            body: Body::of(grant),
        }
    }

    /// Returns the time for which a grant is remembered after its expiry: the host's retention if somebody approved it, and
    /// otherwise [`ABANDONED`](Self::ABANDONED) at most.
    fn retention_of(&self, approved_by: Option<&Subject>) -> Duration {
        if approved_by.is_some() {
            self.retention
        } else {
            self.retention.min(Self::ABANDONED)
        }
    }

    /// Returns the allowed difference between the clocks of the store's servers. It is added to the enforced lifetime, so that no
    /// node answers `expired_token` before the advertised time.
    fn clock_skew(&self) -> Duration {
        self.pacing.skew()
    }
}
