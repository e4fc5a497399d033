use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::awaited::Awaited;
use super::cut::{self, Cut, Ended};
use super::trouble::{LEASE, Trouble};
use crate::code::GrantId;
use crate::device_grants::{Approval, DeviceGrants, Fault, PollOutcome};
use crate::grant::{Arrival, Attempt, State};
use crate::host::{Client, GrantStore, Ruling, Terms, Visitor};
use crate::host::{DeviceAuthorizationRequest, DeviceTokenRequest};
use crate::testing::{
    Checkpoint, FaultyStore, IssuedTokens, ManualClock, RecordedEvents, Scenario, ScriptedIssuer,
    ScriptedPolicy, StoreCall, must,
};

/// An approved grant whose first poll is cut short, and which is then polled until it has a definite answer.
pub(super) struct Run {
    what: String,
    state: Option<State>,
    first: First,
    delivered: Vec<String>,
    issuer: ScriptedIssuer,
    is_cut: bool,
    strays: usize,
    is_commit_unknown: bool,
}

/// The outcome of the poll that was cut short.
struct First {
    is_answered: bool,
    writes: usize,
}

/// A server of its own on the store that is shared by all runs.
struct Server<S> {
    grants: DeviceGrants,
    store: FaultyStore<Awaited<Arc<S>>>,
    issuer: ScriptedIssuer,
    policy: ScriptedPolicy,
    clock: ManualClock,
    events: RecordedEvents,
}

/// The values with which a device polls.
struct Device {
    client: Client,
    device_code: String,
    id: GrantId,
}

impl Run {
    /// The time after the commit in which a device may ask again.
    pub(super) const WINDOW: Duration = Duration::from_secs(300);
    const INTERVAL: Duration = Duration::from_secs(5);
    /// More polls than it takes until a lease or a pause is over.
    const POLLS: usize = 40;

    /// Runs it on this store, which tells the time by this clock.
    pub(super) async fn of<S: GrantStore + 'static>(
        (store, clock): (&Arc<S>, &ManualClock),
        trouble: Trouble,
        cut: &Cut,
        redelivery: Option<Duration>,
    ) -> Self {
        let server = Server::on(store, clock, trouble, redelivery);
        let device = server.approved_device().await;
        let before = server.store.calls().len();
        cut.prepare(&server.store);
        trouble.prepare(&server.policy);
        let ended = cut::run(cut.patience(), server.poll(&device)).await;
        // The trouble is over: from here on, the device polls a server that works.
        server.policy.rule(Checkpoint::Redemption, Ruling::Allow);
        let calls = server.store.calls().split_off(before);
        server.store.heal();
        let mut run = Self {
            what: format!("{trouble:?}, {cut:?}"),
            state: None,
            first: First {
                is_answered: matches!(ended, Ended::Answered(Ok(_))),
                writes: calls
                    .iter()
                    .filter(|call| **call == StoreCall::Replace)
                    .count(),
            },
            delivered: Vec::new(),
            issuer: server.issuer.clone(),
            is_cut: match cut {
                Cut::Store(call, _) | Cut::StoreForGood(call, _) => calls.len() >= *call,
                Cut::Dropped(_) => matches!(ended, Ended::Dropped),
            },
            strays: 0,
            is_commit_unknown: server.events.count("commit_unknown") > 0,
        };
        if !run.hears(ended) {
            run.poll_to_the_end(&server, &device).await;
        }
        run.strays = server.store.settle().await;
        let found = must(server.grants.look_up(&device.id).await);
        run.state = found.map(|grant| grant.state().clone());
        run
    }

    /// Returns whether there was a place for the cut.
    pub(super) fn was_cut(&self) -> bool {
        self.is_cut
    }

    /// Returns whether a write of the cut redemption came only after everything else.
    pub(super) fn had_strays(&self) -> bool {
        self.strays > 0
    }

    async fn poll_to_the_end<S: GrantStore + 'static>(
        &mut self,
        server: &Server<S>,
        device: &Device,
    ) {
        for _ in 0..Self::POLLS {
            server.clock.advance(Self::INTERVAL);
            let ended = cut::run(usize::MAX, server.poll(device)).await;
            if self.hears(ended) {
                return;
            }
        }
        self.fail("there is no definite answer");
    }

    /// Notes an answer; `true` if it is definite.
    fn hears(&mut self, ended: Ended<Result<PollOutcome, Fault>>) -> bool {
        let outcome = match ended {
            Ended::Answered(Ok(outcome)) => outcome,
            Ended::Answered(Err(_)) | Ended::Dropped | Ended::Panicked => return false,
        };
        if let PollOutcome::Tokens(tokens) = &outcome {
            self.delivered.push(tokens.access_token.to_owned());
        }
        !outcome.is_pending()
    }

    /// Checks that one set of tokens was delivered, or none if the host refused or the answer was lost after the commit.
    pub(super) fn judge(&self) {
        self.expect(self.delivered.len() <= 1, "tokens are doubled");
        match &self.state {
            Some(State::Redeemed { attempt, .. }) => self.judge_redeemed(*attempt),
            Some(State::Refused { .. } | State::Lapsed { .. }) => {
                self.expect(self.delivered.is_empty(), "what was refused is delivered");
            }
            Some(
                State::Pending { .. }
                | State::Approved { .. }
                | State::Unconfirmed { .. }
                | State::Denied { .. }
                | State::Redeeming { .. }
                | State::Revoked { .. },
            )
            | None => self.fail("the answer was definite, and the grant has not ended"),
        }
        self.judge_discarded();
    }

    fn judge_redeemed(&self, attempt: Attempt) {
        if let Some(delivered) = self.delivered.first() {
            let is_its_own = self.issued_by(attempt).any(|own| own == *delivered);
            self.expect(
                is_its_own,
                "the tokens are not those of the committed attempt",
            );
        } else {
            // The first write is the lease and the second the commit, whose answer may have been lost.
            let had_begun = self.first.writes >= 2 && !self.first.is_answered;
            self.expect(
                had_begun || self.is_commit_unknown,
                "an approval is burnt before its commit",
            );
        }
    }

    /// Tokens for certain, the last of them those of the committed attempt.
    pub(super) fn judge_redelivered(&self) {
        let Some(State::Redeemed { attempt, .. }) = &self.state else {
            return self.fail("it is not redeemed");
        };
        let is_its_own = |last: &String| self.issued_by(*attempt).any(|own| own == *last);
        let is_delivered = self.delivered.last().is_some_and(is_its_own);
        self.expect(is_delivered, "the tokens got lost");
        self.judge_discarded();
    }

    fn judge_discarded(&self) {
        let discarded: BTreeSet<_> = access_tokens(self.issuer.discarded()).collect();
        let is_discarded = |token: &String| discarded.contains(token);
        self.expect(
            !self.delivered.iter().any(is_discarded),
            "what a device has is discarded",
        );
    }

    fn issued_by(&self, attempt: Attempt) -> impl Iterator<Item = String> {
        let (issued, attempt) = (self.issuer.issued().into_iter(), attempt.to_string());
        access_tokens(issued.filter(move |tokens| tokens.attempt == attempt))
    }

    fn expect(&self, holds: bool, otherwise: &str) {
        if !holds {
            self.fail(otherwise);
        }
    }

    #[expect(
        clippy::panic,
        reason = "this module is for tests, which end by panicking"
    )]
    fn fail(&self, why: &str) {
        let Self { what, state, .. } = self;
        panic!("{why}: {what}; in the end {state:?}");
    }
}

impl<S: GrantStore + 'static> Server<S> {
    fn on(
        store: &Arc<S>,
        clock: &ManualClock,
        trouble: Trouble,
        redelivery: Option<Duration>,
    ) -> Self {
        let clock = clock.clone();
        let issuer = ScriptedIssuer::new([trouble.script()]).clock(&clock);
        let policy = ScriptedPolicy::new();
        let store = FaultyStore::new(Awaited(Arc::clone(store)));
        let events = RecordedEvents::new();
        let (id, page) = (Scenario::ISSUER, Scenario::VERIFICATION_URI);
        let mut builder = DeviceGrants::builder(id, Awaited(issuer.clone()))
            .verification_uri(page)
            // Limits and keys: only the store is under test.
            .in_memory()
            .store(store.clone())
            .policy(Awaited(policy.clone()))
            .clock(clock.clone())
            .observer(events.clone())
            .lease(LEASE);
        if let Some(window) = redelivery {
            builder = builder.redelivery(window);
        }
        Self {
            grants: must(builder.build()),
            store,
            issuer,
            policy,
            clock,
            events,
        }
    }

    async fn approved_device(&self) -> Device {
        let client = Client::new("tv").device_grant(Terms::new(must("openid".parse())));
        let request = must(DeviceAuthorizationRequest::from_pairs([(
            "scope", "openid",
        )]));
        let codes = must(self.grants.authorize(&client, request).await);
        let alice = Visitor::new("alice").with_session("laptop");
        let review = self.grants.review(&codes.user_code, Arrival::Typed, &alice);
        let ticket = must(review.await).ticket;
        must(self.grants.approve(&ticket, &alice, Approval::all()).await);
        let device_code = codes.device_code.to_owned();
        Device {
            id: must(GrantId::of(self.grants.issuer(), "tv", &device_code)),
            client,
            device_code,
        }
    }

    async fn poll(&self, device: &Device) -> Result<PollOutcome, Fault> {
        let request = DeviceTokenRequest::new(&device.device_code);
        self.grants.poll(&device.client, request).await
    }
}

fn access_tokens(issued: impl IntoIterator<Item = IssuedTokens>) -> impl Iterator<Item = String> {
    issued.into_iter().map(|tokens| tokens.access_token)
}
