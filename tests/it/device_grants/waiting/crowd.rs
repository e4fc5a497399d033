//! Ten thousand polls that wait at once.

use std::time::Duration;

use device_grant::testing::WaitingDevice;

use super::hand::Waiting;
use super::{LIFETIME, Waits};
use crate::device_grants::SECOND;

const CROWD: usize = 10_000;
/// The number of the crowd that is decided one by one: a decision is a whole review.
const DECIDED: usize = 300;

/// A server whose devices all wait.
fn crowd() -> (Waits, Vec<(WaitingDevice, Waiting)>) {
    let waits = Waits::new();
    let devices: Vec<_> = (0..CROWD).map(|_| waits.tv()).collect();
    let waiting = devices.into_iter().map(|tv| {
        let poll = waits.wait(&tv, "wait=30");
        (tv, poll)
    });
    let waiting = waiting.collect();
    (waits, waiting)
}

fn woken(waiting: &[(WaitingDevice, Waiting)]) -> usize {
    waiting.iter().filter(|(_, poll)| poll.is_woken()).count()
}

/// Answers those that are woken, and returns how many were answered with this error, or with tokens.
fn answered(waiting: &mut [(WaitingDevice, Waiting)], error: Option<&str>) -> usize {
    let answers = waiting.iter_mut().filter_map(|(_, poll)| poll.answer());
    let expected = answers.filter(|answer| answer.json["error"].as_str() == error);
    expected.count()
}

#[test]
fn each_decision_wakes_one_of_ten_thousand_and_the_end_wakes_all() {
    let (waits, mut waiting) = crowd();
    assert_eq!(waits.number(), CROWD);
    let (to_approve, rest) = waiting.split_at_mut(DECIDED);
    let (to_deny, rest) = rest.split_at_mut(DECIDED);
    let (to_revoke, rest) = rest.split_at_mut(DECIDED);
    for (tv, _) in &*to_approve {
        waits.server.t.visitor("alice").approve(tv).unwrap();
    }
    for (tv, _) in &*to_deny {
        waits.server.t.visitor("alice").deny(tv).unwrap();
    }
    for (tv, _) in &*to_revoke {
        tv.cancel().unwrap();
    }
    assert_eq!(
        (woken(to_approve), woken(to_deny), woken(to_revoke)),
        (DECIDED, DECIDED, DECIDED)
    );
    assert_eq!(woken(rest), 0);
    assert_eq!(answered(to_approve, None), DECIDED);
    assert_eq!(answered(to_deny, Some("access_denied")), DECIDED);
    assert_eq!(answered(to_revoke, Some("access_denied")), DECIDED);
    assert_eq!(waits.number(), CROWD - 3 * DECIDED);
    let mut stopped = waiting.split_off(CROWD / 2);
    drop(waiting);
    assert_eq!(waits.number(), CROWD / 2, "who is dropped leaves its place");
    waits.server.t.grants().end_waits();
    assert_eq!(
        answered(&mut stopped, Some("authorization_pending")),
        CROWD / 2
    );
    assert_eq!(waits.number(), 0);
}

#[test]
fn ten_thousand_expire_together() {
    let (waits, mut waiting) = crowd();
    // A look every five seconds; the last wait is that for the expiry.
    waits
        .server
        .t
        .clock()
        .advance(LIFETIME - Duration::from_secs(1));
    waits.pass(SECOND);
    waits.hand.advance(30 * SECOND);
    assert_eq!(woken(&waiting), CROWD);
    assert_eq!(answered(&mut waiting, Some("expired_token")), CROWD);
    assert_eq!(waits.number(), 0);
}
