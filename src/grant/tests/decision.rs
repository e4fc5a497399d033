use super::*;
use crate::message::ErrorCode;

#[test]
fn an_approval_holds_what_was_granted_by_whom() {
    let granted = approval(alice(), Scenario::NONCE, "profile", at(20));
    let grant = Scenario::at(Stage::Reviewed)
        .approve(granted.clone(), at(20), REVIEW)
        .unwrap();
    let State::Approved {
        granted: stored,
        attempts: 0,
        pause: None,
    } = grant.state()
    else {
        panic!("{grant:?}");
    };
    assert_eq!((&stored.access, stored.at), (&granted.access, at(20)));
    assert_eq!(stored.subject().as_str(), "alice");
}

#[test]
fn an_approval_of_everything_is_within_what_was_requested() {
    for scope in ["openid profile", "profile openid"] {
        let granted = approval(alice(), Scenario::NONCE, scope, at(20));
        let approved = Scenario::at(Stage::Reviewed).approve(granted, at(20), REVIEW);
        assert!(approved.is_ok(), "{scope:?}");
    }
}

#[test]
fn no_part_of_what_was_requested_is_approved_away() {
    let requesting = Scenario::new().with(|facts| {
        facts.requested.resources = vec!["https://api.example/a".into()];
        facts.requested.authorization_details = vec![serde_json::json!({"type": "payment"})];
    });
    let grant = requesting.taken_to(Stage::Reviewed);
    type Emptying = fn(&mut Access);
    let parts: [(ErrorCode, Emptying); 3] = [
        (ErrorCode::InvalidScope, |access| {
            access.scope = "".parse().unwrap();
        }),
        (ErrorCode::InvalidTarget, |access| access.resources.clear()),
        (ErrorCode::InvalidAuthorizationDetails, |access| {
            access.authorization_details.clear();
        }),
    ];
    for (part, empty) in parts {
        let mut granted = approval(alice(), Scenario::NONCE, "openid", at(20));
        granted.access = grant.facts().requested.clone();
        empty(&mut granted.access);
        let approved = grant.approve(granted, at(20), REVIEW);
        assert_eq!(approved, Err(DecisionRefused::Emptied(part)));
    }
}

#[test]
fn no_kind_of_access_can_be_widened() {
    let grant = Scenario::new()
        .with(|facts| {
            facts.requested.resources = vec!["https://api.example/a".into()];
            facts.requested.authorization_details =
                vec![serde_json::json!({"type": "payment", "amount": 1})];
        })
        .taken_to(Stage::Reviewed);
    let wider: [fn(&mut Access); 3] = [
        |access| access.scope = "openid email".parse().unwrap(),
        |access| access.resources.push("https://api.example/b".into()),
        |access| {
            access.authorization_details = vec![serde_json::json!({"type": "payment", "amount": 2})]
        },
    ];
    for widen in wider {
        let mut granted = approval(alice(), Scenario::NONCE, "openid", at(20));
        widen(&mut granted.access);
        assert_eq!(
            grant.approve(granted, at(20), REVIEW),
            Err(DecisionRefused::Widened)
        );
    }
}

#[test]
fn a_denial_holds_the_review_and_the_words() {
    for denial in [Denial::Declined, Denial::NotMe] {
        let grant = Scenario::at(Stage::Reviewed)
            .deny(&alice(), Scenario::NONCE, denial, at(20), REVIEW)
            .unwrap();
        let State::Denied {
            claim,
            denial: stored,
            at: when,
        } = grant.state()
        else {
            panic!("{grant:?}");
        };
        assert_eq!((*stored, *when), (denial, at(20)));
        assert_eq!(claim.reviewer, alice());
    }
}

#[test]
fn a_decision_counts_until_the_last_microsecond_before_expiry() {
    let deny = |now| {
        Scenario::at(Stage::Reviewed)
            .deny(&alice(), Scenario::NONCE, Denial::Declined, now, REVIEW)
            .map(|_| ())
    };
    assert_eq!(deny(at_micros(LIFETIME * SECOND - 1)), Ok(()));
    assert_eq!(deny(at(LIFETIME)), Err(DecisionRefused::NotLive));
}

#[test]
fn a_decision_on_an_old_review_is_refused() {
    let approve = |now| {
        let granted = approval(alice(), Scenario::NONCE, "openid", now);
        Scenario::at(Stage::Reviewed)
            .approve(granted, now, Duration::from_secs(60))
            .map(|_| ())
    };
    assert_eq!(approve(at(70)), Ok(()), "exactly 60 s old");
    assert_eq!(
        approve(at_micros(70 * SECOND + 1)),
        Err(DecisionRefused::Stale)
    );
}

#[test]
fn the_age_of_a_review_is_that_of_the_stored_claim() {
    // The claim in an approval is the caller's word; this one pretends to be young.
    let granted = approval(alice(), Scenario::NONCE, "openid", at(500));
    let approved = Scenario::at(Stage::Reviewed).approve(granted, at(500), Duration::from_secs(60));
    assert_eq!(approved, Err(DecisionRefused::Stale));
}

#[test]
fn an_approval_keeps_the_stored_claim() {
    let grant = Scenario::at(Stage::Unreviewed)
        .claim(&alice(), Arrival::Link, Scenario::NONCE, at(10), REVIEW)
        .unwrap()
        .next
        .unwrap();
    let granted = approval(alice(), Scenario::NONCE, "openid", at(20));
    let approved = grant.approve(granted, at(20), REVIEW).unwrap();
    let claim = &approved.state().granted().unwrap().claim;
    assert_eq!((claim.arrival, claim.at), (Arrival::Link, at(10)));
}

#[test]
fn a_double_click_is_told_from_a_change_of_mind() {
    let decidable = |stage| {
        Scenario::at(stage)
            .decidable(&alice(), Scenario::NONCE, at(30), REVIEW)
            .map(|_| ())
    };
    assert_eq!(
        decidable(Stage::Approved),
        Err(DecisionRefused::AlreadyApproved)
    );
    assert_eq!(
        decidable(Stage::Denied),
        Err(DecisionRefused::AlreadyDenied)
    );
}
