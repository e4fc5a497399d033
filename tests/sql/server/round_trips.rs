//! The round trips of each step, counted by a proxy.

use device_grant::store::SqlStore;

use super::drivers::Driver;
use super::{database, proxy, through};

use crate::executor::block_on;
use crate::flow;
use crate::round_trips::count_a_flow;

on_each_driver!(each_step_takes_as_many_round_trips_as_it_should,);

fn each_step_takes_as_many_round_trips_as_it_should<D: Driver>() {
    let proxy = proxy();
    let database = database::<D>(&through(&proxy).size(1));
    let grants = flow::node(SqlStore::new(database));
    block_on(async {
        // What a new connection is told is not counted.
        let findings = grants.check().await;
        assert!(
            findings.iter().all(|finding| !finding.stops_service()),
            "{findings:?}"
        );
        proxy.statements();
        count_a_flow(&grants, &proxy).await;
        proxy.preparations();
        count_a_flow(&grants, &proxy).await;
    });
    assert_eq!(
        proxy.preparations(),
        0,
        "the second time nothing is prepared"
    );
}
