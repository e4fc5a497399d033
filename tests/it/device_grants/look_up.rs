use device_grant::DeviceGrants;
use device_grant::code::{CodeKeys, UserCodeFormat};
use device_grant::host::{Client, GrantStore, Terms};
use device_grant::store::MemoryStore;
use device_grant::testing::conformance::store::fixtures::{Shape, new_row};
use device_grant::testing::{
    FaultyStore, ManualClock, Poll, Ran, RecordedEvents, Scenario, ScriptedIssuer, SeededEntropy,
    StepError, StoreCall, WaitingDevice, block_on,
};

use super::lying_store::{ChangedRows, LIES, LyingStore};
use super::{INTERVAL, Server, Test};

const UNKNOWN: StepError = StepError::UnknownUserCode;

const OLD_KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";
const NEW_KEY: &str = "YWxzbyBub3QgYSBzZWNyZXQ6IGZvciBkb2NzIG9ubHkhIQ==";

/// A server on this store, with these keys and codes from this seed.
fn on(store: &FaultyStore<MemoryStore>, issuer: &str, keys: CodeKeys, seed: u64) -> Scenario {
    let (clock, events) = (ManualClock::new(), RecordedEvents::new());
    let grants = DeviceGrants::builder(issuer, ScriptedIssuer::new([]))
        .verification_uri(Scenario::VERIFICATION_URI)
        .in_memory()
        .store(store.clone())
        .keys(keys)
        .clock(clock.clone())
        .observer(events.clone())
        .entropy(SeededEntropy::new(seed))
        .build();
    Scenario::around(grants.unwrap(), clock, events)
}

#[test]
fn codes_issued_before_a_key_rotation_are_found_in_one_call() -> Test {
    let store = FaultyStore::new(MemoryStore::new());
    let before = on(&store, Scenario::ISSUER, CodeKeys::from_base64(OLD_KEY)?, 1);
    let tv = before.device("tv").authorize("")?;
    let keys = CodeKeys::parse(&format!("{OLD_KEY} {NEW_KEY}"))?;
    let after = on(&store, Scenario::ISSUER, keys, 2);
    store.forget_calls();
    after.visitor("alice").approve(&tv)?;
    assert_eq!(store.calls()[0], StoreCall::FindByUserCode);
    assert_eq!(store.calls()[1], StoreCall::Replace);
    assert_eq!(tv.poll()?, Poll::Tokens);

    let without = on(&store, Scenario::ISSUER, CodeKeys::from_base64(NEW_KEY)?, 3);
    let radio = before.device("radio").authorize("")?;
    assert_eq!(without.visitor("alice").review(&radio).err(), Some(UNKNOWN));
    Ok(())
}

#[test]
fn a_code_that_fits_two_live_grants_is_unknown() -> Test {
    let store = FaultyStore::new(MemoryStore::new());
    let before = on(&store, Scenario::ISSUER, CodeKeys::from_base64(OLD_KEY)?, 1);
    let keys = CodeKeys::parse(&format!("{OLD_KEY} {NEW_KEY}"))?;
    let after = on(&store, Scenario::ISSUER, keys, 2);
    let tv = before.device("tv").authorize("")?;
    twin_of(&tv, &store, &Shape::reviewed());
    assert_eq!(after.visitor("alice").review(&tv).err(), Some(UNKNOWN));
    assert_eq!(after.events().names().last(), Some(&"ambiguous_user_code"));
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn a_grant_that_is_over_does_not_stand_in_the_way_of_a_live_one() -> Test {
    for end in [Shape::approved(), Shape::denied()] {
        let store = FaultyStore::new(MemoryStore::new());
        let before = on(&store, Scenario::ISSUER, CodeKeys::from_base64(OLD_KEY)?, 1);
        let keys = CodeKeys::parse(&format!("{OLD_KEY} {NEW_KEY}"))?;
        let after = on(&store, Scenario::ISSUER, keys, 2);
        let tv = before.device("tv").authorize("")?;
        twin_of(&tv, &store, &end);
        let review = after.visitor("alice").review(&tv)?;
        assert_eq!(review.grant.id, tv.grant_id());
    }
    Ok(())
}

/// Puts a second grant with the user code of `device` into the store, under the new key.
fn twin_of(device: &WaitingDevice, store: &FaultyStore<MemoryStore>, shape: &Shape) {
    let keys = CodeKeys::from_base64(NEW_KEY).unwrap();
    let mut twin = new_row(1);
    twin.issuer = Scenario::ISSUER.into();
    twin.user_code = Some(device.user_code_digest(&keys));
    let inserted = block_on(store.inner().insert(&twin));
    let Ran::Done(Ok(Some(at))) = inserted else {
        panic!("{inserted:?}");
    };
    let replaced = block_on(store.inner().replace(&shape.over(&twin.at(at), 2)));
    assert!(matches!(replaced, Ran::Done(Ok(true))));
}

/// Looked up twice, the grant could come back as two, which count as none.
#[test]
fn a_code_that_two_formats_read_alike_finds_its_one_grant() -> Test {
    let store = ChangedRows::of(MemoryStore::new());
    let without_words = UserCodeFormat::base20().with_blocked_words(["BCD"])?;
    let t = Scenario::with(ScriptedIssuer::new([]), |builder| {
        builder.store(store).also_user_code_format(without_words)
    })?;
    let tv = t.device("tv").authorize("")?;
    assert_eq!(t.visitor("alice").review(&tv)?.grant.id, tv.grant_id());
    Ok(())
}

#[test]
fn a_code_that_two_formats_read_differently_is_looked_up_as_each_of_them() -> Test {
    let letters = UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8)?;
    let server = Server::with([], |builder| {
        let builder = builder.user_code_format(UserCodeFormat::crockford());
        builder.also_user_code_format(letters.clone())
    });
    let terms = Terms::new("openid".parse()?).user_code_format(letters);
    let client = Client::new("tv").device_grant(terms);
    // Crockford's base 32 reads these letters as digits, and has no `U`.
    let is_read_by_both = |code: &str| code.contains(['I', 'L', 'O']) && !code.contains('U');
    let tv = loop {
        let tv = server.t.device("tv").client(client.clone()).authorize("")?;
        if is_read_by_both(tv.user_code()) {
            break tv;
        }
    };
    let found = server.t.visitor("alice").review(&tv)?;
    assert_eq!(found.grant.id, tv.grant_id());
    Ok(())
}

#[test]
fn two_issuers_on_one_store_do_not_know_each_others_codes() -> Test {
    let store = FaultyStore::new(MemoryStore::new());
    let keys = CodeKeys::from_base64(OLD_KEY)?;
    let one = on(&store, "https://one.example", keys.clone(), 1);
    let two = on(&store, "https://two.example", keys, 2);
    let tv = one.device("tv").authorize("")?;
    assert_eq!(two.visitor("alice").review(&tv).err(), Some(UNKNOWN));
    let foreign = two.device("tv").authorize("")?;
    assert_ne!(tv.grant_id(), foreign.grant_id());
    let polled = block_on(two.grants().poll(tv.client(), tv.poll_request()));
    let Ran::Done(Ok(outcome)) = polled else {
        panic!("{polled:?}");
    };
    assert_eq!(Poll::from(&outcome), Poll::InvalidGrant);
    one.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_store_that_answers_with_another_grant_is_not_believed() -> Test {
    let clock = ManualClock::new();
    let store = LyingStore::new(clock.clone());
    let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
        builder.store(store)
    })?;
    let tv = t.device("tv").authorize("")?;
    let alice = t.visitor("alice");
    assert_eq!(alice.type_code("WDJB-MJHT").err(), Some(UNKNOWN));
    let radio = t.device("radio").authorize("")?;
    for device in [&tv, &radio] {
        assert_eq!(alice.review(device)?.grant.id, device.grant_id());
    }
    Ok(())
}

#[test]
fn a_store_that_answers_a_poll_with_a_row_of_another_is_not_believed() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    for lie in LIES {
        let store = ChangedRows::of(server.store.clone());
        store.lie(lie);
        let other = server.again_on(store);
        let polled = block_on(other.grants().poll(tv.client(), tv.poll_request()));
        let Ran::Done(Ok(outcome)) = polled else {
            panic!("{polled:?}");
        };
        assert_eq!(Poll::from(&outcome), Poll::InvalidGrant);
        server.t.advance(INTERVAL);
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}
