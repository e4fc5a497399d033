//! What the tests do that the macros make. A host calls it for tests of its own that want a fresh store each.

use std::sync::Arc;

use super::{BlockOn, Factory, Racers};

/// Tests a fresh one on a single thread.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::conformance::{block_on, in_test};
///
/// let fresh = || async { ((), MemoryStore::new()) };
/// in_test::alone(&fresh, &|work| block_on(work), async |store| assert!(store.is_empty()));
/// ```
pub fn alone<F: Factory>(factory: &F, block_on: &BlockOn<'_>, clause: impl AsyncFn(&F::Made)) {
    let racers = Racers::new(block_on);
    let (guard, made) = racers.wait(factory.fresh());
    racers.wait(async {
        clause(&made).await;
        drop(made);
    });
    drop(guard);
}

/// Tests a fresh one that the test shares with a server of its own, on a single thread.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::conformance::{block_on, in_test, redemption};
///
/// let fresh = || async { ((), MemoryStore::new()) };
/// in_test::shared(&fresh, &|work| block_on(work), redemption::cuts::with_redelivery_no_cut_costs_the_tokens);
/// ```
pub fn shared<F: Factory>(factory: &F, block_on: &BlockOn<'_>, clause: impl AsyncFn(Arc<F::Made>)) {
    let racers = Racers::new(block_on);
    let (guard, made) = racers.wait(factory.fresh());
    racers.wait(clause(Arc::new(made)));
    drop(guard);
}

/// Tests a fresh one by racers.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::conformance::{block_on, in_test, store};
///
/// let fresh = || async { ((), MemoryStore::new()) };
/// in_test::racing(&fresh, &|work| block_on(work), |made, racers| {
///     store::replacing::clause_03_of_racing_writers_one_wins(made, racers);
/// });
/// ```
pub fn racing<F: Factory>(
    factory: &F,
    block_on: &BlockOn<'_>,
    clause: impl Fn(&F::Made, &Racers<'_>),
) {
    let racers = Racers::new(block_on);
    let (guard, made) = racers.wait(factory.fresh());
    clause(&made, &racers);
    racers.wait(async { drop(made) });
    drop(guard);
}
