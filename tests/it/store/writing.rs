//! Clauses 1 to 4, 10 and 11: inserting, reading and replacing.

use device_grant::code::GrantId;
use device_grant::grant::{
    Fence, Grant, Holder, HostData, KeyThumbprint, Revision, Stored, Timestamp,
};
use device_grant::host::{GrantStore, Insertion, Replaced};
use device_grant::message::PkceVerifier;

use super::harness::*;

pub(crate) async fn clause_01_a_new_grant_is_found_by_its_id_and_by_its_user_code(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    assert_eq!(store.find(&id(1)).await.unwrap(), Some(stored(1)));
    assert_eq!(by_code(store, 1).await, Some(stored(1)));
}

pub(crate) async fn clause_01_a_taken_id_is_refused_and_nothing_is_written(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let mut second = issuance(1);
    second.user_code = Some(code(2));
    let second = Stored::new(Grant::issue(second), revision(2));
    assert_eq!(store.insert(&second).await.unwrap(), Insertion::Taken);
    assert_eq!(store.find(&id(1)).await.unwrap(), Some(stored(1)));
    assert_eq!(by_code(store, 2).await, None);
    insert(store, &stored(2)).await;
}

pub(crate) async fn clause_01_a_taken_user_code_is_refused_and_nothing_is_written(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    let mut second = issuance(2);
    second.user_code = Some(code(1));
    let second = Stored::new(Grant::issue(second), revision(2));
    assert_eq!(store.insert(&second).await.unwrap(), Insertion::Taken);
    assert_eq!(store.find(&id(2)).await.unwrap(), None);
    assert_eq!(by_code(store, 1).await, Some(stored(1)));
    insert(store, &stored(2)).await;
}

pub(crate) async fn clause_01_inserting_the_same_grant_twice_is_refused(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(store.insert(&stored(1)).await.unwrap(), Insertion::Taken);
}

pub(crate) async fn clause_01_a_user_code_is_taken_in_every_state_and_after_expiry(
    store: &dyn GrantStore,
) {
    for (number, grant) in (0..).step_by(2).zip(in_every_state(&grant(0))) {
        let mut first = issuance(number);
        first.user_code = Some(code(number));
        let first = Stored::new(Grant::issue(first), revision(number));
        insert(store, &first).await;
        // The state is what matters, whichever grant it belongs to.
        let state = of_another_id(&grant, number);
        replace(store, &first, state, 1_000).await;
        let mut second = issuance(number + 1);
        second.user_code = Some(code(number));
        second.issued_at = at(FORGET - 1);
        let second = Stored::new(Grant::issue(second), revision(1));
        let inserted = store.insert(&second).await.unwrap();
        assert_eq!(inserted, Insertion::Taken, "{:?}", grant.state().name());
    }
}

pub(crate) async fn clause_01_grants_without_a_user_code_do_not_get_in_each_others_way(
    store: &dyn GrantStore,
) {
    for number in 1..4 {
        let mut unnamed = issuance(number);
        unnamed.user_code = None;
        insert(store, &Stored::new(Grant::issue(unnamed), revision(number))).await;
        assert!(store.find(&id(number)).await.unwrap().is_some());
    }
}

pub(crate) async fn clause_01_of_racing_insertions_under_one_user_code_one_wins(
    store: &dyn GrantStore,
) {
    for round in 0..50 {
        let number = |racer| round * RACERS + racer;
        let inserted = race(|racer| {
            let mut issuance = issuance(number(racer));
            issuance.user_code = Some(code(round));
            let new = Stored::new(Grant::issue(issuance), revision(racer));
            block_on(store.insert(&new)).unwrap()
        });
        let mut winners = (0..RACERS)
            .zip(inserted)
            .filter(|(_, i)| *i == Insertion::Inserted);
        let (winner, _) = winners.next().expect("one wins");
        assert_eq!(winners.next(), None, "round {round}");
        let found = by_code(store, round).await.expect("the winner's grant");
        assert_eq!(found.grant.id(), id(number(winner)));
        for racer in (0..RACERS).filter(|racer| *racer != winner) {
            assert_eq!(store.find(&id(number(racer))).await.unwrap(), None);
        }
    }
}

pub(crate) async fn clause_01_of_racing_insertions_under_one_id_one_wins(store: &dyn GrantStore) {
    for round in 0..50 {
        let own_code = |racer| 1_000 + round * RACERS + racer;
        let inserted = race(|racer| {
            let mut issuance = issuance(round);
            issuance.user_code = Some(code(own_code(racer)));
            let new = Stored::new(Grant::issue(issuance), revision(racer));
            block_on(store.insert(&new)).unwrap()
        });
        let won = inserted.iter().filter(|i| **i == Insertion::Inserted);
        assert_eq!(won.count(), 1, "round {round}");
        for (racer, inserted) in (0..RACERS).zip(inserted) {
            let is_found = by_code(store, own_code(racer)).await.is_some();
            assert_eq!(is_found, inserted == Insertion::Inserted);
        }
    }
}

pub(crate) async fn clause_02_what_was_never_written_is_not_found(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(store.find(&id(2)).await.unwrap(), None);
    assert_eq!(store.find_by_user_code(&[code(2)]).await.unwrap(), []);
    assert_eq!(store.find_by_user_code(&[]).await.unwrap(), []);
}

pub(crate) async fn clause_02_both_ways_of_reading_see_the_latest_write(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for (number, next) in (100..).zip(in_every_state(&grant(1))) {
        current = replace(store, &current, next, number).await;
        assert_eq!(store.find(&id(1)).await.unwrap().as_ref(), Some(&current));
        assert_eq!(by_code(store, 1).await.as_ref(), Some(&current));
    }
}

pub(crate) async fn clause_02_every_user_code_asked_for_is_looked_up(store: &dyn GrantStore) {
    for number in 1..4 {
        insert(store, &stored(number)).await;
    }
    let asked = [code(1), code(9), code(3)];
    let mut found = store.find_by_user_code(&asked).await.unwrap();
    found.sort_by_key(|stored| stored.revision.as_u64());
    assert_eq!(found, [stored(1), stored(3)]);
}

pub(crate) async fn clause_02_a_grant_is_found_once_however_often_its_code_is_asked_for(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    let asked = [code(1), code(1), code(1)];
    let found = store.find_by_user_code(&asked).await.unwrap();
    assert_eq!(found, [stored(1)]);
}

pub(crate) async fn clause_03_replace_writes_over_the_expected_revision(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let next = replace(store, &stored(1), approved(&grant(1)), 2).await;
    assert_eq!(store.find(&id(1)).await.unwrap(), Some(next));
}

pub(crate) async fn clause_03_replace_over_another_revision_writes_nothing(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let next = Stored::new(approved(&grant(1)), revision(2));
    for other in [0, 2, u64::MAX] {
        let replaced = store.replace(revision(other), &next).await.unwrap();
        assert_eq!(replaced, Replaced::Lost, "over {other}");
    }
    assert_eq!(store.find(&id(1)).await.unwrap(), Some(stored(1)));
}

pub(crate) async fn clause_03_a_write_that_is_repeated_loses(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let next = replace(store, &stored(1), approved(&grant(1)), 2).await;
    let again = store.replace(revision(1), &next).await.unwrap();
    assert_eq!(again, Replaced::Lost);
}

pub(crate) async fn clause_03_any_64_bits_are_a_revision(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for bits in [
        u64::MAX,
        0,
        1 << 63,
        (1 << 53) + 1,
        i64::MAX.cast_unsigned(),
    ] {
        current = replace(store, &current, reviewed(&grant(1)), bits).await;
        let found = store.find(&id(1)).await.unwrap().unwrap();
        assert_eq!(found.revision, Revision::from_u64(bits));
    }
}

pub(crate) async fn clause_03_of_racing_writers_one_wins(store: &dyn GrantStore) {
    for round in 0..50 {
        insert(store, &stored(round)).await;
        let own = |racer| {
            let fence = Fence::from_bytes([u8::try_from(racer).unwrap(); 16]);
            let leased = approved(&grant(round)).lease(fence, at(30), std::time::Duration::MAX);
            Stored::new(leased.unwrap(), revision(1_000 + racer))
        };
        let replaced = race(|racer| block_on(store.replace(revision(round), &own(racer))).unwrap());
        let mut winners = (0..RACERS)
            .zip(replaced)
            .filter(|(_, r)| *r == Replaced::Won);
        let (winner, _) = winners.next().expect("one wins");
        assert_eq!(winners.next(), None, "round {round}");
        assert_eq!(store.find(&id(round)).await.unwrap(), Some(own(winner)));
    }
}

pub(crate) async fn clause_04_replace_does_not_insert(store: &dyn GrantStore) {
    let replaced = store.replace(revision(1), &stored(1)).await.unwrap();
    assert_eq!(replaced, Replaced::Lost);
    assert_eq!(store.find(&id(1)).await.unwrap(), None);
    assert_eq!(by_code(store, 1).await, None);
}

pub(crate) async fn clause_04_a_forgotten_grant_stays_forgotten(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(store.purge(at(FORGET), 10).await.unwrap(), 1);
    let late = Stored::new(approved(&grant(1)), revision(2));
    let replaced = store.replace(revision(1), &late).await.unwrap();
    assert_eq!(replaced, Replaced::Lost);
    assert_eq!(store.find(&id(1)).await.unwrap(), None);
    assert_eq!(by_code(store, 1).await, None);
}

pub(crate) async fn clause_04_no_writer_that_races_a_purge_brings_a_grant_back(
    store: &dyn GrantStore,
) {
    for round in 0..50 {
        insert(store, &stored(round)).await;
        race(|racer| {
            if racer == 0 {
                block_on(store.purge(at(FORGET), 10)).unwrap();
            } else {
                let next = Stored::new(reviewed(&grant(round)), revision(1_000 + racer));
                let _ = block_on(store.replace(revision(round), &next)).unwrap();
            }
        });
        assert_eq!(store.find(&id(round)).await.unwrap(), None);
        assert_eq!(by_code(store, round).await, None);
    }
}

pub(crate) async fn clause_11_every_state_comes_back_as_it_was(store: &dyn GrantStore) {
    let verifier = PkceVerifier::parse(&"v".repeat(43)).unwrap();
    let mut issuance = issuance(1);
    issuance.holder = Holder::new("tv \"'\\ ü\u{1f4fa}\u{7f}")
        .key(KeyThumbprint::from_bytes([0xff; 32]))
        .pkce(verifier.challenge());
    issuance.requested.resources = vec!["https://api.example/a?b=c".to_owned()];
    issuance.requested.authorization_details =
        vec![serde_json::json!({"type": "payment", "amount": "0.10", "to": [1, 2.5, null]})];
    issuance.expected_subject = Some("alice".into());
    issuance.origin = origin();
    issuance.data = HostData::new([("tenant", "'; --")]).unwrap();
    let new = Stored::new(Grant::issue(issuance), revision(1));
    insert(store, &new).await;
    let mut current = new.clone();
    for (number, state) in (2..).zip(in_every_state(&new.grant)) {
        current = replace(store, &current, state, number).await;
        let found = store.find(&id(1)).await.unwrap();
        assert_eq!(found.as_ref(), Some(&current));
    }
}

pub(crate) async fn clause_11_times_come_back_to_the_microsecond(store: &dyn GrantStore) {
    let times = [
        0,
        -1,
        1,
        1_700_000_000_123_457,
        253_402_000_000_000_001, // In the year 9999.
        -62_135_000_000_000_001, // In the year 1.
    ];
    for (number, micros) in (1..).zip(times) {
        let mut issuance = issuance(number);
        issuance.issued_at = Timestamp::from_micros(micros);
        let new = Stored::new(Grant::issue(issuance), revision(number));
        insert(store, &new).await;
        // Looked at before anything else is inserted: most of these times are long past beside the others.
        assert_eq!(store.find(&id(number)).await.unwrap(), Some(new));
    }
}

pub(crate) async fn clause_11_ids_and_codes_are_any_bytes(store: &dyn GrantStore) {
    for (number, byte) in (1..).zip([0x00, 0x27, 0x5c, 0x80, 0xff]) {
        let mut issuance = issuance(number);
        issuance.id = GrantId::from_bytes([byte; 16]);
        issuance.user_code = Some(device_grant::code::UserCodeDigest::from_bytes([byte; 32]));
        let new = Stored::new(Grant::issue(issuance.clone()), revision(number));
        insert(store, &new).await;
        let by_id = store.find(&issuance.id).await.unwrap();
        let by_code = store
            .find_by_user_code(&issuance.user_code.into_iter().collect::<Vec<_>>())
            .await
            .unwrap();
        assert_eq!(by_id.as_ref(), Some(&new), "{byte:#x}");
        assert_eq!(by_code, [new], "{byte:#x}");
    }
}

pub(crate) async fn cancellation_leaves_a_store_that_works(store: &dyn GrantStore) {
    let new = stored(1);
    drop(store.insert(&new));
    let _ = store.insert(&new).await.unwrap();
    let next = Stored::new(approved(&grant(1)), revision(2));
    drop(store.replace(revision(1), &next));
    let _ = store.replace(revision(1), &next).await.unwrap();
    assert_eq!(store.find(&id(1)).await.unwrap(), Some(next));
}

/// The state of `grant`, for the grant of this number.
fn of_another_id(grant: &Grant, number: u64) -> Grant {
    let mut json = serde_json::to_value(grant).unwrap();
    let other = serde_json::to_value(super::harness::grant(number)).unwrap();
    json["facts"] = other["facts"].clone();
    serde_json::from_value(json).unwrap()
}
