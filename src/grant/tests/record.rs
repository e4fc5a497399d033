use super::*;
use crate::code::GrantId;
use crate::message::{PkceChallenge, PkceVerifier};
use serde_json::{Value, json};

const KEY: KeyThumbprint = KeyThumbprint::from_bytes([7; 32]);

fn challenge(byte: char) -> PkceChallenge {
    PkceVerifier::parse(&byte.to_string().repeat(43))
        .unwrap()
        .challenge()
}

#[test]
fn expiry_is_at_its_microsecond() {
    let grant = Scenario::at(Stage::Unreviewed);
    assert_eq!(grant.facts().expires_at, at(LIFETIME));
    assert!(!grant.is_expired(at_micros(LIFETIME * SECOND - 1)));
    assert!(grant.is_expired(at(LIFETIME)));
    assert!(!grant.is_expired(at(-1)), "a clock set back is no expiry");
}

#[test]
fn lifetimes_at_the_end_of_time_do_not_overflow() {
    let id = GrantId::from_bytes([1; 16]);
    let facts = Facts::new(id, "tv", Timestamp::MAX, Duration::MAX);
    assert_eq!(facts.expires_at, Timestamp::MAX);
}

#[test]
fn what_a_device_was_told_stays_told_whatever_the_clock_says() {
    for stage in Stage::ALL {
        let told = Scenario::at(stage).told_expired();
        for seconds in [-1, 0, 300, 595, LIFETIME, LIFETIME + 30] {
            let answer = told.answer(at(seconds));
            let is_for_good = matches!(answer, Answer::Redeemed(_) | Answer::Revoked { .. });
            assert!(is_for_good || answer == Answer::Expired, "{stage:?}");
        }
        assert!(told.lease(fence(9), at(21), Scenario::LEASE, &[]).is_err());
        assert!(told.commit(Scenario::ATTEMPT, at(591)).is_err());
        let claimed = told.claim(&alice(), Arrival::Typed, nonce(3), at(15), REVIEW);
        assert!(claimed.is_err(), "{stage:?}");
        let denied = told.deny(&alice(), Scenario::NONCE, Denial::NotMe, at(15), REVIEW);
        assert!(denied.is_err(), "{stage:?}");
    }
}

fn binding(key: Option<KeyThumbprint>, pkce: Option<char>) -> Binding {
    Binding {
        key_thumbprint: key,
        pkce_challenge: pkce.map(challenge),
    }
}

#[test]
fn who_lacks_a_part_of_a_binding_does_not_satisfy_it() {
    let bound = binding(Some(KEY), Some('a'));
    assert!(bound.is_satisfied_by(&bound));
    let other_key = Some(KeyThumbprint::from_bytes([8; 32]));
    for stranger in [
        binding(None, None),
        binding(Some(KEY), None),
        binding(None, Some('a')),
        binding(Some(KEY), Some('b')),
        binding(other_key, Some('a')),
    ] {
        assert!(!bound.is_satisfied_by(&stranger), "{stranger:?}");
    }
}

#[test]
fn a_binding_that_the_grant_does_not_have_is_no_obstacle() {
    let presented = binding(Some(KEY), Some('a'));
    assert!(binding(None, None).is_satisfied_by(&presented));
    assert!(binding(Some(KEY), None).is_satisfied_by(&presented));
    assert!(binding(None, Some('a')).is_satisfied_by(&presented));
}

#[test]
fn host_data_is_bounded_and_not_shown() {
    let fits = "x".repeat(HostData::MAX_BYTES - r#"{"a":""}"#.len());
    let data = HostData::new([("a", fits.as_str())]).unwrap();
    assert_eq!(format!("{data:?}"), "HostData(1 members)");
    assert_eq!(HostData::MAX_BYTES, 8_192);
    let error = HostData::new([("a", fits + "x")]).unwrap_err();
    let bytes = HostData::MAX_BYTES + 1;
    assert!(error.to_string().contains(&bytes.to_string()), "{error}");
}

#[test]
fn host_data_is_nested_as_deep_as_it_may_be_and_no_deeper() {
    let nested = |depth: usize| {
        (1..depth).fold(json!(0), |inner, level| match level % 2 {
            0 => json!([inner]),
            _ => json!({ "a": inner }),
        })
    };
    let data = HostData::new([("a", nested(HostData::MAX_DEPTH))]).unwrap();
    assert!(data.get("a").is_some() && data.get("b").is_none());
    let error = HostData::new([("a", nested(HostData::MAX_DEPTH + 1))]).unwrap_err();
    assert!(error.to_string().contains("64"), "{error}");
}

#[test]
fn details_come_from_granted_ones_in_every_part_that_is_common() {
    let granted =
        json!({ "type": "pay", "identifier": "1", "actions": ["read", "write"], "limit": 5 });
    let mut access = access("openid");
    access.authorization_details = vec![granted.clone()];
    let covered = |details: Value| access.covers_details(&details);
    assert!(covered(json!([])));
    assert!(covered(json!([granted])));
    assert!(covered(
        json!([{ "type": "pay", "identifier": "1", "actions": ["read"], "limit": 3 }])
    ));
    for other in [
        json!({ "type": "pay", "identifier": "2", "actions": ["read"] }),
        json!({ "type": "read", "identifier": "1", "actions": ["read"] }),
        json!({ "type": "pay", "identifier": "1", "actions": ["read", "delete"] }),
        json!({ "type": "pay", "identifier": "1" }),
        json!({ "type": "pay", "identifier": "1", "actions": [], "locations": ["a"] }),
    ] {
        assert!(!covered(json!([granted, other])), "{other}");
    }
    assert!(!covered(json!({})));
}

#[test]
fn access_within_itself_and_no_wider() {
    let mut wide = access("openid profile");
    wide.resources = vec!["a".into(), "b".into()];
    let mut narrow = access("profile");
    narrow.resources = vec!["b".into()];
    assert!(wide.is_within(&wide));
    assert!(narrow.is_within(&wide));
    assert!(!wide.is_within(&narrow));
    assert!(Access::default().is_within(&narrow));
}
