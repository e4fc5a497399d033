//! The time after the approval in which a device may get its tokens.

use std::time::Duration;

use device_grant::host::{Client, Terms};
use device_grant::message::{ErrorCode, ErrorResponse};
use device_grant::testing::{Poll, Script, StepError};

use super::{LIFETIME, MILLI, SECOND, Server, Test, plain_error, wire};

const WINDOW: Duration = Duration::from_secs(60);

fn server(script: impl IntoIterator<Item = Script>) -> Server {
    Server::with(script, |builder| builder.redemption_window(WINDOW))
}

#[test]
fn within_the_window_the_tokens_are_there() -> Test {
    let server = server([]);
    let tv = server.approved_device();
    server.t.advance(WINDOW - MILLI);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn after_the_window_the_approval_is_void_for_good() -> Test {
    let server = server([]);
    let tv = server.approved_device();
    server.t.advance(WINDOW);
    for _ in 0..2 {
        assert_eq!(tv.poll()?, Poll::Expired);
        let expected = (400, None, plain_error("expired_token"));
        assert_eq!(wire(&tv), expected);
        // No clock and no setting brings it back.
        server.t.clock().set_back(30 * SECOND);
    }
    assert_eq!(server.t.events().count("approval_lapsed"), 1);
    let event = server.t.events().last().unwrap();
    assert_eq!(event.kind.name(), "approval_lapsed");
    assert_eq!(event.grant, Some(tv.grant_id()));
    assert_eq!(event.subject, Some("alice".into()));
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn the_window_begins_with_the_approval_and_not_with_the_review() -> Test {
    let server = server([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    server.t.advance(WINDOW);
    alice.approve(&review)?;
    server.t.advance(WINDOW - MILLI);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn an_issuer_that_is_away_does_not_stop_the_window() -> Test {
    let server = server([Script::Unavailable]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Unavailable);
    server.t.advance(WINDOW);
    assert_eq!(tv.poll()?, Poll::Expired);
    assert_eq!(server.t.events().names().last(), Some(&"approval_lapsed"));
    Ok(())
}

#[test]
fn without_a_window_the_codes_expiry_is_the_end() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    server.t.advance(LIFETIME - MILLI);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_client_that_polls_twice_in_the_window_gets_codes() -> Test {
    let terms = Terms::new("openid".parse()?).interval(30 * SECOND);
    let slow = Client::new("tv").device_grant(terms);
    server([]).t.device("tv").client(slow).authorize("")?;
    Ok(())
}

#[test]
fn a_client_that_would_miss_the_window_gets_no_codes() -> Test {
    let terms = Terms::new("openid".parse()?).interval(31 * SECOND);
    let slow = Client::new("tv").device_grant(terms);
    let device = server([]).t.device("tv").client(slow);
    let error = device.authorize("").unwrap_err();
    assert!(
        matches!(
            error,
            StepError::Fault {
                retryable: false,
                ..
            }
        ),
        "{error}"
    );
    Ok(())
}

/// A refusal of the host's in the words of the protocol stays the host's: no window was over.
#[test]
fn a_refusal_with_expired_token_is_the_hosts_at_every_poll() -> Test {
    let refusal = ErrorResponse::new(ErrorCode::ExpiredToken);
    let server = server([Script::Refused(refusal)]);
    let tv = server.approved_device();
    for _ in 0..2 {
        assert_eq!(tv.poll()?, Poll::Refused);
        let expected = (400, None, plain_error("expired_token"));
        assert_eq!(wire(&tv), expected);
    }
    let names = server.t.events().names();
    assert_eq!(names.last(), Some(&"redemption_refused"));
    Ok(())
}
