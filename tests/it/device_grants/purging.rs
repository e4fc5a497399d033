//! Purging until nothing is left, and regularly.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use device_grant::host::{Charge, Charged, Limiter, PortError, Timer, async_trait};
use device_grant::testing::{Disruption, Ran, ScriptedIssuer, SeededEntropy, StoreCall, block_on};
use device_grant::{Builder, Fault};

use super::{LIFETIME, SECOND, Scenario, Server, Test};

/// Lets `count` grants become old.
fn old_grants(server: &Server, count: usize) -> Test {
    for device in 0..count {
        let client = format!("tv-{device}");
        server.t.device(&client).authorize("")?;
    }
    server.t.advance(LIFETIME + 3_600 * SECOND);
    Ok(())
}

#[test]
fn one_call_forgets_everything_that_is_old() -> Test {
    let server = Server::new([]);
    old_grants(&server, 2_500)?;
    server.store.forget_calls();
    let Ran::Done(purged) = block_on(server.t.grants().purge_all()) else {
        panic!("it ends");
    };
    assert_eq!(purged.map_err(|_: Fault| ()), Ok(2_500));
    // Three batches, and one that finds nothing.
    let calls = server.store.calls();
    assert_eq!(
        calls
            .iter()
            .filter(|call| **call == StoreCall::Purge)
            .count(),
        4
    );
    Ok(())
}

/// A timer that notes the times, and stands still after `count` of them.
#[derive(Clone)]
struct Rounds {
    times: Arc<Mutex<Vec<Duration>>>,
    count: usize,
}

impl Rounds {
    fn new(count: usize) -> Self {
        let times = Arc::default();
        Self { times, count }
    }

    fn times(&self) -> Vec<Duration> {
        self.times.lock().unwrap().clone()
    }
}

#[async_trait]
impl Timer for Rounds {
    async fn sleep(&self, duration: Duration) {
        let so_far = {
            let mut times = self.times.lock().unwrap();
            times.push(duration);
            times.len()
        };
        if so_far > self.count {
            pending::<()>().await;
        }
    }
}

/// Purges until the timer stands still.
fn purge(t: &Scenario, rounds: &Rounds) {
    let purging = pin!(t.grants().purge_regularly(rounds.clone()));
    assert!(
        purging
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
}

#[test]
fn a_round_is_made_of_batches_with_pauses() -> Test {
    let server = Server::new([]);
    old_grants(&server, 1_500)?;
    let rounds = Rounds::new(2);
    purge(&server.t, &rounds);
    let times = rounds.times();
    assert_eq!(times[1], Duration::from_millis(100));
    for round in [times[0], times[2]] {
        assert!((30 * SECOND..=90 * SECOND).contains(&round), "{round:?}");
    }
    assert_eq!(server.t.purge(9)?, 0);
    Ok(())
}

/// Under load something is due at any time. The next round compares the keys of the nodes.
#[test]
fn a_round_ends_although_there_is_always_something_to_delete() -> Test {
    let limiter = |builder: Builder| builder.limiter(NeverEmpty);
    let t = Scenario::with(ScriptedIssuer::new([]), limiter)?;
    let rounds = Rounds::new(3);
    purge(&t, &rounds);
    assert!(rounds.times().iter().all(|time| *time >= 30 * SECOND));
    Ok(())
}

/// A limiter in which a key is paid whenever somebody looks.
struct NeverEmpty;

#[async_trait]
impl Limiter for NeverEmpty {
    async fn charge(&self, _: &[Charge]) -> Result<Charged, PortError> {
        Ok(Charged::Allowed)
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        Ok(1)
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

#[test]
fn nodes_do_not_purge_at_the_same_times() {
    let times = |seed| {
        let t = Scenario::with(ScriptedIssuer::new([]), |builder| {
            builder.entropy(SeededEntropy::new(seed))
        });
        let rounds = Rounds::new(4);
        purge(&t.unwrap(), &rounds);
        rounds.times()
    };
    assert_ne!(times(1), times(2));
    let mut one = times(1);
    one.dedup();
    assert_eq!(one.len(), 5, "{one:?}");
}

#[test]
fn a_store_that_is_away_ends_the_round_and_the_next_one_purges() -> Test {
    let server = Server::new([]);
    old_grants(&server, 3)?;
    server
        .store
        .disrupt(StoreCall::Purge.nth(1), Disruption::FailBefore);
    let rounds = Rounds::new(1);
    purge(&server.t, &rounds);
    assert_eq!(server.t.events().count("fault"), 1);
    purge(&server.t, &Rounds::new(2));
    assert_eq!(server.t.purge(9)?, 0);
    Ok(())
}
