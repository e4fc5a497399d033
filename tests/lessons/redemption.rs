use std::sync::{Arc, Barrier, OnceLock};
use std::thread;

use device_grant::host::{GrantStore, Replacement, Ruling};
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::store::MemoryStore;
use device_grant::testing::conformance::store::fixtures::{self, Shape};
use device_grant::testing::{
    Checkpoint, Disruption, ManualClock, Poll, Ran, Script, ScriptedPolicy, StepError, StoreCall,
    block_on,
};

use crate::server::{LEASE, LIFETIME, Lesson, SECOND, Server};

/// Lesson 1: in Keycloak, an account that was locked after approving still got its tokens.
#[test]
fn the_host_is_asked_again_when_tokens_are_due() -> Lesson {
    let server = Server::scripted([Script::Refused(ErrorResponse::access_denied())]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Refused);
    assert_eq!(server.issuer.asked()[0].subject().as_str(), "alice");

    let policy = ScriptedPolicy::new();
    let server = Server::with(|builder| builder.policy(policy.clone()));
    let tv = server.approved_device();
    policy.rule(
        Checkpoint::Redemption,
        Ruling::Refuse(ErrorResponse::access_denied()),
    );
    assert_eq!(tv.poll()?, Poll::Refused);
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

/// Lesson 9: at Abblix, a second approval that came late brought a redeemed code back to life.
#[test]
fn a_late_approval_revives_neither_a_redeemed_nor_a_forgotten_grant() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    server.t.advance(LIFETIME + 3_600 * SECOND);
    assert_eq!(server.t.purge(1)?, 1);
    assert_eq!(alice.approve(&review), Err(StepError::TicketRefused));
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert!(server.store.inner().is_empty());
    Ok(())
}

/// Lesson 10: oauth-as had a default body for compare-and-swap that read, compared and wrote, and so revived what was gone.
#[test]
fn a_store_never_writes_over_another_revision_and_never_inserts_by_replacing() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().with_clock(clock.clone());
    clock.set(fixtures::at(0));
    let inserted = block_on(store.insert(&fixtures::new_row(1)));
    assert!(matches!(inserted, Ran::Done(Ok(Some(_)))));
    let approval = Shape::approved().over(&fixtures::row(1), 2);
    let replace = |replacement: &Replacement| {
        let replaced = block_on(store.replace(replacement));
        let Ran::Done(Ok(replaced)) = replaced else {
            panic!("{replaced:?}");
        };
        replaced
    };
    assert!(replace(&approval));
    assert!(!replace(&approval));
    clock.set(fixtures::at(fixtures::FORGET));
    assert!(matches!(block_on(store.purge(1)), Ran::Done(Ok(1))));
    assert!(!replace(&approval));
    assert!(store.is_empty());
}

/// Lesson 11: in rauthy, polls that came together each got tokens.
#[test]
fn polls_that_come_together_get_one_set_of_tokens() -> Lesson {
    let server = Server::new();
    let tv = server.approved_device();
    let twin = tv.clone();
    let got_in_between = Arc::new(OnceLock::new());
    let told = Arc::clone(&got_in_between);
    let poll = Disruption::meanwhile(move || _ = told.set(twin.poll().unwrap()));
    server.store.disrupt(StoreCall::Replace.nth(1), poll);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(got_in_between.get(), Some(&Poll::Tokens));

    let tv = server.approved_device();
    let barrier = Arc::new(Barrier::new(32));
    let polls: Vec<_> = (0..32)
        .map(|_| {
            let (tv, barrier) = (tv.clone(), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                tv.poll().unwrap()
            })
        })
        .collect();
    let answers = polls.into_iter().map(|poll| poll.join().unwrap());
    assert_eq!(answers.filter(|poll| *poll == Poll::Tokens).count(), 1);
    Ok(())
}

/// Lesson 12: reviewers of better-auth and others argued whether to use the code up before issuing, which loses approvals,
/// or after, which doubles tokens.
#[test]
fn an_issuer_that_fails_costs_no_approval_and_a_late_one_doubles_no_tokens() -> Lesson {
    let failures = [
        Script::Unavailable,
        Script::Hang,
        Script::Panic,
        Script::Late(LEASE),
        Script::Late(2 * LEASE),
    ];
    for failure in failures {
        let server = Server::scripted([failure.clone()]);
        let tv = server.approved_device();
        let _ = tv.poll()?;
        server.t.advance(LEASE);
        let _ = tv.poll()?;
        assert_eq!(tv.token_sets(), 1, "{failure:?}");
        assert_eq!(tv.poll()?, Poll::InvalidGrant, "{failure:?}");
        let undelivered = server.issuer.issued().len() - 1;
        assert_eq!(server.issuer.discarded().len(), undelivered, "{failure:?}");
    }
    // The commit may be acknowledged or not: what counts is that it is written.
    let server = Server::new();
    let tv = server.approved_device();
    server
        .store
        .disrupt(StoreCall::Replace.nth(2), Disruption::FailAfter);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Lesson 25: at Abblix, a host could store more than had been approved.
#[test]
fn what_is_granted_is_within_what_was_asked_at_the_approval_and_at_the_end() -> Lesson {
    let wide = TokenResponse::bearer("wide", SECOND).with_scope("openid profile admin".parse()?);
    let server = Server::scripted([Script::Response(wide)]);
    let tv = server.device();
    let alice = server.t.visitor("alice");
    let more = device_grant::Approval::all().scope("openid admin".parse()?);
    assert_eq!(
        alice.clone().granting(more).approve(&tv),
        Err(StepError::Widened)
    );
    alice.approve(&tv)?;
    assert!(tv.poll().unwrap_err().is_fault());
    assert_eq!(server.issuer.discarded()[0].access_token, "wide");
    server.t.advance(5 * SECOND);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Lesson 30: in Keycloak, two devices approved from one browser shared a session, and the second broke the first.
#[test]
fn two_devices_approved_from_one_browser_share_nothing() -> Lesson {
    let server = Server::new();
    let (tv, radio) = (server.device(), server.device());
    let alice = server.t.visitor("alice").session("one browser");
    alice.approve(&tv)?;
    alice.approve(&radio)?;
    assert_eq!((tv.poll()?, radio.poll()?), (Poll::Tokens, Poll::Tokens));
    let asked = server.issuer.asked();
    assert_ne!(asked[0].grant.id, asked[1].grant.id);
    let _ = server.t.revoke(&radio.grant_id())?;
    assert_eq!(server.grant_of(&tv).state, "redeemed");
    Ok(())
}
