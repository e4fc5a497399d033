use std::future::ready;

use super::{Isolation, store};
use crate::clauses;
use crate::executor::block_on;

/// Each clause with tables of its own.
mod read_committed {
    use super::*;

    device_grant::store_conformance_tests!(
        |clock| ready(((), store(Isolation::ReadCommitted).with_clock(clock))),
        block_on = block_on,
    );
    device_grant::redemption_conformance_tests!(
        |clock| ready(((), store(Isolation::ReadCommitted).with_clock(clock))),
        block_on = block_on,
    );
    device_grant::directory_conformance_tests!(
        |clock| ready(((), store(Isolation::ReadCommitted).with_clock(clock))),
        block_on = block_on,
    );
}

mod repeatable_read {
    use super::*;

    device_grant::store_conformance_tests!(
        |clock| ready(((), store(Isolation::RepeatableRead).with_clock(clock))),
        block_on = block_on,
    );
}

mod serializable {
    use super::*;

    device_grant::store_conformance_tests!(
        |clock| ready(((), store(Isolation::Serializable).with_clock(clock))),
        block_on = block_on,
    );
    device_grant::redemption_conformance_tests!(
        |clock| ready(((), store(Isolation::Serializable).with_clock(clock))),
        block_on = block_on,
    );
    device_grant::directory_conformance_tests!(
        |clock| ready(((), store(Isolation::Serializable).with_clock(clock))),
        block_on = block_on,
    );
}

#[test]
fn a_grant_at_the_end_of_time_lasts_until_then() {
    let store = store(Isolation::ReadCommitted).with_clock(clauses::last_second());
    block_on(clauses::a_grant_at_the_end_of_time_lasts_until_then(&store));
}
