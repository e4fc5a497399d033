//! Polls that share a statement.

use device_grant::testing::ManualClock;

use super::Sqlite;
use super::drivers::Driver;
use crate::executor::block_on;
use crate::polls;

on_each_driver!(
    polls_at_once_are_answered_as_one_by_one,
    early_polls_at_the_longest_interval_are_answered_at_once,
    a_hot_grant_is_paced_as_any_other,
    two_nodes_may_poll_the_same_grants,
    polls_that_are_dropped_hold_nobody_up,
    no_decision_is_missed_by_a_batch,
);

fn polls_at_once_are_answered_as_one_by_one<D: Driver>() {
    let (sqlite, clock) = (Sqlite::new::<D>(), ManualClock::new());
    let store = sqlite.store.with_clock(clock.clone());
    block_on(polls::polls_at_once_are_answered_as_one_by_one(
        &store, &clock,
    ));
}

fn early_polls_at_the_longest_interval_are_answered_at_once<D: Driver>() {
    let (sqlite, clock) = (Sqlite::new::<D>(), ManualClock::new());
    let store = sqlite.store.with_clock(clock.clone());
    block_on(polls::early_polls_at_the_longest_interval_are_answered_at_once(&store, &clock));
}

fn a_hot_grant_is_paced_as_any_other<D: Driver>() {
    let (sqlite, clock) = (Sqlite::new::<D>(), ManualClock::new());
    let store = sqlite.store.with_clock(clock.clone());
    block_on(polls::a_hot_grant_is_paced_as_any_other(&store, &clock));
}

fn two_nodes_may_poll_the_same_grants<D: Driver>() {
    let (sqlite, clock) = (Sqlite::new::<D>(), ManualClock::new());
    let patient = sqlite.again::<D>(|file| file.busy_timeout = std::time::Duration::from_secs(20));
    let other = sqlite.again::<D>(|file| file.busy_timeout = std::time::Duration::from_secs(20));
    let [here, there] = [patient, other].map(|store| store.with_clock(clock.clone()));
    block_on(polls::two_nodes_may_poll_the_same_grants(
        [&here, &there],
        &clock,
    ));
}

fn polls_that_are_dropped_hold_nobody_up<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    block_on(polls::polls_that_are_dropped_hold_nobody_up(&sqlite.store));
}

fn no_decision_is_missed_by_a_batch<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    block_on(polls::no_decision_is_missed_by_a_batch(&sqlite.store));
}
