//! What the clauses are about, for the tests of both databases.

pub(crate) mod harness {
    use device_grant::testing::conformance::Racers;
    pub(crate) use device_grant::testing::conformance::store::fixtures::*;

    /// Lets everybody act at the same moment, and says how each fared.
    pub(crate) fn race<T: Send>(act: impl Fn(u64) -> T + Sync) -> Vec<T> {
        Racers::default().race(async |racer| act(racer))
    }
}
