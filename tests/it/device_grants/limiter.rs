//! The limiter as the service uses it: issuers and nodes that share one, its clock, and its purge.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use device_grant::code::UserCodeFormat;
use device_grant::host::{Quota, System};
use device_grant::limiter::MemoryLimiter;
use device_grant::testing::{ManualClock, RecordedEvents, Scenario, ScriptedIssuer, StepError};
use device_grant::{Builder, DeviceGrants, Limits};

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
    let builder = DeviceGrants::builder(issuer, ScriptedIssuer::new([])).verification_uri(page);
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
        |builder, clock| builder.clock(System).in_memory().clock(clock),
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

/// The codes that are issued at once to these networks, each with all that it can get.
fn codes_of(networks: impl IntoIterator<Item = u16>, per_source: u32) -> usize {
    let clock = ManualClock::new();
    let format = UserCodeFormat::base20().with_lengths(12..=12).unwrap();
    let t = started("https://id.example", &clock, |builder| {
        let builder = builder.in_memory().clock(clock.clone());
        builder.user_code_format(format)
    });
    let addresses = networks
        .into_iter()
        .map(|network| Ipv6Addr::new(0x2001, 0xdb8, 1, network, 0, 0, 0, 1));
    addresses
        .flat_map(|ip| (0..=per_source).map(move |_| ip))
        .filter(|ip| t.device("tv").ip(*ip).authorize("").is_ok())
        .count()
}

#[test]
fn the_networks_of_one_customer_get_no_more_codes_than_a_few_addresses() {
    assert_eq!(codes_of([0x100], 60), 60);
    assert_eq!(codes_of(0x100..0x10a, 60), 4 * 60);
    let one_in_each_56 = (0..20).map(|network| network << 8);
    assert_eq!(codes_of(one_in_each_56, 60), 16 * 60);
}

#[test]
fn entries_from_the_networks_of_one_customer_are_limited_together() {
    let t = Scenario::new(ScriptedIssuer::new([]));
    let is_looked_up = |account: u16, ip: Ipv6Addr| {
        let visitor = t.visitor(&account.to_string()).ip(ip);
        visitor.type_code("BBBB-BBBB-BBBB").err() == Some(UNKNOWN)
    };
    let from = |network: u16| Ipv6Addr::new(0x2001, 0xdb8, 1, 0x100 + network % 10, 0, 0, 0, 1);
    let looked_up = (0..200).filter(|n| is_looked_up(*n, from(*n))).count();
    assert_eq!(looked_up, 4 * 30);
    // The next /56 of the same site still has something left, and so has a neighbour's.
    assert!(is_looked_up(201, "2001:db8:1:200::1".parse().unwrap()));
}

#[test]
fn two_sources_of_one_network_are_charged_for_one_entry() {
    let limits = Limits::default().entries_per_source(Quota::new(1, 60 * SECOND));
    let t = Scenario::with(ScriptedIssuer::new([]), |builder| builder.limits(limits)).unwrap();
    let here: [IpAddr; 2] = ["2001:db8::1", "2001:db8::2"].map(|ip| ip.parse().unwrap());
    let visitor = t.visitor("alice").ip(here[0]).ip(here[1]);
    assert_eq!(visitor.type_code("BBBB-BBBB").err(), Some(UNKNOWN));
}
