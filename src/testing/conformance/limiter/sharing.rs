//! Clause 4: nodes share what a key has.

use super::{at, is_allowed, take};
use crate::host::Limiter;
use crate::testing::conformance::Racers;

/// What one node has charged, the other one refuses, and the two together allow no more than one would.
///
/// `one` and `other` are limiters of two nodes: on connections of their own, over the same stored counts, which are
/// empty. A limiter for a single process has no other.
pub fn clause_04_two_nodes_share_what_a_key_has(
    one: &dyn Limiter,
    other: &dyn Limiter,
    racers: &Racers<'_>,
) {
    racers.wait(async {
        assert!(is_allowed(one, &[take("a", 2)], at(0)).await);
        assert!(is_allowed(other, &[take("a", 2)], at(0)).await);
        assert!(!is_allowed(one, &[take("a", 2)], at(0)).await);
        assert!(!is_allowed(other, &[take("a", 2)], at(0)).await);
    });
    for round in 0..20 {
        let key = format!("round {round}");
        let allowed = racers.race(async |racer| {
            let node = if racer.is_multiple_of(2) { one } else { other };
            let mut allowed = 0;
            for _ in 0..5 {
                allowed += u32::from(is_allowed(node, &[take(&key, 20)], at(0)).await);
            }
            allowed
        });
        assert_eq!(allowed.iter().sum::<u32>(), 20, "round {round}");
    }
}
