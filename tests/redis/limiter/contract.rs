use std::future::ready;

use crate::fresh;
use crate::store::block_on;

/// Each clause with a prefix of its own.
mod single {
    use super::*;

    device_grant::limiter_conformance_tests!(
        || ready(((), fresh::single_limiter())),
        block_on = block_on,
    );
}

mod cluster {
    use super::*;

    device_grant::limiter_conformance_tests!(
        || ready(((), fresh::cluster_limiter())),
        block_on = block_on,
    );
}
