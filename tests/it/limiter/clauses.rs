use std::collections::HashMap;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Charge, Charged, Debit, LimitKey, Limiter, Quota};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::executor::block_on;

const RACERS: usize = 8;
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_700_000_000 + seconds) * 1_000_000)
}

pub(crate) fn key(name: &str) -> LimitKey {
    LimitKey::new("test", name)
}

fn charge(name: &str, burst: u32, debit: Debit) -> Charge {
    Charge::new(key(name), Quota::new(burst, MINUTE), debit)
}

fn take(name: &str, burst: u32) -> Charge {
    charge(name, burst, Debit::Take)
}

async fn is_allowed(limiter: &dyn Limiter, charges: &[Charge], now: Timestamp) -> bool {
    limiter.charge(charges, now).await.unwrap() == Charged::Allowed
}

/// How many more units this key has at this time. They are taken.
async fn left(limiter: &dyn Limiter, name: &str, burst: u32, now: Timestamp) -> u32 {
    let mut left = 0;
    while is_allowed(limiter, &[take(name, burst)], now).await {
        left += 1;
    }
    left
}

pub(crate) async fn clause_01_a_refused_charge_charges_none_of_the_others(limiter: &dyn Limiter) {
    assert!(is_allowed(limiter, &[take("full", 1)], at(0)).await);
    for refused in [Debit::Take, Debit::Look] {
        let charges = [take("a", 5), charge("full", 1, refused), take("b", 5)];
        assert!(!is_allowed(limiter, &charges, at(0)).await);
    }
    assert_eq!(left(limiter, "a", 5, at(0)).await, 5);
    assert_eq!(left(limiter, "b", 5, at(0)).await, 5);
}

pub(crate) async fn clause_01_a_debt_is_not_taken_on_beside_a_refused_charge(
    limiter: &dyn Limiter,
) {
    assert!(is_allowed(limiter, &[take("full", 1)], at(0)).await);
    let charges = [charge("a", 5, Debit::Owe), take("full", 1)];
    assert!(!is_allowed(limiter, &charges, at(0)).await);
    assert_eq!(left(limiter, "a", 5, at(0)).await, 5);
}

pub(crate) async fn clause_01_a_refusal_names_the_first_refused_charge_and_its_wait(
    limiter: &dyn Limiter,
) {
    for name in ["one", "two"] {
        assert!(is_allowed(limiter, &[take(name, 1)], at(0)).await);
    }
    let charges = [take("a", 5), take("one", 1), take("two", 1)];
    let charged = limiter.charge(&charges, at(20)).await.unwrap();
    let expected = Charged::Limited {
        index: 1,
        retry_after: Duration::from_secs(40),
    };
    assert_eq!(charged, expected);
    assert!(is_allowed(limiter, &charges, at(60)).await);
}

pub(crate) async fn clause_01_a_key_that_is_named_twice_is_charged_twice(limiter: &dyn Limiter) {
    let twice = [take("a", 3), take("a", 3)];
    assert!(is_allowed(limiter, &twice, at(0)).await);
    assert!(!is_allowed(limiter, &twice, at(0)).await);
    assert_eq!(left(limiter, "a", 3, at(0)).await, 1);
}

pub(crate) async fn clause_01_no_charge_is_always_allowed(limiter: &dyn Limiter) {
    assert!(is_allowed(limiter, &[], at(0)).await);
}

pub(crate) async fn clause_02_keys_do_not_share_what_they_have(limiter: &dyn Limiter) {
    assert_eq!(left(limiter, "a", 3, at(0)).await, 3);
    assert_eq!(left(limiter, "b", 3, at(0)).await, 3);
}

pub(crate) async fn clause_02_charges_are_judged_by_the_quota(limiter: &dyn Limiter) {
    let mut runner = TestRunner::deterministic();
    for round in 0..100 {
        let history = history().new_tree(&mut runner).unwrap().current();
        follow(limiter, round, &history).await;
    }
}

/// Seconds since the charge before, which of three keys, and how.
type Step = (i64, u8, Debit);

fn history() -> impl Strategy<Value = Vec<Step>> {
    let debit = prop_oneof![
        3 => Just(Debit::Take),
        1 => Just(Debit::Look),
        1 => Just(Debit::Owe),
    ];
    let later = prop_oneof![4 => 0..20_i64, 1 => -20..0_i64, 1 => 0..300_i64];
    prop::collection::vec((later, 0..3_u8, debit), 1..60)
}

async fn follow(limiter: &dyn Limiter, round: u32, history: &[Step]) {
    let mut owed: HashMap<u8, Timestamp> = HashMap::new();
    let mut now = 0;
    for (later, whose, debit) in history {
        now += later;
        let quota = Quota::new(u32::from(*whose) + 1, MINUTE);
        let charge = Charge::new(key(&format!("{round}:{whose}")), quota, *debit);
        let expected = quota.debit(owed.get(whose).copied(), at(now), *debit);
        let charged = limiter.charge(&[charge], at(now)).await.unwrap();
        match expected {
            Ok(until) => {
                assert_eq!(charged, Charged::Allowed, "at {now} s of {history:?}");
                // What is owed until now is not owed: a limiter need not keep it.
                if until > at(now) {
                    owed.insert(*whose, until);
                }
            }
            Err(retry_after) => {
                let limited = Charged::Limited {
                    index: 0,
                    retry_after,
                };
                assert_eq!(charged, limited, "at {now} s of {history:?}");
            }
        }
    }
}

pub(crate) async fn clause_02_racing_charges_get_no_more_than_the_burst(limiter: &dyn Limiter) {
    for round in 0..20 {
        let [few, many] = ["few", "many"].map(|name| format!("{name}:{round}"));
        let barrier = Barrier::new(RACERS);
        let race = || {
            barrier.wait();
            // Both or none: what one key refuses is not to be missing from the other.
            let both = [take(&many, 100), take(&few, 20)];
            (0..10)
                .filter(|_| block_on(is_allowed(limiter, &both, at(0))))
                .count()
        };
        let allowed: usize = thread::scope(|scope| {
            let racers: Vec<_> = (0..RACERS).map(|_| scope.spawn(race)).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(allowed, 20, "round {round}");
        assert_eq!(left(limiter, &many, 100, at(0)).await, 80, "round {round}");
    }
}

pub(crate) async fn clause_03_looking_and_being_refused_give_nothing_back(limiter: &dyn Limiter) {
    assert_eq!(left(limiter, "a", 3, at(0)).await, 3);
    for _ in 0..10 {
        assert!(!is_allowed(limiter, &[charge("a", 3, Debit::Look)], at(1)).await);
        assert!(!is_allowed(limiter, &[take("a", 3)], at(1)).await);
    }
    assert!(!is_allowed(limiter, &[take("a", 3)], at(19)).await);
    assert_eq!(left(limiter, "a", 3, at(20)).await, 1);
}

pub(crate) async fn clause_03_a_look_that_is_allowed_costs_nothing(limiter: &dyn Limiter) {
    for _ in 0..10 {
        assert!(is_allowed(limiter, &[charge("a", 3, Debit::Look)], at(0)).await);
    }
    assert_eq!(left(limiter, "a", 3, at(0)).await, 3);
}

pub(crate) async fn clause_03_a_debt_is_paid_by_time_alone(limiter: &dyn Limiter) {
    for _ in 0..5 {
        assert!(is_allowed(limiter, &[charge("a", 3, Debit::Owe)], at(0)).await);
    }
    // Two more than it had: at 20 s each, the next is there after three.
    assert!(!is_allowed(limiter, &[take("a", 3)], at(59)).await);
    assert_eq!(left(limiter, "a", 3, at(60)).await, 1);
}

pub(crate) async fn clause_03_a_clock_set_back_gives_nothing_back(limiter: &dyn Limiter) {
    assert_eq!(left(limiter, "a", 3, at(0)).await, 3);
    assert_eq!(left(limiter, "a", 3, at(-30)).await, 0);
    assert_eq!(left(limiter, "a", 3, at(0)).await, 0);
    assert_eq!(left(limiter, "a", 3, at(20)).await, 1);
}
