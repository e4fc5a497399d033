//! Whole loops against scripts of answers, held to a model of what the device was told.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{PENDING, SLOW_DOWN, TOKENS, authorization, seconds, start};
use crate::poller::{PollAnswer, Poller, Progress, Step};

#[derive(Clone, Debug)]
enum Event {
    Answer {
        status: u16,
        body: &'static str,
        retry_after: Option<u16>,
    },
    Failure,
}

#[derive(Clone, Debug)]
struct Turn {
    event: Event,
    latency_millis: u64,
    oversleep_millis: u64,
}

/// The times that the device was told, in the words of the RFC.
struct Told {
    interval: Duration,
    not_before: Instant,
    expires_at: Instant,
}

impl Told {
    fn hear(&mut self, event: &Event, now: Instant) {
        let delay = match event {
            Event::Answer {
                body, retry_after, ..
            } => {
                self.slow_down(body, now);
                seconds(retry_after.unwrap_or(0).into()).min(seconds(300))
            }
            Event::Failure => (self.interval * 2).min(seconds(60)),
        };
        let left = self.expires_at.saturating_duration_since(now);
        let room = left.saturating_sub(self.interval);
        self.not_before = now + delay.min(room).max(self.interval);
    }

    fn slow_down(&mut self, body: &str, now: Instant) {
        let left = self.expires_at.saturating_duration_since(now);
        if body.contains("slow_down") {
            self.interval = (self.interval + seconds(5)).min(seconds(300));
        }
        if body.contains("30") {
            self.interval = self.interval.max(seconds(30).min(left / 2));
        }
    }
}

fn report(poller: &mut Poller, event: &Event, now: Instant) -> Progress {
    match event {
        Event::Failure => poller.failed(now),
        Event::Answer {
            status,
            body,
            retry_after,
        } => {
            let retry_after = retry_after.map(|seconds| seconds.to_string());
            let retry_after = retry_after.as_deref();
            poller.answered(
                &PollAnswer {
                    status: *status,
                    retry_after,
                    body: body.as_bytes(),
                    ..PollAnswer::default()
                },
                now,
            )
        }
    }
}

fn events() -> impl Strategy<Value = Event> {
    let bodies = vec![
        PENDING,
        SLOW_DOWN,
        (429, r#"{"error":"slow_down","interval":30}"#),
        (200, r#"{"error":"authorization_pending"}"#),
        (503, "<html>"),
        (429, ""),
        (200, "{"),
    ];
    let retry_after = prop_oneof![3 => Just(None), 1 => (0_u16..400).prop_map(Some)];
    let answers = (prop::sample::select(bodies), retry_after);
    prop_oneof![
        3 => answers.prop_map(|((status, body), retry_after)| {
            Event::Answer { status, body, retry_after }
        }),
        2 => Just(Event::Failure),
    ]
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (events(), 0_u64..40_000, 0_u64..2_000);
    let turn = turn.prop_map(|(event, latency_millis, oversleep_millis)| Turn {
        event,
        latency_millis,
        oversleep_millis,
    });
    prop::collection::vec(turn, 1..30)
}

proptest! {
    #[test]
    fn no_poll_is_sooner_than_told_or_after_the_expiry_and_every_loop_ends(
        turns in turns(),
        lifetime in 1_u64..4_000,
        interval in 1_u64..100,
    ) {
        let begin = start();
        let mut now = begin;
        let mut poller = Poller::new(authorization(lifetime, interval), now);
        let first = seconds(interval).min(seconds(lifetime) / 2);
        let expires_at = now + seconds(lifetime);
        let mut told = Told { interval: first, not_before: now + first, expires_at };
        let mut script = turns.iter().cycle();
        // Each turn waits once and polls once, at least one interval after the turn before it.
        for _ in 0..=2 * (lifetime.div_ceil(interval) + 2) {
            match poller.next(now) {
                Step::Wait(delay) => {
                    prop_assert!(!delay.is_zero());
                    prop_assert!(now + delay <= begin + seconds(lifetime));
                    now += delay;
                }
                Step::Poll => {
                    prop_assert!(now >= told.not_before, "{:?} early", told.not_before - now);
                    prop_assert!(now < begin + seconds(lifetime));
                    let turn = script.next().unwrap();
                    now += Duration::from_millis(turn.latency_millis);
                    report(&mut poller, &turn.event, now);
                    told.hear(&turn.event, now);
                    prop_assert_eq!(poller.interval, told.interval);
                    now += Duration::from_millis(turn.oversleep_millis);
                }
                end @ (Step::Expired | Step::Stopped) => {
                    prop_assert_eq!(end, Step::Expired);
                    prop_assert!(now >= begin + seconds(lifetime));
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "the loop did not end");
    }

    #[test]
    fn tokens_end_any_loop(turns in turns(), latency in 0_u64..4_000_000) {
        let now = start();
        let mut poller = Poller::new(authorization(600, 5), now);
        for turn in &turns {
            report(&mut poller, &turn.event, now + Duration::from_millis(turn.latency_millis));
        }
        let (status, body) = TOKENS;
        let answer = PollAnswer { status, body: body.as_bytes(), ..PollAnswer::default() };
        let progress = poller.answered(&answer, now + Duration::from_millis(latency));
        prop_assert!(matches!(progress, Progress::Tokens(_)));
        prop_assert!(matches!(poller.next(now), Step::Expired | Step::Stopped));
    }

    #[test]
    fn any_answer_is_taken(
        status in any::<u16>(),
        retry_after in ".{0,12}",
        body in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let now = start();
        let mut poller = Poller::new(authorization(600, 5), now);
        poller.answered(&PollAnswer { status, retry_after: Some(&retry_after), body: &body, ..PollAnswer::default() }, now);
        if let Step::Wait(delay) = poller.next(now) {
            prop_assert!((seconds(5)..=seconds(600)).contains(&delay));
        }
    }
}
