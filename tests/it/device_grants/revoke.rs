use device_grant::device_grants::Revocation;
use device_grant::host::Visitor;
use device_grant::testing::{Disruption, Occasion, Poll, Ran, StepError, block_on};

use super::{LIFETIME, SECOND, Server, Test};

const RETENTION: std::time::Duration = std::time::Duration::from_secs(3_600);

#[test]
fn a_grant_withdrawn_before_its_tokens_is_denied_for_good() -> Test {
    let server = Server::new([]);
    let pending = server.t.device("tv").authorize("")?;
    let approved = server.approved_device();
    for device in [pending, approved] {
        let id = device.grant_id();
        assert_eq!(server.t.revoke(&id)?, Revocation::BeforeRedemption);
        assert_eq!(server.t.revoke(&id)?, Revocation::NothingToRevoke);
        assert_eq!(device.poll()?, Poll::Denied);
        server.t.advance(SECOND);
        assert_eq!(device.poll()?, Poll::Denied);
    }
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_grant_withdrawn_after_its_tokens_is_an_invalid_grant() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    let id = tv.grant_id();
    assert_eq!(server.t.revoke(&id)?, Revocation::TokensLiveOn);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(server.t.events().count("revoked"), 1);
    Ok(())
}

#[test]
fn a_withdrawn_grant_cannot_be_reviewed_or_decided() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    let _ = server.t.revoke(&tv.grant_id())?;
    assert_eq!(alice.approve(&review), Err(StepError::TicketRefused));
    assert_eq!(alice.review(&tv).err(), Some(StepError::UnknownUserCode));
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn there_is_nothing_to_withdraw_of_what_has_ended_or_never_was() -> Test {
    let server = Server::new([]);
    let denied = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").deny(&denied)?;
    assert_eq!(
        server.t.revoke(&denied.grant_id())?,
        Revocation::NothingToRevoke
    );
    assert_eq!(denied.poll()?, Poll::Denied);
    let unknown = "000102030405060708090a0b0c0d0e0f".parse()?;
    assert_eq!(server.t.revoke(&unknown)?, Revocation::NothingToRevoke);
    Ok(())
}

#[test]
fn a_device_cancels_its_own_grant_and_no_other() -> Test {
    use device_grant::host::{Client, Terms};
    use device_grant::testing::{Ran, block_on};
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let radio = Client::new("radio").device_grant(Terms::new("openid".parse()?));
    let foreign = block_on(server.t.grants().cancel(&radio, tv.poll_request()));
    assert!(matches!(
        foreign,
        Ran::Done(Ok(Revocation::NothingToRevoke))
    ));
    assert_eq!(tv.poll()?, Poll::Pending);
    assert_eq!(tv.cancel()?, Revocation::BeforeRedemption);
    assert_eq!(tv.poll()?, Poll::Denied);
    let review = server.t.visitor("alice").review(&tv);
    assert_eq!(review.err(), Some(StepError::UnknownUserCode));
    Ok(())
}

#[test]
fn a_device_cannot_cancel_what_it_has_redeemed() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.cancel()?, Revocation::NothingToRevoke);
    assert_eq!(server.t.events().count("revoked"), 0);
    Ok(())
}

#[test]
fn a_revocation_whose_writes_fail_can_be_repeated() -> Test {
    for call in 1..=5 {
        for how in [
            Disruption::FailBefore,
            Disruption::FailAfter,
            Disruption::FailThenDo,
        ] {
            let server = Server::new([]);
            let tv = server.approved_device();
            server.store.disrupt(Occasion::nth(call), how);
            let first = server.t.revoke(&tv.grant_id());
            assert!(
                first == Ok(Revocation::BeforeRedemption) || call == 1,
                "{first:?}"
            );
            server.store.heal();
            let _ = server.t.revoke(&tv.grant_id())?;
            assert_eq!(tv.poll()?, Poll::Denied);
        }
    }
    Ok(())
}

/// A reload of the page must not say that it is too late.
#[test]
fn an_approval_that_is_undone_twice_is_undone_and_written_once() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let (id, alice) = (tv.grant_id(), Visitor::new("alice"));
    let undo = || block_on(server.t.grants().undo_approval(&id, &alice));
    assert!(matches!(undo(), Ran::Done(Ok(true))));
    let revision = server.revision_of(&tv);
    assert!(matches!(undo(), Ran::Done(Ok(true))));
    assert_eq!(server.revision_of(&tv), revision);
    assert_eq!(server.t.events().count("revoked"), 1);
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn purging_forgets_what_is_past_its_retention_and_frees_its_code() -> Test {
    let server = Server::new([]);
    for _ in 0..5 {
        server.t.device("tv").authorize("")?;
    }
    server.t.advance(LIFETIME + RETENTION - SECOND);
    let young = server.t.device("tv").authorize("")?;
    assert_eq!(server.t.purge(100)?, 0);
    server.t.advance(SECOND);
    assert_eq!(server.t.purge(2)?, 2);
    let event = server.t.events().last().unwrap();
    assert_eq!(event.to_string(), "purged grants=2");
    assert_eq!(server.t.purge(100)?, 3);
    assert_eq!(server.t.purge(100)?, 0);
    assert_eq!(server.store.inner().len(), 1);
    assert_eq!(young.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn a_purge_that_finds_nothing_is_no_event() -> Test {
    let server = Server::new([]);
    assert_eq!(server.t.purge(100)?, 0);
    assert!(server.t.events().names().is_empty());
    Ok(())
}
