//! A service that its host suspends, amid an incident or while the store is maintained.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use device_grant::host::{Event, GrantsOf};
use device_grant::testing::{Poll, Ran, StepError, WaitingDevice, block_on};

use super::{INTERVAL, SECOND, Server, Test, wire};

const A_MINUTE: Duration = Duration::from_secs(60);

fn is_turned_away<T: std::fmt::Debug>(result: Result<T, StepError>) -> bool {
    matches!(&result, Err(StepError::Fault { retryable: true, cause }) if cause.contains("suspended"))
}

fn suspended() -> (Server, WaitingDevice) {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid").unwrap();
    server.t.grants().suspend(A_MINUTE);
    server.store.forget_calls();
    (server, tv)
}

#[test]
fn nothing_that_leads_to_tokens_goes_on_and_the_store_is_not_asked() {
    let (server, tv) = suspended();
    assert!(is_turned_away(server.t.device("tv").authorize("openid")));
    assert!(is_turned_away(server.t.visitor("alice").review(&tv)));
    assert!(is_turned_away(tv.poll()));
    assert_eq!(server.store.calls(), []);
}

#[test]
fn a_device_is_told_to_come_again_after_the_time_that_the_host_says() -> Test {
    let (server, tv) = suspended();
    assert!(is_turned_away(tv.poll()));
    let (status, retry_after, json) = wire(&tv);
    assert_eq!((status, retry_after.as_deref()), (503, Some("60")));
    assert_eq!(json["error"], "temporarily_unavailable");
    server.t.grants().suspend(5 * SECOND);
    assert!(is_turned_away(tv.poll()));
    assert_eq!(wire(&tv).1.as_deref(), Some("5"));
    Ok(())
}

#[test]
fn a_review_that_is_open_is_not_approved_but_can_be_denied() -> Test {
    let server = Server::new([]);
    let alice = server.t.visitor("alice");
    let tv = server.t.device("tv").authorize("openid")?;
    let review = alice.review(&tv)?;
    server.t.grants().suspend(A_MINUTE);
    assert!(is_turned_away(alice.approve(&review)));
    alice.deny(&review)?;
    server.t.grants().resume();
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn an_approval_outlives_it_and_its_tokens_follow() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    server.t.grants().suspend(A_MINUTE);
    server.t.advance(INTERVAL);
    assert!(is_turned_away(tv.poll()));
    assert!(server.issuer.issued().is_empty());
    server.t.advance(INTERVAL);
    server.t.grants().resume();
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn administrators_still_list_and_revoke() -> Test {
    let server = Server::with_directory([], |builder| builder);
    let tv = server.approved_device();
    let grants = server.t.grants();
    grants.suspend(A_MINUTE);
    let of = GrantsOf::Subject("alice".into());
    let Ran::Done(revoked) = block_on(grants.revoke_where_as_administrator(&of)) else {
        panic!("the memory store answers at once");
    };
    assert_eq!(revoked?.before_redemption, 1);
    grants.resume();
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn every_clone_is_suspended_and_the_check_says_so() {
    let (server, _) = suspended();
    let clone = server.t.grants().clone();
    let found = |clone: &device_grant::DeviceGrants| {
        let Ran::Done(findings) = block_on(clone.check()) else {
            panic!("the memory store answers at once");
        };
        let settings = findings
            .iter()
            .map(|finding| (finding.setting, finding.stops_service()));
        settings.collect::<Vec<_>>()
    };
    assert_eq!(found(&clone), [("suspended", false)]);
    clone.resume();
    assert_eq!(found(server.t.grants()), []);
}

#[test]
fn each_request_that_is_turned_away_is_one_event_and_no_fault() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&heard);
    let server = Server::with([], |builder| {
        builder.observer(move |event: &Event| events.lock().unwrap().push(event.kind.name()))
    });
    let tv = server.t.device("tv").authorize("openid").unwrap();
    server.t.grants().suspend(A_MINUTE);
    heard.lock().unwrap().clear();
    assert!(is_turned_away(tv.poll()));
    assert!(is_turned_away(tv.poll()));
    assert_eq!(*heard.lock().unwrap(), ["suspended", "suspended"]);
}
