use std::future::Future;

use crate::testing::ManualClock;

/// Creates the value under test, a fresh one for each test, so that tests do not affect each other.
///
/// It gets the clock that the test moves; a store or a limiter has to use it. A closure or an async function
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
/// So is a type that implements it:
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
    /// The guard that has to outlive the value, such as a temporary folder, a server, or a schema to drop; `()` if there is none.
    /// It is dropped last, outside of `block_on`.
    type Guard;
    /// The type under test: a store, a limiter or an [issuer's host](super::issuer::IssuerHost).
    type Made;

    /// Creates a fresh value, which shares nothing with the others and uses this clock.
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
