//! The limiter as the service uses it: issuers and nodes that share one, its clock, and its purge.

use std::sync::Arc;

use device_grant::host::SystemClock;
use device_grant::limiter::MemoryLimiter;
use device_grant::testing::{ManualClock, RecordedEvents, Scenario, ScriptedIssuer, StepError};
use device_grant::{Builder, DeviceGrants};

use super::{LIFETIME, SECOND, Test};

const UNKNOWN: StepError = StepError::UnknownUserCode;

/// A node of this issuer, in memory but for the limiter.
fn node(issuer: &str, clock: &ManualClock, limiter: &Arc<MemoryLimiter>) -> Scenario {
    let limiter = limiter.clone();
    started(issuer, clock, |builder| {
        builder.in_memory().limiter(limiter)
    })
}

fn started(
    issuer: &str,
    clock: &ManualClock,
    configure: impl FnOnce(Builder) -> Builder,
) -> Scenario {
    let events = RecordedEvents::new();
    let page = format!("{issuer}/activate");
    let builder = DeviceGrants::builder(issuer, page, ScriptedIssuer::new([]));
    let grants = configure(builder.observer(events.clone())).build().unwrap();
    Scenario::around(grants, clock.clone(), events)
}

fn five_wrong_codes_of_alice(t: &Scenario) {
    let alice = t.visitor("alice");
    for code in [
        "BBBB-BBBB",
        "CCCC-CCCC",
        "DDDD-DDDD",
        "FFFF-FFFF",
        "GGGG-GGGG",
    ] {
        assert_eq!(alice.type_code(code).err(), Some(UNKNOWN));
    }
}

fn is_limited(t: &Scenario) -> bool {
    let entered = t.visitor("alice").type_code("WDJB-MJHT").err();
    matches!(entered, Some(StepError::TooManyAttempts { .. }))
}

#[test]
fn an_end_user_who_is_limited_at_one_issuer_is_not_at_another() {
    let clock = ManualClock::new();
    let limiter = Arc::new(MemoryLimiter::new().with_clock(clock.clone()));
    let [a, b] =
        ["https://a.example", "https://b.example"].map(|issuer| node(issuer, &clock, &limiter));
    five_wrong_codes_of_alice(&a);
    assert!(is_limited(&a));
    assert!(!is_limited(&b));
}

#[test]
fn a_client_or_a_flood_at_one_issuer_takes_no_codes_of_another() -> Test {
    let clock = ManualClock::new();
    let limiter = Arc::new(MemoryLimiter::new().with_clock(clock.clone()));
    let [a, b] =
        ["https://a.example", "https://b.example"].map(|issuer| node(issuer, &clock, &limiter));

    while a.device("tv").authorize("").is_ok() {}
    b.device("tv").authorize("")?;
    Ok(())
}

#[test]
fn a_node_whose_clock_is_ahead_has_the_same_limits() {
    let (right, ahead) = (ManualClock::new(), ManualClock::new());
    ahead.advance(300 * SECOND);
    let limiter = Arc::new(MemoryLimiter::new().with_clock(right.clone()));
    let issuer = "https://id.example";
    let one = node(issuer, &right, &limiter);
    let other = node(issuer, &ahead, &limiter);
    five_wrong_codes_of_alice(&one);
    assert!(is_limited(&other));
    right.advance(600 * SECOND);
    assert!(!is_limited(&other));
}

#[test]
fn the_limiter_in_memory_goes_by_the_clock_of_the_builder_in_any_order_of_calls() {
    type Configure = fn(Builder, ManualClock) -> Builder;
    let orders: [Configure; 3] = [
        |builder, clock| builder.in_memory().clock(clock),
        |builder, clock| builder.clock(clock).in_memory(),
        |builder, clock| builder.clock(SystemClock).in_memory().clock(clock),
    ];
    for configure in orders {
        let clock = ManualClock::new();
        let t = started("https://id.example", &clock, |builder| {
            configure(builder, clock.clone())
        });
        five_wrong_codes_of_alice(&t);
        assert!(is_limited(&t));
        t.advance(120 * SECOND);
        assert!(!is_limited(&t));
    }
}

#[test]
fn one_call_purges_grants_and_limits() -> Test {
    let clock = ManualClock::new();
    let limiter = Arc::new(MemoryLimiter::new().with_clock(clock.clone()));
    let shared = limiter.clone();
    let t = started("https://id.example", &clock, |builder| {
        builder.in_memory().clock(clock.clone()).limiter(shared)
    });
    t.device("tv").authorize("")?;
    assert_ne!(limiter.len(), 0);
    t.advance(LIFETIME + 3_600 * SECOND);
    assert_eq!(t.purge(100)?, 1);
    assert_eq!(limiter.len(), 0);
    assert_eq!(t.events().names(), ["authorized", "purged"]);
    Ok(())
}
