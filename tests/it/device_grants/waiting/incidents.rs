//! Polls that wait while the host suspends the service or changes its settings.

use super::{SECOND, Test, Waits};

#[test]
fn a_service_that_is_suspended_turns_polls_that_wait_away_at_once() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=20");
    assert!(!poll.is_woken());
    waits.server.t.grants().suspend(60 * SECOND);
    let answer = poll.answer().expect("it is answered");
    assert_eq!(
        (answer.status, &answer.json["error"]),
        (503, &"temporarily_unavailable".into())
    );
    assert_eq!(waits.number(), 0);
    waits.server.t.grants().resume();
    waits.server.t.visitor("alice").approve(&tv)?;
    assert_eq!(
        waits
            .wait(&tv, "wait=20")
            .answer()
            .map(|answer| answer.status),
        Some(200)
    );
    Ok(())
}

#[test]
fn a_poll_that_waits_hears_of_a_decision_after_the_settings_have_changed() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=20");
    let grants = waits.server.t.grants();
    grants.reconfigure(|builder| builder.waiting_polls(0, 30 * SECOND))?;
    assert_eq!(waits.number(), 1);
    waits.server.t.visitor("alice").approve(&tv)?;
    assert_eq!(poll.answer().expect("it is answered").status, 200);
    let other = waits.tv();
    assert!(
        waits.wait(&other, "wait=20").answer().is_some(),
        "no poll may wait any more"
    );
    Ok(())
}
