use super::*;
use crate::message::{PkceChallenge, PkceVerifier};

const KEY: KeyThumbprint = KeyThumbprint::from_bytes([7; 32]);

fn challenge(byte: char) -> PkceChallenge {
    PkceVerifier::parse(&byte.to_string().repeat(43))
        .unwrap()
        .challenge()
}

#[test]
fn expiry_is_at_its_microsecond() {
    let grant = Scenario::at(Stage::Unreviewed);
    let facts = grant.facts();
    assert_eq!(facts.expires_at, at(LIFETIME));
    assert!(!facts.is_expired(at_micros(LIFETIME * SECOND - 1)));
    assert!(facts.is_expired(at(LIFETIME)));
    assert!(!facts.is_expired(at(-1)), "a clock set back is no expiry");
}

#[test]
fn a_grant_is_remembered_for_its_retention_after_its_expiry() {
    let grant = Scenario::at(Stage::Unreviewed);
    assert_eq!(grant.facts().forget_at, at(LIFETIME + 3_600));
}

#[test]
fn lifetimes_at_the_end_of_time_do_not_overflow() {
    let grant = Scenario::new()
        .with(|issuance| {
            issuance.issued_at = Timestamp::MAX;
            issuance.lifetime = Duration::MAX;
            issuance.retention = Duration::MAX;
        })
        .taken_to(Stage::Unreviewed);
    assert_eq!(grant.facts().forget_at, Timestamp::MAX);
}

#[test]
fn only_undecided_grants_are_paced() {
    let holder = Holder::new("tv");
    for stage in Stage::ALL {
        let grant = Scenario::at(stage);
        let is_pending = matches!(stage, Stage::Unreviewed | Stage::Reviewed);
        assert_eq!(
            grant.is_paced(&holder, at_micros(LIFETIME * SECOND - 1)),
            is_pending,
            "{stage:?}"
        );
        assert!(!grant.is_paced(&holder, at(LIFETIME)), "{stage:?}, expired");
    }
}

#[test]
fn only_answers_that_can_be_pending_are_paced() {
    for stage in Stage::ALL {
        let grant = Scenario::at(stage);
        for seconds in [-1, 0, 300, 595, LIFETIME, LIFETIME + 30] {
            let now = at(seconds);
            let is_pending = grant.answer(now) == Answer::Pending;
            let is_paced = grant.is_paced(&Holder::new("tv"), now);
            assert_eq!(is_paced, is_pending, "{stage:?} at {seconds} s");
        }
    }
}

#[test]
fn a_stranger_paces_nothing() {
    let bound = Holder::new("tv").key(KEY).pkce(challenge('a'));
    let grant = Scenario::new()
        .held_by(bound.clone())
        .taken_to(Stage::Unreviewed);
    assert!(grant.is_paced(&bound, at(1)));
    for stranger in [
        Holder::new("tv"),
        Holder::new("tv").key(KEY),
        Holder::new("tv").pkce(challenge('a')),
        Holder::new("TV").key(KEY).pkce(challenge('a')),
        Holder::new("tv").key(KEY).pkce(challenge('b')),
        Holder::new("tv")
            .key(KeyThumbprint::from_bytes([8; 32]))
            .pkce(challenge('a')),
    ] {
        assert!(!grant.is_paced(&stranger, at(1)), "{stranger:?}");
    }
}

#[test]
fn a_binding_that_the_grant_does_not_have_is_no_obstacle() {
    let presented = Holder::new("tv").key(KEY).pkce(challenge('a'));
    assert!(Holder::new("tv").is_satisfied_by(&presented));
    assert!(Holder::new("tv").key(KEY).is_satisfied_by(&presented));
    assert!(
        Holder::new("tv")
            .pkce(challenge('a'))
            .is_satisfied_by(&presented)
    );
}

#[test]
fn every_stage_comes_back_from_json_as_it_was() {
    for stage in Stage::ALL {
        let grant = Scenario::new()
            .held_by(
                Holder::new("tv \u{0}\"ü\u{1f4fa}")
                    .key(KEY)
                    .pkce(challenge('a')),
            )
            .with(|issuance| {
                issuance.origin = Origin::new()
                    .ip([203, 0, 113, 7].into())
                    .user_agent("TV/1.0 (\"x\")")
                    .device_label("Wohnzimmer \u{1f4fa}");
                issuance.data = HostData::new([("tenant", "blue")]).unwrap();
                issuance.requested.resources = vec!["https://api.example/a".into()];
                issuance.requested.authorization_details =
                    vec![serde_json::json!({"type": "payment", "amount": 0.1})];
            })
            .taken_to(stage);
        let json = serde_json::to_string(&grant).unwrap();
        let back: Grant = serde_json::from_str(&json).unwrap();
        assert_eq!(back, grant, "{stage:?}");
    }
}

#[test]
fn a_review_with_all_its_facts_comes_back_from_json_as_it_was() {
    let mut granted = approval(alice(), Scenario::NONCE, "openid", at(20));
    granted.acr = Some("silver".into());
    granted.amr = vec!["pwd".into(), "otp".into()];
    granted.auth_time = Some(Timestamp::MIN);
    granted.data = HostData::new([("risk", 3)]).unwrap();
    let grant = Scenario::at(Stage::Reviewed)
        .approve(granted, at(20), REVIEW)
        .unwrap();
    let json = serde_json::to_vec(&grant).unwrap();
    assert_eq!(serde_json::from_slice::<Grant>(&json).unwrap(), grant);
}

#[test]
fn host_data_is_bounded_and_not_shown() {
    let fits = "x".repeat(HostData::MAX_BYTES - r#"{"a":""}"#.len());
    let data = HostData::new([("a", fits.as_str())]).unwrap();
    assert_eq!(format!("{data:?}"), "HostData(1 members)");
    let error = HostData::new([("a", fits + "x")]).unwrap_err();
    let bytes = HostData::MAX_BYTES + 1;
    assert_eq!(error, InvalidHostData::TooLarge { bytes });
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
    assert_eq!(wide.intersection(&narrow), narrow);
    assert_eq!(narrow.intersection(&wide), narrow);
    assert!(Access::default().is_within(&narrow));
}
