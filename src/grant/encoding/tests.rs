use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{BodyError, Columns};
use crate::code::{ConfirmationDigest, GrantId, UserCodeDigest};
use crate::grant::*;
use crate::message::{
    ErrorCode, ErrorResponse, ExtraParameter, ExtraParameters, Parameters, PkceChallenge, Scope,
    SignInParameters,
};

/// The bodies that version 1 wrote for [`grants`]. They never change.
const V1: &str = include_str!("v1.jsonl");

/// The grant as it is read back.
fn read(body: &[u8], grant: &Grant) -> Result<Grant, BodyError> {
    Grant::from_body(body, Columns::of(grant.facts()))
}

fn reads_back(grant: &Grant) -> bool {
    read(&grant.to_body(), grant).as_ref() == Ok(grant)
}

#[test]
fn every_state_reads_back_as_it_was() {
    for grant in grants() {
        assert!(reads_back(&grant), "{grant:?}");
        assert!(reads_back(&grant.told_expired()), "{grant:?}");
    }
}

#[test]
fn the_first_bytes_tell_whether_a_grant_is_bound_to_more_than_its_client() {
    for grant in grants() {
        let is_unbound = grant.facts().binding.is_none();
        assert_eq!(Grant::is_unbound(&grant.to_body()), is_unbound);
    }
    for unread in ["", "{}", r#"{"v":2,"r":{}}"#, r#" {"v":1,"r":{}}"#] {
        assert!(!Grant::is_unbound(unread.as_bytes()), "{unread}");
    }
}

#[test]
fn a_grant_that_is_bound_to_one_thing_alone_reads_back_bound() {
    let both = facts().binding;
    for binding in [
        Binding {
            pkce_challenge: None,
            ..both
        },
        Binding {
            key_thumbprint: None,
            ..both
        },
    ] {
        let mut facts = facts();
        facts.binding = binding;
        let grant = Grant::issue(facts);
        assert!(reads_back(&grant), "{binding:?}");
        assert!(!Grant::is_unbound(&grant.to_body()), "{binding:?}");
    }
}

#[test]
fn each_sign_in_parameter_alone_reads_back() {
    for parameter in [
        ("acr_values", "urn:mfa pwd"),
        ("max_age", "300"),
        ("login_hint", "alice@example.com"),
        ("ui_locales", "de-AT en"),
        ("nonce", "n-0S6_WzA2Mj"),
    ] {
        let mut facts = facts();
        let asked = Parameters::from_pairs([parameter]).unwrap();
        facts.sign_in = SignInParameters::try_from(&asked).unwrap();
        assert_ne!(facts.sign_in, SignInParameters::default());
        assert!(reads_back(&Grant::issue(facts)), "{parameter:?}");
    }
}

#[test]
fn what_version_1_writes_never_changes() {
    let grants = grants();
    assert_eq!(V1.lines().count(), grants.len());
    for (grant, line) in grants.iter().zip(V1.lines()) {
        assert_eq!(String::from_utf8(grant.to_body()).unwrap(), line);
    }
}

#[test]
fn what_version_1_wrote_is_read() {
    for (grant, line) in grants().into_iter().zip(V1.lines()) {
        assert_eq!(read(line.as_bytes(), &grant), Ok(grant));
    }
}

#[test]
fn a_body_of_an_unknown_version_is_refused_by_its_version() {
    for version in [0, 2, 99] {
        let body = format!(r#"{{"v":{version},"something":{{"new":[1,2,3]}}}}"#);
        let error = read(body.as_bytes(), &issued()).unwrap_err();
        assert_eq!(error, BodyError::Unknown(version));
    }
}

#[test]
fn a_body_with_a_member_that_its_version_does_not_have_is_refused() {
    let mut body: Value = serde_json::from_slice(&issued().to_body()).unwrap();
    body["f"]["z"] = json!(1);
    let error = read(body.to_string().as_bytes(), &issued()).unwrap_err();
    assert!(matches!(error, BodyError::Damaged(_)), "{error}");
}

#[test]
fn a_damaged_record_is_an_error_that_says_nothing_of_what_is_in_it() {
    let whole = grants().pop().unwrap().to_body();
    for length in 0..whole.len() {
        let error = read(&whole[..length], &issued()).unwrap_err();
        assert!(matches!(error, BodyError::Damaged(_)), "{error}");
    }
    let wrong = String::from_utf8(issued().to_body()).unwrap();
    let wrong = wrong.replace(r#""f":{"#, r#""n":"secret","f":{"#);
    let error = read(wrong.as_bytes(), &issued()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn a_digest_of_another_length_is_damage() {
    let grant = grants().swap_remove(2);
    let body = String::from_utf8(grant.to_body()).unwrap();
    let (thumbprint, session) = (
        "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg",
        "admxq9SU_qxjHpdxWqRLKQ",
    );
    for digest in [thumbprint, session] {
        let (_, short) = digest.split_at(4);
        for other in [short, &format!("AAAA{digest}")] {
            let damaged = body.replace(digest, other);
            assert_ne!(damaged, body);
            let error = read(damaged.as_bytes(), &grant).unwrap_err();
            assert!(matches!(error, BodyError::Damaged(_)), "{error}");
        }
    }
}

#[test]
fn authorization_details_as_deep_as_they_are_let_in_read_back() {
    let deepest = format!(
        r#"[{{"type":"x","a":{}1{}}}]"#,
        "[".repeat(125),
        "]".repeat(125)
    );
    let mut facts = facts();
    facts.requested.authorization_details = serde_json::from_str(&deepest).unwrap();
    let grant = Grant::issue(facts);
    assert!(reads_back(&grant));
}

#[test]
fn floats_read_back_to_the_last_bit() {
    for bits in 0..2_000_u64 {
        let float = f64::from_bits(0x3fb9_9999_9999_9999_u64.wrapping_mul(bits | 1) >> 2);
        let mut facts = facts();
        facts.requested.authorization_details = vec![json!({"type": "x", "a": float})];
        let grant = Grant::issue(facts);
        assert!(reads_back(&grant), "{float:e}");
    }
}

#[test]
fn unusual_text_and_the_ends_of_time_read_back() {
    let text = "\u{0}\u{1f4fa} \"\\\u{7f}\u{2028}".repeat(1_000);
    let mut facts = Facts::new(id(), text.as_str(), Timestamp::MIN, Duration::MAX);
    facts.issuer = text.as_str().into();
    facts.expected_subject = Some(text.as_str().into());
    facts.data = HostData::new([("\u{0}", "\u{1f4fa}")]).unwrap();
    facts.requested.resources = vec![text];
    facts.interval = u32::MAX;
    let grant = Grant::issue(facts);
    assert!(reads_back(&grant));
}

#[test]
fn a_usual_pending_grant_is_small() {
    let mut facts = Facts::new(id(), "tv", now(), Duration::from_secs(600));
    facts.issuer = "https://as.example".into();
    facts.user_code = Some(UserCodeDigest::from_bytes([7; 16]));
    facts.requested = Access::new(Scope::parse("openid offline_access").unwrap());
    let grant = Grant::issue(facts);
    let body = grant.to_body();
    assert_eq!(body, br#"{"v":1,"r":{"s":"openid offline_access"}}"#);
}

#[test]
fn where_a_device_is_is_written_and_read() {
    let mut facts = Facts::new(id(), "tv", now(), Duration::from_secs(600));
    let place = Place::new()
        .with_country("DE")
        .with_autonomous_system(64_500);
    facts.origin = Origin::new().with_place(place);
    let grant = Grant::issue(facts);
    let body = String::from_utf8(grant.to_body()).unwrap();
    assert!(body.contains(r#""c":"DE","n":64500"#), "{body}");
    assert!(reads_back(&grant));
}

/// One grant in each state, with every optional fact and with none.
fn grants() -> Vec<Grant> {
    let mut explained = ErrorResponse::access_denied();
    explained.error_uri = Some("https://id.example/locked".to_owned());
    let mut bare = Facts::new(id(), "tv", now(), Duration::from_secs(600));
    bare.expected_subject = Some("alice".into());
    let issued = issued();
    let claimed = claimed(&issued, Arrival::Link);
    let typed = claimed_by(&issued, &Reviewer::new("bob", None), Arrival::Typed);
    let approved = claimed.approve(granted(&claimed), now(), LONGEST).unwrap();
    let denied = |grant: &Grant, denial| {
        let claim = claim(grant);
        let reviewer = &claim.reviewer;
        grant
            .deny(reviewer, claim.nonce, denial, now(), LONGEST)
            .unwrap()
    };
    let redeeming = approved
        .lease(Fence::from_bytes([3; 16]), now(), LEASE, &[])
        .unwrap();
    let attempt = Attempt::new(Fence::from_bytes([3; 16]), 1);
    let redeemed = redeeming.commit(attempt, now()).unwrap();
    let digest = |byte| ConfirmationDigest::from_bytes([byte; 16]);
    let unconfirmed = to_confirm()
        .approve_unconfirmed(granted(&to_confirm()), digest(4), now(), LONGEST)
        .unwrap();
    let refuse = |refusal| redeeming.refuse(attempt, refusal, now()).unwrap();
    let explained = refuse(explained);
    vec![
        Grant::issue(bare),
        issued.clone(),
        claimed.clone(),
        denied(&claimed, Denial::NotMe),
        denied(&typed, Denial::Declined),
        typed,
        approved.clone(),
        redeeming.abandon(attempt, now(), None, None).unwrap(),
        refuse(ErrorResponse::access_denied()),
        refuse(
            ErrorResponse::new(ErrorCode::InvalidTarget).with_description("The account is locked."),
        ),
        approved.revoke(now()).unwrap(),
        redeemed.revoke(now()).unwrap(),
        redeeming,
        redeemed,
        Grant::issue(with_parameters()),
        unconfirmed.clone(),
        unconfirmed.confirm(&[digest(5)], now()).unwrap().unwrap(),
        approved.lapse(Duration::ZERO, now()).unwrap(),
        explained,
    ]
}

const LONGEST: Duration = Duration::from_secs(300);
const LEASE: Duration = Duration::from_secs(30);

fn to_confirm() -> Grant {
    let mut facts = Facts::new(id(), "tv", now(), Duration::from_secs(600));
    facts.requested = access();
    facts.needs_confirmation = true;
    claimed(&Grant::issue(facts), Arrival::Typed)
}

fn issued() -> Grant {
    Grant::issue(facts())
}

fn facts() -> Facts {
    let mut facts = Facts::new(id(), "tv", now(), Duration::from_secs(600));
    facts.issuer = "https://as.example".into();
    facts.user_code = Some(UserCodeDigest::from_bytes([7; 16]));
    facts.binding = Binding {
        key_thumbprint: Some(KeyThumbprint::from_bytes([8; 32])),
        pkce_challenge: Some(PkceChallenge::from_bytes([9; 32])),
    };
    facts.requested = access();
    facts.origin = Origin::new()
        .with_ip("2001:db8::1".parse().unwrap())
        .with_user_agent("tv/1.0")
        .with_device_label("Living room");
    facts.data = HostData::new([("tenant", "blue")]).unwrap();
    facts
}

fn with_parameters() -> Facts {
    let mut facts = Facts::new(id(), "tv", now(), Duration::from_secs(600));
    let asked = [
        ("acr_values", "urn:mfa pwd"),
        ("max_age", "300"),
        ("login_hint", "alice@example.com"),
        ("ui_locales", "de-AT en"),
        ("nonce", "n-0S6_WzA2Mj"),
    ];
    let asked = Parameters::from_pairs(asked).unwrap();
    facts.sign_in = SignInParameters::try_from(&asked).unwrap();
    let tenant = ExtraParameter::new("tenant", 64).unwrap();
    facts.extras = ExtraParameters::default().with(&tenant, "north").unwrap();
    facts.interval = 20;
    facts
}

fn access() -> Access {
    let mut access = Access::new(Scope::parse("openid tv").unwrap());
    access.resources = vec!["https://api.example".to_owned()];
    access.authorization_details = vec![json!({"channels": [1, 2.5], "type": "tv"})];
    access
}

fn granted(claimed: &Grant) -> Granted {
    let mut granted = Granted::new(Claim::clone(&claim(claimed)), access(), now());
    granted.acr = Some("urn:mfa".to_owned());
    granted.amr = vec!["pwd".to_owned(), "otp".to_owned()];
    granted.auth_time = Some(Timestamp::from_micros(-1));
    granted.ip = Some("2001:db8::2".parse().unwrap());
    granted.data = HostData::new([("device", 7)]).unwrap();
    granted
}

fn claimed(grant: &Grant, arrival: Arrival) -> Grant {
    let reviewer = Reviewer::new("alice", Some(SessionDigest::of("s1")));
    claimed_by(grant, &reviewer, arrival)
}

fn claimed_by(grant: &Grant, reviewer: &Reviewer, arrival: Arrival) -> Grant {
    let nonce = Nonce::from_bytes([5; 16]);
    let claimed = grant
        .claim(reviewer, arrival, nonce, now(), LONGEST)
        .unwrap();
    claimed.next.unwrap()
}

fn claim(grant: &Grant) -> Arc<Claim> {
    let State::Pending {
        review: Some(claim),
    } = grant.state()
    else {
        panic!("not under review");
    };
    Arc::clone(claim)
}

fn id() -> GrantId {
    GrantId::from_bytes([1; 16])
}

fn now() -> Timestamp {
    Timestamp::from_micros(1_700_000_000_123_456)
}
