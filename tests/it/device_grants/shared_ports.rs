//! An `Arc` of a port is the port.

use std::sync::Arc;

use device_grant::device_grants::Revocation;
use device_grant::host::{
    Announcer, Clock, Entropy, GrantDirectory, GrantStore, GrantsOf, Limiter, Observer, Policy,
    Ruling, Timer, TokenIssuer, TokenRevoker,
};
#[cfg(feature = "http")]
use device_grant::http::{ClientDirectory, Endpoints, Route, VisitorSource};
#[cfg(feature = "page")]
use device_grant::page::{Presenter, Template};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Checkpoint, ManualClock, Poll, Ran, Scenario, Script, ScriptedIssuer, ScriptedPolicy, block_on,
};

use super::{LEASE, LIFETIME, SECOND, Test};
use crate::repository::{self, TextFile};

/// Does not compile unless an `Arc` of each of these ports is the port.
macro_rules! arcs_are {
    ($($port:ident)*) => { $({
        fn is<P: $port>() {}
        is::<Arc<dyn $port>>();
    })* };
}

#[test]
fn an_arc_of_every_port_is_the_port() {
    arcs_are! {
        Announcer Clock Entropy GrantDirectory GrantStore Limiter Observer Policy Timer TokenIssuer TokenRevoker
    }
    #[cfg(feature = "http")]
    arcs_are! { ClientDirectory VisitorSource }
    #[cfg(feature = "http")]
    {
        fn is_route<R: Route>() {}
        is_route::<Arc<Endpoints>>();
    }
    #[cfg(feature = "page")]
    arcs_are! { Presenter Template }
}

/// The files that can declare a port.
pub(super) fn files_of_ports() -> impl Iterator<Item = TextFile> {
    let folders = ["src/host/", "src/http/", "src/page/"];
    let files = repository::sources().into_iter();
    files.filter(move |file| folders.iter().any(|folder| file.path.starts_with(folder)))
}

#[test]
fn no_port_is_left_out() {
    let mut ports = 0;
    for file in files_of_ports() {
        let declared = file.text.lines().filter_map(|line| {
            let (name, _) = line
                .strip_prefix("pub trait ")?
                .split_once(": Send + Sync")?;
            Some(name)
        });
        for port in declared {
            let shared = format!(" {port} for Arc<");
            assert!(file.text.contains(&shared), "{port} in {}", file.path);
            ports += 1;
        }
    }
    assert_eq!(ports, 16);
}

#[test]
fn an_arc_of_an_issuer_issues_and_discards() -> Test {
    let clock = ManualClock::new();
    let issuer = ScriptedIssuer::new([Script::Late(LEASE)]).clock(&clock);
    let shared: Arc<dyn TokenIssuer> = Arc::new(issuer.clone());
    let t = Scenario::on_clock(clock, shared, |builder| builder)?;
    let tv = t.device("tv").authorize("openid")?;
    t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Pending);
    assert_eq!(issuer.discarded().len(), 1);
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(issuer.issued().len(), 2);
    Ok(())
}

#[test]
fn an_arc_of_a_store_keeps_purges_and_lists() -> Test {
    let clock = ManualClock::new();
    let store = Arc::new(MemoryStore::new().with_clock(clock.clone()));
    let shared: (Arc<dyn GrantStore>, Arc<dyn GrantDirectory>) = (store.clone(), store.clone());
    let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
        builder
            .store(shared.0)
            .directory(shared.1)
            .retention(3_600 * SECOND)
    })?;
    let tv = t.device("tv").authorize("openid")?;
    t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    let listed = block_on(t.grants().list_as_administrator(
        &GrantsOf::Subject("alice".into()),
        None,
        1,
    ));
    let Ran::Done(Ok(listed)) = listed else {
        panic!("{listed:?}");
    };
    assert_eq!(listed.grants[0].id, tv.grant_id());
    assert_eq!(t.revoke(&tv.grant_id())?, Revocation::TokensLiveOn);
    t.advance(LIFETIME + 3_600 * SECOND);
    assert_eq!((t.purge(10)?, store.len()), (1, 0));
    Ok(())
}

#[test]
fn an_arc_of_a_policy_is_asked_at_each_point_and_rules() -> Test {
    let points = [
        Checkpoint::Authorization,
        Checkpoint::Approval,
        Checkpoint::Redemption,
    ];
    for (index, point) in points.into_iter().enumerate() {
        let policy = ScriptedPolicy::new();
        policy.rule(point, Ruling::StepUp(Default::default()));
        let shared: Arc<dyn Policy> = Arc::new(policy.clone());
        let t = Scenario::with(ScriptedIssuer::new([]), |builder| builder.policy(shared))?;
        let outcome = t.device("tv").authorize("openid").and_then(|tv| {
            t.visitor("alice").approve(&tv)?;
            tv.poll()
        });
        assert!(!matches!(outcome, Ok(Poll::Tokens)), "{point:?}");
        assert_eq!(policy.asked(), points[..=index], "{point:?}");
    }
    Ok(())
}
