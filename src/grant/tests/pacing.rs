use super::*;

/// The answer to a poll that comes this many microseconds after the last accepted one.
const JUDGED: &str = "
interval | skew ms | twin | age µs               | told
       5 |       0 | no   |            5_000_000 | accepted
       5 |       0 | no   |            4_500_000 | accepted
       5 |       0 | no   |            4_499_999 | slow_down
       5 |       0 | no   |            1_000_000 | slow_down
       5 |       0 | no   |              999_999 | twin
       5 |       0 | no   |                    0 | twin
       5 |       0 | no   |             -999_999 | twin
       5 |       0 | no   |           -1_000_000 | slow_down
       5 |       0 | no   |           -1_000_001 | accepted
       5 |       0 | yes  |            4_500_000 | accepted
       5 |       0 | yes  |            4_499_999 | slow_down
       5 |       0 | yes  |              999_999 | slow_down
       5 |       0 | yes  |                    0 | slow_down
       5 |       0 | yes  |             -999_999 | slow_down
       5 |       0 | yes  |           -1_000_001 | accepted
       5 |     200 | no   |            4_300_000 | accepted
       5 |     200 | no   |            4_299_999 | slow_down
       5 |     200 | no   |           -1_200_000 | slow_down
       5 |     200 | no   |           -1_200_001 | accepted
       5 |    4500 | no   |                    0 | accepted
       5 |    4500 | yes  |                   -1 | slow_down
       1 |       0 | no   |              500_000 | accepted
       1 |       0 | no   |              499_999 | twin
       1 |       0 | yes  |              499_999 | slow_down
       0 |       0 | no   |                    0 | accepted
       6 |       0 | no   |            5_400_000 | accepted
       6 |       0 | no   |            5_399_999 | slow_down
      60 |       0 | no   |           54_000_000 | accepted
      60 |       0 | no   |           53_999_999 | slow_down
      60 |       0 | yes  |              999_999 | slow_down
";

#[test]
fn a_poll_is_judged_as_the_table_says() {
    for line in JUDGED.lines().skip(2) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = |cell: usize| cells[cell].replace('_', "").parse::<i64>().unwrap();
        let interval = u32::try_from(number(0)).unwrap();
        let skew = Duration::from_millis(u64::try_from(number(1)).unwrap());
        let pacing = Pacing::default().clock_skew(skew);
        let pace = pace_of(interval, &pacing).accepted(at(0), cells[2] == "yes");
        let (_, paced) = pace.poll(at_micros(number(3)), &record(&pacing));
        let told = match paced {
            Paced::Accepted => "accepted",
            Paced::Twin => "twin",
            Paced::SlowDown { .. } => "slow_down",
        };
        assert_eq!(told, cells[4], "{line}");
    }
}

#[test]
fn the_first_poll_is_free_whenever_it_comes() {
    for now in [Timestamp::MIN, at(-5), at(0), at(1), Timestamp::MAX] {
        let (pace, paced) = pace_of(5, &Pacing::default()).poll(now, &record(&Pacing::default()));
        assert_eq!(paced, Paced::Accepted, "at {now}");
        assert_eq!(
            pace,
            pace_of(5, &Pacing::default()).told(5).accepted(now, false)
        );
    }
}

#[test]
fn an_accepted_poll_moves_the_reference_and_allows_another_twin() {
    let pace = pace_of(5, &Pacing::default())
        .told(20)
        .accepted(at(0), true);
    let (next, paced) = pace.poll(at(5), &record(&Pacing::default()));
    assert_eq!(paced, Paced::Accepted);
    assert_eq!(
        next,
        pace_of(5, &Pacing::default())
            .told(20)
            .accepted(at(5), false)
    );
}

#[test]
fn a_twin_changes_nothing_but_that_it_came() {
    let pace = pace_of(5, &Pacing::default())
        .told(20)
        .accepted(at(0), false);
    let (next, paced) = pace.poll(at_micros(1), &record(&Pacing::default()));
    assert_eq!(paced, Paced::Twin);
    assert_eq!(
        next,
        pace_of(5, &Pacing::default())
            .told(20)
            .accepted(at(0), true)
    );
}

#[test]
fn an_early_poll_changes_nothing_but_what_is_told() {
    for twin in [false, true] {
        let pace = pace_of(5, &Pacing::default())
            .told(20)
            .accepted(at(0), twin);
        let (next, paced) = pace.poll(at(2), &record(&Pacing::default()));
        assert_eq!(paced, Paced::SlowDown { interval: 25 });
        assert_eq!(
            next,
            pace_of(5, &Pacing::default())
                .told(25)
                .accepted(at(0), twin)
        );
    }
}

#[test]
fn what_is_told_rises_by_five_up_to_sixty() {
    let told = |interval: u32| {
        let mut pace = pace_of(interval, &Pacing::default()).accepted(at(0), true);
        let mut told = Vec::new();
        for _ in 0..13 {
            pace = pace.poll(at(0), &record(&Pacing::default())).0;
            told.push(pace.told_interval);
        }
        told
    };
    assert_eq!(
        told(5),
        [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60]
    );
    assert_eq!(
        told(7),
        [12, 17, 22, 27, 32, 37, 42, 47, 52, 57, 60, 60, 60]
    );
    assert_eq!(told(60), [60; 13]);
    assert_eq!(told(90), [90; 13], "never below what is advertised");
}

#[test]
fn what_was_told_is_never_taken_back() {
    // As a store may hold it from a version with a higher ceiling.
    let pace = pace_of(5, &Pacing::default())
        .told(100)
        .accepted(at(0), true);
    let (next, paced) = pace.poll(at(1), &record(&Pacing::default()));
    assert_eq!(paced, Paced::SlowDown { interval: 100 });
    assert_eq!(next.told_interval, 100);
}

#[test]
fn what_is_told_is_never_enforced() {
    let pace = pace_of(5, &Pacing::default())
        .told(60)
        .accepted(at(0), true);
    let (_, paced) = pace.poll(at(5), &record(&Pacing::default()));
    assert_eq!(paced, Paced::Accepted);
}

#[test]
fn a_skew_suits_intervals_of_more_than_twice_its_length() {
    let second = Duration::from_secs(1);
    let pacing = Pacing::default().clock_skew(second);
    assert_eq!(pacing.skew(), second);
    assert!(!pacing.suits(second * 2));
    assert!(pacing.suits(second * 2 + Duration::from_millis(2)));
}

#[test]
fn the_leeway_is_a_tenth_or_half_a_second_and_the_skew() {
    let leeway = |interval, skew| {
        Pacing::default()
            .clock_skew(Duration::from_millis(skew))
            .leeway(interval)
            .as_millis()
    };
    assert_eq!(leeway(0, 0), 500);
    assert_eq!(leeway(4, 0), 500);
    assert_eq!(leeway(5, 0), 500);
    assert_eq!(leeway(6, 0), 600);
    assert_eq!(leeway(60, 0), 6_000);
    assert_eq!(leeway(5, 2_000), 2_500);
}

/// LESSONS 13: a server that moved its reference and raised what it enforced locked this client out at poll 40.
#[test]
fn a_client_that_keeps_the_interval_through_jitter_is_never_slowed() {
    let mut pace = pace_of(5, &Pacing::default());
    // A linear congruential generator: the jitter has to be uneven, and the same in every run.
    let mut random = 12_345_u32;
    for poll in 0..1_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let jitter = 121_000 + i64::from(random >> 8) % 415_001;
        let now = at_micros(poll * 5 * SECOND + jitter);
        let paced;
        (pace, paced) = pace.poll(now, &record(&Pacing::default()));
        assert_eq!(paced, Paced::Accepted, "poll {poll} at {now}");
    }
    assert_eq!(pace.told_interval, 5);
}

#[test]
fn a_client_whose_jitter_is_always_the_worst_is_never_slowed() {
    let mut pace = pace_of(5, &Pacing::default());
    for poll in 0..1_000 {
        let jitter = if poll % 2 == 0 { 536_000 } else { 121_000 };
        let now = at_micros(poll * 5 * SECOND + jitter);
        let paced;
        (pace, paced) = pace.poll(now, &record(&Pacing::default()));
        assert_eq!(paced, Paced::Accepted, "poll {poll} at {now}");
    }
}

#[test]
fn a_client_that_sends_its_polls_in_pairs_is_never_slowed() {
    let mut pace = pace_of(5, &Pacing::default());
    for pair in 0..1_000 {
        for (apart, expected) in [(0, Paced::Accepted), (300_000, Paced::Twin)] {
            let paced;
            let now = at_micros(pair * 5 * SECOND + apart);
            (pace, paced) = pace.poll(now, &record(&Pacing::default()));
            assert_eq!(paced, expected, "pair {pair} at {now}");
        }
    }
}

#[test]
fn a_client_that_ignores_slow_down_gets_an_answer_each_interval() {
    let mut pace = pace_of(5, &Pacing::default());
    let mut accepted = 0;
    for tenth in 0..10_000 {
        let paced;
        (pace, paced) = pace.poll(at_micros(tenth * 100_000), &record(&Pacing::default()));
        accepted += i64::from(paced == Paced::Accepted);
    }
    // 1,000 s, each accepted poll 4.5 s after the one before.
    assert_eq!(accepted, 223);
    assert_eq!(pace.told_interval, 60);
}
