use std::future::ready;
use std::time::Duration;

use device_grant::host::{Charge, Debit, LimitKey, Limiter, Quota};
use device_grant::limiter::PostgresLimiter;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::Racers;
use device_grant::testing::conformance::limiter::sharing;

use super::proxy::Proxy;
use super::{Isolation, SERVER, pool, pool_of, prefix};
use crate::clauses::harness::race;
use crate::executor::block_on;

/// Each clause with tables of its own.
mod read_committed {
    use super::*;

    device_grant::limiter_conformance_tests!(
        |clock| ready(((), limiter(Isolation::ReadCommitted).with_clock(clock))),
        block_on = block_on,
    );
}

mod repeatable_read {
    use super::*;

    device_grant::limiter_conformance_tests!(
        |clock| ready(((), limiter(Isolation::RepeatableRead).with_clock(clock))),
        block_on = block_on,
    );
}

fn limiter(isolation: Isolation) -> PostgresLimiter {
    let pool = pool(SERVER.options(), isolation);
    let limiter = PostgresLimiter::new(pool).table_prefix(&prefix()).unwrap();
    block_on(limiter.migrate()).unwrap();
    limiter
}

#[test]
fn clause_04_two_nodes_share_what_a_key_has() {
    let [one, other] = [(); 2].map(|()| pool(SERVER.options(), Isolation::ReadCommitted));
    let prefix = prefix();
    let [one, other] = [one, other].map(|pool| PostgresLimiter::new(pool).table_prefix(&prefix));
    let (one, other) = (one.unwrap(), other.unwrap());
    block_on(one.migrate()).unwrap();
    let racers = Racers::new(&|work| block_on(work));
    sharing::clause_04_two_nodes_share_what_a_key_has(&one, &other, &racers);
}

#[test]
fn a_charge_of_several_keys_is_one_round_trip() {
    let proxy = Proxy::new(&SERVER);
    let pool = pool_of(1, proxy.options(&SERVER), Isolation::ReadCommitted);
    let limiter = PostgresLimiter::new(pool).table_prefix(&prefix()).unwrap();
    block_on(async {
        limiter.migrate().await.unwrap();
        for _ in 0..3 {
            proxy.statements();
            let _ = limiter
                .charge(&[charge(1), charge(2), charge(3)])
                .await
                .unwrap();
            assert_eq!(proxy.statements(), 1);
        }
    });
}

/// Deadlocks end with an error for one of the two.
#[test]
fn who_charges_the_same_keys_in_another_order_does_not_wait_for_ever() {
    let clock = ManualClock::new();
    let limiter = limiter(Isolation::ReadCommitted).with_clock(clock.clone());
    race(|racer| {
        for step in 0..50 {
            let (one, other) = (charge(step % 5), charge((step + 1) % 5));
            let charges = if racer % 2 == 0 {
                [one, other]
            } else {
                [other, one]
            };
            let _ = block_on(limiter.charge(&charges)).unwrap();
            if racer == 0 {
                clock.advance(Duration::from_secs(100));
                block_on(limiter.purge(10)).unwrap();
            }
        }
    });
}

#[test]
fn purging_leaves_nothing_but_debts() {
    let clock = ManualClock::new();
    let limiter = limiter(Isolation::ReadCommitted).with_clock(clock.clone());
    block_on(async {
        let _ = limiter.charge(&[charge(1), charge(2)]).await.unwrap();
        assert_eq!(limiter.purge(10).await.unwrap(), 0);
        clock.advance(Duration::from_secs(60));
        assert_eq!(limiter.purge(1).await.unwrap(), 1);
        assert_eq!(limiter.purge(10).await.unwrap(), 1);
    });
}

fn charge(number: u64) -> Charge {
    let key = LimitKey::new("test", "", &number.to_string());
    Charge::new(key, Quota::new(1_000, Duration::from_secs(60)), Debit::Take)
}
