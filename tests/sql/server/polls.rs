//! Polls that share a statement, on each engine that has a server, with each driver.

use device_grant::store::SqlStore;
use device_grant::testing::ManualClock;

use super::drivers::Driver;
use super::{
    Isolation, database, dialect, execute, login, migrated, prefix, prefixed, proxy, store, through,
};
use crate::advice::{assert_lasting, assert_passing};
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;
use crate::polls::{self, MANY, at_once};

on_each_driver!(
    polls_at_once_are_answered_as_one_by_one,
    early_polls_at_the_longest_interval_are_answered_at_once,
    a_hot_grant_is_paced_as_any_other,
    two_nodes_may_poll_the_same_grants,
    polls_that_are_dropped_hold_nobody_up,
    no_decision_is_missed_by_a_batch,
    polls_at_once_share_statements,
    a_locked_row_holds_up_no_poll_of_its_batch,
    a_row_that_cannot_be_read_is_the_failure_of_its_poll_alone,
);

const ISOLATIONS: [Isolation; 3] = [
    Isolation::ReadCommitted,
    Isolation::RepeatableRead,
    Isolation::Serializable,
];

/// A store whose clock a test sets.
fn timed<D: Driver>(isolation: Isolation) -> (SqlStore, ManualClock) {
    let clock = ManualClock::new();
    (store::<D>(isolation).with_clock(clock.clone()), clock)
}

fn polls_at_once_are_answered_as_one_by_one<D: Driver>() {
    for isolation in ISOLATIONS {
        let (store, clock) = timed::<D>(isolation);
        block_on(polls::polls_at_once_are_answered_as_one_by_one(
            &store, &clock,
        ));
    }
}

fn early_polls_at_the_longest_interval_are_answered_at_once<D: Driver>() {
    let (store, clock) = timed::<D>(Isolation::ReadCommitted);
    block_on(polls::early_polls_at_the_longest_interval_are_answered_at_once(&store, &clock));
}

fn a_hot_grant_is_paced_as_any_other<D: Driver>() {
    let (store, clock) = timed::<D>(Isolation::ReadCommitted);
    block_on(polls::a_hot_grant_is_paced_as_any_other(&store, &clock));
}

fn two_nodes_may_poll_the_same_grants<D: Driver>() {
    for isolation in ISOLATIONS {
        let (prefix, clock) = (prefix(), ManualClock::new());
        let login = login().isolation(isolation);
        let nodes = [
            migrated::<D>(&login, &prefix),
            prefixed::<D>(&login, &prefix),
        ];
        let [here, there] = nodes.map(|node| SqlStore::new(node).with_clock(clock.clone()));
        block_on(polls::two_nodes_may_poll_the_same_grants(
            [&here, &there],
            &clock,
        ));
    }
}

fn polls_that_are_dropped_hold_nobody_up<D: Driver>() {
    let store = store::<D>(Isolation::ReadCommitted);
    block_on(polls::polls_that_are_dropped_hold_nobody_up(&store));
}

fn no_decision_is_missed_by_a_batch<D: Driver>() {
    for isolation in ISOLATIONS {
        block_on(polls::no_decision_is_missed_by_a_batch(&store::<D>(
            isolation,
        )));
    }
}

/// The machine decides how many share one.
fn polls_at_once_share_statements<D: Driver>() {
    let proxy = proxy();
    let store = SqlStore::new(database::<D>(&through(&proxy).size(2)));
    block_on(async {
        for number in 0..60 {
            insert(&store, &new_row(number)).await;
        }
        proxy.statements();
        let mut least = usize::MAX;
        // The first times, connections are opened and statements prepared.
        for _ in 0..10 {
            for answer in at_once(&store, 0..60).await {
                answer.unwrap().unwrap();
            }
            least = least.min(proxy.statements());
        }
        assert!(least < 60, "{least}");
    });
}

fn a_locked_row_holds_up_no_poll_of_its_batch<D: Driver>() {
    let prefix = prefix();
    let store = SqlStore::new(migrated::<D>(&login(), &prefix));
    let admin = login().pool();
    block_on(async {
        for number in 0..MANY {
            insert(&store, &new_row(number)).await;
        }
        let mut holder = admin.begin().await.unwrap();
        let lock = dialect::lock(&prefix, &id(7));
        let lock = sqlx::raw_sql(sqlx::AssertSqlSafe(lock));
        lock.execute(&mut *holder).await.unwrap();
        for (answer, number) in at_once(&store, 0..MANY).await.into_iter().zip(0..) {
            match answer {
                Err(error) if number == 7 => assert_passing(&error, "a timeout was too short"),
                answer => assert!(answer.unwrap().is_some(), "{number}"),
            }
        }
        holder.rollback().await.unwrap();
        assert!(at_once(&store, [7]).await.pop().unwrap().unwrap().is_some());
    });
}

fn a_row_that_cannot_be_read_is_the_failure_of_its_poll_alone<D: Driver>() {
    let prefix = prefix();
    let store = SqlStore::new(migrated::<D>(&login(), &prefix));
    let pool = login().pool();
    let (damage, name) = dialect::DAMAGE[1];
    block_on(async {
        for number in 0..MANY {
            insert(&store, &new_row(number)).await;
        }
        let damage = format!("UPDATE {prefix}grants SET {damage} WHERE revision = 7");
        execute(&pool, damage).await;
        for (answer, number) in at_once(&store, 0..MANY).await.into_iter().zip(0..) {
            match answer {
                Err(error) if number == 7 => assert_lasting(&error, &format!("column {name} ")),
                answer => assert!(answer.unwrap().is_some(), "{number}"),
            }
        }
    });
}
