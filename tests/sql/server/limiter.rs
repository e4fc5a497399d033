//! The limiter, on each engine that has a server.

use std::error::Error;
use std::future::ready;
use std::time::Duration;

use device_grant::device_grants::{AuthorizeError, ReviewError};
use device_grant::grant::Arrival;
use device_grant::host::{Charge, Charged, LimitKey, Limiter, Quota};
use device_grant::limiter::SqlLimiter;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::Racers;
use device_grant::testing::conformance::limiter::sharing;

use super::drivers::Driver;
use super::{
    Isolation, database, dialect, execute, login, migrated, number, prefix, proxy, store, through,
};
use crate::clauses::harness::race;
use crate::executor::block_on;
use crate::flow::{alice, authorize, builder};

on_each_driver!(
    clause_04_two_nodes_share_what_a_key_has,
    a_charge_of_several_keys_is_one_round_trip,
    who_charges_the_same_keys_in_another_order_does_not_wait_for_ever,
    purging_leaves_nothing_but_debts,
    who_is_refused_leaves_no_row_and_no_dead_one,
    who_gives_everything_back_leaves_no_row,
    racers_that_are_refused_leave_no_row,
    a_node_whose_clock_is_ahead_has_the_same_limits,
    a_missing_function_or_table_is_a_lasting_fault,
);

/// Each clause with tables of its own, for a driver and an isolation.
macro_rules! clauses_of {
    ($name:ident, $driver:ident, $isolation:ident) => {
        mod $name {
            use super::super::drivers::$driver;
            use super::*;

            device_grant::limiter_conformance_tests!(
                |clock| ready((
                    (),
                    limiter::<$driver>(Isolation::$isolation).with_clock(clock)
                )),
                block_on = block_on,
            );
        }
    };
}

on_some_isolations!(clauses_of);

fn limiter<D: Driver>(isolation: Isolation) -> SqlLimiter {
    SqlLimiter::new(database::<D>(&login().isolation(isolation)))
}

pub(super) fn charge(number: u64) -> Charge {
    let key = LimitKey::new("test", "", &number.to_string());
    Charge::take(key, Quota::new(1_000, Duration::from_secs(60)))
}

fn clause_04_two_nodes_share_what_a_key_has<D: Driver>() {
    let prefix = prefix();
    let databases = [(); 2].map(|()| migrated::<D>(&login(), &prefix));
    let [one, other] = databases.map(SqlLimiter::new);
    let racers = Racers::new(&|work| block_on(work));
    sharing::clause_04_two_nodes_share_what_a_key_has(&one, &other, &racers);
}

fn a_charge_of_several_keys_is_one_round_trip<D: Driver>() {
    let proxy = proxy();
    let limiter = SqlLimiter::new(database::<D>(&through(&proxy).size(1)));
    block_on(async {
        // The first prepares it.
        let _ = limiter.charge(&[charge(1)]).await.unwrap();
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
fn who_charges_the_same_keys_in_another_order_does_not_wait_for_ever<D: Driver>() {
    let clock = ManualClock::new();
    let limiter = limiter::<D>(Isolation::ReadCommitted).with_clock(clock.clone());
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

fn purging_leaves_nothing_but_debts<D: Driver>() {
    let clock = ManualClock::new();
    let limiter = limiter::<D>(Isolation::ReadCommitted).with_clock(clock.clone());
    block_on(async {
        let _ = limiter.charge(&[charge(1), charge(2)]).await.unwrap();
        assert_eq!(limiter.purge(10).await.unwrap(), 0);
        clock.advance(Duration::from_secs(60));
        assert_eq!(limiter.purge(1).await.unwrap(), 1);
        assert_eq!(limiter.purge(10).await.unwrap(), 1);
    });
}

fn who_is_refused_leaves_no_row_and_no_dead_one<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    let everybody = Charge::take(
        LimitKey::new("test", "", "all"),
        Quota::new(9, Duration::from_secs(3_600)),
    );
    block_on(async {
        let mut refused = 0;
        for source in 0..500 {
            let charged = limiter.charge(&[charge(source), everybody.clone()]).await;
            refused += u32::from(charged.unwrap() != Charged::Allowed);
        }
        assert_eq!(refused, 491);
        let rows = format!("SELECT count(*) FROM {prefix}limits");
        assert_eq!(number(&pool, rows).await, 10);
        if let Some(pages) = dialect::pages(&prefix) {
            assert_eq!(number(&pool, pages).await, 1);
        }
    });
}

fn who_gives_everything_back_leaves_no_row<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    let back = |mut charge: Charge| {
        charge.gives_back = true;
        charge
    };
    block_on(async {
        for charges in [
            vec![charge(1), charge(2)],
            vec![back(charge(2)), back(charge(1)), back(charge(3))],
            vec![charge(4), back(charge(4))],
        ] {
            assert_eq!(limiter.charge(&charges).await.unwrap(), Charged::Allowed);
        }
        let rows = format!("SELECT count(*) FROM {prefix}limits");
        assert_eq!(number(&pool, rows).await, 0);
    });
}

/// Each refusal is found out twice: without a lock, and again by whoever lost the race for the last unit.
fn racers_that_are_refused_leave_no_row<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    let everybody = Charge::take(
        LimitKey::new("test", "", "all"),
        Quota::new(5, Duration::from_secs(3_600)),
    );
    race(|racer| {
        for step in 0..20 {
            let charges = [everybody.clone(), charge(racer * 100 + step)];
            let _ = block_on(limiter.charge(&charges)).unwrap();
        }
    });
    let rows = format!("SELECT count(*) FROM {prefix}limits");
    assert_eq!(block_on(number(&pool, rows)), 6);
}

/// By the server's clock, and without any of the host's.
fn a_node_whose_clock_is_ahead_has_the_same_limits<D: Driver>() {
    let (limiter, ..) = parts::<D>();
    let (right, ahead) = (ManualClock::new(), ManualClock::new());
    ahead.advance(Duration::from_secs(300));
    let nodes = [right, ahead].map(|clock| {
        let builder = builder(store::<D>(Isolation::ReadCommitted)).clock(clock);
        builder.limiter(limiter.clone()).build().unwrap()
    });
    let visitor = alice();
    let entered = nodes
        .iter()
        .cycle()
        .take(10)
        .map(|node| block_on(node.review("BBBB-BBBB", Arrival::Typed, &visitor)).unwrap_err());
    let is_limited = |error: &ReviewError| matches!(error, ReviewError::TooManyAttempts { .. });
    assert_eq!(entered.filter(is_limited).count(), 5);
}

fn a_missing_function_or_table_is_a_lasting_fault<D: Driver>() {
    for what in [dialect::ROUTINE, "TABLE {prefix}limits"] {
        let (limiter, pool, prefix) = parts::<D>();
        let node = builder(store::<D>(Isolation::ReadCommitted)).limiter(limiter.clone());
        let node = node.build().unwrap();
        block_on(async {
            execute(&pool, format!("DROP {}", what.replace("{prefix}", &prefix))).await;
            let refused = limiter.charge(&[charge(1)]).await.unwrap_err();
            assert!(!refused.is_retryable(), "{refused:?}");
            assert!(finding(&limiter).await.contains("call `migrate`"));
            let Err(AuthorizeError::Fault(fault)) = authorize(&node).await else {
                panic!("it has no limiter");
            };
            assert!(!fault.is_retryable(), "{fault:?}");
        });
    }
}

pub(super) async fn finding(limiter: &SqlLimiter) -> String {
    let error = limiter.check().await.unwrap_err();
    assert!(!error.is_retryable(), "{error:?}");
    error.source().unwrap().to_string()
}

/// A limiter with tables of its own, a pool on them, and their prefix.
pub(super) fn parts<D: Driver>() -> (SqlLimiter, dialect::Pool, String) {
    let prefix = prefix();
    let limiter = SqlLimiter::new(migrated::<D>(&login(), &prefix));
    (limiter, login().pool(), prefix)
}
