//! What holds for `RedisLimiter`.

use device_grant::testing::conformance::limiter::sharing;
use device_grant::testing::conformance::{Racers, Work};

use crate::fresh;
use crate::runtime::RUNTIME;

mod single {
    use crate::{fresh, runtime::RUNTIME};

    device_grant::limiter_conformance_tests!(
        fresh::single_limiter,
        block_on = |future| RUNTIME.block_on(future)
    );
}

mod cluster {
    use crate::{fresh, runtime::RUNTIME};

    device_grant::limiter_conformance_tests!(
        fresh::cluster_limiter,
        block_on = |future| RUNTIME.block_on(future)
    );
}

#[test]
fn clause_04_two_nodes_share_what_a_key_has() {
    let [one, other] = RUNTIME.block_on(fresh::two_limiters());
    let racers = Racers::new(&|work: Work<'_>| RUNTIME.block_on(work));
    sharing::clause_04_two_nodes_share_what_a_key_has(&one, &other, &racers);
}
