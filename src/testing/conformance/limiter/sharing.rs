//! Clause 4: nodes share the counts of a key.

use std::time::Duration;

use crate::host::{Charge, Charged, LimitKey, Limiter, Quota};
use crate::testing::conformance::Racers;
use crate::testing::must;

/// Checks that two nodes together allow no more than one.
///
/// `one` and `other` are limiters of two nodes, on separate connections to the same empty counts, with the clock that they have
/// in production. A limiter for a single process needs no such test.
pub fn clause_04_two_nodes_share_what_a_key_has(
    one: &dyn Limiter,
    other: &dyn Limiter,
    racers: &Racers<'_>,
) {
    racers.wait(async {
        assert!(is_allowed(one, "a", 2).await);
        assert!(is_allowed(other, "a", 2).await);
        assert!(!is_allowed(one, "a", 2).await);
        assert!(!is_allowed(other, "a", 2).await);
    });
    for round in 0..20 {
        let key = format!("round {round}");
        let allowed = racers.race(async |racer| {
            let node = if racer.is_multiple_of(2) { one } else { other };
            let mut allowed = 0;
            for _ in 0..5 {
                allowed += u32::from(is_allowed(node, &key, 20).await);
            }
            allowed
        });
        assert_eq!(allowed.iter().sum::<u32>(), 20, "round {round}");
    }
}

/// Takes one of `burst` units per hour: no unit comes back while the test runs.
async fn is_allowed(node: &dyn Limiter, whose: &str, burst: u32) -> bool {
    let quota = Quota::new(burst, Duration::from_secs(3_600));
    let charge = Charge::take(LimitKey::new("test", "", whose), quota);
    must(node.charge(&[charge]).await) == Charged::Allowed
}
