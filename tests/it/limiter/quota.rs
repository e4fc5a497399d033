use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Charge, Debt, LimitKey, Quota};
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

fn take(quota: Quota) -> Charge {
    Charge::take(LimitKey::new("test", "", "a"), quota)
}

/// The takes at these times that were allowed.
fn allowed(quota: Quota, times: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut owed = None;
    let mut allowed = Vec::new();
    for time in times {
        if let Some(debt) = take(quota).debit(owed, at(time)) {
            owed = Some(debt);
            allowed.push(time);
        }
    }
    allowed
}

/// The most that the quota allows in a window of this many microseconds: its burst, and its rate times the window.
fn most(quota: Quota, window: i64) -> usize {
    most_of(quota.burst(), quota.period(), window)
}

fn most_of(burst: u32, period: Duration, window: i64) -> usize {
    let (burst, period) = (i128::from(burst), period.as_micros());
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
    fn the_wait_is_exactly_as_long_as_it_has_to_be(
        quota in quotas(), other in quotas(), same: bool, owed in 0..=1_000_000_u32,
    ) {
        // A part of the period that the debt was written with.
        let period = if same { quota.period() } else { other.period() };
        let owed_until = at(micros(period) * i64::from(owed) / 1_000_000);
        let owed = Some(Debt { owed_until, period });
        if take(quota).debit(owed, at(0)).is_none() {
            let wait = quota.retry_after(owed, at(0));
            prop_assert!(wait > Duration::ZERO && wait <= quota.period() / quota.burst());
            if same {
                let just_before = at(micros(wait) - 1);
                prop_assert!(take(quota).debit(owed, just_before).is_none());
                prop_assert!(take(quota).debit(owed, at(micros(wait))).is_some());
            }
        }
    }

    #[test]
    fn nothing_shuts_a_key_out_for_longer_than_a_unit(quota in quotas(), owed: i64, period: Duration) {
        let owed = Debt { owed_until: Timestamp::from_micros(owed), period };
        if take(quota).debit(Some(owed), at(0)).is_none() {
            let wait = quota.retry_after(Some(owed), at(0));
            prop_assert!(wait <= quota.period() / quota.burst(), "{:?}", wait);
        }
    }

    /// In any order of two nodes with a quota each, whatever their clock does.
    #[test]
    fn two_quotas_let_no_more_through_than_the_laxer_one(
        quotas in (quotas(), quotas()),
        steps in prop::collection::vec((any::<bool>(), 0..40_u8, 0.0..1.0_f64), 1..400),
    ) {
        let quotas = [quotas.0, quotas.1];
        let burst = quotas.map(|quota| quota.burst()).into_iter().max().unwrap();
        let period = quotas.map(|quota| quota.period()).into_iter().min().unwrap();
        let longest = quotas.map(|quota| quota.period()).into_iter().max().unwrap();
        // Clocks are set back by some step in forty, and seldom stand still.
        let (mut clock, mut passed, mut set_back) = (0, 0, 0);
        let (mut owed, mut seen) = (None, Vec::new());
        for (is_first, kind, size) in steps {
            let of = |period: Duration| period.mul_f64(size);
            match kind {
                0 => {
                    clock -= micros(of(longest * 3));
                    set_back += 1;
                }
                1..10 => {
                    let by = micros(of(if is_first { period } else { longest } / 20));
                    clock += by;
                    passed += by;
                }
                _ => {}
            }
            let quota = quotas[usize::from(is_first)];
            if let Some(debt) = take(quota).debit(owed, at(clock)) {
                owed = Some(debt);
                seen.push((passed, set_back));
            }
        }
        for (first, (from, back)) in seen.iter().enumerate() {
            for (count, (to, backs)) in (1..).zip(&seen[first..]) {
                let most = most_of(burst, period, to - from) + backs - back;
                prop_assert!(count <= most, "{} in {} µs, {} allowed", count, to - from, most);
            }
        }
    }

    /// Time gives back as well, while a charge is under way; so those that are under way may come on top, and no more.
    #[test]
    fn giving_back_lets_no_more_through_than_were_under_way(
        quota in quotas(), steps in prop::collection::vec((0..2_000_i64, any::<bool>(), 0..20_usize), 1..300),
    ) {
        let unit = micros(quota.period()) / i64::from(quota.burst());
        let (mut now, mut owed) = (0, None);
        let mut kept = Vec::new();
        let mut under_way: Vec<usize> = Vec::new();
        for (step, (gap, is_kept, steps_held)) in steps.into_iter().enumerate() {
            now += unit * gap / 4_000;
            under_way.retain(|until| {
                if *until <= step {
                    owed = take(quota).given_back().debit(owed, at(now));
                }
                *until > step
            });
            if let Some(debt) = take(quota).debit(owed, at(now)) {
                owed = Some(debt);
                if is_kept { kept.push((now, under_way.len())) } else { under_way.push(step + 1 + steps_held) }
            }
        }
        for (first, (from, besides)) in kept.iter().enumerate() {
            for (count, (to, _)) in (1..).zip(&kept[first..]) {
                let most = most(quota, to - from) + besides;
                prop_assert!(count <= most, "{} in {} µs, {} allowed", count, to - from, most);
            }
        }
    }

    #[test]
    fn no_setting_and_no_clock_overflows(
        burst: u32, period: Duration, written: Duration, owed: Option<i64>, now: i64,
    ) {
        let quota = Quota::new(burst, period);
        let owed = owed.map(|owed| Debt { owed_until: Timestamp::from_micros(owed), period: written });
        for charge in [take(quota), take(quota).given_back()] {
            if let Some(debt) = charge.debit(owed, Timestamp::from_micros(now)) {
                prop_assert!(debt.owed_until >= Timestamp::from_micros(now));
            }
        }
    }
}
