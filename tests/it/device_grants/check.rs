use std::time::Duration;

use device_grant::DeviceGrants;
use device_grant::device_grants::Finding;
use device_grant::host::Clock;
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Disruption, FaultyStore, ManualClock, Ran, Scenario, ScriptedIssuer, StoreCall, block_on,
};

use super::{SECOND, Test};

fn findings(grants: &DeviceGrants) -> Vec<Finding> {
    let Ran::Done(findings) = block_on(grants.check()) else {
        panic!("a check answers");
    };
    findings
}

/// A node on this clock, on a store that tells the time by the other one.
fn node(clock: ManualClock, store: FaultyStore<MemoryStore>) -> Scenario {
    Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
        builder.store(store)
    })
    .unwrap()
}

#[test]
fn a_node_whose_clock_is_wrong_is_told_and_ends_nothing() -> Test {
    const WRONG: Duration = Duration::from_secs(75 * 60);
    let time = ManualClock::new();
    let store = FaultyStore::new(MemoryStore::new().with_clock(time.clone()));
    let right = node(time.clone(), store.clone());
    assert_eq!(findings(right.grants()), []);
    for is_ahead in [true, false] {
        let clock = ManualClock::new();
        clock.set(time.now());
        if is_ahead {
            clock.advance(WRONG);
        } else {
            clock.set_back(WRONG);
        }
        let wrong = node(clock, store.clone());
        let apart = WRONG;
        assert_eq!(
            findings(wrong.grants()),
            [Finding::Clock { apart, is_ahead }]
        );
        let tv = wrong.device("tv").authorize("openid")?;
        assert_eq!(wrong.purge(100)?, 0);
        time.advance(5 * SECOND);
        assert_eq!(tv.poll()?, device_grant::testing::Poll::Pending);
        right.visitor("alice").approve(&tv)?;
        assert_eq!(tv.poll()?, device_grant::testing::Poll::Tokens);
    }
    Ok(())
}

#[test]
fn a_store_that_is_away_is_found() {
    let clock = ManualClock::new();
    let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
    let t = node(clock, store.clone());
    store.disrupt(StoreCall::Now.always(), Disruption::FailBefore);
    let found = findings(t.grants());
    assert_eq!(
        found.first().map(ToString::to_string).as_deref(),
        Some(
            "the store does not answer: the port is unavailable: the test cut the connection; call its `check`"
        )
    );
    store.heal();
    assert_eq!(findings(t.grants()), []);
}
