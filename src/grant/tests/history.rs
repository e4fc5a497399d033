//! Random histories of events and times, beside a model of ten lines.

use crate::message::ErrorResponse;
use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;

/// A review that never gets too old: its age has tests of its own.
const FOREVER: Duration = Duration::from_secs(1_000_000);
const LEASE: i64 = 30;

#[derive(Clone, Copy, Debug)]
enum Event {
    Claim(u8),
    Release(u8),
    Approve(u8, &'static str),
    ApproveToConfirm(u8),
    /// Sends a confirmation code: the right one is 0.
    Confirm(u8),
    Deny(u8),
    Lease,
    Commit(usize),
    Abandon(usize),
    Refuse(usize),
    Revoke,
}

/// The expected state, in few words. Attempts are counted from 0, times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Model {
    Pending(Option<u8>),
    Approved {
        pause: Option<(i64, i64)>,
    },
    /// With the wrong codes, each a bit.
    Unconfirmed(u8),
    Denied,
    Redeeming {
        attempt: usize,
        begun: i64,
    },
    Redeemed,
    Refused,
    Revoked,
}

impl Model {
    fn after(self, event: Event, now: i64, attempts: usize) -> Option<Self> {
        let is_open = now < LIFETIME;
        let is_live = |begun| begun - 1 <= now && now < begun + LEASE;
        let is_paused = |pause: Option<(i64, i64)>| {
            pause.is_some_and(|(begun, until)| begun - 1 <= now && now * 1_000 < until)
        };
        match (self, event) {
            (Self::Pending(by), Event::Claim(who)) if is_open && by.is_none_or(|by| by == who) => {
                Some(Self::Pending(Some(who)))
            }
            (Self::Pending(Some(by)), Event::Release(who)) if by == who => {
                Some(Self::Pending(None))
            }
            (Self::Pending(Some(by)), Event::Approve(who, "openid")) if by == who && is_open => {
                Some(Self::Approved { pause: None })
            }
            (Self::Pending(Some(by)), Event::ApproveToConfirm(who)) if by == who && is_open => {
                Some(Self::Unconfirmed(0))
            }
            (Self::Unconfirmed(_), Event::Confirm(0)) if is_open => {
                Some(Self::Approved { pause: None })
            }
            (Self::Unconfirmed(wrong), Event::Confirm(code)) if is_open => {
                let wrong = wrong | 1 << code;
                let is_last = wrong.count_ones() == 3;
                Some(if is_last {
                    Self::Refused
                } else {
                    Self::Unconfirmed(wrong)
                })
            }
            (Self::Pending(Some(by)), Event::Deny(who)) if by == who && is_open => {
                Some(Self::Denied)
            }
            (Self::Approved { pause }, Event::Lease) if is_open && !is_paused(pause) => {
                Some(Self::Redeeming {
                    attempt: attempts,
                    begun: now,
                })
            }
            (Self::Redeeming { begun, .. }, Event::Lease) if is_open && !is_live(begun) => {
                Some(Self::Redeeming {
                    attempt: attempts,
                    begun: now,
                })
            }
            (Self::Redeeming { attempt, begun }, Event::Commit(mine))
                if attempt == mine && is_live(begun) =>
            {
                Some(Self::Redeemed)
            }
            (Self::Redeeming { attempt, .. }, Event::Abandon(mine)) if attempt == mine => {
                Some(Self::Approved {
                    pause: Some((now, pause_of(attempt, now))),
                })
            }
            (Self::Redeeming { attempt, .. }, Event::Refuse(mine)) if attempt == mine => {
                Some(Self::Refused)
            }
            (
                Self::Pending(_)
                | Self::Approved { .. }
                | Self::Unconfirmed(_)
                | Self::Redeeming { .. }
                | Self::Redeemed,
                Event::Revoke,
            ) => Some(Self::Revoked),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Approved { .. } => "approved",
            Self::Unconfirmed(_) => "unconfirmed",
            Self::Denied => "denied",
            Self::Redeeming { .. } => "redeeming",
            Self::Redeemed => "redeemed",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
        }
    }
}

/// When the pause after this attempt is over, in milliseconds: 4.5 s, doubled to a minute, and only so for the first
/// nine minutes. None outlives the codes.
fn pause_of(attempt: usize, now: i64) -> i64 {
    let long = now * 1_000 + (4_500 << attempt.min(4)).min(60_000);
    long.min((LIFETIME - 60) * 1_000)
        .max(now * 1_000 + 4_500)
        .min(LIFETIME * 1_000)
}

/// A grant, the model of it, and what has to be remembered to hold one against the other.
struct History {
    grant: Grant,
    model: Model,
    attempts: Vec<Attempt>,
    approved: Option<Arc<Granted>>,
    commits: usize,
}

impl History {
    fn begin() -> Self {
        Self {
            grant: Scenario::at(Stage::Unreviewed),
            model: Model::Pending(None),
            attempts: Vec::new(),
            approved: None,
            commits: 0,
        }
    }

    /// Lets one event happen to both, and checks what always holds.
    fn step(&mut self, event: Event, now: i64) -> Result<(), TestCaseError> {
        let before = self.grant.clone();
        let expected = self.model.after(event, now, self.attempts.len());
        let next = self.apply(event, at(now));
        prop_assert_eq!(
            next.is_some(),
            expected.is_some(),
            "{:?} at {} s on {:?}",
            event,
            now,
            before
        );
        if let (Some(next), Some(model)) = (next, expected) {
            self.grant = next;
            self.model = model;
            self.note(event);
        }
        prop_assert_eq!(self.grant.state().name(), self.model.name());
        self.check_decision(&before)?;
        self.check_terminal(&before)?;
        self.check_redemption(at(now))?;
        self.check_expiry(at(now))
    }

    fn apply(&self, event: Event, now: Timestamp) -> Option<Grant> {
        let who = |who: u8| reviewer(&format!("user{who}"), "laptop");
        let attempt = |index: usize| {
            let unknown = Attempt::new(fence(0xee), 1);
            self.attempts.get(index).copied().unwrap_or(unknown)
        };
        let grant = &self.grant;
        match event {
            Event::Claim(by) => grant
                .claim(&who(by), Arrival::Typed, nonce(by), now, FOREVER)
                .ok()
                .map(|claimed| claimed.next.unwrap_or_else(|| grant.clone())),
            Event::Release(by) => grant.release(&who(by), nonce(by)).ok(),
            Event::Approve(by, scope) => {
                let granted = approval(who(by), nonce(by), scope, now);
                grant.approve(granted, now, FOREVER).ok()
            }
            Event::ApproveToConfirm(by) => {
                let granted = approval(who(by), nonce(by), "openid", now);
                let code = Scenario::CONFIRMATION;
                grant.approve_unconfirmed(granted, code, now, FOREVER).ok()
            }
            Event::Confirm(code) => grant
                .confirm(&[digest(0xc0 + code)], now)
                .ok()
                .map(|next| next.unwrap_or_else(|| grant.clone())),
            Event::Deny(by) => grant
                .deny(&who(by), nonce(by), Denial::Declined, now, FOREVER)
                .ok(),
            Event::Lease => {
                let fence = fence(u8::try_from(self.attempts.len()).unwrap());
                grant.lease(fence, now, Scenario::LEASE, &[]).ok()
            }
            Event::Commit(index) => grant.commit(attempt(index), now).ok(),
            Event::Abandon(index) => grant.abandon(attempt(index), now, None, None).ok(),
            Event::Refuse(index) => grant
                .refuse(attempt(index), ErrorResponse::access_denied(), now)
                .ok(),
            Event::Revoke => grant.revoke(now).ok(),
        }
    }

    /// Remembers what the event that just happened brought.
    fn note(&mut self, event: Event) {
        match (event, self.grant.state()) {
            (Event::Lease, State::Redeeming { lease, .. }) => self.attempts.push(lease.attempt),
            (Event::Approve(..), State::Approved { granted, .. })
            | (Event::ApproveToConfirm(_), State::Unconfirmed { granted, .. }) => {
                self.approved = Some(Arc::clone(granted));
            }
            (Event::Commit(_), _) => self.commits += 1,
            _ => {}
        }
    }

    /// I2 and I11: what was decided stays, and was within what was requested.
    fn check_decision(&self, before: &Grant) -> Result<(), TestCaseError> {
        let is_pending = |grant: &Grant| matches!(grant.state(), State::Pending { .. });
        prop_assert!(is_pending(before) || !is_pending(&self.grant));
        if let Some(granted) = self.grant.state().granted() {
            prop_assert_eq!(Some(granted), self.approved.as_ref());
            prop_assert!(granted.access.is_within(&self.grant.facts().requested));
        }
        prop_assert_eq!(before.facts(), self.grant.facts());
        Ok(())
    }

    fn check_terminal(&self, before: &Grant) -> Result<(), TestCaseError> {
        let after = self.grant.state();
        match before.state() {
            State::Denied { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => {
                prop_assert_eq!(before.state(), after);
            }
            State::Redeemed { attempt, .. } => {
                let is_revoked =
                    matches!(after, State::Revoked { redeemed: Some(of), .. } if of == attempt);
                prop_assert!(is_revoked || before.state() == after);
            }
            State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Redeeming { .. } => {}
        }
        Ok(())
    }

    /// I1 and I3: one commit at most, and nothing but the lease's end between an approval and the next attempt.
    fn check_redemption(&self, now: Timestamp) -> Result<(), TestCaseError> {
        prop_assert!(self.commits <= 1);
        prop_assert!(
            self.attempts
                .is_sorted_by(|one, next| one.ordinal < next.ordinal)
        );
        if let State::Redeeming { lease, .. } = self.grant.state() {
            let is_over = self
                .grant
                .lease(fence(0xdd), lease.until, Scenario::LEASE, &[]);
            let is_expired = self.grant.is_expired(lease.until);
            prop_assert!(is_over.is_ok() || is_expired);
            prop_assert!(
                !lease.is_live(now) || lease.until.micros_since(now) <= (LEASE + 1) * SECOND
            );
        }
        Ok(())
    }

    /// I6: expiry comes before any state but three, and stays the answer to what is revoked later.
    fn check_expiry(&self, now: Timestamp) -> Result<(), TestCaseError> {
        let grant = &self.grant;
        let is_expired = match self.grant.state() {
            State::Redeemed { .. } => false,
            State::Revoked { redeemed, at, .. } => redeemed.is_none() && grant.is_expired(*at),
            State::Redeeming { lease, .. } => grant.is_expired(now) && !lease.is_live(now),
            State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Refused { .. }
            | State::Lapsed { .. } => grant.is_expired(now),
        };
        prop_assert_eq!(self.grant.answer(now) == Answer::Expired, is_expired);
        Ok(())
    }
}

/// An event, and how many seconds after the one before it; a clock may be set back.
fn steps() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let who = 0..2_u8;
    let attempt = 0..4_usize;
    let event = prop_oneof![
        3 => who.clone().prop_map(Event::Claim),
        1 => who.clone().prop_map(Event::Release),
        3 => (who.clone(), prop_oneof![Just("openid"), Just(""), Just("openid email")])
            .prop_map(|(who, scope)| Event::Approve(who, scope)),
        1 => who.clone().prop_map(Event::ApproveToConfirm),
        2 => (0..5_u8).prop_map(Event::Confirm),
        1 => who.prop_map(Event::Deny),
        4 => Just(Event::Lease),
        3 => attempt.clone().prop_map(Event::Commit),
        2 => attempt.clone().prop_map(Event::Abandon),
        1 => attempt.prop_map(Event::Refuse),
        1 => Just(Event::Revoke),
    ];
    let later = prop_oneof![8 => 0..40_i64, 1 => -40..0_i64, 1 => Just(LEASE), 1 => 0..300_i64];
    prop::collection::vec((event, later), 0..60)
}

proptest! {
    #[test]
    fn every_history_goes_as_the_model_says_and_keeps_the_invariants(steps in steps()) {
        let mut history = History::begin();
        let mut now = 0;
        for (event, later) in steps {
            now += later;
            history.step(event, now)?;
        }
    }
}

#[test]
fn the_histories_reach_every_state() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..256 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let mut history = History::begin();
        let mut now = 0;
        for (event, later) in steps {
            now += later;
            history.step(event, now).unwrap();
            reached.insert(history.grant.state().name());
            if now >= LIFETIME {
                reached.insert("expired");
            }
            if history.attempts.len() > 1 {
                reached.insert("attempted again");
            }
        }
    }
    assert_eq!(reached.len(), 10, "{reached:?}");
}
