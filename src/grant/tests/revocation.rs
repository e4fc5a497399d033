use super::*;

#[test]
fn a_revocation_remembers_whether_tokens_had_been_issued() {
    let redeemed_in = |stage| {
        let grant = Scenario::at(stage).revoke(at(595)).unwrap();
        let State::Revoked {
            redeemed, at: when, ..
        } = grant.state()
        else {
            panic!("{} is not revoked", grant.state().name());
        };
        assert_eq!(*when, at(595));
        *redeemed
    };
    assert_eq!(redeemed_in(Stage::Redeemed), Some(Scenario::ATTEMPT));
    for stage in [
        Stage::Unreviewed,
        Stage::Reviewed,
        Stage::Approved,
        Stage::Leased,
        Stage::LeaseOver,
    ] {
        assert_eq!(redeemed_in(stage), None, "{stage:?}");
    }
}

#[test]
fn an_attempt_under_way_cannot_commit_after_a_revocation() {
    let revoked = Scenario::at(Stage::Leased).revoke(at(595)).unwrap();
    assert!(revoked.commit(Scenario::ATTEMPT, at(596)).is_err());
    assert!(
        revoked
            .abandon(Scenario::ATTEMPT, at(595), None, None)
            .is_err()
    );
}

#[test]
fn a_grant_cannot_be_revoked_twice() {
    for stage in [Stage::RevokedBefore, Stage::RevokedAfter] {
        assert!(Scenario::at(stage).revoke(at(599)).is_err(), "{stage:?}");
    }
}

#[test]
fn a_revocation_keeps_who_approved() {
    for stage in [Stage::Approved, Stage::Leased, Stage::Redeemed] {
        let approved = Scenario::at(stage);
        let revoked = approved.revoke(at(595)).unwrap();
        assert_eq!(
            revoked.state().approval(),
            approved.state().approval(),
            "{stage:?}"
        );
    }
}

#[test]
fn an_erasure_leaves_the_answers_and_no_end_user() {
    for stage in [
        Stage::RevokedBefore,
        Stage::RevokedAfter,
        Stage::Refused,
        Stage::Lapsed,
    ] {
        let ended = Scenario::at(stage);
        let erased = ended.erase().unwrap();
        for now in [at(0), at(599), at(600), Timestamp::MAX] {
            assert_eq!(erased.answer(now), ended.answer(now), "{stage:?} at {now}");
        }
        assert_eq!(erased.state().subject(), None, "{stage:?}");
        let body = String::from_utf8(erased.to_body()).unwrap();
        assert!(!body.contains("alice"), "{body}");
    }
}

#[test]
fn what_is_alive_or_undecided_is_not_erased() {
    for stage in [
        Stage::Unreviewed,
        Stage::Reviewed,
        Stage::Approved,
        Stage::Leased,
        Stage::Redeemed,
    ] {
        assert!(Scenario::at(stage).erase().is_err(), "{stage:?}");
    }
}

#[test]
fn a_revocation_ends_a_review() {
    let revoked = Scenario::at(Stage::Reviewed).revoke(at(30)).unwrap();
    let decidable = revoked.decidable(&alice(), Scenario::NONCE, at(31), REVIEW);
    assert_eq!(decidable, Err(DecisionRefused::NotLive));
}

#[test]
fn what_is_revoked_after_its_expiry_stays_expired() {
    for stage in [Stage::Unreviewed, Stage::Approved] {
        let revoked = Scenario::at(stage).revoke(at(600)).unwrap();
        for now in [at(600), Timestamp::MAX] {
            assert_eq!(revoked.answer(now), Answer::Expired, "{stage:?} at {now}");
        }
    }
}
