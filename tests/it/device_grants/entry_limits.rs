//! The limits on trying user codes.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use device_grant::Limits;
use device_grant::code::{UserCodeError, UserCodeFormat};
use device_grant::host::{Charge, Charged, Limiter, PortError, Quota};
use device_grant::limiter::MemoryLimiter;
use device_grant::testing::{Disruption, EndUser, StepError, StoreCall};

use super::{SECOND, Server, Test};

const UNKNOWN: StepError = StepError::UnknownUserCode;

fn too_many(seconds: u32) -> StepError {
    StepError::TooManyAttempts {
        retry_after: seconds * SECOND,
    }
}

/// A server whose codes have one length, at which ten wrong entries are let through at once, and one in 30 seconds. One
/// more is for each network.
fn small_server() -> Server {
    small_server_with(UserCodeFormat::base20())
}

fn small_server_with(format: UserCodeFormat) -> Server {
    let limits = Limits::default().expected_hits(1.71e-7);
    let format = format.with_lengths(8..=8).unwrap();
    Server::with([], |builder| {
        builder.limits(limits).user_code_format(format)
    })
}

/// Enters this many wrong codes, none of them twice.
fn guess(who: &EndUser, times: u32) {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    for guess in 0..times {
        let letter = |place: u32| {
            let digit = (guess / 20_u32.pow(place)) % 20;
            char::from(LETTERS[usize::try_from(digit).unwrap()])
        };
        let code: String = (0..4).map(letter).chain("WXZZ".chars()).collect();
        assert_eq!(who.type_code(&code).err(), Some(UNKNOWN), "guess {guess}");
    }
}

#[test]
fn the_sixth_entry_is_refused_even_if_it_is_right() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    guess(&alice, 5);
    server.store.forget_calls();
    assert_eq!(alice.review(&tv).err(), Some(too_many(120)));
    assert_eq!(server.store.calls(), []);
    assert_eq!(server.t.events().names().last(), Some(&"limited"));
    Ok(())
}

#[test]
fn time_gives_one_entry_back_after_another() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    guess(&alice, 5);
    server.t.advance(119 * SECOND);
    assert_eq!(alice.review(&tv).err(), Some(too_many(1)));
    server.t.advance(SECOND);
    alice.review(&tv)?;
    guess(&alice, 1);
    assert_eq!(alice.review(&tv).err(), Some(too_many(120)));
    Ok(())
}

#[test]
fn a_right_entry_costs_nobody_anything() -> Test {
    let server = Server::new([]);
    let office: IpAddr = [192, 0, 2, 1].into();
    let alice = server.t.visitor("alice").ip(office);
    for device in 0..40 {
        let tv = server.t.device("tv").authorize("")?;
        alice
            .approve(&tv)
            .map_err(|error| format!("device {device}: {error}"))?;
    }
    guess(&alice, 5);
    Ok(())
}

#[test]
fn going_back_to_a_review_costs_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice").session("a browser");
    let first = alice.review(&tv)?;
    for reload in 0..40 {
        let again = alice.review(&tv);
        let again = again.map_err(|error| format!("reload {reload}: {error}"))?;
        assert_eq!(again.ticket, first.ticket);
    }
    guess(&alice, 5);
    Ok(())
}

#[test]
fn right_entries_take_nothing_off_what_wrong_ones_cost() -> Test {
    let server = Server::new([]);
    let mallory = server.t.visitor("mallory");
    for _ in 0..4 {
        guess(&mallory, 1);
        for _ in 0..3 {
            let own = server.t.device("tv").authorize("")?;
            mallory.approve(&own)?;
        }
    }
    guess(&mallory, 1);
    assert_eq!(mallory.type_code("WDJB-MJHT").err(), Some(too_many(120)));
    Ok(())
}

#[test]
fn spellings_of_a_code_are_charged_alike() {
    let server = Server::new([]);
    let alice = server.t.visitor("alice");
    for spelling in [
        "WDJB-MJHT",
        "wdjbmjht",
        "WDJB MJHT",
        "wdjb.mjht",
        "Wdjb_Mjht",
    ] {
        assert_eq!(alice.type_code(spelling).err(), Some(UNKNOWN));
    }
    assert_eq!(alice.type_code("WDJB-MJHT").err(), Some(too_many(120)));
}

#[test]
fn no_session_or_address_gives_an_account_more_entries() {
    let server = Server::new([]);
    for n in 0..5 {
        let who = server.t.visitor("alice").session(&n.to_string());
        guess(&who.ip([192, 0, 2, n]), 1);
    }
    let who = server.t.visitor("alice").session("6");
    let who = who.ip([192, 0, 2, 6]);
    assert_eq!(who.type_code("WDJB-MJHT").err(), Some(too_many(120)));
}

#[test]
fn one_account_at_a_shared_address_does_not_shut_out_another() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let office: IpAddr = [192, 0, 2, 1].into();
    let mallory = server.t.visitor("mallory").ip(office);
    guess(&mallory, 5);
    for _ in 0..1_000 {
        assert!(mallory.type_code("WDJB-MJHT").is_err());
    }
    server.t.visitor("alice").ip(office).review(&tv)?;
    Ok(())
}

#[test]
fn an_address_has_a_budget_for_all_its_accounts() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let near: IpAddr = "2001:db8::1".parse()?;
    let neighbour: IpAddr = "2001:db8::2".parse()?;
    let elsewhere: IpAddr = "2001:db8:0:1::1".parse()?;
    for account in 0..6 {
        guess(&server.t.visitor(&account.to_string()).ip(near), 5);
    }
    let alice = server.t.visitor("alice");
    assert_eq!(
        alice.clone().ip(neighbour).review(&tv).err(),
        Some(too_many(20))
    );
    alice.ip(elsewhere).review(&tv)?;
    Ok(())
}

#[test]
fn an_address_may_get_as_many_codes_wrong_as_the_host_says() -> Test {
    let limits = Limits::default().entries_per_source(Quota::new(2, 60 * SECOND));
    let server = Server::with([], |builder| builder.limits(limits));
    let tv = server.t.device("tv").authorize("")?;
    let from = |name, n: u8| server.t.visitor(name).ip([192, 0, 2, n]);
    guess(&from("mallory", 1), 2);
    assert_eq!(from("alice", 1).review(&tv).err(), Some(too_many(30)));
    from("alice", 2).review(&tv)?;
    Ok(())
}

#[test]
fn a_named_source_cannot_be_taken_for_an_account() -> Test {
    let limits = Limits::default().entries_per_source(Quota::new(1, 60 * SECOND));
    let server = Server::with([], |builder| builder.limits(limits));
    guess(&server.t.visitor("mallory").source("subject:alice"), 1);
    guess(&server.t.visitor("alice"), 5);
    Ok(())
}

#[test]
fn guesses_from_many_sources_shut_everybody_out_for_a_moment() -> Test {
    let server = small_server();
    let tv = server.t.device("tv").authorize("")?;
    for account in 0..10 {
        guess(&server.t.visitor(&account.to_string()), 1);
    }
    let alice = server.t.visitor("alice");
    assert_eq!(alice.review(&tv).err(), Some(too_many(30)));
    let names = server.t.events().names();
    assert_eq!(names.last(), Some(&"guess_budget_exceeded"));
    server.t.advance(30 * SECOND);
    alice.review(&tv)?;
    Ok(())
}

#[test]
fn right_entries_cost_nothing_of_everybodys_budget() -> Test {
    let server = small_server();
    for account in 0..15 {
        let tv = server.t.device("tv").authorize("")?;
        server.t.visitor(&account.to_string()).review(&tv)?;
    }
    Ok(())
}

#[test]
fn entries_that_are_under_way_at_once_cannot_be_more_than_everybodys_budget() {
    let server = small_server();
    server
        .store
        .disrupt(StoreCall::FindByUserCode.always(), Disruption::HangBefore);
    let entries = (0..20).map(|account: u8| {
        let who = server.t.visitor(&account.to_string());
        who.type_code("WDJB-MJHT").err()
    });
    let (looked_up, refused): (Vec<_>, Vec<_>) =
        entries.partition(|error| *error == Some(StepError::Hung));
    assert_eq!(looked_up.len(), 10);
    assert!(refused.iter().all(|error| *error == Some(too_many(30))));
}

#[test]
fn wrong_entries_that_are_under_way_at_once_cannot_be_more_than_the_accounts_budget() {
    let server = Server::new([]);
    server
        .store
        .disrupt(StoreCall::FindByUserCode.always(), Disruption::HangBefore);
    let mallory = server.t.visitor("mallory");
    let entries = (0..64).map(|_| mallory.type_code("WDJB-MJHT").err());
    let looked_up = entries
        .filter(|error| *error == Some(StepError::Hung))
        .count();
    assert_eq!(looked_up, 5, "a dropped entry costs time");
    server.store.heal();
    server.t.advance(120 * SECOND);
    guess(&mallory, 1);
}

#[test]
fn an_entry_that_meets_a_fault_costs_nobody_anything() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let failing = StoreCall::FindByUserCode.always();
    server.store.disrupt(failing, Disruption::FailBefore);
    let alice = server.t.visitor("alice");
    for _ in 0..400 {
        assert!(alice.review(&tv).unwrap_err().is_fault());
    }
    server.store.heal();
    alice.review(&tv)?;
    guess(&alice, 5);
    Ok(())
}

#[test]
fn a_right_entry_counts_even_if_the_limiter_fails_after_it() -> Test {
    let limiter = Fragile::default();
    let server = Server::with([], |builder| builder.limiter(limiter.clone()));
    let tv = server.t.device("tv").authorize("")?;
    let breaks = limiter.clone();
    let meanwhile = Disruption::meanwhile(move || breaks.is_broken.store(true, Ordering::SeqCst));
    server
        .store
        .disrupt(StoreCall::FindByUserCode.nth(1), meanwhile);
    server.t.visitor("alice").review(&tv)?;
    assert_eq!(
        server.t.events().names(),
        ["authorized", "fault", "reviewed"]
    );
    Ok(())
}

#[test]
fn a_wrong_check_character_is_told_and_charged_to_nobody() -> Test {
    let server = small_server_with(UserCodeFormat::base20().with_check_character());
    let tv = server.t.device("tv").authorize("")?;
    let right = tv.user_code();
    let last = right.chars().last().unwrap();
    let wrong = if last == 'B' { "C" } else { "B" };
    let typo = [right.strip_suffix(last).unwrap(), wrong].concat();
    let office: IpAddr = [192, 0, 2, 1].into();
    let alice = server.t.visitor("alice").ip(office);
    server.store.forget_calls();
    for _ in 0..100 {
        let mistyped = StepError::Mistyped(UserCodeError::Mistyped);
        assert_eq!(alice.type_code(&typo).err(), Some(mistyped));
    }
    assert_eq!(server.store.calls(), []);
    assert_eq!(server.t.events().names(), ["authorized"]);
    alice.review(&tv)?;
    Ok(())
}

#[test]
fn the_code_of_an_expired_or_used_grant_is_a_failed_entry() -> Test {
    let server = small_server();
    let used = server.approved_device();
    let expired = server.t.device("tv").authorize("")?;
    server.t.advance(600 * SECOND);
    for device in [used, expired] {
        assert_eq!(server.t.visitor("bob").review(&device).err(), Some(UNKNOWN));
    }
    for account in 0..8 {
        guess(&server.t.visitor(&account.to_string()), 1);
    }
    let alice = server.t.visitor("alice").type_code("WDJB-MJHT");
    assert!(matches!(alice, Err(StepError::TooManyAttempts { .. })));
    Ok(())
}

/// Fails while it is told to.
#[derive(Clone, Default)]
struct Fragile {
    inner: Arc<MemoryLimiter>,
    is_broken: Arc<AtomicBool>,
}

#[async_trait]
impl Limiter for Fragile {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        if self.is_broken.load(Ordering::SeqCst) {
            return Err(PortError::unavailable("no connection"));
        }
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
fn without_the_limiter_nothing_is_looked_up_and_nothing_issued() -> Test {
    let limiter = Fragile::default();
    let server = Server::with([], |builder| builder.limiter(limiter.clone()));
    let tv = server.t.device("tv").authorize("")?;
    server.store.forget_calls();
    limiter.is_broken.store(true, Ordering::SeqCst);
    let is_fault = |error| {
        matches!(
            error,
            StepError::Fault {
                retryable: true,
                ..
            }
        )
    };
    assert!(is_fault(server.t.visitor("alice").review(&tv).unwrap_err()));
    assert!(is_fault(server.t.device("tv").authorize("").unwrap_err()));
    assert_eq!(server.store.calls(), []);
    limiter.is_broken.store(false, Ordering::SeqCst);
    server.t.visitor("alice").approve(&tv)?;
    Ok(())
}

#[test]
fn polls_and_decisions_do_not_need_the_limiter() -> Test {
    let limiter = Fragile::default();
    let server = Server::with([], |builder| builder.limiter(limiter.clone()));
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    limiter.is_broken.store(true, Ordering::SeqCst);
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Tokens);
    Ok(())
}
