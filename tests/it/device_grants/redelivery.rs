use std::time::Duration;

use device_grant::Builder;
use device_grant::host::{Client, Terms};
use device_grant::message::ErrorResponse;
use device_grant::testing::{Poll, Script};

use super::{SECOND, Server, Test};

const WINDOW: Duration = Duration::from_secs(60);

fn with_window(script: impl IntoIterator<Item = Script>) -> Server {
    Server::with(script, |builder| builder.redelivery(WINDOW))
}

#[test]
fn without_a_window_a_second_poll_gets_nothing_and_says_so() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    let replayed = server.t.events().last().unwrap();
    assert_eq!(replayed.kind.name(), "replayed");
    assert_eq!(replayed.grant, Some(tv.grant_id()));
    assert_eq!(replayed.client.unwrap().as_str(), "tv");
    Ok(())
}

#[test]
fn inside_the_window_the_issuer_gets_the_same_attempt_again() -> Test {
    let server = with_window([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.advance(WINDOW - SECOND);
    assert_eq!(tv.poll()?, Poll::Tokens);
    let asked = server.issuer.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].attempt, asked[1].attempt);
    assert_eq!(
        asked.iter().map(|r| r.is_redelivery).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(server.t.events().count("redelivered"), 1);
    assert!(server.issuer.discarded().is_empty());
    Ok(())
}

#[test]
fn the_window_closes() -> Test {
    let server = with_window([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.advance(WINDOW);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(server.issuer.asked().len(), 1);
    Ok(())
}

#[test]
fn the_window_closes_with_the_codes() -> Test {
    let server = with_window([]);
    let tv = server.approved_device();
    server.t.advance(super::LIFETIME - SECOND);
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.advance(SECOND);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn nobody_else_gets_tokens_again() -> Test {
    let server = with_window([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    let radio = Client::new("radio").device_grant(Terms::new("openid".parse()?));
    assert_eq!(tv.poll_as(&radio)?, Poll::InvalidGrant);
    assert_eq!(server.issuer.asked().len(), 1);
    Ok(())
}

#[test]
fn a_user_who_was_locked_meanwhile_gets_nothing_again() -> Test {
    let server = with_window([
        Script::Tokens,
        Script::Refused(ErrorResponse::access_denied()),
    ]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(server.t.events().count("redemption_refused"), 1);
    Ok(())
}

#[test]
fn an_unavailable_issuer_leaves_the_window_open() -> Test {
    let server = with_window([Script::Tokens, Script::Unavailable, Script::Tokens]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.poll()?, Poll::Unavailable);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn an_unavailable_issuer_is_asked_again_when_it_says_and_before_the_window_closes() -> Test {
    // The last minute of the window is free of pauses.
    for (asked_for, told) in [(20, "20"), (300, "240")] {
        let script = [Script::Tokens, Script::UnavailableFor(asked_for * SECOND)];
        let server = Server::with(script, |builder| builder.redelivery(300 * SECOND));
        let tv = server.approved_device();
        assert_eq!(tv.poll()?, Poll::Tokens);
        assert_eq!(tv.poll()?, Poll::Unavailable);
        let (_, retry_after, _) = super::wire(&tv);
        assert_eq!(retry_after.as_deref(), Some(told), "{asked_for}");
    }
    Ok(())
}

#[test]
fn a_revocation_meanwhile_voids_what_was_issued_again() -> Test {
    let server = with_window([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    let (grants, id) = (server.t.grants().clone(), tv.grant_id());
    server.issuer.then(Script::meanwhile(move |_| {
        let revoked = device_grant::testing::block_on(grants.revoke_as_administrator(&id));
        assert!(matches!(revoked, device_grant::testing::Ran::Done(Ok(_))));
    }));
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(server.issuer.discarded().len(), 1);
    Ok(())
}

#[test]
fn an_endless_window_is_refused() {
    let build = |window| {
        let issuer = device_grant::testing::ScriptedIssuer::new([]);
        let url = "https://id.example";
        Builder::redelivery(
            device_grant::DeviceGrants::builder(url, issuer)
                .verification_uri(url)
                .in_memory(),
            window,
        )
        .build()
    };
    let error = build(Duration::from_secs(301)).unwrap_err();
    assert_eq!(error.problems()[0].setting, "redelivery");
    assert!(build(WINDOW).is_ok());
}
