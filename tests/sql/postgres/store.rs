use std::future::ready;

use super::{Isolation, store};
use crate::executor::block_on;

/// Each clause with tables of its own.
mod read_committed {
    use super::*;

    device_grant::store_conformance_tests!(
        || ready(((), store(Isolation::ReadCommitted))),
        block_on = block_on,
    );
    device_grant::redemption_conformance_tests!(
        || ready(((), store(Isolation::ReadCommitted))),
        block_on = block_on,
    );
    device_grant::directory_conformance_tests!(
        || ready(((), store(Isolation::ReadCommitted))),
        block_on = block_on,
    );
}

mod repeatable_read {
    use super::*;

    device_grant::store_conformance_tests!(
        || ready(((), store(Isolation::RepeatableRead))),
        block_on = block_on,
    );
}

mod serializable {
    use super::*;

    device_grant::store_conformance_tests!(
        || ready(((), store(Isolation::Serializable))),
        block_on = block_on,
    );
    device_grant::redemption_conformance_tests!(
        || ready(((), store(Isolation::Serializable))),
        block_on = block_on,
    );
    device_grant::directory_conformance_tests!(
        || ready(((), store(Isolation::Serializable))),
        block_on = block_on,
    );
}
