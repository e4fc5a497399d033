//! The steps of the tests that the macros create. Call them in your own tests that need a fresh store each.

use std::sync::Arc;

use super::{BlockOn, Factory, Racers};
use crate::testing::ManualClock;

/// Runs a test with a fresh value, on a single thread.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::conformance::{block_on, in_test};
///
/// let fresh = |clock| async { ((), MemoryStore::new().with_clock(clock)) };
/// in_test::alone(&fresh, &|work| block_on(work), async |store, _clock| assert!(store.is_empty()));
/// ```
pub fn alone<F: Factory>(
    factory: &F,
    block_on: &BlockOn<'_>,
    clause: impl AsyncFn(&F::Made, &ManualClock),
) {
    let (racers, clock) = (Racers::new(block_on), ManualClock::new());
    let (guard, made) = racers.wait(factory.fresh(clock.clone()));
    racers.wait(async {
        clause(&made, &clock).await;
        // Inside of the runtime, on which a pool closes its connections.
        drop(made);
    });
    drop(guard);
}

/// Runs a test with a fresh value that it shares with a server of its own, on a single thread.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::conformance::{block_on, in_test, redemption};
///
/// let fresh = |clock| async { ((), MemoryStore::new().with_clock(clock)) };
/// in_test::shared(&fresh, &|work| block_on(work), async |store, clock| {
///     redemption::cuts::with_redelivery_no_cut_costs_the_tokens(store, clock).await
/// });
/// ```
pub fn shared<F: Factory>(
    factory: &F,
    block_on: &BlockOn<'_>,
    clause: impl AsyncFn(Arc<F::Made>, &ManualClock),
) {
    let (racers, clock) = (Racers::new(block_on), ManualClock::new());
    let (guard, made) = racers.wait(factory.fresh(clock.clone()));
    racers.wait(clause(Arc::new(made), &clock));
    drop(guard);
}

/// Runs a test with a fresh value and several threads.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::conformance::{block_on, in_test, store};
///
/// let fresh = |clock| async { ((), MemoryStore::new().with_clock(clock)) };
/// in_test::racing(&fresh, &|work| block_on(work), |made, clock, racers| {
///     store::replacing::clause_03_of_racing_writers_one_wins(made, clock, racers);
/// });
/// ```
pub fn racing<F: Factory>(
    factory: &F,
    block_on: &BlockOn<'_>,
    clause: impl Fn(&F::Made, &ManualClock, &Racers<'_>),
) {
    let (racers, clock) = (Racers::new(block_on), ManualClock::new());
    let (guard, made) = racers.wait(factory.fresh(clock.clone()));
    clause(&made, &clock, &racers);
    // Inside of the runtime, on which a pool closes its connections.
    racers.wait(async { drop(made) });
    drop(guard);
}
