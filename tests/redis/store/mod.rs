//! Tests of `RedisStore`.

mod addresses;
mod index;
mod keys;
mod polls;
mod rights;
mod round_trips;
pub(crate) mod settings;

/// Each clause of the contract, on one server and on a Cluster.
mod contract {
    mod single {
        use crate::{fresh, runtime::RUNTIME};

        device_grant::store_conformance_tests!(
            fresh::single_store,
            block_on = |future| RUNTIME.block_on(future)
        );
        device_grant::redemption_conformance_tests!(
            fresh::single_store,
            block_on = |future| RUNTIME.block_on(future)
        );
    }

    mod indexed {
        use crate::{fresh, runtime::RUNTIME};

        device_grant::store_conformance_tests!(
            fresh::indexed_store,
            block_on = |future| RUNTIME.block_on(future)
        );
        device_grant::directory_conformance_tests!(
            fresh::indexed_store,
            block_on = |future| RUNTIME.block_on(future)
        );
    }

    mod indexed_cluster {
        use crate::{fresh, runtime::RUNTIME};

        device_grant::directory_conformance_tests!(
            fresh::indexed_cluster_store,
            block_on = |future| RUNTIME.block_on(future)
        );
    }

    mod sentinels {
        use crate::{fresh, runtime::RUNTIME};

        device_grant::store_conformance_tests!(
            fresh::sentinel_store,
            block_on = |future| RUNTIME.block_on(future)
        );
    }

    mod pool {
        use crate::{fresh, runtime::RUNTIME};

        device_grant::store_conformance_tests!(
            fresh::pooled_store,
            block_on = |future| RUNTIME.block_on(future)
        );
    }

    mod cluster {
        use crate::{fresh, runtime::RUNTIME};

        device_grant::store_conformance_tests!(
            fresh::cluster_store,
            block_on = |future| RUNTIME.block_on(future)
        );
        device_grant::redemption_conformance_tests!(
            fresh::cluster_store,
            block_on = |future| RUNTIME.block_on(future)
        );
    }
}
