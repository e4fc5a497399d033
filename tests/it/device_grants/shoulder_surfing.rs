//! A code that a second person sees, on the device or over a shoulder.

use device_grant::testing::{Disruption, Poll, StepError, StoreCall};

use super::{LIFETIME, Server, Test};

const UNKNOWN: StepError = StepError::UnknownUserCode;

/// The last event and whose it is.
fn last(server: &Server) -> (&'static str, String) {
    let event = server.t.events().last().unwrap();
    let subject = event.subject.unwrap().as_str().to_owned();
    (event.kind.name(), subject)
}

#[test]
fn a_surfer_who_comes_second_gets_nothing_and_stops_nobody() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let (alice, surfer) = (server.t.visitor("alice"), server.t.visitor("mallory"));
    let review = alice.review(&tv)?;
    for _ in 0..3 {
        assert_eq!(surfer.review(&tv).err(), Some(UNKNOWN));
        let claimed = ("claimed_by_another", "mallory".to_owned());
        assert_eq!(last(&server), claimed);
    }
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].subject().as_str(), "alice");
    Ok(())
}

#[test]
fn a_surfer_who_comes_first_is_noticed_by_the_owner_and_by_the_host() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let (alice, surfer) = (server.t.visitor("alice"), server.t.visitor("mallory"));
    let review = surfer.review(&tv)?;
    assert_eq!(alice.review(&tv).err(), Some(UNKNOWN));
    assert_eq!(last(&server), ("claimed_by_another", "alice".to_owned()));
    // What the surfer can do is lend the device an account of their own. Alice's stays out of it.
    surfer.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].subject().as_str(), "mallory");
    Ok(())
}

#[test]
fn of_two_who_enter_a_code_at_once_one_holds_it() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let (alice, surfer) = (server.t.visitor("alice"), server.t.visitor("mallory"));
    let (faster, code) = (alice.clone(), tv.user_code().to_owned());
    let meanwhile = Disruption::meanwhile(move || drop(faster.type_code(&code).unwrap()));
    server.store.disrupt(StoreCall::Replace.nth(1), meanwhile);
    assert_eq!(surfer.review(&tv).err(), Some(UNKNOWN));
    assert_eq!(last(&server), ("claimed_by_another", "mallory".to_owned()));
    alice.approve(&tv)?;
    Ok(())
}

#[test]
fn a_surfer_who_decides_nothing_keeps_the_code_no_longer_than_it_lives() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    server.t.visitor("mallory").review(&tv)?;
    server.t.advance(LIFETIME);
    assert_eq!(tv.poll()?, Poll::Expired);
    let next = server.t.device("tv").authorize("openid")?;
    server.t.visitor("alice").approve(&next)?;
    assert_eq!(next.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn of_a_device_that_expects_its_owner_a_surfer_gets_nothing_even_first() -> Test {
    let server = Server::new([]);
    let device = server.t.device("tv").expected_subject("alice");
    let tv = device.authorize("openid")?;
    let surfer = server.t.visitor("mallory");
    assert_eq!(surfer.review(&tv).err(), Some(UNKNOWN));
    assert_eq!(last(&server), ("unexpected_subject", "mallory".to_owned()));
    server.t.visitor("alice").approve(&tv)?;
    Ok(())
}

#[test]
fn after_the_decision_the_code_is_of_no_use_to_a_surfer() -> Test {
    for approves in [true, false] {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("openid")?;
        let alice = server.t.visitor("alice");
        if approves {
            alice.approve(&tv)?;
        } else {
            alice.deny(&tv)?;
        }
        let surfer = server.t.visitor("mallory");
        assert_eq!(surfer.review(&tv).err(), Some(UNKNOWN));
    }
    Ok(())
}
