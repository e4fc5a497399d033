//! Codes that grow in a flood, instead of refusing people.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use device_grant::Limits;
use device_grant::code::UserCodeFormat;
use device_grant::host::{Charge, Charged, Client, Limiter, PortError, Quota, Ruling};
use device_grant::limiter::MemoryLimiter;
use device_grant::message::ErrorResponse;
use device_grant::testing::{
    Checkpoint, Disruption, Poll, ScriptedPolicy, StepError, StoreCall, WaitingDevice,
};

use super::{LIFETIME, SECOND, Server, Test, client};

/// The limits for everybody together at this bound, if codes have eight letters and no more: ten wrong entries at
/// once and one in 30 seconds, 40 codes at once and one in 7.5 seconds.
const SMALL: f64 = 1.41e-7;

fn fixed_server(bound: f64) -> Server {
    let limits = Limits::default().expected_hits(bound);
    let format = UserCodeFormat::base20().with_lengths(8..=8).unwrap();
    Server::with([], |builder| {
        builder.limits(limits).user_code_format(format)
    })
}

fn letters(device: &WaitingDevice) -> usize {
    device.user_code().replace('-', "").len()
}

fn length(server: &Server, client: &str) -> Result<usize, StepError> {
    server.t.device(client).authorize("").map(|tv| letters(&tv))
}

/// Enters wrong codes of this many letters, each by an account of its own, until one is refused.
fn flood_of_entries(server: &Server, letters: usize) -> u32 {
    let code = "B".repeat(letters);
    let enter = |account: u32| {
        let mallory = server.t.visitor(&format!("mallory {account}"));
        mallory.type_code(&code).err() == Some(StepError::UnknownUserCode)
    };
    let admitted = (0..).take_while(|account| enter(*account)).count();
    u32::try_from(admitted).unwrap()
}

/// The limiter then counts the debt as all units but one, so that each step yields one wrong entry.
#[test]
fn after_a_clock_was_set_back_a_request_for_codes_frees_no_wrong_entries() -> Test {
    for back in [1, 200, 100_000] {
        let server = Server::new([]);
        assert_eq!(flood_of_entries(&server, 8), 54);
        server.t.clock().set_back(back * SECOND);
        let tv = server.t.device("tv").authorize("")?;
        assert_eq!(letters(&tv), 9, "{back}");
        let freed = flood_of_entries(&server, 8);
        assert!(freed <= 1, "{freed} after a step of {back} s");
    }
    Ok(())
}

fn confidential(id: &str) -> Client {
    client(id).authenticated()
}

#[test]
fn a_flood_of_requests_makes_codes_longer_and_refuses_nobody() -> Test {
    let server = Server::new([]);
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    for request in 0..5_000_u16 {
        let [high, low] = request.to_be_bytes();
        let name = if request % 2 == 0 { "tv" } else { "radio" };
        let device = server.t.device(name).ip([198, 51, high, low]);
        *counts.entry(letters(&device.authorize("")?)).or_default() += 1;
    }
    // Each length to its end before the next one begins.
    let expected = [(8, 236), (9, 752), (10, 2_384), (11, 1_628)];
    assert_eq!(counts, BTreeMap::from(expected));
    let honest = server.t.device("box").client(confidential("box"));
    server.t.visitor("alice").approve(&honest.authorize("")?)?;
    Ok(())
}

#[test]
fn codes_are_short_again_when_the_flood_is_over() -> Test {
    let server = Server::new([]);
    for _ in 0..1_000 {
        server.t.device("tv").authorize("")?;
    }
    assert_eq!(length(&server, "tv")?, 10);
    server.t.advance(300 * SECOND);
    assert_eq!(length(&server, "tv")?, 8);
    Ok(())
}

#[test]
fn a_length_is_drawn_again_from_the_moment_in_which_time_gives_a_code_back() -> Test {
    let server = Server::new([]);
    let at_once = server.t.grants().guess_budget().lengths[0].new_codes_at_once;
    for _ in 0..at_once {
        assert_eq!(length(&server, "tv")?, 8);
    }
    let used_up = length(&server, "tv")?;
    let micro = Duration::from_micros(1);
    let one_more = Quota::new(at_once, LIFETIME / 2).period() / at_once;
    server.t.advance(one_more - micro);
    let before = length(&server, "tv")?;
    server.t.advance(micro);
    assert_eq!([used_up, before, length(&server, "tv")?], [9, 9, 8]);
    Ok(())
}

#[test]
fn a_source_that_asks_too_often_makes_nobodys_codes_longer() -> Test {
    let limits = Limits::default().authorizations_per_source(Quota::new(1, 60 * SECOND));
    let server = Server::with([], |builder| builder.limits(limits));
    let ask = |ip: [u8; 4]| server.t.device("tv").ip(ip).authorize("");
    ask(HOME)?;
    assert!(matches!(
        ask(HOME),
        Err(StepError::TooManyAuthorizations { .. })
    ));
    assert_eq!(letters(&ask(ELSEWHERE)?), 8);
    Ok(())
}

/// Each `user_codes_lengthened` so far, as its line for a log.
fn lengthened(server: &Server) -> Vec<String> {
    let events = server.t.events().all();
    let lines = events.iter().map(ToString::to_string);
    lines
        .filter(|line| line.starts_with("user_codes_lengthened"))
        .collect()
}

#[test]
fn an_event_says_once_that_codes_got_longer() -> Test {
    let server = Server::new([]);
    let request = |times: u32| (0..times).try_for_each(|_| length(&server, "tv").map(drop));
    request(236)?;
    assert_eq!(lengthened(&server), [""; 0]);
    request(500)?;
    let nine = r#"user_codes_lengthened client="tv" length=9"#;
    assert_eq!(lengthened(&server), [nine]);
    // The flood goes on at the pace that time gives codes back, now of this length, now of that.
    for _ in 0..120 {
        server.t.advance(5 * SECOND);
        request(30)?;
    }
    let ten = r#"user_codes_lengthened client="tv" length=10"#;
    assert_eq!(lengthened(&server), [nine, ten]);
    server.t.advance(LIFETIME);
    request(230)?;
    assert_eq!(lengthened(&server), [nine, ten]);
    request(10)?;
    assert_eq!(lengthened(&server), [nine, ten, nine]);
    Ok(())
}

#[test]
fn an_event_says_that_wrong_entries_made_codes_longer() -> Test {
    let server = Server::new([]);
    flood_of_entries(&server, 8);
    flood_of_entries(&server, 9);
    assert_eq!(lengthened(&server), [""; 0]);
    assert_eq!(length(&server, "radio")?, 10);
    assert_eq!(
        lengthened(&server),
        [r#"user_codes_lengthened client="radio" length=10"#]
    );
    Ok(())
}

#[test]
fn a_flood_of_wrong_entries_makes_new_codes_longer_while_short_ones_can_still_be_entered() -> Test {
    let server = Server::new([]);
    let short = server.t.device("tv").authorize("")?;
    let code = "B".repeat(8);
    for account in 0..28 {
        assert_eq!(length(&server, "tv")?, 8, "after {account} wrong entries");
        let mallory = server.t.visitor(&format!("mallory {account}"));
        assert!(mallory.type_code(&code).is_err());
    }
    assert_eq!(length(&server, "tv")?, 9);
    server.t.visitor("alice").approve(&short)?;
    Ok(())
}

#[test]
fn who_gets_a_code_in_a_flood_of_wrong_entries_can_enter_it() -> Test {
    let server = Server::new([]);
    for letters in 8..12 {
        flood_of_entries(&server, letters);
        let tv = server.t.device("tv").authorize("")?;
        assert_eq!(super::lengths::letters(&tv), letters + 1);
        server.t.visitor("alice").approve(&tv)?;
    }
    Ok(())
}

#[test]
fn no_length_lets_more_through_than_its_budget() -> Test {
    let server = Server::new([]);
    let budget = server.t.grants().guess_budget();
    let hits = budget.lengths.iter().map(|length| {
        let letters = *length.format.lengths().start();
        let admitted = flood_of_entries(&server, letters);
        let at_home = length.wrong_entries_at_once / 10;
        assert_eq!(admitted + at_home, length.wrong_entries_at_once, "{length}");
        f64::from(length.wrong_entries) * f64::from(length.live_codes) / length.code_space
    });
    assert!(hits.sum::<f64>() <= 1e-5, "{budget}");
    Ok(())
}

const HOME: [u8; 4] = [203, 0, 113, 7];
const ELSEWHERE: [u8; 4] = [198, 51, 100, 7];

fn from(ip: [u8; 4]) -> IpAddr {
    IpAddr::from(ip)
}

#[test]
fn whoever_is_where_the_device_is_gets_in_though_wrong_entries_are_used_up() -> Test {
    let server = Server::new([]);
    let home = server.t.device("tv").ip(HOME).authorize("")?;
    let unknown = server.t.device("tv").authorize("")?;
    flood_of_entries(&server, 8);
    for device in [&home, &unknown] {
        for visitor in [
            server.t.visitor("bob").ip(from(ELSEWHERE)),
            server.t.visitor("carol").source("a van"),
            server.t.visitor("dave"),
        ] {
            let refused = visitor.review(device).err();
            assert!(matches!(refused, Some(StepError::TooManyAttempts { .. })));
        }
    }
    let alice = server.t.visitor("alice").ip(from(HOME));
    let refused = alice.review(&unknown).err();
    assert!(matches!(refused, Some(StepError::TooManyAttempts { .. })));
    for _ in 0..10 {
        alice.review(&home)?;
    }
    alice.approve(&home)?;
    Ok(())
}

#[test]
fn a_customer_of_ipv6_is_at_home_in_the_whole_network() -> Test {
    let server = Server::new([]);
    let address = |last: u16| Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, last);
    let tv = server.t.device("tv").ip(address(1)).authorize("")?;
    flood_of_entries(&server, 8);
    let next_door = Ipv6Addr::new(0x2001, 0xdb8, 1, 3, 0, 0, 0, 1);
    let bob = server.t.visitor("bob").ip(next_door);
    assert!(bob.review(&tv).is_err());
    let alice = server.t.visitor("alice").ip(address(2));
    alice.approve(&tv)?;
    Ok(())
}

/// A guesser at the devices of their own network has a tenth, and uses up nobody else's.
#[test]
fn a_network_has_a_tenth_of_the_wrong_entries_for_itself() -> Test {
    let server = Server::new([]);
    let at_once = server.t.grants().guess_budget().lengths[0].wrong_entries_at_once;
    let (tv, other) = (
        server.t.device("tv").ip(HOME).authorize("")?,
        server.t.device("tv").ip(ELSEWHERE).authorize("")?,
    );
    flood_of_entries(&server, 8);
    for account in 0..at_once / 10 {
        server.store.forget_calls();
        let mallory = server.t.visitor(&format!("mallory at home {account}"));
        let refused = mallory.ip(from(HOME)).type_code("BBBBBBBB").err();
        assert!(matches!(refused, Some(StepError::TooManyAttempts { .. })));
        assert_eq!(server.store.calls().len(), 1, "it is looked up");
    }
    server.store.forget_calls();
    let alice = server.t.visitor("alice");
    assert!(alice.clone().ip(from(HOME)).review(&tv).is_err());
    assert_eq!(server.store.calls(), [], "nothing is looked up");
    alice.ip(from(ELSEWHERE)).approve(&other)?;
    Ok(())
}

#[test]
fn a_host_that_fixes_the_length_chooses_refusals() -> Test {
    let server = fixed_server(SMALL);
    for (name, codes) in [("tv", 20), ("radio", 10)] {
        for _ in 0..codes {
            assert_eq!(length(&server, name)?, 8);
        }
        let refused = length(&server, name).unwrap_err();
        assert!(matches!(refused, StepError::TooManyAuthorizations { .. }));
    }
    Ok(())
}

#[test]
fn public_clients_leave_a_quarter_to_authenticated_ones() -> Test {
    let server = fixed_server(SMALL);
    let crowd: Vec<Result<usize, StepError>> = (0..200)
        .map(|request| length(&server, ["tv", "radio", "clock", "car"][request % 4]))
        .collect();
    assert_eq!(crowd.iter().flatten().count(), 30);
    let line = server.t.events().last().unwrap().to_string();
    assert!(line.contains(":8:public"), "{line}");
    let ask = |client: Client| server.t.device("box").client(client).authorize("");
    assert!(ask(client("box")).is_err(), "an identifier is no secret");
    for _ in 0..10 {
        ask(confidential("box"))?;
    }
    assert!(ask(confidential("box")).is_err());
    Ok(())
}

#[test]
fn one_client_leaves_half_to_the_others() -> Test {
    let server = fixed_server(SMALL);
    let ask = |client: Client| server.t.device("box").client(client).authorize("");
    for _ in 0..20 {
        ask(confidential("box"))?;
    }
    assert!(ask(confidential("box")).is_err());
    for _ in 0..20 {
        ask(confidential("till"))?;
    }
    Ok(())
}

/// Counts the calls of the limiter.
#[derive(Clone, Default)]
struct Counted {
    inner: Arc<MemoryLimiter>,
    calls: Arc<AtomicUsize>,
}

impl Counted {
    fn calls(&self) -> usize {
        self.calls.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl Limiter for Counted {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.charge(charges).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

#[test]
fn the_limiter_is_called_once_in_quiet_times_and_hardly_more_in_a_flood() -> Test {
    let limiter = Counted::default();
    let server = Server::with([], |builder| builder.limiter(limiter.clone()));
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(limiter.calls(), 1);
    let alice = server.t.visitor("alice").session("a browser");
    for _ in 0..2 {
        alice.review(&tv)?;
        assert_eq!(limiter.calls(), 2);
    }
    assert!(alice.type_code("BBBB-BBBB").is_err());
    assert_eq!(limiter.calls(), 1);
    alice.approve(&alice.review(&tv)?)?;
    limiter.calls();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(limiter.calls(), 0);
    for _ in 0..5_000 {
        server.t.device("tv").authorize("")?;
    }
    assert_eq!(limiter.calls(), 5_003);
    Ok(())
}

#[test]
fn an_entry_is_charged_to_every_format_whose_codes_it_can_be() -> Test {
    // Any 13 digits may be a code of the one; every tenth is one of the other, too.
    let plain = UserCodeFormat::digits(13)?.with_lengths(13..=13)?;
    let checked = UserCodeFormat::digits(12)?
        .with_lengths(12..=12)?
        .with_check_character();
    let server = Server::with([], |builder| {
        let builder = builder.user_code_format(plain);
        builder.also_user_code_format(checked.clone())
    });
    let budget = server.t.grants().guess_budget();
    let mut lengths = budget.lengths.iter();
    let least = lengths
        .find(|length| length.format == checked)
        .unwrap()
        .wrong_entries_at_once;
    let least = least - least / 10;
    let alone = Server::with([], |builder| builder.user_code_format(checked));
    let is_checked = |code: &str| alone.t.grants().check_user_code(code).is_ok();
    let code = (0..).map(|last: u32| format!("{last:013}"));
    let mut whole = code.filter(|code| is_checked(code));
    let mut enter = |account: u32| {
        let mallory = server.t.visitor(&account.to_string());
        mallory.type_code(&whole.next().unwrap()).err()
    };
    for account in 0..least {
        assert_eq!(enter(account), Some(StepError::UnknownUserCode));
    }
    assert!(matches!(
        enter(least),
        Some(StepError::TooManyAttempts { .. })
    ));
    // A code that fails the check is none of the other format, and its budget is left.
    let tv = server.t.device("tv").authorize("")?;
    if !is_checked(tv.user_code()) {
        server.t.visitor("alice").approve(&tv)?;
    }
    Ok(())
}

#[test]
fn the_policy_is_asked_after_the_limits() -> Test {
    let policy = ScriptedPolicy::new();
    let limits = Limits::default().authorizations_per_source(Quota::new(300, 60 * SECOND));
    let server = Server::with([], |builder| builder.policy(policy.clone()).limits(limits));
    let ask = || server.t.device("tv").ip([203, 0, 113, 1]).authorize("");
    let limited = (0..1_000).filter(|_| ask().is_err()).count();
    assert_eq!(limited, 700);
    assert_eq!(policy.asked(), [Checkpoint::Authorization; 300]);
    Ok(())
}

#[test]
fn what_the_policy_refuses_costs_its_source_and_nobody_else() -> Test {
    let policy = ScriptedPolicy::new();
    let format = UserCodeFormat::base20().with_lengths(8..=8)?;
    let limits = Limits::default().expected_hits(SMALL);
    let server = Server::with([], |builder| {
        let builder = builder.policy(policy.clone()).limits(limits);
        builder.user_code_format(format)
    });
    policy.rule(
        Checkpoint::Authorization,
        Ruling::Refuse(ErrorResponse::access_denied()),
    );
    server.store.forget_calls();
    let ask = |ip: [u8; 4]| server.t.device("tv").ip(ip).authorize("");
    for request in 0..100 {
        let is_limited = matches!(
            ask([203, 0, 113, 1]),
            Err(StepError::TooManyAuthorizations { .. })
        );
        assert_eq!(is_limited, request >= 60, "request {request}");
    }
    policy.fail(Checkpoint::Authorization);
    for last in 0..100 {
        assert!(ask([198, 51, 100, last]).unwrap_err().is_fault());
    }
    assert_eq!(server.store.calls(), [], "nothing is stored");
    policy.rule(Checkpoint::Authorization, Ruling::Allow);
    for last in 0..20 {
        ask([192, 0, 2, last])?;
    }
    Ok(())
}

#[test]
fn what_the_policy_refuses_makes_nobodys_codes_longer() -> Test {
    let policy = ScriptedPolicy::new();
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    let refuse = Ruling::Refuse(ErrorResponse::access_denied());
    policy.rule(Checkpoint::Authorization, refuse);
    for _ in 0..server.t.grants().guess_budget().lengths[0].new_codes_at_once {
        assert!(length(&server, "tv").is_err());
    }
    policy.rule(Checkpoint::Authorization, Ruling::Allow);
    assert_eq!(length(&server, "tv")?, 8);
    Ok(())
}

#[test]
fn what_the_terms_refuse_costs_nothing() -> Test {
    let server = fixed_server(SMALL);
    for _ in 0..100 {
        let device = server.t.device("tv").client(client("tv"));
        assert!(device.ip([203, 0, 113, 1]).authorize("email").is_err());
    }
    for _ in 0..20 {
        server
            .t
            .device("tv")
            .ip([203, 0, 113, 1])
            .authorize("openid")?;
    }
    Ok(())
}

#[test]
fn a_code_that_may_have_been_stored_is_not_given_back() -> Test {
    let server = fixed_server(SMALL);
    let failing = StoreCall::Insert.always();
    server.store.disrupt(failing, Disruption::FailAfter);
    for _ in 0..20 {
        assert!(length(&server, "tv").unwrap_err().is_fault());
    }
    server.store.heal();
    assert!(length(&server, "tv").is_err());
    Ok(())
}
