use std::future::Future;

/// Makes what is under test, a fresh one for each test, so that no test sees what another has left.
///
/// An async closure or function without arguments is one:
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::conformance::{Factory, block_on};
///
/// async fn fresh() -> ((), MemoryStore) {
///     ((), MemoryStore::new())
/// }
///
/// let ((), store) = block_on(Factory::fresh(&fresh));
/// assert!(store.is_empty());
/// ```
///
/// So is whatever implements it:
///
/// ```
/// mod my_store {
///     use device_grant::store::MemoryStore;
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
///         async fn fresh(&self) -> ((), MemoryStore) {
///             // Here: a schema, a key prefix or a folder of its own at `self.url`.
///             ((), MemoryStore::new())
///         }
///     }
///
///     device_grant::store_conformance_tests!(Server { url: "localhost" });
/// }
/// ```
pub trait Factory {
    /// What has to outlive it: a folder, a server, a schema to be dropped. `()` where nothing has to. It is dropped
    /// last, and outside of `block_on`.
    type Guard;
    /// The store, the limiter or the [issuer's host](super::issuer::IssuerHost).
    type Made;

    /// A fresh one, which shares nothing with the others.
    fn fresh(&self) -> impl Future<Output = (Self::Guard, Self::Made)>;
}

impl<F, Fut, G, M> Factory for F
where
    F: Fn() -> Fut,
    Fut: Future<Output = (G, M)>,
{
    type Guard = G;
    type Made = M;

    fn fresh(&self) -> impl Future<Output = (G, M)> {
        self()
    }
}
