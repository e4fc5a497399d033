//! The promises of pacing after any history of polls.

use proptest::prelude::*;

use super::*;

/// An interval as the builder allows it, and clocks that disagree by less than half of it.
fn settings() -> impl Strategy<Value = (u32, Pacing, i64)> {
    (1..=60_u32).prop_flat_map(|interval| {
        let skew = 0..=i64::from(interval) * 400_000;
        (Just(interval), skew).prop_map(|(interval, skew)| {
            let clocks = Duration::from_micros(u64::try_from(skew).unwrap());
            (interval, Pacing::default().clock_skew(clocks), skew)
        })
    })
}

/// Microseconds between polls: most around the boundaries of the rules.
fn gaps() -> impl Strategy<Value = Vec<i64>> {
    let gap = prop_oneof![
        0..2_000_000_i64,
        0..70_000_000_i64,
        (0..=60_i64, -2..=2_i64).prop_map(|(halves, off)| (halves * 500_000 + off).max(0)),
    ];
    prop::collection::vec(gap, 0..60)
}

fn leeway(pacing: &Pacing, interval: u32) -> i64 {
    i64::try_from(pacing.leeway(interval).as_micros()).unwrap()
}

/// The shortest time between two polls that are both in time.
fn shortest(pacing: &Pacing, interval: u32) -> i64 {
    i64::from(interval) * SECOND - leeway(pacing, interval)
}

/// A pace after polls at these times, and those of them that were accepted.
fn polled(
    interval: u32,
    pacing: &Pacing,
    times: impl IntoIterator<Item = i64>,
) -> (Pace, Vec<i64>) {
    let mut pace = pace_of(interval, pacing);
    let mut accepted = Vec::new();
    for time in times {
        let paced;
        (pace, paced) = pace.poll(at_micros(time), &record(pacing));
        if paced == Paced::Accepted {
            accepted.push(time);
        }
    }
    (pace, accepted)
}

/// The points in time that these gaps lead to.
fn times(gaps: &[i64]) -> Vec<i64> {
    let sum = |now: &mut i64, gap: &i64| {
        *now += gap;
        Some(*now)
    };
    gaps.iter().scan(0, sum).collect()
}

proptest! {
    #[test]
    fn whoever_waits_the_interval_less_the_leeway_is_accepted_after_any_history(
        (interval, pacing, _) in settings(), gaps in gaps(), later in 0..100_000_000_i64,
    ) {
        let times = times(&gaps);
        let last = times.last().copied().unwrap_or_default();
        let (pace, _) = polled(interval, &pacing, times);
        let now = last + shortest(&pacing, interval).max(0) + later;
        prop_assert_eq!(pace.poll(at_micros(now), &record(&pacing)).1, Paced::Accepted);
    }

    #[test]
    fn the_first_poll_an_interval_after_the_last_accepted_one_is_accepted(
        (interval, pacing, _) in settings(), gaps in gaps(), later in 0..100_000_000_i64,
    ) {
        let (pace, accepted) = polled(interval, &pacing, times(&gaps));
        let last = accepted.last().copied().unwrap_or_default();
        let now = last + i64::from(interval) * SECOND + later;
        prop_assert_eq!(pace.poll(at_micros(now), &record(&pacing)).1, Paced::Accepted);
    }

    #[test]
    fn a_client_that_keeps_the_interval_on_clocks_that_disagree_is_never_slowed(
        (interval, pacing, skew) in settings(),
        polls in prop::collection::vec((0..3_000_000_i64, 0..=1_000_i64), 1..40),
    ) {
        let own_leeway = leeway(&pacing, interval) - skew;
        let mut pace = pace_of(interval, &pacing);
        let mut now = 0;
        for (late, thousandths) in polls {
            now += i64::from(interval) * SECOND - own_leeway + late;
            let on_its_node = at_micros(now + skew * thousandths / 1_000);
            let paced;
            (pace, paced) = pace.poll(on_its_node, &record(&pacing));
            prop_assert_eq!(paced, Paced::Accepted);
        }
    }

    #[test]
    fn pending_is_answered_twice_at_most_for_each_accepted_poll(
        (interval, pacing, _) in settings(), gaps in gaps(),
    ) {
        let mut pace = pace_of(interval, &pacing);
        let mut accepted_at: Option<i64> = None;
        let mut twins = 0;
        for now in times(&gaps) {
            let paced;
            (pace, paced) = pace.poll(at_micros(now), &record(&pacing));
            match paced {
                Paced::Accepted => {
                    let apart = accepted_at.map(|before| now - before);
                    prop_assert!(apart.is_none_or(|apart| apart >= shortest(&pacing, interval)));
                    accepted_at = Some(now);
                    twins = 0;
                }
                Paced::Twin => twins += 1,
                Paced::SlowDown { .. } => {}
            }
            prop_assert!(twins <= 1);
        }
    }

    #[test]
    fn no_choice_of_nodes_gets_a_client_more_answers(
        (interval, pacing, skew) in settings(), gaps in gaps(), ahead in prop::collection::vec(any::<bool>(), 60),
    ) {
        // Real time goes on; each poll meets a node whose clock is right or ahead by all that is allowed.
        let on_nodes: Vec<i64> = times(&gaps)
            .into_iter()
            .zip(ahead)
            .map(|(now, is_ahead)| now + if is_ahead { skew } else { 0 })
            .collect();
        let (_, accepted) = polled(interval, &pacing, on_nodes);
        for pair in accepted.windows(2) {
            prop_assert!(pair[1] - pair[0] >= shortest(&pacing, interval), "{:?}", pair);
        }
    }

    #[test]
    fn no_clock_locks_a_client_out(
        (interval, pacing, _) in settings(),
        history in prop::collection::vec(-200_000_000..200_000_000_i64, 0..40),
        restart in -200_000_000..200_000_000_i64,
    ) {
        let (mut pace, _) = polled(interval, &pacing, history);
        let mut refused = 0;
        for poll in 0..20 {
            let paced;
            let now = at_micros(restart + poll * i64::from(interval) * SECOND);
            (pace, paced) = pace.poll(now, &record(&pacing));
            refused += i64::from(paced != Paced::Accepted);
        }
        // The one before which the clock was set back by a little, and the one after it.
        prop_assert!(refused <= 2, "{} of 20 polls were refused", refused);
    }

    #[test]
    fn the_told_interval_only_rises_by_five_up_to_its_ceiling(
        (interval, pacing, _) in settings(), gaps in gaps(),
    ) {
        let mut pace = pace_of(interval, &pacing);
        for now in times(&gaps) {
            let before = pace.told_interval;
            let paced;
            (pace, paced) = pace.poll(at_micros(now), &record(&pacing));
            let expected = match paced {
                Paced::Accepted | Paced::Twin => before,
                Paced::SlowDown { interval } => {
                    prop_assert_eq!(interval, pace.told_interval);
                    (before + 5).min(60)
                }
            };
            prop_assert_eq!(pace.told_interval, expected);
        }
    }

    #[test]
    fn nothing_overflows(
        interval: u32, skew: Duration, told: u32, last: Option<i64>, twin: bool, now: i64,
    ) {
        let pacing = Pacing::default().clock_skew(skew);
        let last = last.map(Timestamp::from_micros);
        let now = Timestamp::from_micros(now);
        let mut pace = pace_of(interval, &pacing).told(told);
        (pace.last_accepted, pace.had_twin) = (last, twin);
        let (next, paced) = pace.poll(now, &record(&pacing));
        prop_assert!(next.told_interval >= told);
        prop_assert!(next.last_accepted == last || next.last_accepted == Some(now));
        if let Paced::SlowDown { interval } = paced {
            prop_assert_eq!(interval, next.told_interval);
        }
    }
}

#[test]
fn nothing_overflows_at_the_ends_of_time() {
    let ends = [Timestamp::MIN, at(0), Timestamp::MAX];
    for (last, now) in ends.iter().flat_map(|last| ends.map(|now| (*last, now))) {
        for interval in [0, 1, 60, u32::MAX] {
            for skew in [Duration::ZERO, Duration::MAX] {
                let pacing = Pacing::default().clock_skew(skew);
                let pace = pace_of(interval, &pacing)
                    .told(u32::MAX)
                    .accepted(last, true);
                let (next, _) = pace.poll(now, &record(&pacing));
                assert_eq!(next.told_interval, u32::MAX);
            }
        }
    }
}
