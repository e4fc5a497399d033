//! Every poll is one event, so that counters of events are counters of answers.

use std::sync::{Arc, Mutex};

use device_grant::host::{Event, Severity};
use device_grant::message::ErrorResponse;
use device_grant::testing::{Poll, Script};

use super::{INTERVAL, LIFETIME, SECOND, Server, Test};

/// A server, and the names of all its events but those of calls of ports.
fn heard(script: impl IntoIterator<Item = Script>) -> (Server, Arc<Mutex<Vec<Event>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let server = Server::with(script, |builder| {
        builder.observer(move |event: &Event| {
            if event.kind.name() != "port_called" {
                heard.lock().unwrap().push(event.clone());
            }
        })
    });
    (server, events)
}

/// The names since the last time that this was asked.
fn names(events: &Arc<Mutex<Vec<Event>>>) -> Vec<&'static str> {
    let mut events = events.lock().unwrap();
    events.drain(..).map(|event| event.kind.name()).collect()
}

#[test]
fn an_undecided_grant_has_pending_twin_and_slowed_down_polls() -> Test {
    let (server, events) = heard([]);
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(names(&events), ["authorized"]);
    let _ = (tv.poll()?, tv.poll()?, tv.poll()?);
    let event = events.lock().unwrap()[0].clone();
    assert_eq!(event.severity(), Severity::Debug);
    assert_eq!(event.grant, Some(tv.grant_id()));
    assert_eq!(names(&events), ["poll_pending", "poll_twin", "slowed_down"]);
    Ok(())
}

#[test]
fn codes_that_end_undecided_are_told_of_once_and_later_polls_are_counted() -> Test {
    let (server, events) = heard([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.advance(LIFETIME);
    let _ = (tv.poll()?, tv.poll()?);
    assert_eq!(names(&events), ["authorized", "expired", "poll_expired"]);
    Ok(())
}

#[test]
fn an_approval_that_ends_unredeemed_does_not_count_as_undecided() -> Test {
    let (server, events) = heard([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    server.t.advance(LIFETIME);
    assert_eq!(tv.poll()?, Poll::Expired);
    assert_eq!(names(&events)[2..], ["approved", "poll_expired"]);
    Ok(())
}

#[test]
fn polls_of_a_grant_that_is_over_are_counted_by_their_answer() -> Test {
    let (server, events) = heard([
        Script::Unavailable,
        Script::Refused(ErrorResponse::access_denied()),
    ]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").deny(&tv)?;
    assert_eq!(tv.poll()?, Poll::Denied);
    assert_eq!(names(&events)[2..], ["denied", "poll_denied"]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    names(&events);
    let _ = (tv.poll()?, tv.poll()?);
    assert_eq!(names(&events), ["redemption_postponed", "poll_paused"]);
    server.t.advance(INTERVAL + SECOND);
    let _ = (tv.poll()?, tv.poll()?);
    assert_eq!(names(&events), ["redemption_refused", "poll_refused"]);
    Ok(())
}
