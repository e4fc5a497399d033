use device_grant::Approval;
use device_grant::grant::Arrival;
use device_grant::host::Ruling;
use device_grant::message::SignInParameters;
use device_grant::testing::{Checkpoint, Poll, ScriptedPolicy, StepError};

use crate::server::{Lesson, Server};

/// Lesson 2: in better-auth, a pending code had no owner, so any session that was signed in could approve or deny it.
#[test]
fn a_grant_that_nobody_reviewed_cannot_be_decided() -> Lesson {
    let server = Server::new();
    let (tv, radio) = (server.device(), server.device());
    let mallory = server.t.visitor("mallory");
    // A ticket of another device, and the right grant's name: all that a stranger can have.
    let own = mallory.review(&radio)?.ticket.expose();
    let (_, nonce) = own.split_once('.').unwrap();
    let made_up: device_grant::ReviewTicket = format!("{}.{nonce}", tv.grant_id()).parse()?;
    assert_eq!(mallory.approve(&made_up), Err(StepError::TicketRefused));
    assert_eq!(mallory.deny(&made_up), Err(StepError::TicketRefused));
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

/// Lesson 3: in django-oauth-toolkit, whoever confirmed need not have been the one who had typed the code.
#[test]
fn only_who_entered_the_code_confirms() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    let review = server.t.visitor("alice").session("a").review(&tv)?;
    let other_user = server.t.visitor("mallory").session("a");
    let other_session = server.t.visitor("alice").session("b");
    for other in [other_user, other_session] {
        assert_eq!(other.approve(&review), Err(StepError::TicketRefused));
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

/// Lesson 4: in Keycloak, opening the complete link approved at once when no consent was due.
#[test]
fn a_link_approves_nothing_even_if_nothing_is_asked_for_or_it_was_approved_before() -> Lesson {
    let server = Server::new();
    let alice = server.t.visitor("alice").session("a").by_link();
    let before = server.t.device("tv").authorize("")?;
    alice.approve(&before)?;
    let now = server.t.device("tv").authorize("")?;
    for _ in 0..3 {
        alice.review(&now)?;
    }
    assert_eq!(now.poll()?, Poll::Pending);
    assert_eq!(server.t.events().count("approved"), 1);
    Ok(())
}

/// Lesson 5: in Keycloak, one could deny, press the back button, and approve after all.
#[test]
fn a_denial_cannot_be_taken_back() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    alice.deny(&review)?;
    let denied = StepError::AlreadyDecided { approved: false };
    assert_eq!(alice.approve(&review), Err(denied));
    assert_eq!(alice.approve(&tv), Err(StepError::UnknownUserCode));
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

/// Lesson 20: in Ory Hydra, a denial never reached the device, which polled until the expiry; WSO2 had no button for it.
#[test]
fn a_denial_reaches_the_device_with_its_next_poll() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.visitor("alice").deny(&tv)?;
    assert_eq!(tv.poll()?, Poll::Denied);
    assert_eq!(tv.reply().unwrap().status, 400);
    Ok(())
}

/// Lesson 24: in artifact-keeper and openclaw, an API token could approve, and the device got more than that token had.
#[test]
fn an_approval_says_how_its_user_signed_in_and_never_gives_more_than_was_asked() -> Lesson {
    let policy = ScriptedPolicy::new();
    let server = Server::with(|builder| builder.policy(policy.clone()));
    let tv = server.device();
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    let more = Approval::all().scope("openid profile admin".parse()?);
    assert_eq!(
        alice.clone().granting(more).approve(&review),
        Err(StepError::Widened)
    );

    let step_up = SignInParameters::acr(["mfa"]);
    policy.rule(Checkpoint::Approval, Ruling::StepUp(step_up.clone()));
    assert_eq!(alice.approve(&review), Err(StepError::StepUp(step_up)));
    policy.rule(Checkpoint::Approval, Ruling::Allow);
    alice
        .granting(Approval::all().acr("mfa"))
        .approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].granted.acr.as_deref(), Some("mfa"));
    Ok(())
}

/// Lesson 33: matrix-authentication-service debated whether the page may show a code that came by link as if it had been
/// typed, and what it says of the device.
#[test]
fn a_review_says_how_the_code_came_and_what_the_device_calls_itself() -> Lesson {
    let server = Server::new();
    let tv = server
        .t
        .device("tv")
        .label("Living\u{202e} room")
        .authorize("")?;
    let alice = server.t.visitor("alice");
    assert_eq!(alice.review(&tv)?.arrival, Arrival::Typed);
    let review = alice.by_link().review(&tv)?;
    assert_eq!(review.arrival, Arrival::Link);
    assert_eq!(review.user_code(), tv.user_code());
    assert_eq!(review.grant.origin.device_label(), Some("Living room"));
    Ok(())
}

/// Lesson 34: hosts of Duende's server want to skip the consent; phishers rely on nobody looking.
#[test]
fn a_device_whose_user_is_known_still_asks_that_user_and_nobody_else() -> Lesson {
    let server = Server::new();
    let tv = server
        .t
        .device("tv")
        .expected_subject("alice")
        .authorize("")?;
    assert_eq!(server.grant_of(&tv).state, "pending");
    assert_eq!(tv.poll()?, Poll::Pending);
    let phished = server.t.visitor("bob").approve(&tv);
    assert_eq!(phished, Err(StepError::UnknownUserCode));
    assert_eq!(server.t.events().count("unexpected_subject"), 1);
    server.t.visitor("alice").report_not_me(&tv)?;
    assert_eq!(server.t.events().count("reported_not_me"), 1);
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}
