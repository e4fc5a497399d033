use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::Redemption;
use device_grant::message::{ErrorCode, ErrorResponse, TokenResponse};
use device_grant::testing::{Disruption, Poll, Script, StepError, StoreCall};

use super::{
    INTERVAL, LEASE, LIFETIME, MILLI, SECOND, Server, Test, fence_of, json, plain_error, wire,
};

#[test]
fn a_redemption_calls_the_store_three_times() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    let lease_and_commit = [
        StoreCall::RecordPoll,
        StoreCall::Replace,
        StoreCall::Replace,
    ];
    assert_eq!(server.store.calls(), lease_and_commit);
    Ok(())
}

#[test]
fn a_quarter_of_the_lease_is_enough_to_ask_the_issuer() -> Test {
    for (late, outcome) in [(Duration::ZERO, Poll::Tokens), (MILLI, Poll::Pending)] {
        let server = Server::new([]);
        let tv = server.approved_device();
        let clock = server.t.clock().clone();
        let slowly = Disruption::meanwhile(move || clock.advance(LEASE * 3 / 4 + late));
        server.store.disrupt(StoreCall::Replace.nth(1), slowly);
        assert_eq!(tv.poll()?, outcome, "{late:?}");
    }
    Ok(())
}

#[test]
fn a_lease_that_fails_while_another_node_revokes_is_lost_and_no_fault() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let (other, id) = (server.again_on(server.store.clone()), tv.grant_id());
    let fails = Disruption::FailBefore;
    server.store.disrupt(StoreCall::Replace.nth(1), fails);
    let revoked = Disruption::meanwhile(move || {
        other.revoke(&id).unwrap();
    });
    server.store.disrupt(StoreCall::Find.nth(1), revoked);
    assert_eq!(tv.poll()?, Poll::Denied);
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

/// Discarded, they could be those of an attempt that the grant has.
#[test]
fn tokens_of_a_lost_commit_are_not_discarded_while_the_grant_cannot_be_read() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let (other, store) = (server.again_on(server.store.clone()), server.store.clone());
    let id = tv.grant_id();
    server.issuer.then(Script::meanwhile(move |_| {
        other.revoke(&id).unwrap();
        store.disrupt(StoreCall::Find.always(), Disruption::FailBefore);
    }));
    assert!(tv.poll().unwrap_err().is_fault());
    assert!(server.issuer.discarded().is_empty());
    assert_eq!(server.t.events().count("commit_unknown"), 1);
    Ok(())
}

#[test]
fn tokens_carry_their_scope_on_the_wire() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    let tokens = r#"{"access_token":"token-1","token_type":"Bearer","expires_in":3600,"scope":"openid profile"}"#;
    assert_eq!(wire(&tv), (200, None, json(tokens)));
    Ok(())
}

/// RFC 6749, section 5.1, only recommends `expires_in`.
#[test]
fn tokens_without_expires_in_leave_without_it_the_first_time_and_again() -> Test {
    let tokens = || Script::Response(TokenResponse::new("token-1", "Bearer"));
    let server = Server::with([tokens(), tokens()], |builder| {
        builder.redelivery(60 * SECOND)
    });
    let tv = server.approved_device();
    let expected = r#"{"access_token":"token-1","token_type":"Bearer","scope":"openid profile"}"#;
    for _ in 0..2 {
        assert_eq!(tv.poll()?, Poll::Tokens);
        assert_eq!(wire(&tv), (200, None, json(expected)));
        assert_eq!(tv.tokens().unwrap().expires_in, None);
    }
    Ok(())
}

#[test]
fn a_redemption_that_began_before_the_expiry_may_end_after_it() -> Test {
    let server = Server::new([Script::Late(2 * SECOND)]);
    let tv = server.approved_device();
    server.t.advance(LIFETIME - SECOND);
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn past_the_expiry_another_poll_is_pending_until_the_attempt_has_ended() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    server.t.advance(LIFETIME - SECOND);
    let (twin, clock) = (tv.clone(), server.t.clock().clone());
    server.issuer.then(Script::meanwhile(move |_| {
        clock.advance(2 * SECOND);
        assert_eq!(twin.poll(), Ok(Poll::Pending));
    }));
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn past_the_expiry_an_attempt_that_never_ends_is_expired_with_its_lease() -> Test {
    let server = Server::new([Script::Hang]);
    let tv = server.approved_device();
    server.t.advance(LIFETIME - SECOND);
    assert_eq!(tv.poll()?, Poll::Hung);
    server.t.advance(LEASE - MILLI);
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(MILLI);
    assert_eq!(tv.poll()?, Poll::Expired);
    Ok(())
}

#[test]
fn used_tokens_are_not_to_be_had_again_and_the_attempt_is_heard() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    server.t.advance(2 * LIFETIME);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(server.t.events().count("replayed"), 2);
    Ok(())
}

#[test]
fn an_unavailable_issuer_is_asked_again_an_interval_later() -> Test {
    let server = Server::new([Script::Unavailable]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Unavailable);
    let pending = plain_error("authorization_pending");
    assert_eq!(wire(&tv), (400, Some("5".to_owned()), pending));
    server.t.advance(INTERVAL - SECOND / 2);
    assert_eq!(tv.poll()?, Poll::Tokens);
    let ordinals: Vec<u32> = server.issuer.asked().iter().map(|r| r.ordinal).collect();
    assert_eq!(ordinals, [1, 2]);
    assert_eq!(server.t.events().count("redemption_postponed"), 1);
    Ok(())
}

#[test]
fn a_device_in_haste_does_not_hammer_an_issuer_that_is_down() -> Test {
    let server = Server::new(std::iter::repeat_n(Script::Unavailable, 1_000));
    let tv = server.approved_device();
    for _ in 0..6_000 {
        assert_eq!(tv.poll()?, Poll::Unavailable);
        server.t.advance(10 * MILLI);
    }
    let begun: Vec<_> = server.issuer.asked().iter().map(begun).collect();
    let pauses: Vec<_> = begun.windows(2).map(|two| two[0]..two[1]).collect();
    let pauses = pauses
        .into_iter()
        .map(|p| p.end.micros_since(p.start) / 1_000);
    assert_eq!(pauses.collect::<Vec<_>>(), [4_500, 9_000, 18_000]);
    Ok(())
}

#[test]
fn during_a_pause_polls_touch_neither_the_issuer_nor_the_grant_and_say_how_long_it_is() -> Test {
    let server = Server::new([Script::Unavailable]);
    let tv = server.approved_device();
    let _ = tv.poll()?;
    let before = server.revision_of(&tv);
    server.store.forget_calls();
    server.t.advance(2 * SECOND);
    assert_eq!(tv.poll()?, Poll::Unavailable);
    assert_eq!(wire(&tv).1, Some("3".to_owned()));
    assert_eq!(server.store.calls(), [StoreCall::RecordPoll]);
    assert_eq!(server.revision_of(&tv), before);
    assert_eq!(server.issuer.asked().len(), 1);
    Ok(())
}

#[test]
fn an_approval_outlives_an_issuer_that_says_much_later() -> Test {
    const LATER: Duration = Duration::from_secs(3_600);
    let server = Server::new([Script::UnavailableFor(LATER)]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Unavailable);
    let said = wire(&tv).1.unwrap().parse()?;
    server.t.advance(Duration::from_secs(said));
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// When the attempt began.
fn begun(redemption: &Redemption) -> Timestamp {
    redemption.deadline - LEASE
}

#[test]
fn an_issuer_that_never_answers_holds_the_grant_for_one_lease_only() -> Test {
    for script in [Script::Hang, Script::Panic] {
        let server = Server::new([script]);
        let tv = server.approved_device();
        assert!(matches!(tv.poll()?, Poll::Hung | Poll::Panicked));
        server.t.advance(LEASE - MILLI);
        assert_eq!(tv.poll()?, Poll::Pending);
        server.t.advance(MILLI);
        assert_eq!(tv.poll()?, Poll::Tokens);
        assert_eq!(server.issuer.asked()[1].ordinal, 2);
    }
    Ok(())
}

#[test]
fn each_attempt_has_a_fence_of_its_own_and_a_deadline() -> Test {
    let server = Server::new([Script::Unavailable, Script::Unavailable]);
    let tv = server.approved_device();
    for seconds in [0, 5, 10] {
        server.t.advance(seconds * SECOND);
        let _ = tv.poll()?;
    }
    let asked = server.issuer.asked();
    assert_ne!(fence_of(&asked[0]), fence_of(&asked[1]));
    assert_ne!(fence_of(&asked[1]), fence_of(&asked[2]));
    assert_eq!(asked[2].deadline, server.t.now() + LEASE);
    Ok(())
}

#[test]
fn a_refusal_is_for_good() -> Test {
    let refusal =
        ErrorResponse::new(ErrorCode::InvalidGrant).with_description("The account is locked.");
    let server = Server::new([Script::Refused(refusal)]);
    let tv = server.approved_device();
    for _ in 0..2 {
        assert_eq!(tv.poll()?, Poll::Refused);
        let refused = r#"{"error":"invalid_grant","error_description":"The account is locked."}"#;
        assert_eq!(wire(&tv), (400, None, json(refused)));
    }
    assert_eq!(server.issuer.asked().len(), 1);
    assert_eq!(server.t.events().count("redemption_refused"), 1);
    let approved_again = server.t.visitor("alice").approve(&tv);
    assert_eq!(approved_again, Err(StepError::UnknownUserCode));
    Ok(())
}

#[test]
fn unfit_tokens_never_leave_and_burn_nothing() -> Test {
    let hour = 3_600 * SECOND;
    let unfit = [
        TokenResponse::bearer("", hour),
        TokenResponse::bearer("a\nb", hour),
        TokenResponse::bearer("a", hour).with_refresh_token("ü"),
        TokenResponse::bearer("a", hour).with("error", "x"),
        TokenResponse::bearer("a".repeat(TokenResponse::MAX_LEN), hour),
        TokenResponse::bearer("a", hour).with_scope("openid profile email".parse()?),
    ];
    for response in unfit {
        let what = format!("{response:?}");
        let server = Server::new([Script::Response(response)]);
        let tv = server.approved_device();
        let error = tv.poll().unwrap_err();
        assert!(
            matches!(
                error,
                StepError::Fault {
                    retryable: false,
                    ..
                }
            ),
            "{what}"
        );
        assert_eq!(wire(&tv), (500, None, plain_error("server_error")));
        assert_eq!(server.issuer.discarded(), server.issuer.issued(), "{what}");
        assert_eq!(server.t.events().count("discarded"), 1, "{what}");
        assert_eq!(tv.poll()?, Poll::Unavailable, "{what}");
        server.t.advance(INTERVAL);
        assert_eq!(tv.poll()?, Poll::Tokens, "{what}");
    }
    Ok(())
}

#[test]
fn an_issuer_may_give_less_than_was_granted() -> Test {
    let less = TokenResponse::bearer("a", SECOND).with_scope("openid".parse()?);
    let server = Server::new([Script::Response(less)]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.tokens().unwrap().scope, Some("openid".parse()?));
    Ok(())
}

#[test]
fn while_tokens_are_being_issued_other_polls_are_pending() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let twin = tv.clone();
    server.issuer.then(Script::meanwhile(move |_| {
        for _ in 0..5 {
            assert_eq!(twin.poll(), Ok(Poll::Pending));
        }
    }));
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_poll_that_loses_every_race_is_pending() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let t = server.again_on(super::always_lost::AlwaysLost::new(server.store.clone()));
    let polled = device_grant::testing::block_on(t.grants().poll(tv.client(), tv.poll_request()));
    let device_grant::testing::Ran::Done(Ok(outcome)) = polled else {
        panic!("{polled:?}");
    };
    assert!(outcome.is_pending());
    assert!(server.issuer.asked().is_empty());
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn two_devices_of_one_user_have_grants_of_their_own() -> Test {
    let server = Server::new([]);
    let (tv, radio) = (
        server.t.device("tv").authorize("")?,
        server.t.device("tv").authorize("")?,
    );
    let alice = server.t.visitor("alice").session("one");
    alice.approve(&tv)?;
    alice.approve(&radio)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(radio.poll()?, Poll::Tokens);
    let asked = server.issuer.asked();
    assert_ne!(asked[0].grant.id, asked[1].grant.id);
    assert_ne!(fence_of(&asked[0]), fence_of(&asked[1]));
    Ok(())
}
