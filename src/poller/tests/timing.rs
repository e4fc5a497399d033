use std::time::{Duration, Instant};

use super::{OUTAGE, PENDING, SLOW_DOWN, answer, authorization, poller, seconds, show, start};
use crate::poller::{PollAnswer, Poller, Step};

fn wait(poller: &Poller, now: Instant) -> Duration {
    match poller.next(now) {
        Step::Wait(delay) => delay,
        Step::Poll => Duration::ZERO,
        end @ (Step::Expired | Step::Stopped) => panic!("ended: {end:?}"),
    }
}

fn wait_after(answer: &PollAnswer<'_>) -> Duration {
    let now = start();
    let mut poller = poller(now);
    poller.answered(answer, now);
    wait(&poller, now)
}

#[test]
fn the_first_poll_waits_one_interval() {
    let now = start();
    let poller = poller(now);
    assert_eq!(poller.next(now), Step::Wait(seconds(5)));
    assert_eq!(
        poller.next(now + Duration::from_millis(4_999)),
        Step::Wait(Duration::from_millis(1))
    );
    assert_eq!(poller.next(now + seconds(5)), Step::Poll);
    assert_eq!(poller.next(now + seconds(6)), Step::Poll);
}

#[test]
fn the_interval_counts_from_the_answer() {
    let now = start();
    let mut poller = poller(now);
    poller.answered(&answer(PENDING), now + seconds(8));
    assert_eq!(poller.next(now + seconds(10)), Step::Wait(seconds(3)));
}

#[test]
fn each_slow_down_adds_five_seconds_for_good() {
    let now = start();
    let mut poller = poller(now);
    for expected in [10, 15, 20] {
        let progress = poller.answered(&answer(SLOW_DOWN), now);
        assert_eq!(
            show(&progress),
            format!("SlowDown {{ interval: {expected}s }}")
        );
        poller.answered(&answer(PENDING), now);
        assert_eq!(
            (wait(&poller, now), poller.interval),
            (seconds(expected), seconds(expected))
        );
    }
}

#[test]
fn a_longer_interval_in_slow_down_counts_and_a_shorter_one_does_not() {
    let told = |interval: &str| {
        let body = format!(r#"{{"error":"slow_down","interval":{interval}}}"#);
        wait_after(&PollAnswer {
            status: 400,
            body: body.as_bytes(),
            ..PollAnswer::default()
        })
    };
    assert_eq!(told("5"), seconds(10));
    assert_eq!(told("12"), seconds(12));
    assert_eq!(told("\"12.5\""), Duration::from_millis(12_500));
    assert_eq!(told("-1"), seconds(10));
    assert_eq!(told("1e9"), seconds(300));
}

#[test]
fn failures_in_a_row_double_the_delay_up_to_a_minute() {
    let now = start();
    let mut poller = poller(now);
    for expected in [10, 20, 40, 60, 60, 60] {
        let progress = poller.failed(now);
        let expected = format!("Retry {{ after: {expected}s }}");
        assert_eq!(show(&progress), expected);
    }
    poller.answered(&answer(PENDING), now);
    assert_eq!(wait(&poller, now), seconds(5));
    poller.failed(now);
    assert_eq!(wait(&poller, now), seconds(10));
}

#[test]
fn an_outage_backs_off_like_a_time_out_and_slow_down_ends_it() {
    let now = start();
    let mut poller = poller(now);
    poller.failed(now);
    poller.answered(&answer(OUTAGE), now);
    assert_eq!(wait(&poller, now), seconds(20));
    poller.answered(&answer(SLOW_DOWN), now);
    assert_eq!(wait(&poller, now), seconds(10));
    poller.failed(now);
    assert_eq!(wait(&poller, now), seconds(20));
}

#[test]
fn an_interval_beyond_a_minute_is_never_shortened_by_backing_off() {
    let now = start();
    let mut poller = Poller::new(authorization(3600, 90), now);
    poller.failed(now);
    assert_eq!(wait(&poller, now), seconds(90));
}

#[test]
fn endless_failures_do_not_overflow() {
    let now = start();
    let mut poller = poller(now);
    for _ in 0..100 {
        poller.failed(now);
        assert!(wait(&poller, now) <= seconds(60));
    }
}

#[test]
fn retry_after_in_seconds_is_honoured_with_any_answer() {
    for (status, body) in [PENDING, SLOW_DOWN, OUTAGE, (429, ""), (200, "{}")] {
        let body = body.as_bytes();
        let wait = wait_after(&PollAnswer {
            status,
            retry_after: Some("42"),
            body,
            ..PollAnswer::default()
        });
        assert_eq!(wait, seconds(42), "{status}");
    }
}

/// The dates of [RFC 9110 §5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7), in its three formats.
#[test]
fn retry_after_as_a_date_is_a_delay_from_the_date_of_the_answer() {
    let (status, body) = OUTAGE;
    let waits = |retry_after, date| {
        wait_after(&PollAnswer {
            status,
            retry_after: Some(retry_after),
            date,
            body: body.as_bytes(),
            ..PollAnswer::default()
        })
    };
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (retry_after, expected) in [
        ("Sun, 06 Nov 1994 08:50:19 GMT", 42),
        ("Sunday, 06-Nov-94 08:50:19 GMT", 42),
        ("Sun Nov  6 08:50:19 1994", 42),
        (" Sun, 06 Nov 1994 08:50:19 GMT ", 42),
        // Five minutes at the most, and never less than without it.
        ("Mon, 06 Nov 1995 08:49:37 GMT", 300),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 10),
        ("Sun, 06 Nov 1994 08:49:36 GMT", 10),
        ("Sun, 06 Nov 1994 08:50:19 +0100", 10),
        ("Sun, 06 Nov 99999 08:50:19 GMT", 10),
    ] {
        let wait = waits(retry_after, Some(date));
        assert_eq!(wait, seconds(expected), "{retry_after}");
    }
    for unknown in [None, Some(""), Some("now"), Some("42")] {
        let wait = waits("Sun, 06 Nov 1994 08:50:19 GMT", unknown);
        assert_eq!(wait, seconds(10), "{unknown:?}");
    }
}

#[test]
fn retry_after_only_ever_adds() {
    let dates = [
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "",
        "soon",
        "-5",
        "0",
        "1",
        "NaN",
        "5 s",
        "inf",
        "infinity",
        "1e9",
        "+99",
        "0x99",
        "99, 99",
        "99..",
        "\u{0669}\u{0669}",
        "Wednesday, 21-Oct-26 07:28:00 GMT",
        "Wed Oct 21 07:28:00 2026",
    ];
    for retry_after in dates {
        let (status, body) = PENDING;
        let answer = PollAnswer {
            status,
            retry_after: Some(retry_after),
            body: body.as_bytes(),
            ..PollAnswer::default()
        };
        assert_eq!(wait_after(&answer), seconds(5), "{retry_after}");
    }
}

#[test]
fn no_retry_after_costs_the_login() {
    for (status, body) in [PENDING, SLOW_DOWN, OUTAGE, (429, "")] {
        for retry_after in ["301", "31536000", "99999999999999999999999999"] {
            let told = PollAnswer {
                status,
                retry_after: Some(retry_after),
                body: body.as_bytes(),
                ..PollAnswer::default()
            };
            assert_eq!(wait_after(&told), seconds(300), "{status} {retry_after}");
            // Near the end there is one more poll, an interval before it.
            let now = start();
            let mut poller = poller(now);
            let late = now + seconds(500);
            poller.answered(&told, late);
            let left = wait(&poller, late) + poller.interval;
            assert_eq!(left, seconds(100), "{status} {retry_after}");
        }
    }
}

#[test]
fn no_interval_costs_the_login() {
    for told in ["31536000", "\"31536000\"", "1e300", "300"] {
        let body = format!(r#"{{"error":"slow_down","interval":{told}}}"#);
        let now = start();
        let mut poller = poller(now);
        let late = now + seconds(500);
        poller.answered(&answer((400, &body)), late);
        assert_eq!(wait(&poller, late), seconds(50), "{told}");
    }
}

#[test]
fn slow_down_without_end_stays_within_the_longest_interval() {
    let now = start();
    let mut poller = Poller::new(authorization(86_400, 5), now);
    for _ in 0..1_000 {
        poller.answered(&answer(SLOW_DOWN), now);
    }
    assert_eq!(poller.interval, seconds(300));
}

#[test]
fn nothing_waits_or_polls_past_the_expiry() {
    let now = start();
    let mut poller = poller(now);
    poller.answered(&answer(PENDING), now + seconds(597));
    assert_eq!(poller.next(now + seconds(597)), Step::Wait(seconds(3)));
    assert_eq!(poller.next(now + seconds(600)), Step::Expired);
    assert_eq!(poller.next(now + seconds(9000)), Step::Expired);
    assert_eq!(poller.remaining(now + seconds(597)), seconds(3));
    assert_eq!(poller.remaining(now + seconds(9000)), Duration::ZERO);
}

/// The members are public, so a device may have set them, or kept them somewhere.
#[test]
fn an_authorization_with_impossible_times_is_polled_as_one_from_a_server() {
    let now = start();
    for (interval, lifetime, wait) in [
        (Duration::ZERO, seconds(900), Poller::MIN_INTERVAL),
        (Duration::MAX, seconds(900), Poller::MAX_INTERVAL),
        (seconds(5), Duration::MAX, seconds(5)),
        (Duration::MAX, Duration::MAX, Poller::MAX_INTERVAL),
        (Duration::ZERO, seconds(1), Duration::from_millis(500)),
    ] {
        let mut set = authorization(900, 5);
        (set.interval, set.expires_in) = (interval, lifetime);
        let poller = Poller::new(set, now);
        assert_eq!(
            poller.next(now),
            Step::Wait(wait),
            "{interval:?} {lifetime:?}"
        );
        let end = now + lifetime.min(Poller::MAX_LIFETIME);
        assert_eq!(poller.next(end), Step::Expired, "{interval:?} {lifetime:?}");
    }
}

#[test]
fn an_interval_beyond_the_lifetime_leaves_time_to_poll() {
    let now = start();
    let poller = Poller::new(authorization(10, 60), now);
    assert_eq!(poller.next(now), Step::Wait(seconds(5)));
    assert_eq!(poller.next(now + seconds(5)), Step::Poll);
    assert_eq!(poller.next(now + seconds(10)), Step::Expired);
}

#[test]
fn a_clock_that_stands_before_the_start_only_waits() {
    let now = start() + seconds(1000);
    let poller = poller(now);
    assert_eq!(poller.next(now - seconds(1000)), Step::Wait(seconds(1005)));
}
