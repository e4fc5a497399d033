use device_grant::DeviceGrants;
use device_grant::code::{CodeKeys, UserCodeFormat};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    FaultyStore, ManualClock, Poll, RecordedEvents, Scenario, ScriptedIssuer, SeededEntropy,
    StepError, StoreCall,
};

use super::Test;

const UNKNOWN: StepError = StepError::UnknownUserCode;

const OLD_KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";
const NEW_KEY: &str = "YWxzbyBub3QgYSBzZWNyZXQ6IGZvciBkb2NzIG9ubHkhIQ==";

/// A server on this store, with these keys and codes from this seed.
fn on(store: &FaultyStore<MemoryStore>, issuer: &str, keys: CodeKeys, seed: u64) -> Scenario {
    let (clock, events) = (ManualClock::new(), RecordedEvents::new());
    let grants = DeviceGrants::builder(issuer, Scenario::VERIFICATION_URI, ScriptedIssuer::new([]))
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
    let keys = CodeKeys::from_base64(NEW_KEY)?.with_previous_base64(OLD_KEY)?;
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
    let keys = CodeKeys::from_base64(NEW_KEY)?.with_previous_base64(OLD_KEY)?;
    let after = on(&store, Scenario::ISSUER, keys, 2);
    let tv = before.device("tv").authorize("")?;
    // The same draw under another key, and under another device code.
    let twin = twin_of(&after, tv.user_code(), &store);
    assert_eq!(after.visitor("alice").type_code(&twin).err(), Some(UNKNOWN));
    assert_eq!(after.events().names().last(), Some(&"ambiguous_user_code"));
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

/// Puts a second live grant with this user code into the store, under the current key of `server`.
fn twin_of(server: &Scenario, user_code: &str, store: &FaultyStore<MemoryStore>) -> String {
    use device_grant::grant::{Revision, Stored};
    use device_grant::host::{GrantStore, Insertion};
    use device_grant::testing::{Ran, a_grant, block_on};

    let keys = CodeKeys::from_base64(NEW_KEY).unwrap();
    let code = UserCodeFormat::default().parse(user_code).unwrap();
    let digest = keys.digest(server.grants().issuer(), &code);
    let twin = a_grant().with(|issuance| issuance.user_code = Some(digest));
    let twin = Stored::new(twin.pending(), Revision::from_u64(1));
    let Ran::Done(Ok(Insertion::Inserted)) = block_on(store.insert(&twin)) else {
        panic!("the twin is not stored");
    };
    user_code.to_owned()
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
    let polled = device_grant::testing::block_on(two.grants().poll(tv.client(), tv.poll_request()));
    let device_grant::testing::Ran::Done(Ok(outcome)) = polled else {
        panic!("{polled:?}");
    };
    assert_eq!(Poll::from(&outcome), Poll::InvalidGrant);
    one.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_store_that_answers_with_another_grant_is_not_believed() -> Test {
    use super::lying_store::LyingStore;
    let t = Scenario::with(ScriptedIssuer::new([]), |builder| {
        builder.store(LyingStore::new())
    })?;
    let tv = t.device("tv").authorize("")?;
    let radio = t.device("radio").authorize("")?;
    let alice = t.visitor("alice");
    for device in [&tv, &radio] {
        if let Ok(review) = alice.review(device) {
            assert_eq!(review.grant_id(), device.grant_id());
        }
    }
    assert_eq!(alice.type_code("WDJB-MJHT").err(), Some(UNKNOWN));
    Ok(())
}
