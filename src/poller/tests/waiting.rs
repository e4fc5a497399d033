//! Polls that prefer to wait.

use std::time::{Duration, Instant};

use super::{
    OUTAGE, PENDING, SLOW_DOWN, TOKENS, answer, authorization, poller, seconds, show, start,
};
use crate::poller::{PollAnswer, Poller, Step};

fn held((status, body): (u16, &str)) -> PollAnswer<'_> {
    PollAnswer {
        preference_applied: Some("wait=30"),
        ..answer((status, body))
    }
}

/// A poller that has sent a poll which prefers to wait.
fn waiting(now: Instant) -> Poller {
    let mut poller = poller(now);
    assert_eq!(poller.prefer(now).as_deref(), Some("wait=30"));
    poller
}

#[test]
fn after_a_wait_the_next_poll_is_due_at_once() {
    let now = start();
    let mut poller = waiting(now);
    let answered = now + seconds(30);
    assert_eq!(show(&poller.answered(&held(PENDING), answered)), "Pending");
    assert_eq!(poller.next(answered), Step::Poll);
}

#[test]
fn polls_are_never_closer_than_the_interval() {
    let now = start();
    let mut poller = waiting(now);
    poller.answered(&held(PENDING), now + seconds(1));
    assert_eq!(poller.next(now + seconds(1)), Step::Wait(seconds(4)));
}

#[test]
fn a_server_that_does_not_wait_is_polled_as_ever() {
    let now = start();
    for preference_applied in [None, Some(""), Some("respond-async"), Some("waiting=3")] {
        let mut poller = waiting(now);
        let plain = PollAnswer {
            preference_applied,
            ..answer(PENDING)
        };
        poller.answered(&plain, now + seconds(2));
        assert_eq!(poller.next(now + seconds(2)), Step::Wait(seconds(5)));
    }
}

#[test]
fn a_server_that_says_it_waited_unasked_is_polled_as_ever() {
    let now = start();
    let mut poller = poller(now);
    poller.answered(&held(PENDING), now + seconds(30));
    assert_eq!(poller.next(now + seconds(30)), Step::Wait(seconds(5)));
}

#[test]
fn the_header_may_leave_out_the_time() {
    let now = start();
    let mut poller = waiting(now);
    let plain = PollAnswer {
        preference_applied: Some("wait"),
        ..answer(PENDING)
    };
    poller.answered(&plain, now + seconds(30));
    assert_eq!(poller.next(now + seconds(30)), Step::Poll);
}

#[test]
fn slow_down_and_retry_after_count_all_the_same() {
    let now = start();
    let answered = now + seconds(30);
    let mut poller = waiting(now);
    poller.answered(&held(SLOW_DOWN), answered);
    assert_eq!(poller.next(answered), Step::Wait(seconds(10)));
    let mut poller = waiting(now);
    let later = PollAnswer {
        retry_after: Some("8"),
        ..held(PENDING)
    };
    poller.answered(&later, answered);
    assert_eq!(poller.next(answered), Step::Wait(seconds(8)));
}

#[test]
fn a_wanted_confirmation_code_is_asked_for_at_the_interval() {
    let now = start();
    let answered = now + seconds(30);
    let mut poller = waiting(now);
    let body = r#"{"error":"authorization_pending","confirmation_required":true}"#;
    poller.answered(&held((400, body)), answered);
    assert_eq!(poller.next(answered), Step::Wait(seconds(5)));
}

#[test]
fn a_poll_prefers_no_more_than_the_codes_live() {
    let now = start();
    let mut poller = Poller::new(authorization(40, 5), now);
    let at = |offset: u64| now + seconds(offset);
    assert_eq!(poller.prefer(at(5)).as_deref(), Some("wait=30"));
    assert_eq!(poller.prefer(at(35)).as_deref(), Some("wait=5"));
    assert_eq!(poller.prefer(at(39) + Duration::from_millis(1)), None);
    assert_eq!(poller.prefer(at(41)), None);
}

#[test]
fn each_wait_that_fails_halves_the_next_one() {
    let now = start();
    let mut poller = poller(now);
    for expected in [30, 15, 7, 3, 1] {
        let preferred = format!("wait={expected}");
        assert_eq!(poller.prefer(now), Some(preferred));
        poller.failed(now);
    }
    assert_eq!(poller.prefer(now), None);
    let mut cut = waiting(now);
    cut.answered(&answer(OUTAGE), now);
    assert_eq!(cut.prefer(now).as_deref(), Some("wait=15"));
}

#[test]
fn a_failure_of_a_plain_poll_halves_nothing() {
    let now = start();
    let mut poller = poller(now);
    poller.failed(now);
    assert_eq!(poller.prefer(now).as_deref(), Some("wait=30"));
}

#[test]
fn tokens_end_the_wait() {
    let now = start();
    let mut poller = waiting(now);
    assert_eq!(
        show(&poller.answered(&held(TOKENS), now + seconds(3))),
        "Tokens"
    );
    assert_eq!(poller.next(now + seconds(3)), Step::Stopped);
}
