use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Debit, Quota};
use proptest::prelude::*;

fn quotas() -> impl Strategy<Value = Quota> {
    let period = prop_oneof![
        1..1_000_000_u64,
        1_000_000..4_000_000_000_u64,
        Just(60_000_000),
        Just(600_000_000),
    ];
    let burst = prop_oneof![1..10_u32, 1..1_000_u32, 1..20_000_u32];
    (burst, period).prop_map(|(burst, micros)| Quota::new(burst, Duration::from_micros(micros)))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap()
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + micros)
}

/// The takes at these times that were allowed.
fn allowed(quota: Quota, times: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut owed = None;
    let mut allowed = Vec::new();
    for time in times {
        if let Ok(until) = quota.debit(owed, at(time), Debit::Take) {
            owed = Some(until);
            allowed.push(time);
        }
    }
    allowed
}

/// The most that the quota allows in a window of this many microseconds: its burst, and its rate times the window.
fn most(quota: Quota, window: i64) -> usize {
    let (burst, period) = (i128::from(quota.burst()), quota.period().as_micros());
    let more = i128::from(window) * burst / i128::try_from(period).unwrap();
    usize::try_from(burst + more).unwrap()
}

proptest! {
    #[test]
    fn the_burst_is_available_at_once_and_no_more(quota in quotas()) {
        let burst = usize::try_from(quota.burst()).unwrap();
        prop_assert_eq!(allowed(quota, vec![0; burst + 2]).len(), burst);
    }

    #[test]
    fn no_window_has_more_than_the_burst_and_the_rate(
        quota in quotas(), gaps in prop::collection::vec(0.0..2.0_f64, 1..200), dense in 1..200_i64,
    ) {
        // Asked for up to 200 times as often as the rate allows.
        let unit = micros(quota.period()) / i64::from(quota.burst());
        let mut now = 0;
        let times = gaps.iter().map(|gap| {
            #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a test's own numbers")]
            let gap = (gap * 1_000.0) as i64;
            now += unit * gap / (1_000 * dense);
            now
        });
        let allowed = allowed(quota, times.collect::<Vec<_>>());
        for (first, from) in allowed.iter().enumerate() {
            for (count, to) in (1..).zip(&allowed[first..]) {
                let most = most(quota, to - from);
                prop_assert!(count <= most, "{} in {} µs, {} allowed", count, to - from, most);
            }
        }
    }

    #[test]
    fn who_keeps_to_the_rate_is_never_refused(quota in quotas(), late in prop::collection::vec(0..1_000_i64, 1..200)) {
        let unit = micros(quota.period()).div_euclid(i64::from(quota.burst())) + 1;
        let mut now = 0;
        let times: Vec<i64> = late.iter().map(|late| { now += unit + late; now }).collect();
        prop_assert_eq!(allowed(quota, times.clone()), times);
    }

    #[test]
    fn the_wait_is_exactly_as_long_as_it_has_to_be(quota in quotas(), owed in -1_000_000..10_000_000_000_i64) {
        let owed = Some(at(owed));
        let later = |wait: Duration| at(micros(wait));
        if let Err(wait) = quota.debit(owed, at(0), Debit::Take) {
            prop_assert!(wait > Duration::ZERO);
            let just_before = later(wait.saturating_sub(Duration::from_micros(1)));
            prop_assert!(quota.debit(owed, just_before, Debit::Take).is_err());
            prop_assert!(quota.debit(owed, later(wait), Debit::Take).is_ok());
        }
    }

    #[test]
    fn nothing_shuts_a_key_out_for_longer_than_two_periods(quota in quotas(), owed: i64) {
        if let Err(wait) = quota.debit(Some(Timestamp::from_micros(owed)), at(0), Debit::Take) {
            prop_assert!(wait <= quota.period() * 2, "{:?}", wait);
        }
    }

    /// What time has given back meanwhile is given back twice, and no more than that.
    #[test]
    fn giving_back_lets_no_more_through_than_the_longest_time_it_took(
        quota in quotas(), steps in prop::collection::vec((0..2_000_i64, any::<bool>(), 0..20_usize), 1..300),
    ) {
        let unit = micros(quota.period()) / i64::from(quota.burst());
        let (mut now, mut owed, mut longest) = (0, None, 0);
        let mut kept = Vec::new();
        let mut under_way: Vec<(i64, usize)> = Vec::new();
        for (step, (gap, is_kept, steps_held)) in steps.into_iter().enumerate() {
            now += unit * gap / 4_000;
            under_way.retain(|(since, until)| {
                if *until <= step {
                    owed = quota.debit(owed, at(now), Debit::GiveBack).ok();
                    longest = longest.max(now - since);
                }
                *until > step
            });
            if let Ok(until) = quota.debit(owed, at(now), Debit::Take) {
                owed = Some(until);
                if is_kept { kept.push(now) } else { under_way.push((now, step + 1 + steps_held)) }
            }
        }
        for (first, from) in kept.iter().enumerate() {
            for (count, to) in (1..).zip(&kept[first..]) {
                let most = most(quota, to - from + longest);
                prop_assert!(count <= most, "{} in {} µs, {} allowed", count, to - from, most);
            }
        }
    }

    #[test]
    fn no_setting_and_no_clock_overflows(burst: u32, period: Duration, owed: Option<i64>, now: i64) {
        let quota = Quota::new(burst, period);
        let owed = owed.map(Timestamp::from_micros);
        for debit in [Debit::Take, Debit::GiveBack] {
            if let Ok(until) = quota.debit(owed, Timestamp::from_micros(now), debit) {
                prop_assert!(until >= Timestamp::from_micros(now));
            }
        }
    }
}
