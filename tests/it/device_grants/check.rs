use std::sync::Arc;
use std::time::Duration;

use device_grant::DeviceGrants;
use device_grant::device_grants::Finding;
use device_grant::host::{Charge, Charged, Clock, Limiter, PortError, async_trait};
use device_grant::limiter::MemoryLimiter;
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
        let findings = findings(wrong.grants());
        assert!(matches!(
            findings[..],
            [Finding::Clock { apart: WRONG, is_ahead: ahead, .. }] if ahead == is_ahead
        ));
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

/// A limiter that may forget and may not charge, as a database role without EXECUTE on the function.
struct MayNotCharge(MemoryLimiter);

#[async_trait]
impl Limiter for MayNotCharge {
    async fn charge(&self, _: &[Charge]) -> Result<Charged, PortError> {
        Err(PortError::broken("permission denied"))
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.0.purge(limit).await
    }
}

/// A limiter that may charge and may not forget.
struct MayNotForget(MemoryLimiter);

#[async_trait]
impl Limiter for MayNotForget {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        self.0.charge(charges).await
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        Err(PortError::broken("permission denied"))
    }
}

#[test]
fn a_limiter_that_cannot_charge_or_cannot_forget_is_found() {
    let limiters: [Arc<dyn Limiter>; 2] = [
        Arc::new(MayNotCharge(MemoryLimiter::new())),
        Arc::new(MayNotForget(MemoryLimiter::new())),
    ];
    for limiter in limiters {
        let clock = ManualClock::new();
        let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
            builder.limiter(limiter.clone())
        });
        let found = findings(t.unwrap().grants());
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "the limiter does not answer: the port cannot serve this request: permission denied; call its `check`"
            ]
        );
    }
}
