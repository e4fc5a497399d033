use device_grant::DeviceTokenRequest;
use device_grant::code::GrantId;
use device_grant::grant::KeyThumbprint;
use device_grant::host::Client;
use device_grant::testing::{Disruption, Poll, StepError, StoreCall, WaitingDevice};

use super::{LIFETIME, MILLI, SECOND, Server, Test, client, plain_error, wire};

#[test]
fn a_pending_poll_calls_the_store_once() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.store.forget_calls();
    assert_eq!(tv.poll()?, Poll::Pending);
    assert_eq!(server.store.calls(), [StoreCall::RecordPoll]);
    Ok(())
}

#[test]
fn pending_looks_so_on_the_wire() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(tv.poll()?, Poll::Pending);
    let pending = plain_error("authorization_pending");
    assert_eq!(wire(&tv), (400, None, pending));
    Ok(())
}

#[test]
fn an_expired_grant_stays_expired_until_it_is_forgotten() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.advance(LIFETIME - MILLI);
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(MILLI);
    assert_eq!(tv.poll()?, Poll::Expired);
    assert_eq!(wire(&tv), (400, None, plain_error("expired_token")));
    server.t.advance(3_599 * SECOND);
    assert_eq!(server.t.purge(100)?, 0);
    assert_eq!(tv.poll()?, Poll::Expired);
    server.t.advance(SECOND);
    assert_eq!(server.t.purge(100)?, 1);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn a_decided_grant_is_remembered_as_long_after_its_expiry_as_an_open_one() -> Test {
    for is_approved in [true, false] {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("openid")?;
        let alice = server.t.visitor("alice");
        if is_approved {
            alice.approve(&tv)?;
        } else {
            alice.deny(&tv)?;
        }
        // Stores with an index go by this time alone.
        let row = server.row_of(&tv).unwrap();
        assert_eq!(row.forget_at, row.expires_at + 3_600 * SECOND);
        server.t.advance(LIFETIME + 3_599 * SECOND);
        assert_eq!(server.t.purge(100)?, 0);
        server.t.advance(SECOND);
        assert_eq!(server.t.purge(100)?, 1);
    }
    Ok(())
}

/// The clocks of two database servers may differ by it: neither may say that a code is over before the device was told.
#[test]
fn codes_live_longer_by_the_skew_of_the_stores_clocks() -> Test {
    let server = Server::with([], |builder| builder.clock_skew(2 * SECOND));
    let tv = server.t.device("tv").authorize("")?;
    server.t.advance(LIFETIME + 2 * SECOND - MILLI);
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(MILLI);
    assert_eq!(tv.poll()?, Poll::Expired);
    Ok(())
}

#[test]
fn an_approval_that_nobody_collects_expires() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    server.t.advance(LIFETIME);
    assert_eq!(tv.poll()?, Poll::Expired);
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_denial_is_told_until_the_expiry() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").deny(&tv)?;
    assert_eq!(tv.poll()?, Poll::Denied);
    assert_eq!(wire(&tv), (400, None, plain_error("access_denied")));
    server.t.advance(LIFETIME);
    assert_eq!(tv.poll()?, Poll::Expired);
    Ok(())
}

#[test]
fn a_foreign_client_learns_nothing_and_changes_nothing() -> Test {
    let states: [fn(&Server, &WaitingDevice) -> Test; 6] = [
        |_, _| Ok(()),
        |server, tv| Ok(server.t.visitor("alice").approve(tv)?),
        |server, tv| Ok(server.t.visitor("alice").deny(tv)?),
        |server, tv| Ok(_ = server.t.revoke(&tv.grant_id())?),
        |server, _| {
            server.t.advance(LIFETIME);
            Ok(())
        },
        |server, tv| {
            server.t.visitor("alice").approve(tv)?;
            Ok(_ = tv.poll()?)
        },
    ];
    for lead_to in states {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("")?;
        lead_to(&server, &tv)?;
        let before = server.revision_of(&tv);
        for _ in 0..3 {
            assert_eq!(tv.poll_as(&client("radio"))?, Poll::InvalidGrant);
            let invalid_grant = plain_error("invalid_grant");
            assert_eq!(wire(&tv), (400, None, invalid_grant));
        }
        assert_eq!(server.revision_of(&tv), before);
        let event = server.t.events().last().unwrap();
        assert_eq!(event.kind.name(), "unknown_device_code");
        assert_eq!(event.client, Some("radio".into()));
    }
    Ok(())
}

#[test]
fn a_device_code_bound_to_a_key_needs_it() -> Test {
    let server = Server::new([]);
    let key = KeyThumbprint::from_bytes([7; 32]);
    let tv = server.t.device("tv").key(key).authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    let bare = DeviceTokenRequest::new(&*tv.response().device_code);
    let other = bare.clone().with_key(KeyThumbprint::from_bytes([8; 32]));
    for stolen in [bare, other] {
        assert_eq!(tv.poll_with(tv.client(), stolen)?, Poll::InvalidGrant);
    }
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].key, Some(key));
    Ok(())
}

#[test]
fn a_device_code_with_a_challenge_needs_its_verifier() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").pkce(&"v".repeat(43)).authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    let bare = DeviceTokenRequest::new(&*tv.response().device_code);
    let wrong = DeviceTokenRequest::from_pairs([
        ("grant_type", DeviceTokenRequest::GRANT_TYPE),
        ("device_code", &*tv.response().device_code),
        ("code_verifier", &*"w".repeat(43)),
    ])?;
    for stolen in [bare, wrong] {
        assert_eq!(tv.poll_with(tv.client(), stolen)?, Poll::InvalidGrant);
    }
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn an_unknown_device_code_and_what_cannot_be_one_are_answered_alike() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let unknown = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2q";
    assert!(GrantId::of(server.t.grants().issuer(), "tv", unknown).is_ok());
    let upper_case = tv.response().device_code.to_uppercase();
    for code in [unknown, "", "x", &upper_case, &"x".repeat(1_000_000)] {
        let request = DeviceTokenRequest::new(code);
        assert_eq!(tv.poll_with(tv.client(), request)?, Poll::InvalidGrant);
        assert_eq!(
            server.t.events().names().last(),
            Some(&"unknown_device_code")
        );
    }
    assert_eq!(server.store.inner().len(), 1);
    Ok(())
}

#[test]
fn a_client_that_lost_the_grant_gets_no_tokens_until_it_has_it_again() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let without = Client::new("tv");
    assert_eq!(tv.poll_as(&without)?, Poll::UnauthorizedClient);
    assert_eq!(server.store.calls(), []);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_store_that_fails_is_a_passing_fault_on_the_wire() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server
        .store
        .disrupt(StoreCall::RecordPoll.nth(1), Disruption::FailBefore);
    let error = tv.poll().unwrap_err();
    assert!(matches!(&error, StepError::Fault { retryable: true, cause }
        if cause.ends_with("the test cut the connection")));
    let unavailable = plain_error("temporarily_unavailable");
    assert_eq!(wire(&tv), (503, Some("5".to_owned()), unavailable));
    assert_eq!(server.t.events().names().last(), Some(&"fault"));
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}
