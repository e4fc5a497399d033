use std::future::Future;

use crate::testing::ManualClock;

/// Makes what is under test, a fresh one for each test, so that no test sees what another has left.
///
/// It gets the clock that the test moves: a store or a limiter tells the time by it. A closure or an async function
/// is a factory:
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::ManualClock;
/// use device_grant::testing::conformance::{Factory, block_on};
///
/// async fn fresh(clock: ManualClock) -> ((), MemoryStore) {
///     ((), MemoryStore::new().with_clock(clock))
/// }
///
/// let ((), store) = block_on(Factory::fresh(&fresh, ManualClock::new()));
/// assert!(store.is_empty());
/// ```
///
/// So is whatever implements it:
///
/// ```
/// mod my_store {
///     use device_grant::store::MemoryStore;
///     use device_grant::testing::ManualClock;
///     use device_grant::testing::conformance::Factory;
///
///     struct Server {
///         url: &'static str,
///     }
///
///     impl Factory for Server {
///         type Guard = ();
///         type Made = MemoryStore;
///
///         async fn fresh(&self, clock: ManualClock) -> ((), MemoryStore) {
///             // Here: a schema, a key prefix or a folder of its own at `self.url`.
///             ((), MemoryStore::new().with_clock(clock))
///         }
///     }
///
///     device_grant::store_conformance_tests!(Server { url: "localhost" });
/// }
/// ```
pub trait Factory {
    /// The value that has to outlive it: a folder, a server, a schema to be dropped. `()` where nothing has to. It is dropped
    /// last, and outside of `block_on`.
    type Guard;
    /// The store, the limiter or the [issuer's host](super::issuer::IssuerHost).
    type Made;

    /// Makes a fresh one, which shares nothing with the others and tells the time by this clock.
    fn fresh(&self, clock: ManualClock) -> impl Future<Output = (Self::Guard, Self::Made)>;
}

impl<F, Fut, G, M> Factory for F
where
    F: Fn(ManualClock) -> Fut,
    Fut: Future<Output = (G, M)>,
{
    type Guard = G;
    type Made = M;

    fn fresh(&self, clock: ManualClock) -> impl Future<Output = (G, M)> {
        self(clock)
    }
}
