use std::future::ready;

use device_grant::testing::conformance::store::pacing;
use proptest::prelude::*;

use super::block_on;
use crate::fresh;

/// Each clause with a prefix of its own.
mod single {
    use super::*;

    device_grant::store_conformance_tests!(
        || ready(((), fresh::single_store())),
        block_on = block_on,
    );
}

mod cluster {
    use super::*;

    device_grant::store_conformance_tests!(
        || ready(((), fresh::cluster_store())),
        block_on = block_on,
    );
}

proptest! {
    #[test]
    fn any_history_of_polls_is_judged_like_the_pure_function(seed: u64) {
        block_on(pacing::random_history(&fresh::single_store(), seed));
    }
}
