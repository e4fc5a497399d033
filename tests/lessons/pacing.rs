use std::time::Duration;

use device_grant::testing::{Disruption, Poll, Scenario, ScriptedIssuer, StoreCall};

use crate::server::{Lesson, SECOND, Server, client};
use device_grant::host::{Client, Terms};

const MILLI: Duration = Duration::from_millis(1);

/// Lesson 8: at Abblix, the bookkeeping of a poll overwrote an approval that had come in between.
#[test]
fn a_poll_writes_nothing_that_an_approval_writes() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    let before = server.row_of(&tv).revision;
    for _ in 0..10 {
        let _ = tv.poll()?;
        server.t.advance(SECOND);
    }
    assert_eq!(server.row_of(&tv).revision, before);

    let twin = tv.clone();
    let polls = Disruption::meanwhile(move || _ = twin.poll().unwrap());
    server.store.disrupt(StoreCall::Replace.nth(1), polls);
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Lesson 13: H2CK/oidc moved its reference and raised the interval on every early poll, so that jitter alone locked a
/// client out for ever that polled every five seconds.
#[test]
fn a_client_that_keeps_the_interval_is_never_slowed_by_the_jitter_of_the_network() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    let start = server.t.now();
    for poll in 0..110_u32 {
        // Between 121 and 536 ms, as measured there.
        let latency = (121 + (poll * 197) % 416) * MILLI;
        server.t.clock().set(start + poll * 5 * SECOND + latency);
        assert_eq!(tv.poll()?, Poll::Pending, "poll {poll}");
    }
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Lesson 14: in Keycloak, the interval could be as long as the codes lived, and every second poll was too early.
#[test]
fn an_interval_that_does_not_fit_the_lifetime_is_no_setting() {
    let minutes = |n: u32| n * 60 * SECOND;
    let with = |lifetime, interval| {
        Scenario::with(ScriptedIssuer::new([]), |builder| {
            builder.lifetime(lifetime).polling_interval(interval)
        })
    };
    assert!(with(minutes(10), 60 * SECOND).is_ok());
    assert!(with(minutes(10), minutes(10)).is_err());
    assert!(with(minutes(1), 31 * SECOND).is_err());
}

/// Lesson 15: at Abblix, the first poll was too early already.
#[test]
fn the_first_poll_is_never_too_early() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

/// Lesson 16: Duende advertises one interval and enforces another; matrix-authentication-service slowed approved grants.
#[test]
fn the_advertised_interval_is_the_enforced_one_and_slows_only_pending_grants() -> Lesson {
    for interval in [1_u32, 5, 30, 60] {
        let server = Server::new();
        let terms = Terms::new("openid".parse()?).interval(interval * SECOND);
        let client = Client::new("tv").device_grant(terms);
        let tv = server.t.device("tv").client(client).authorize("")?;
        assert_eq!(tv.response().interval, interval * SECOND);
        for _ in 0..3 {
            assert_eq!(tv.poll()?, Poll::Pending);
            server.t.advance(interval * SECOND);
        }
        assert_eq!(tv.poll()?, Poll::Pending);
        server.t.visitor("alice").approve(&tv)?;
        assert_eq!(tv.poll()?, Poll::Tokens);
    }
    Ok(())
}

/// Lesson 17: league/oauth2-server did not send the interval, and forgot the polls that it had called too early.
#[test]
fn the_interval_is_always_sent_and_every_slow_down_is_remembered() -> Lesson {
    let server = Server::new();
    let tv = server.t.device("tv").client(client("tv")).authorize("")?;
    let (_, _, body) = tv.response().reply().into_parts();
    let sent: serde_json::Value = serde_json::from_slice(&body)?;
    assert_eq!(
        (&sent["interval"], &sent["expires_in"]),
        (&5.into(), &600.into())
    );
    assert_eq!(tv.poll()?, Poll::Pending);
    for told in [10, 15, 20] {
        server.t.advance(SECOND + 100 * MILLI);
        assert_eq!(tv.poll()?, Poll::SlowDown { interval: told });
    }
    Ok(())
}
