//! Failures while a person enters a code and decides.

use device_grant::Builder;
use device_grant::Limits;
use device_grant::host::{Quota, Ruling};
use device_grant::testing::{
    Checkpoint, Disruption, EndUser, Occasion, ScriptedPolicy, StepError, StoreCall, WaitingDevice,
};

use super::super::{LIFETIME, SECOND, Server, Test};
use super::{Case, Row, attempts, case, golden, heard, is_open, sequence};

/// A device that shows a code, and a person who wants to approve.
struct Deciding {
    server: Server,
    tv: WaitingDevice,
    alice: EndUser,
    policy: ScriptedPolicy,
    heard: Vec<String>,
    has_to: Vec<&'static str>,
}

impl Deciding {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let policy = ScriptedPolicy::new();
        let server = Server::with([], |builder| configure(builder).policy(policy.clone()));
        let tv = server.t.device("tv").authorize("openid profile").unwrap();
        let alice = server.t.visitor("alice").session("laptop");
        server.t.events().clear();
        server.store.forget_calls();
        Self {
            server,
            tv,
            alice,
            policy,
            heard: Vec::new(),
            has_to: Vec::new(),
        }
    }

    fn cut(occasion: Occasion, how: Disruption) -> Self {
        let deciding = Self::new();
        deciding.server.store.disrupt(occasion, how);
        deciding
    }

    /// Enters the code and approves, and does so again for as long as it fails; `meanwhile` happens in between.
    fn decide(&mut self, meanwhile: impl FnOnce(&mut Self)) {
        let review = match self.alice.review(&self.tv) {
            Ok(review) => review,
            Err(failed) => {
                self.has_to.push(self.next(&failed, "enter the code again"));
                self.alice.review(&self.tv).unwrap()
            }
        };
        meanwhile(self);
        if let Err(failed) = self.alice.approve(&review) {
            self.poll();
            if self.has_tokens() {
                return;
            }
            self.has_to.push(self.next(&failed, "press Allow again"));
            match self.alice.approve(&review) {
                Ok(()) => {}
                Err(StepError::TicketRefused) => self.begin_again(),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Returns the next step of the person, once the cause is removed.
    fn next(&self, failed: &StepError, again: &'static str) -> &'static str {
        self.server.store.heal();
        self.policy.rule(Checkpoint::Approval, Ruling::Allow);
        if let StepError::TooManyAttempts { retry_after } = failed {
            self.server.t.advance(*retry_after);
            return "wait, then enter the code again";
        }
        if *failed == StepError::TicketRefused {
            return "enter the code again";
        }
        assert!(failed.is_fault() || *failed == StepError::Hung, "{failed}");
        again
    }

    /// The ticket is of no use any more. Is the code?
    fn begin_again(&mut self) {
        if self.alice.approve(&self.tv).is_err() {
            self.has_to = vec!["start again"];
        }
    }

    fn poll(&mut self) {
        self.server.store.heal();
        let polled = self.tv.poll();
        self.heard.push(heard(&self.tv, &polled));
    }

    fn has_tokens(&self) -> bool {
        self.heard.last().is_some_and(|last| last == "tokens")
    }

    fn golden(mut self, case: Case) -> Test {
        while self.heard.last().is_none_or(|last| is_open(last)) {
            self.server.t.advance(super::INTERVAL);
            self.poll();
        }
        let host = self.server.t.events().names();
        let has_to = self.has_to.iter().map(|step| (*step).to_owned());
        let row = Row {
            issuer: attempts(&self.server, &self.tv),
            person: sequence(has_to.collect()),
            host: sequence(host.iter().map(|name| format!("`{name}`")).collect()),
            device: sequence(self.heard),
        };
        golden(case, &row);
        Ok(())
    }
}

fn claiming() -> Occasion {
    StoreCall::Replace.nth(1)
}

fn approving() -> Occasion {
    StoreCall::Replace.nth(2)
}

fn look_up() -> Occasion {
    StoreCall::FindByUserCode.nth(1)
}

/// Cuts one write short like this, after which the store cannot be asked what became of it.
fn cut_and_away(occasion: Occasion, how: Disruption) -> Deciding {
    let deciding = Deciding::cut(occasion, how);
    let store = &deciding.server.store;
    store.disrupt(StoreCall::Find.nth(1), Disruption::FailBefore);
    deciding
}

#[test]
fn the_store_is_away_at_the_entry() -> Test {
    let mut deciding = Deciding::cut(look_up(), Disruption::FailBefore);
    deciding.decide(|_| {});
    deciding.golden(case::ENTRY_STORE_AWAY)
}

#[test]
fn the_review_is_not_written() -> Test {
    let mut deciding = cut_and_away(claiming(), Disruption::FailBefore);
    deciding.decide(|_| {});
    deciding.golden(case::REVIEW_NOT_WRITTEN)
}

#[test]
fn the_node_stops_after_the_review() -> Test {
    let mut deciding = Deciding::cut(claiming(), Disruption::HangAfter);
    deciding.decide(|_| {});
    deciding.golden(case::REVIEW_PAGE_LOST)
}

#[test]
fn too_many_codes_were_entered() -> Test {
    let limits = Limits::default().entries_per_subject(Quota::new(1, 60 * SECOND));
    let mut deciding = Deciding::with(|builder| builder.limits(limits));
    assert!(deciding.alice.type_code("WDJB-MJHT").is_err());
    deciding.server.t.events().clear();
    deciding.decide(|_| {});
    deciding.golden(case::ENTRY_LIMITED)
}

#[test]
fn the_review_is_too_old() -> Test {
    let mut deciding = Deciding::with(|builder| builder.review_lifetime(60 * SECOND));
    deciding.decide(|deciding| deciding.server.t.advance(61 * SECOND));
    deciding.golden(case::REVIEW_OVER)
}

#[test]
fn the_session_is_another() -> Test {
    let mut deciding = Deciding::new();
    deciding.decide(|deciding| {
        deciding.alice = deciding.server.t.visitor("alice").session("signed in anew");
    });
    deciding.golden(case::SESSION_OVER)
}

#[test]
fn the_codes_expire() -> Test {
    let mut deciding = Deciding::new();
    deciding.decide(|deciding| deciding.server.t.advance(LIFETIME));
    deciding.golden(case::REVIEW_CODES_EXPIRE)
}

#[test]
fn the_policy_is_away() -> Test {
    let mut deciding = Deciding::new();
    deciding.policy.fail(Checkpoint::Approval);
    deciding.decide(|_| {});
    deciding.golden(case::APPROVAL_POLICY_AWAY)
}

#[test]
fn the_approval_is_not_written() -> Test {
    let mut deciding = Deciding::cut(approving(), Disruption::FailBefore);
    deciding.decide(|_| {});
    deciding.golden(case::APPROVAL_NOT_WRITTEN)
}

#[test]
fn the_approval_is_not_written_and_the_store_is_away() -> Test {
    let mut deciding = Deciding::new();
    deciding.decide(|deciding| {
        let store = &deciding.server.store;
        store.disrupt(StoreCall::Replace.nth(1), Disruption::FailBefore);
        store.disrupt(StoreCall::Find.nth(2), Disruption::FailBefore);
    });
    deciding.golden(case::APPROVAL_NOT_WRITTEN_STORE_AWAY)
}

#[test]
fn the_answer_to_the_approval_is_lost() -> Test {
    let mut deciding = Deciding::cut(approving(), Disruption::FailAfter);
    deciding.decide(|_| {});
    deciding.golden(case::APPROVAL_ANSWER_LOST)
}

#[test]
fn the_answer_to_the_approval_is_lost_and_the_store_is_away() -> Test {
    let mut deciding = Deciding::new();
    deciding.decide(|deciding| {
        let store = &deciding.server.store;
        store.disrupt(StoreCall::Replace.nth(1), Disruption::FailAfter);
        store.disrupt(StoreCall::Find.nth(2), Disruption::FailBefore);
    });
    deciding.golden(case::APPROVAL_ANSWER_LOST_STORE_AWAY)
}

#[test]
fn the_node_stops_before_the_approval() -> Test {
    let mut deciding = Deciding::cut(approving(), Disruption::HangBefore);
    deciding.decide(|_| {});
    deciding.golden(case::APPROVAL_NODE_STOPS_BEFORE)
}

#[test]
fn the_node_stops_after_the_approval() -> Test {
    let mut deciding = Deciding::cut(approving(), Disruption::HangAfter);
    deciding.decide(|_| {});
    deciding.golden(case::APPROVAL_PAGE_LOST)
}
