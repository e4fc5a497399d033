//! Settings that change while the server runs.

use device_grant::Limits;
use device_grant::code::CodeKeys;
use device_grant::host::Quota;
use device_grant::limiter::MemoryLimiter;
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Checkpoint, ManualClock, Poll, Scenario, ScriptedIssuer, ScriptedPolicy, StepError,
};

use super::{INTERVAL, LIFETIME, SECOND, Server, Test};

const ADDRESS: [u8; 4] = [192, 0, 2, 1];

#[test]
fn a_limit_holds_from_the_next_call_on_and_counts_what_was_before() -> Test {
    let server = Server::new([]);
    let authorize = || server.t.device("tv").ip(ADDRESS).authorize("openid");
    for _ in 0..3 {
        authorize()?;
    }
    let limits = Limits::default().authorizations_per_source(Quota::new(2, 60 * SECOND));
    server
        .t
        .grants()
        .reconfigure(|builder| builder.limits(limits))?;
    authorize()?;
    assert!(matches!(
        authorize(),
        Err(StepError::TooManyAuthorizations { .. })
    ));
    Ok(())
}

#[test]
fn new_codes_have_the_new_times_and_old_ones_keep_theirs() -> Test {
    let server = Server::new([]);
    let old = server.t.device("tv").authorize("openid")?;
    server
        .t
        .grants()
        .reconfigure(|builder| builder.lifetime(60 * SECOND).polling_interval(2 * SECOND))?;
    let new = server.t.device("tv").authorize("openid")?;
    assert_eq!(new.response().expires_in, 60 * SECOND);
    assert_eq!(new.response().interval, 2 * SECOND);
    server.t.advance(60 * SECOND);
    assert_eq!((old.poll()?, new.poll()?), (Poll::Pending, Poll::Expired));
    server.t.advance(LIFETIME - 61 * SECOND);
    assert_eq!(old.poll()?, Poll::Pending);
    server.t.advance(SECOND);
    assert_eq!(old.poll()?, Poll::Expired);
    Ok(())
}

#[test]
fn a_new_code_key_finds_the_codes_that_live_and_a_key_that_is_dropped_does_not() -> Test {
    let [first, second] = [[1; 32], [2; 32]];
    let keys = move |keys: &[[u8; 32]]| CodeKeys::from_bytes(keys).unwrap();
    let server = Server::with([], |builder| builder.keys(keys(&[first])));
    let alice = server.t.visitor("alice");
    let old = server.t.device("tv").authorize("openid")?;
    let grants = server.t.grants();
    grants.reconfigure(|builder| builder.keys(keys(&[first, second])))?;
    let new = server.t.device("tv").authorize("openid")?;
    alice.review(&old)?;
    alice.review(&new)?;
    grants.reconfigure(|builder| builder.keys(keys(&[second])))?;
    assert_eq!(
        alice.type_code(old.user_code()).err(),
        Some(StepError::UnknownUserCode)
    );
    Ok(())
}

#[test]
fn a_policy_that_is_set_amid_an_incident_is_asked_at_the_next_redemption() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let policy = ScriptedPolicy::new();
    server.t.grants().reconfigure({
        let policy = policy.clone();
        move |builder| builder.policy(policy.clone())
    })?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(policy.asked(), [Checkpoint::Redemption]);
    Ok(())
}

#[test]
fn settings_with_a_problem_change_nothing() -> Test {
    let server = Server::new([]);
    let grants = server.t.grants();
    let refused = grants.reconfigure(|builder| {
        builder
            .lifetime(7_200 * SECOND)
            .polling_interval(INTERVAL / 2)
    });
    let problems = refused.unwrap_err();
    let settings: Vec<_> = problems.problems().iter().map(|it| it.setting).collect();
    assert_eq!(settings, ["lifetime", "polling_interval"]);
    let tv = server.t.device("tv").authorize("openid")?;
    assert_eq!(tv.response().expires_in, LIFETIME);
    Ok(())
}

#[test]
fn the_page_the_store_and_the_limiter_stay_as_they_are() {
    let server = Server::new([]);
    let refused = server.t.grants().reconfigure(|builder| {
        builder
            .verification_uri("https://elsewhere.example/activate")
            .store(MemoryStore::new())
            .limiter(MemoryLimiter::new())
    });
    let problems = refused.unwrap_err();
    let settings: Vec<_> = problems.problems().iter().map(|it| it.setting).collect();
    assert_eq!(settings, ["verification_uri", "store", "limiter"]);
}

#[test]
fn a_server_in_memory_keeps_its_grants_and_its_keys() -> Test {
    let clock = ManualClock::new();
    let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| builder)?;
    let tv = t.device("tv").authorize("openid")?;
    t.grants()
        .reconfigure(|builder| builder.lifetime(300 * SECOND))?;
    t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}
