use device_grant::testing::{EndUser, Poll, StepError, WaitingDevice};

use crate::server::{LIFETIME, Lesson, SECOND, Server};

/// Lesson 7: in ferriskey, an approved code gave tokens with every poll, for ever.
#[test]
fn an_approved_code_gives_tokens_once_and_only_until_it_expires() -> Lesson {
    let server = Server::new();
    let used = server.approved_device();
    assert_eq!(used.poll()?, Poll::Tokens);
    assert_eq!(used.poll()?, Poll::InvalidGrant);
    let late = server.approved_device();
    server.t.advance(LIFETIME);
    assert_eq!(late.poll()?, Poll::Expired);
    assert_eq!(server.issuer.issued().len(), 1);
    Ok(())
}

/// Lesson 18: in Spring's server an expired code stayed pending for ever, in Authlib an approved one never expired.
#[test]
fn expiry_comes_first_whatever_the_state() -> Lesson {
    type Step = fn(&EndUser, &WaitingDevice) -> Result<(), StepError>;
    let steps: [Step; 4] = [
        |_, _| Ok(()),
        |alice, tv| alice.review(tv).map(drop),
        |alice, tv| alice.approve(tv),
        |alice, tv| alice.deny(tv),
    ];
    for step in steps {
        let server = Server::new();
        let tv = server.device();
        step(&server.t.visitor("alice"), &tv)?;
        server.t.advance(LIFETIME);
        for _ in 0..3 {
            assert_eq!(tv.poll()?, Poll::Expired);
            server.t.advance(LIFETIME);
        }
    }
    Ok(())
}

/// Lesson 19: in Spring's server an expired code still led to the consent page; at Abblix it even reset the limits.
#[test]
fn an_expired_code_is_unknown_and_counts_as_a_failed_entry() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    server.t.advance(LIFETIME);
    let alice = server.t.visitor("alice");
    for _ in 0..5 {
        assert_eq!(alice.review(&tv).err(), Some(StepError::UnknownUserCode));
    }
    let sixth = alice.review(&tv).err();
    assert!(matches!(sixth, Some(StepError::TooManyAttempts { .. })));
    assert_eq!(server.t.events().count("unknown_user_code"), 5);
    Ok(())
}

/// Lesson 29: IdentityServer, WSO2 and others never removed what had expired.
#[test]
fn what_is_past_its_retention_is_forgotten_with_or_without_a_sweep() -> Lesson {
    const HOUR: u32 = 3_600;
    let server = Server::new();
    for _ in 0..500 {
        server.t.device("tv").authorize("")?;
        server.t.advance(SECOND);
    }
    server.t.advance(LIFETIME + HOUR * SECOND);
    assert_eq!(server.t.purge(200)?, 200);
    // Nobody sweeps from here on.
    for _ in 0..2_000 {
        server.t.device("tv").authorize("")?;
        server.t.advance(4 * SECOND);
    }
    let remembered = server.store.inner().len();
    assert!(remembered < 1_500, "{remembered} grants");
    Ok(())
}
