//! Tests of `RedisLimiter`.

use std::error::Error;
use std::time::Duration;

use device_grant::device_grants::{Problem, ReviewError};
use device_grant::grant::Arrival;
use device_grant::host::{Charge, Charged, LimitKey, Limiter, Quota};
use device_grant::limiter::RedisLimiter;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::limiter::sharing;
use device_grant::testing::conformance::{Racers, Work};

use crate::flow::{alice, builder};
use crate::fresh;
use crate::runtime::RUNTIME;
use crate::server::{self, Server};

mod single {
    use crate::{fresh, runtime::RUNTIME};

    device_grant::limiter_conformance_tests!(
        fresh::single_limiter,
        block_on = |future| RUNTIME.block_on(future)
    );
}

mod pool {
    use crate::{fresh, runtime::RUNTIME};

    device_grant::limiter_conformance_tests!(
        fresh::pooled_limiter,
        block_on = |future| RUNTIME.block_on(future)
    );
}

mod sentinels {
    use crate::{fresh, runtime::RUNTIME};

    device_grant::limiter_conformance_tests!(
        fresh::sentinel_limiter,
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

/// By the server's clock, and without any of the host's.
#[test]
fn a_node_whose_clock_is_ahead_has_the_same_limits() {
    let (right, ahead) = (ManualClock::new(), ManualClock::new());
    ahead.advance(Duration::from_secs(300));
    RUNTIME.block_on(async {
        let (limiter, _) = fresh::real_time_limiter().await;
        let ((), store) = fresh::single_store(ManualClock::new()).await;
        let nodes = [right, ahead].map(|clock| {
            let builder = builder(store.clone()).clock(clock);
            builder.limiter(limiter.clone()).build().unwrap()
        });
        let mut limited = 0;
        for node in nodes.iter().cycle().take(10) {
            let entered = node.review("BBBB-BBBB", Arrival::Typed, &alice()).await;
            let is_limited = matches!(entered, Err(ReviewError::TooManyAttempts { .. }));
            limited += u32::from(is_limited);
        }
        assert_eq!(limited, 5);
    });
}

#[test]
fn who_is_refused_or_only_gives_back_leaves_no_key() {
    let take = |whose: &str, burst: u32| {
        let quota = Quota::new(burst, Duration::from_secs(3_600));
        Charge::take(LimitKey::new("test", "", whose), quota)
    };
    RUNTIME.block_on(async {
        let (limiter, prefix) = fresh::real_time_limiter().await;
        for source in 0..500 {
            let source = take(&source.to_string(), 1);
            let charges = [source, take("all", 9)];
            let _ = limiter.charge(&charges).await.unwrap();
        }
        assert_eq!(fresh::keys(&prefix).await.len(), 10);
        for source in 0..500 {
            let charges = [take(&source.to_string(), 1).given_back()];
            assert_eq!(limiter.charge(&charges).await.unwrap(), Charged::Allowed);
        }
        let keys = fresh::keys(&prefix).await;
        let [(name, bytes)] = keys.as_slice() else {
            panic!("{keys:?}");
        };
        assert!(*bytes <= 160, "{name} takes {bytes} bytes");
    });
}

fn chain(error: &dyn Error) -> String {
    let cause = error.source().map(chain);
    [Some(error.to_string()), cause]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(": ")
}

#[test]
fn a_server_and_a_cluster_pass_the_check_and_keep_nothing_of_it() {
    let server = Server::start();
    RUNTIME.block_on(async {
        let limiter = RedisLimiter::new(server.connection().await);
        limiter.check().await.unwrap();
        assert_eq!(server.command(&["DBSIZE"]).lines().next(), Some(":0"));
        let ((), cluster) = fresh::cluster_limiter(ManualClock::new()).await;
        cluster.check().await.unwrap();
    });
}

/// Each of them ends limits early, or keeps none.
#[test]
fn the_check_refuses_a_server_that_evicts_keys_runs_no_scripts_or_is_away() {
    let mut server = Server::start();
    RUNTIME.block_on(async {
        let limiter = RedisLimiter::new(server.connection().await);
        server.command(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
        let error = limiter.check().await.unwrap_err();
        assert!(!error.is_retryable());
        let said = chain(&error);
        assert!(said.contains("set `maxmemory-policy noeviction`"), "{said}");
        server.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);

        server.command(&[
            "ACL",
            "SETUSER",
            "clerk",
            "on",
            ">pw",
            "~*",
            "+@all",
            "-@scripting",
        ]);
        let url = server.url().replace("redis://", "redis://clerk:pw@");
        let clerks = RedisLimiter::new(server::connection(&url).await);
        let error = clerks.check().await.unwrap_err();
        assert!(!error.is_retryable());
        let said = chain(&error);
        assert!(said.contains("does not let this user"), "{said}");

        server.kill();
        let error = limiter.check().await.unwrap_err();
        assert!(error.is_retryable(), "{}", chain(&error));
    });
}

/// A host that checks itself hears of a limiter that is away, though its store is well.
#[test]
fn the_check_of_the_whole_finds_a_limiter_that_is_away() {
    let mut server = Server::start();
    RUNTIME.block_on(async {
        let limiter = RedisLimiter::new(server.connection().await);
        let ((), store) = fresh::single_store(ManualClock::new()).await;
        let grants = builder(store).limiter(limiter).build().unwrap();
        let of_the_limiter = |findings: Vec<Problem>| {
            let mut findings = findings.into_iter();
            findings.any(|finding| finding.setting == "limiter")
        };
        assert!(!of_the_limiter(grants.check().await));
        // The marks by which nodes compare their keys, and nothing that a further check adds to.
        let marks = server.command(&["DBSIZE"]);
        assert!(!of_the_limiter(grants.check().await));
        assert_eq!(server.command(&["DBSIZE"]), marks);
        server.kill();
        assert!(of_the_limiter(grants.check().await));
    });
}
